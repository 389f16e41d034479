"""Matching: whether two sentences report one event.

The two are worded differently. Those that do not match tell of the same names: parts exchanged, another sum or number, or
another event, so that shared words say little.
"""

from dataclasses import dataclass

from ..lexicon import EVENTS, table
from ..rng import Stream
from ..world import Entity, Event, World
from ..writing import Clause, Desk
from .classification import noisy
from .common import Source

_EXCHANGED = {"lawsuit": ("plaintiff", "defendant"), "match": ("winner", "loser")}


@dataclass(frozen=True, slots=True)
class SentencePair:
    """Two sentences.

    Attributes:
        first, second: in English.
        first_zh, second_zh: in Chinese.
        label: ``"same"`` or ``"other"`` event.
    """

    first: str
    second: str
    first_zh: str
    second_zh: str
    label: str

    @property
    def identity(self) -> str:
        """Both sentences."""
        return f"{self.first}\n{self.second}"


def other_event(stream: Stream, world: World, event: Event) -> Event:
    """A different event of the same entities: parts exchanged, another value, or another type."""
    if event.type in _EXCHANGED and stream.percent(60):
        one, two = _EXCHANGED[event.type]
        return Event(event.type, event.roles | {one: event.roles[two], two: event.roles[one]}, event.day)
    if stream.percent(75):
        again = world.event(stream, event.type)
        values = {role: of for role, of in again.roles.items() if not isinstance(of, Entity)}
        if any(event.roles[role] != of for role, of in values.items()):
            return Event(event.type, event.roles | values, event.day)
    while True:
        other = world.event_with(stream, stream.pick(event.entities))
        if other.key != event.key:
            return other


def _reworded(stream: Stream, desk: Desk, event: Event, first: Clause) -> Clause:
    clause = desk.clause(stream, event)
    while clause.wording is first.wording:
        clause.wording = stream.pick(desk.shelf.of(EVENTS[event.type].said))
    return clause


def records(source: Source, size: int, label_noise: float = 0.0) -> tuple[SentencePair, ...]:
    """The pairs of a split; a share `label_noise` of labels is wrong on purpose."""
    desk = Desk(source.world, source.shelf, riders=25)
    chance = source.stream(-1)
    made = []
    for number in range(size):
        stream = source.stream(number)
        event = source.world.event(stream)
        first = desk.clause(stream, event)
        label = "same" if stream.below(2) else "other"
        told = event if label == "same" else other_event(stream, source.world, event)
        sentences = []
        for clause in (first, _reworded(stream, desk, told, first)):
            if stream.percent(40):
                aside = desk.clause(stream, source.world.event(stream))
                sentences.append(desk.joined(stream, table.COMPOUND, a=clause, b=aside))
            else:
                sentences.append(desk.simple(stream, clause))
        en, zh = ([s.written(language).text for s in sentences] for language in ("en", "zh"))
        made.append(SentencePair(*en, *zh, noisy(label, ("same", "other"), chance, label_noise)))
    return tuple(made)
