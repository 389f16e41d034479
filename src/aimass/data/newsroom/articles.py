"""Articles: three to eight sentences about one event, among standing facts, other events, rumours and idle talk.

The sentence that tells the event (the key) leads two articles in three. Seven in ten name another event, of another desk, in the
same sentence, so that only its grammar tells which one is the news.
"""

from dataclasses import dataclass
from functools import cached_property

from .lexicon import table
from .lexicon.table import EVENTS
from .rng import Stream
from .world import Entity, Event, Fact, World
from .writing import Clause, Desk, Mention, Sentence, Shelf, Text, Trigger

_HEADLINE = table.wordings("{a}\n{a}\n")[0]
_HOMOPHONES = str.maketrans("在的做以已", "再地作已以")


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of an article.

    Attributes:
        sort: ``"key"``, ``"event"``, ``"fact"``, ``"plan"``, ``"denied"``, ``"rumoured"`` or ``"filler"``.
        sentence: what it is made of.
        en, zh: the sentence, with what stands where.
    """

    sort: str
    sentence: Sentence
    en: Text
    zh: Text


@dataclass(frozen=True)
class Article:
    """A report in two languages.

    Attributes:
        number: its place among the articles of its split.
        main: the event that is the news.
        background: the other event of the key sentence, if there is one.
        lines: its sentences.
        headline_en, headline_zh: above it.
    """

    number: int
    main: Event
    background: Event | None
    lines: tuple[Line, ...]
    headline_en: str
    headline_zh: str

    @property
    def desk(self) -> str:
        """The desk that prints it."""
        return self.main.desk

    @property
    def key(self) -> int:
        """Which of its sentences tells the news."""
        return next(place for place, line in enumerate(self.lines) if line.sort == "key")

    @property
    def facts(self) -> list[Fact]:
        """The standing facts that it tells."""
        return [fact for line in self.lines for fact in line.sentence.facts]

    @cached_property
    def en(self) -> Text:
        """The whole text in English; clause names begin with the number of the sentence."""
        return _joined([line.en for line in self.lines], " ")

    @cached_property
    def zh(self) -> Text:
        """The whole text in Chinese."""
        return _joined([line.zh for line in self.lines], "")


def _joined(texts: list[Text], gap: str) -> Text:
    mentions, triggers, offset = [], [], 0
    for place, text in enumerate(texts):
        for m in text.mentions:
            mentions.append(Mention(m.start + offset, m.end + offset, m.of, m.role, f"{place}{m.clause}"))
        for t in text.triggers:
            triggers.append(Trigger(t.start + offset, t.end + offset, t.type, f"{place}{t.clause}"))
        offset += len(text.text) + len(gap)
    return Text(gap.join(text.text for text in texts), tuple(mentions), tuple(triggers))


class Reporter:
    """Writes articles.

    Args:
        world: what there is to report.
        shelf: which wordings are used.
        typos: percent of sentences with a slip of the keyboard (never inside a name).
    """

    def __init__(self, world: World, shelf: Shelf, typos: int = 4):
        self.world, self.shelf, self.typos = world, shelf, typos
        self.desk = Desk(world, shelf)

    def article(self, stream: Stream, number: int, main: Event | None = None) -> Article:
        """An article; about `main`, if given."""
        main = main or self.world.event(stream)
        background = self._background(stream, main) if stream.percent(70) else None
        known: list = []
        bodies = self._order(stream, background is not None)
        lines = tuple(self._line(stream, sort, main, background, known) for sort in bodies)
        en, zh = self.headline(stream, main)
        return Article(number, main, background, lines, en, zh)

    def _background(self, stream: Stream, main: Event) -> Event:
        while True:
            other = (
                self.world.event_with(stream, stream.pick(main.entities))
                if stream.percent(60)
                else self.world.event(stream)
            )
            if other.desk != main.desk:
                return other

    @staticmethod
    def _order(stream: Stream, compound: bool) -> list[str]:
        rest = [stream.pick(_BODY) for _ in range(2 + stream.below(6))]
        if "plan" in rest and compound:
            rest[rest.index("plan")] = "fact"
        place = 0 if stream.percent(65) else 1 + stream.below(min(3, len(rest)))
        return [*rest[:place], "key", *rest[place:]]

    def _line(self, stream: Stream, sort: str, main: Event, background: Event | None, known: list) -> Line:
        desk, before = self.desk, tuple(known)
        if sort == "key":
            clause = desk.clause(stream, main, before, dated=True)
            if background is None:
                sentence = desk.simple(stream, clause)
            else:
                sentence = desk.joined(
                    stream, table.COMPOUND, a=clause, b=desk.clause(stream, background, before)
                )
            known.extend(main.entities)
        elif sort == "fact":
            facts = self.world.facts_of(stream.pick(main.entities)) or self.world.facts_of(_first(main))
            if not facts:
                return self._line(stream, "filler", main, background, known)
            fact = stream.pick(facts)
            if (fact.relation, fact.subject) in known:
                return self._line(stream, "filler", main, background, known)
            known.append((fact.relation, fact.subject))
            sentence = desk.simple(stream, desk.clause(stream, fact, before))
            known.extend((fact.subject, fact.object))
        elif sort == "filler":
            sentence = desk.joined(stream, table.FILLERS)
            while sentence.frame in known:
                sentence = desk.joined(stream, table.FILLERS)
            known.append(sentence.frame)
        else:
            sentence = self._hearsay(stream, sort, main, before)
        return Line(sort, sentence, *self._typed(stream, sentence))

    def _hearsay(self, stream: Stream, sort: str, main: Event, known: tuple[Entity, ...]) -> Sentence:
        """A plan, rumour, denial or other event of someone in the news."""
        other = self.world.event_with(stream, stream.pick(main.entities))
        while other.key == main.key:
            other = self.world.event(stream)
        return hearsay(stream, self.desk, sort, other, known)

    def headline(self, stream: Stream, main: Event) -> tuple[str, str]:
        """A headline in both languages."""
        wording = stream.pick(self.shelf.of(EVENTS[main.type].headlines))
        forms = {role: "short" for role, of in main.roles.items() if isinstance(of, Entity)}
        sentence = Sentence(_HEADLINE, {"a": Clause(main, wording, forms)}, {})
        return sentence.written("en").text, sentence.written("zh").text

    def _typed(self, stream: Stream, sentence: Sentence) -> tuple[Text, Text]:
        en, zh = sentence.written("en"), sentence.written("zh")
        if not stream.percent(self.typos):
            return en, zh
        return slip(stream, en), _misheard(stream, zh)


_BODY = ("fact", "fact", "fact", "filler", "filler", "plan", "denied", "rumoured")


def hearsay(stream: Stream, desk: Desk, sort: str, event: Event, known: tuple[Entity, ...] = ()) -> Sentence:
    """An event as ``"event"`` (it happened), ``"plan"``, ``"denied"`` or ``"rumoured"``."""
    clause = desk.clause(stream, event, known)
    if sort == "plan":
        clause.wording, clause.realis = stream.pick(EVENTS[event.type].plans), "planned"
    elif sort in ("denied", "rumoured"):
        clause.realis = sort
        return desk.joined(stream, table.DENIED if sort == "denied" else table.RUMOURED, a=clause)
    return desk.simple(stream, clause)


def _first(event: Event) -> Entity:
    return event.entities[0]


def slip(stream: Stream, text: Text) -> Text:
    """The text with two neighbouring letters of a word exchanged, outside of names, values and triggers."""
    kept = [(m.start, m.end) for m in (*text.mentions, *text.triggers)]
    for _ in range(8):
        place = 1 + stream.below(max(1, len(text.text) - 2))
        pair = text.text[place : place + 2]
        if pair.isalpha() and pair.islower() and not any(s < place + 2 and place < e for s, e in kept):
            changed = f"{text.text[:place]}{pair[1]}{pair[0]}{text.text[place + 2 :]}"
            return Text(changed, text.mentions, text.triggers)
    return text


def _misheard(stream: Stream, text: Text) -> Text:
    kept = [(m.start, m.end) for m in (*text.mentions, *text.triggers)]
    places = [
        place
        for place, sign in enumerate(text.text)
        if ord(sign) in _HOMOPHONES and not any(s <= place < e for s, e in kept)
    ]
    if not places:
        return text
    place = stream.pick(places)
    sign = text.text[place].translate(_HOMOPHONES)
    return Text(f"{text.text[:place]}{sign}{text.text[place + 1 :]}", text.mentions, text.triggers)
