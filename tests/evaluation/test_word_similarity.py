"""Spearman's correlation with graded pairs."""

from collections import namedtuple

import numpy as np
import pytest

from aimass.errors import ParameterError
from aimass.evaluation.word_similarity import group_agreement, word_similarity

Pair = namedtuple("Pair", "first second score")
MATRIX = np.array([[1.0, 0.0], [2.0, 0.2], [1.0, 1.0], [0.0, 3.0], [-1.0, 0.0], [0.0, 0.0]])
INDEX = {word: row for row, word in enumerate("abcdez")}
PAIRS = [Pair("a", "b", 9), Pair("a", "c", 7), Pair("a", "d", 5), Pair("a", "e", 6), Pair("a", "x", 1)]


def test_the_correlation_is_spearmans_over_the_covered_pairs():
    found = word_similarity(MATRIX, INDEX, PAIRS)
    assert (found.covered, found.total) == (4, 5)
    # cosines fall b c d e; grades rank b c e d: one exchange of neighbours among four, 1 - 6 * 2 / (4 * 15)
    assert found.correlation() == pytest.approx(0.8)
    assert found.correlation(np.array([0, 1, 2])) == pytest.approx(1.0)


def test_the_interval_holds_the_value():
    random = np.random.default_rng(0)
    matrix = random.normal(size=(40, 5))
    index = {str(i): i for i in range(40)}
    pairs = [Pair(str(i), str(j), float(random.random())) for i in range(20) for j in range(20, 40)]
    interval = word_similarity(matrix, index, pairs).interval(n_resamples=100)
    assert interval.low < interval.value < interval.high
    assert abs(interval.value) < 0.2


def test_ties_and_zero_vectors_do_not_break_it():
    assert word_similarity(MATRIX, INDEX, [Pair("z", w, i) for i, w in enumerate("abc")]).correlation() == 0.0


def test_mistakes():
    with pytest.raises(ParameterError, match="0 of 1 pairs"):
        word_similarity(MATRIX, INDEX, [Pair("x", "y", 1)])
    with pytest.raises(ParameterError, match="not finite"):
        word_similarity(MATRIX * np.nan, INDEX, PAIRS)


def test_neighbours_within_groups():
    groups = {"east": ["a", "b", "unknown"], "north": ["d", "c"], "west": ["e"]}
    agreed, chance = group_agreement(MATRIX, INDEX, groups)
    # b is nearest to a and a to b; d to c; c (at 45 degrees) is nearer to b than to d; e has none of its own
    assert agreed.tolist() == [True, True, True, False, False]
    assert chance == pytest.approx(4 / 5 / 4)
    with pytest.raises(ParameterError, match="1 groups"):
        group_agreement(MATRIX, INDEX, {"east": ["a", "b"]})
