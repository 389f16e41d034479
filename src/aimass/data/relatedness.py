"""Gold for word vectors from the newsroom's world: which names are of one kind, which are joined by a fact, which words are of one group.

Grades are 2 for two names of one kind (two cities), 1 for names of different kinds that a standing fact joins (a company and the city
of its head office), 0 for neither. Names that two kinds share are left out, as their gold would depend on the reading.
"""

from itertools import combinations

import numpy as np

from aimass.data.newsroom import World
from aimass.data.newsroom.lexicon.facts import CRIMES, INDUSTRIES, MASCOTS
from aimass.data.newsroom.values import span, weekday
from aimass.data.newsroom.world import KINDS
from aimass.data.records import WordPair
from aimass.errors import ParameterError

_NAMED = tuple(kind for kind in KINDS if kind != "team")


def names_by_kind(world: World, most: int = 60) -> dict[str, tuple[str, ...]]:
    """The best-known names of each kind that no other kind bears, in lower case, best known first.

    Args:
        world: of a newsroom.
        most: names a kind.
    """
    bearers: dict[str, set[str]] = {}
    for kind in _NAMED:
        for number in range(world.sizes[kind]):
            bearers.setdefault(world.entity(kind, number).en_short.lower(), set()).add(kind)
    found: dict[str, tuple[str, ...]] = {}
    for kind in _NAMED:
        names = (world.entity(kind, number).en_short.lower() for number in range(world.sizes[kind]))
        found[kind] = tuple(name for name in dict.fromkeys(names) if len(bearers[name]) == 1)[:most]
    return found


def name_pairs(world: World, *, most: int = 60, pairs: int = 250, seed: int = 0) -> tuple[WordPair, ...]:
    """Graded pairs of names, equally many of each grade as far as there are.

    Args:
        world: of a newsroom.
        most: names a kind.
        pairs: of each grade.
        seed: of the choice.

    Raises:
        ParameterError: for fewer than one pair.
    """
    if pairs < 1:
        raise ParameterError(f"name_pairs: pairs is {pairs}; expected 1 or more")
    names = names_by_kind(world, most)
    kind_of = {name: kind for kind, group in names.items() for name in group}
    joined = {
        frozenset((fact.subject.en_short.lower(), fact.object.en_short.lower()))
        for kind in _NAMED
        for number in range(world.sizes[kind])
        for fact in world.facts_of(world.entity(kind, number))
    }
    grades: dict[int, list[tuple[str, str]]] = {2: [], 1: [], 0: []}
    for first, second in combinations(sorted(kind_of), 2):
        if kind_of[first] == kind_of[second]:
            grades[2].append((first, second))
        else:
            grades[1 if frozenset((first, second)) in joined else 0].append((first, second))
    random = np.random.default_rng(seed)
    return tuple(
        WordPair(*group[place], float(grade))
        for grade, group in grades.items()
        for place in np.sort(random.permutation(len(group))[:pairs])
    )


def word_groups(language: str = "en") -> dict[str, tuple[str, ...]]:
    """Words of the newsroom that are of one sort: single words, in lower case for English.

    Args:
        language: ``"en"`` or ``"zh"``.

    Raises:
        ParameterError: for another language.
    """
    if language not in ("en", "zh"):
        raise ParameterError(f"word_groups: language is {language!r}; expected 'en' or 'zh'")
    side = int(language == "zh")
    groups = {
        "crime": [pair[side] for pair in CRIMES],
        "trade": [pair[side] for pair in INDUSTRIES],
        "mascot": [pair[side] for pair in MASCOTS],
        "weekday": [getattr(weekday(day), language).split()[-1] for day in range(7)],
    }
    if language == "en":
        groups["number"] = [span(_Fixed(number), "day").en.split()[0] for number in range(9)]
    return {name: tuple(word.lower() for word in words if " " not in word) for name, words in groups.items()}


class _Fixed:
    """A stream whose every draw is one number."""

    def __init__(self, number: int):
        self.number = number

    def below(self, bound: int) -> int:
        """The number."""
        return self.number
