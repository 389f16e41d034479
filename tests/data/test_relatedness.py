"""Gold for word vectors from the newsroom."""

import pytest

from aimass.data.newsroom import load
from aimass.data.relatedness import name_pairs, names_by_kind, word_groups
from aimass.errors import ParameterError

WORLD = load(seed=0, size=100).world


def test_names_have_one_kind():
    names = names_by_kind(WORLD, 40)
    everything = [name for group in names.values() for name in group]
    assert len(everything) == len(set(everything))
    assert set(names) == {"person", "company", "city", "product"}
    cities = {WORLD.entity("city", number).en_short.lower() for number in range(WORLD.sizes["city"])}
    assert set(names["city"]) <= cities
    assert not cities & set(names["company"])


def test_grades_follow_the_world():
    pairs = name_pairs(WORLD, most=40, pairs=50)
    kinds = {name: kind for kind, group in names_by_kind(WORLD, 40).items() for name in group}
    facts = {
        frozenset((fact.subject.en_short.lower(), fact.object.en_short.lower()))
        for kind in ("person", "company", "city", "product")
        for number in range(WORLD.sizes[kind])
        for fact in WORLD.facts_of(WORLD.entity(kind, number))
    }
    assert {grade: sum(pair.score == grade for pair in pairs) for grade in (2, 1, 0)} == {2: 50, 1: 50, 0: 50}
    for pair in pairs:
        assert (pair.score == 2) == (kinds[pair.first] == kinds[pair.second])
        if pair.score < 2:
            assert (pair.score == 1) == (frozenset((pair.first, pair.second)) in facts)
    assert pairs == name_pairs(WORLD, most=40, pairs=50)
    assert pairs != name_pairs(WORLD, most=40, pairs=50, seed=1)


def test_groups_hold_single_words():
    english, chinese = word_groups(), word_groups("zh")
    assert english["weekday"][0] == "monday"
    assert chinese["weekday"][0] == "周一"
    assert english["number"] == ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    assert all(" " not in word for group in english.values() for word in group)


def test_mistakes():
    with pytest.raises(ParameterError, match="expected 'en' or 'zh'"):
        word_groups("fr")
    with pytest.raises(ParameterError, match="pairs is 0"):
        name_pairs(WORLD, pairs=0)
