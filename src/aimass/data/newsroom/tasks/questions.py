"""Question answering: the answer is a span of the passage, or the passage does not tell.

A passage tells the event asked about, in wording of its own, among rumours and denials of the same kind of event with other names
and sums. One question in four asks for what the passage does not tell.
"""

from dataclasses import dataclass, replace

from ..articles import Article, hearsay
from ..lexicon import table
from ..lexicon.questions import QUESTIONS
from ..rng import Stream
from ..world import Entity, Event
from ..writing import Mention, Text
from .common import Source
from .matching import other_event


def _read(block: str) -> dict[str, list[tuple[str, table.Wording]]]:
    found: dict[str, list[tuple[str, table.Wording]]] = {}
    for line in block.strip().split("\n"):
        head, en, zh = line.split(" | ")
        type, role = head.split()
        found.setdefault(type, []).append((role, table.Wording(table.parts(en), table.parts(zh))))
    return found


ASKED = _read(QUESTIONS)


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a passage.

    Attributes:
        context: the passage.
        question: the question.
        answer: the text of the answer; empty if the passage does not tell.
        start: character of `context` at which the answer begins; -1 if it does not tell.
        language: ``"en"`` or ``"zh"``.
    """

    context: str
    question: str
    answer: str
    start: int
    language: str

    @property
    def identity(self) -> str:
        """Passage and question."""
        return f"{self.context}\n{self.question}"


def _passage(source: Source, stream: Stream, number: int) -> Article:
    """An article without hearsay of its own, plus hearsay of the same type: other values, other names."""
    reporter, world = source.reporter, source.world
    article = reporter.article(stream, number)
    main = article.main
    lines = [line for line in article.lines if line.sort in ("key", "fact")][:4]
    for sort in ("denied", "rumoured")[: 1 + stream.below(2)]:
        again = world.event(stream, main.type)
        same = stream.below(2)
        roles = {
            role: main.roles[role] if same and isinstance(of, Entity) else of
            for role, of in again.roles.items()
        }
        if all(roles[role] == main.roles[role] for role in roles):
            continue
        sentence = hearsay(stream, reporter.desk, sort, Event(main.type, roles, main.day))
        line = replace(
            lines[0], sort=sort, sentence=sentence, en=sentence.written("en"), zh=sentence.written("zh")
        )
        lines.insert(stream.below(len(lines) + 1), line)
    return replace(article, lines=tuple(lines))


def _asked(event: Event, wording: table.Wording, language: str) -> str:
    pieces = []
    for sort, value in wording.en if language == "en" else wording.zh:
        of = event.roles[value] if sort == "slot" else None
        pieces.append(value if of is None else of.en if language == "en" else of.zh)
    return "".join(pieces)


def _answer(article: Article, role: str, language: str) -> Mention:
    text: Text = getattr(article, language)
    return next(m for m in text.mentions if m.clause == f"{article.key}a" and m.role == role)


def records(source: Source, size: int, language: str = "en") -> tuple[Question, ...]:
    """The questions of a split."""
    made = []
    for number in range(size):
        stream = source.stream(number)
        article = _passage(source, stream, number)
        context = getattr(article, language).text
        role, wording = stream.pick(ASKED[article.main.type])
        if stream.below(4):
            answer = _answer(article, role, language)
            question = _asked(article.main, wording, language)
            made.append(
                Question(context, question, context[answer.start : answer.end], answer.start, language)
            )
        else:
            made.append(Question(context, _untold(source, stream, article, language), "", -1, language))
    return tuple(made)


def _untold(source: Source, stream: Stream, article: Article, language: str) -> str:
    """A question about an event that the passage does not tell, mostly of entities that it names."""
    told = [
        clause.of.key
        for line in article.lines
        for clause in line.sentence.clauses.values()
        if isinstance(clause.of, Event)
    ]
    while True:
        if stream.below(4):
            other = other_event(stream, source.world, article.main)
        else:
            other = source.world.event(stream)
        _, wording = stream.pick(ASKED[other.type])
        named = [slot for slot in wording.slots if isinstance(other.roles[slot], Entity)]
        if named and other.key not in told and not _settled(article, other, wording):
            return _asked(other, wording, language)


def _settled(article: Article, other: Event, wording: table.Wording) -> bool:
    """Whether the passage answers the question all the same: an event of this type with these names is told."""
    told = [clause.of for line in article.lines for clause in line.sentence.clauses.values()]
    return any(
        isinstance(of, Event)
        and of.type == other.type
        and all(of.roles[s] == other.roles[s] for s in wording.slots)
        for of in told
    )
