import itertools

import numpy as np
import pytest

from aimass.errors import ParameterError
from aimass.evaluation.linearity import linearly_separable, numerical_rank, spectrum


def cube(dimensions):
    return np.array(list(itertools.product([0, 1], repeat=dimensions)))


@pytest.mark.parametrize(("dimensions", "count"), [(1, 4), (2, 14), (3, 104)])
def test_number_of_threshold_functions(dimensions, count):
    """The first terms of a sequence known from the literature (OEIS A000609)."""
    corners = cube(dimensions)
    functions = itertools.product([0, 1], repeat=len(corners))
    assert sum(linearly_separable(corners, labels) for labels in functions) == count


def test_touching_classes_are_not_separable():
    assert linearly_separable(np.array([[0.0], [1.0]]), [0, 1])
    assert not linearly_separable(np.array([[0.0], [0.0]]), [0, 1])
    assert not linearly_separable(np.array([[0.0], [1.0], [2.0]]), [0, 1, 0])


def test_rank_counts_directions():
    random = np.random.default_rng(0)
    plane = random.normal(size=(100, 2)) @ random.normal(size=(2, 30)) + 5.0
    assert numerical_rank(plane.astype("float32")) == 2
    assert numerical_rank(np.tanh(plane)) > 10
    assert numerical_rank(np.ones((5, 3))) == 0


def test_spectrum_is_relative_and_falls():
    values = spectrum(np.diag([8.0, 4.0, 2.0]) - np.diag([8.0, 4.0, 2.0]).mean(axis=0))
    assert values[0] == 1.0
    assert (np.diff(values) <= 0).all()


@pytest.mark.parametrize(
    "call",
    [
        lambda: linearly_separable(np.zeros((2, 1)), [0, 2]),
        lambda: linearly_separable(np.zeros(2), [0, 1]),
        lambda: spectrum(np.zeros(3)),
        lambda: spectrum(np.zeros((1, 3))),
        lambda: numerical_rank(np.zeros((3, 3)), tolerance=0),
    ],
)
def test_nonsense_is_refused(call):
    with pytest.raises(ParameterError, match="expected"):
        call()
