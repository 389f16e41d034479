import numpy as np
import pytest

from aimass.errors import ParameterError
from aimass.evaluation.probe import linear_probe, probe_layers


def ring(n, seed):
    """Two classes that no line separates, and one feature, the squared radius, that does."""
    points = np.random.default_rng(seed).normal(size=(n, 2))
    radius = (points**2).sum(axis=1)
    return points, radius[:, None] * 1e3 + 7.0, (radius > np.median(radius)).astype(int)


def test_a_probe_finds_what_is_linear_and_nothing_else():
    train, train_radius, labels = ring(600, 0)
    test, test_radius, test_labels = ring(600, 1)
    raw, squared = probe_layers([train, train_radius], labels, [test, test_radius], test_labels)
    assert raw < 0.6
    assert squared > 0.97


def test_scale_and_shift_play_no_part():
    train, _, _ = ring(200, 0)
    labels = (train[:, 0] > 0).astype(int)
    plain = linear_probe(train, labels, train, labels)
    assert linear_probe(train * [1e4, 1e-4] + 50, labels, train * [1e4, 1e-4] + 50, labels) == plain > 0.95


def test_test_rows_are_standardised_by_the_training_set():
    train, _, _ = ring(300, 0)
    labels = (train[:, 0] > 0).astype(int)
    one_side = train[train[:, 0] > 0.2]
    assert linear_probe(train, labels, one_side, np.ones(len(one_side))) > 0.97


def test_constant_features_are_harmless():
    train, _, _ = ring(200, 0)
    labels = (train[:, 0] > 0).astype(int)
    padded = np.column_stack([train, np.full(200, 3.0)])
    assert linear_probe(padded, labels, padded, labels) > 0.95


def test_accuracy_is_on_the_test_rows():
    train, _, _ = ring(300, 0)
    labels = (train[:, 0] > 0).astype(int)
    assert linear_probe(train, labels, train, 1 - labels) < 0.05


@pytest.mark.parametrize(
    ("train", "labels", "test", "test_labels"),
    [
        (np.zeros((4, 2)), [0, 1, 0, 1], np.zeros((2, 3)), [0, 1]),
        (np.zeros((4, 2)), [0, 1, 0], np.zeros((2, 2)), [0, 1]),
        (np.zeros((4, 2)), [0, 1, 0, 1], np.zeros((0, 2)), []),
        (np.zeros((4, 2)), [1, 1, 1, 1], np.zeros((2, 2)), [0, 1]),
    ],
)
def test_nonsense_is_refused(train, labels, test, test_labels):
    with pytest.raises(ParameterError, match="linear_probe"):
        linear_probe(train, labels, test, test_labels)


def test_lists_of_different_length_are_refused():
    with pytest.raises(ParameterError, match="equally many"):
        probe_layers([np.zeros((2, 1))], [0, 1], [], [])
