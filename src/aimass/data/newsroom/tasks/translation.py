"""Translation: sentences of one to three clauses in both languages."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..lexicon import table
from ..rng import Stream
from ..world import World
from ..writing import Desk, Sentence, Shelf


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence in two languages.

    Attributes:
        en, zh: the texts.
        facts: what it tells: types and who plays which part. No pair of a test split tells what a training pair tells.
    """

    en: str
    zh: str
    facts: tuple[tuple[str, ...], ...]

    @property
    def identity(self) -> str:
        """The English sentence."""
        return self.en


def sentence(stream: Stream, desk: Desk, world: World) -> Sentence:
    """A sentence of one to three clauses: about a third of each kind is short, long or in between."""
    main = world.event(stream)
    clause = desk.clause(stream, main, dated=True)
    kind = stream.below(20)
    if kind < 8:
        return desk.simple(stream, clause)
    if kind < 10:
        facts = world.facts_of(stream.pick(main.entities))
        if not facts:
            return desk.simple(stream, clause)
        return desk.simple(stream, desk.clause(stream, stream.pick(facts)))
    second = desk.clause(stream, world.event(stream))
    if kind < 14:
        return desk.joined(stream, table.COMPOUND, a=clause, b=second)
    if kind < 16:
        return desk.joined(stream, table.PLAIN_PAIRS, a=clause, b=second)
    facts = world.facts_of(stream.pick(main.entities)) or world.facts_of(world.entity("company", 0))
    third = desk.clause(stream, stream.pick(facts))
    return desk.joined(stream, table.TRIPLES, a=clause, b=second, c=third)


def _told(sentence: Sentence) -> tuple[tuple[str, ...], ...]:
    keys = []
    for clause in sentence.clauses.values():
        of = clause.of
        keys.append(of.key if hasattr(of, "key") else (of.relation, of.subject.key, of.object.key))
    return tuple(keys)


def pairs(world: World, stream: Stream, shelf: Shelf, taboo: set) -> Iterator[Pair]:
    """Pairs without end, none twice, none of 41 English words or more, none that tells exactly what `taboo` holds."""
    desk = Desk(world, shelf)
    seen = set()
    while True:
        drawn = sentence(stream, desk, world)
        told = _told(drawn)
        if told in taboo:
            continue
        en = drawn.written("en").text
        if en in seen or not 3 < en.count(" ") + 1 <= 40:
            continue
        seen.add(en)
        yield Pair(en, drawn.written("zh").text, told)
