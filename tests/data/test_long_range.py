import numpy as np
import pytest

from aimass.data.long_range import (
    ADDING_TRIVIAL_LOSS,
    ORDER_CLASSES,
    ORDER_SYMBOLS,
    ORDER_TRIVIAL_LOSS,
    adding_problem,
    temporal_order,
)
from aimass.errors import ParameterError


@pytest.mark.parametrize("length", [2, 3, 17])
def test_sums_are_those_of_the_marked_numbers(length):
    sequences, sums = adding_problem(200, length, seed=1)
    assert (sequences.shape, sums.shape) == ((200, length, 2), (200, 1))
    assert sequences.dtype == sums.dtype == np.float32
    for sequence, total in zip(sequences, sums, strict=True):
        marked = [step for step in range(length) if sequence[step, 1] == 1]
        assert len(marked) == 2
        assert marked[0] < length // 2 <= marked[1]
        assert total[0] == pytest.approx(sum(sequence[step, 0] for step in marked), abs=1e-6)


def test_the_trivial_losses_are_those_of_the_best_constant():
    _, sums = adding_problem(200_000, 4)
    assert np.mean((sums - 1) ** 2) == pytest.approx(ADDING_TRIVIAL_LOSS, rel=0.01)
    _, classes = temporal_order(40_000, 10)
    shares = np.bincount(classes) / len(classes)
    assert -np.sum(shares * np.log(shares)) == pytest.approx(ORDER_TRIVIAL_LOSS, rel=0.001)


@pytest.mark.parametrize("length", [10, 23, 50])
def test_classes_are_read_off_the_two_symbols_that_count(length):
    sequences, classes = temporal_order(300, length, seed=2)
    assert (sequences.shape, classes.shape) == ((300, length, 6), (300,))
    assert (sequences.dtype, classes.dtype) == (np.float32, np.int32)
    assert (sequences.sum(axis=2) == 1).all()
    for sequence, label in zip(sequences, classes, strict=True):
        text = [ORDER_SYMBOLS[step.argmax()] for step in sequence]
        places = [place for place, symbol in enumerate(text) if symbol in "AB"]
        assert "".join(text[place] for place in places) == ORDER_CLASSES[label]
        assert length // 10 <= places[0] <= 2 * length // 10 < 4 * length // 10 <= places[1] <= length // 2
    assert set(classes) == {0, 1, 2, 3}


@pytest.mark.parametrize("make", [adding_problem, temporal_order])
def test_seeds_and_lengths_decide(make):
    first, again, other = make(20, 20, seed=1), make(20, 20, seed=1), make(20, 20, seed=2)
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert (first[0] != other[0]).any()


@pytest.mark.parametrize(
    "call", [lambda: adding_problem(0, 10), lambda: adding_problem(5, 1), lambda: temporal_order(5, 9)]
)
def test_nonsense_is_refused(call):
    with pytest.raises(ParameterError, match="expected at least"):
        call()
