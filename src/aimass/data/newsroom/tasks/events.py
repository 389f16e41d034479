"""Events: the words that name an event, its type, who plays which part, and whether it happened at all."""

from dataclasses import dataclass

from ..articles import hearsay
from ..lexicon import table
from ..rng import Stream
from ..writing import Desk, Sentence
from .common import Source

REALIS = ("actual", "planned", "denied", "rumoured")


@dataclass(frozen=True, slots=True)
class Argument:
    """A part in an event: characters `start` to `end` of the text play `role`."""

    role: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class EventMention:
    """An event told in a text.

    Attributes:
        type: its type.
        start, end: characters of the trigger, the words that name it.
        realis: ``"actual"``, ``"planned"``, ``"denied"`` or ``"rumoured"``.
        arguments: who plays which part.
    """

    type: str
    start: int
    end: int
    realis: str
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class EventSentence:
    """A sentence and the events told in it (none in one of ten)."""

    text: str
    events: tuple[EventMention, ...]
    language: str

    @property
    def identity(self) -> str:
        """The sentence."""
        return self.text


def _sentence(source: Source, stream: Stream, desk: Desk) -> Sentence:
    world = source.world
    event = world.event(stream)
    kind = stream.below(20)
    if kind < 3:
        facts = world.facts_of(stream.pick(event.entities))
        if facts:
            return desk.simple(stream, desk.clause(stream, stream.pick(facts)))
    if kind < 7:
        frames = table.COMPOUND if stream.below(2) else table.PLAIN_PAIRS
        other = desk.clause(stream, world.event(stream))
        return desk.joined(stream, frames, a=desk.clause(stream, event, dated=True), b=other)
    return hearsay(stream, desk, ("event", "plan", "denied", "rumoured")[stream.below(4)], event)


def mentions(sentence: Sentence, language: str) -> tuple[EventMention, ...]:
    """The events of a sentence, with their places in one language."""
    text = sentence.written(language)
    found = []
    for trigger in text.triggers:
        arguments = tuple(
            Argument(mention.role, mention.start, mention.end)
            for mention in text.mentions
            if mention.clause == trigger.clause and not mention.role.startswith("rider:")
        )
        realis = sentence.clauses[trigger.clause].realis
        found.append(EventMention(trigger.type, trigger.start, trigger.end, realis, arguments))
    return tuple(found)


def records(source: Source, size: int, language: str = "en") -> tuple[EventSentence, ...]:
    """The sentences of a split."""
    desk = Desk(source.world, source.shelf)
    made = []
    for number in range(size):
        sentence = _sentence(source, source.stream(number), desk)
        made.append(EventSentence(sentence.written(language).text, mentions(sentence, language), language))
    return tuple(made)
