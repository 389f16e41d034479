"""Relations: what a sentence says of two marked entities, and which way round.

A sentence tells two things; the marked pair belongs to one of them, or (a third of the records) to neither.
"""

from dataclasses import dataclass

from ..lexicon import RELATIONS, table
from ..rng import Stream
from ..world import Entity, Event
from ..writing import Desk, Mention, Sentence, Text
from .common import Source

EVENT_RELATIONS = {
    "acquisition": ("buyer", "target"),
    "lawsuit": ("plaintiff", "defendant"),
    "match": ("winner", "loser"),
}
NAMES = (*RELATIONS, *EVENT_RELATIONS)
LABELS = ("none", *(f"{name}({order})" for name in NAMES for order in ("first,second", "second,first")))


@dataclass(frozen=True, slots=True)
class MarkedPair:
    """A sentence with two marked entities.

    Attributes:
        text: the sentence, in the language of `language`.
        first, second: characters (start, end) of the marked names, in the order of the text.
        label: one of :data:`LABELS`: the relation and which of the two is its subject, or ``"none"``.
        language: ``"en"`` or ``"zh"``.
    """

    text: str
    first: tuple[int, int]
    second: tuple[int, int]
    label: str
    language: str

    @property
    def identity(self) -> str:
        """The sentence and the places."""
        return f"{self.text} {self.first} {self.second}"

    @property
    def marked(self) -> str:
        """The sentence with the two names as ``<1>...</1>`` and ``<2>...</2>``."""
        (a, b), (c, d) = self.first, self.second
        text = self.text
        return f"{text[:a]}<1>{text[a:b]}</1>{text[b:c]}<2>{text[c:d]}</2>{text[d:]}"


def _clause(source: Source, stream: Stream, desk: Desk):
    """An event or fact between two entities, and the roles of these."""
    world = source.world
    if stream.percent(45):
        type = stream.pick(tuple(EVENT_RELATIONS))
        return desk.clause(stream, world.event(stream, type)), EVENT_RELATIONS[type]
    while True:
        facts = world.facts_of(stream.pick(world.event(stream).entities))
        if facts:
            return desk.clause(stream, stream.pick(facts)), ("subject", "object")


def _name(sentence: Sentence, clause: str) -> str:
    of = sentence.clauses[clause].of
    return getattr(of, "relation", None) or of.type


def _record(sentence: Sentence, roles, stream: Stream, language: str) -> MarkedPair | None:
    text: Text = sentence.written(language)

    def find(clause: str, role: str) -> Mention | None:
        return next((m for m in text.mentions if m.clause == clause and m.role == role), None)

    if stream.below(3):
        clause = "ab"[stream.below(2)]
        subject, other = (find(clause, role) for role in roles[clause])
    else:
        clause = ""
        subject, other = find("a", roles["a"][stream.below(2)]), find("b", roles["b"][stream.below(2)])
    if subject is None or other is None or subject.of is other.of:
        return None
    first, second = sorted((subject, other))
    label = "none"
    if clause:
        order = "first,second" if first is subject else "second,first"
        label = f"{_name(sentence, clause)}({order})"
    elif _related(sentence, first.of, second.of):
        return None
    return MarkedPair(text.text, first[:2], second[:2], label, language)


def _related(sentence: Sentence, first: Entity, second: Entity) -> bool:
    """Whether some clause or rider does relate the two."""
    pair = {first.key, second.key}
    told = [{fact.subject.key, fact.object.key} for fact in sentence.facts]
    events = [clause.of for clause in sentence.clauses.values() if hasattr(clause.of, "roles")]
    return any(pair <= keys for keys in told) or any(
        pair <= {entity.key for entity in event.entities} for event in events
    )


def records(source: Source, size: int, language: str = "en") -> tuple[MarkedPair, ...]:
    """The marked sentences of a split."""
    desk = Desk(source.world, source.shelf)
    stream = source.stream()
    made: list[MarkedPair] = []
    while len(made) < size:
        a, roles_a = _clause(source, stream, desk)
        b, roles_b = _clause(source, stream, desk)
        both = isinstance(a.of, Event) and isinstance(b.of, Event)
        frames = table.COMPOUND if both else table.PLAIN_PAIRS
        sentence = desk.joined(stream, frames, a=a, b=b)
        record = _record(sentence, {"a": roles_a, "b": roles_b}, stream, language)
        if record is not None:
            made.append(record)
    return tuple(made)
