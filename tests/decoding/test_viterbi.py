from itertools import pairwise, product

import numpy as np
import pytest

from aimass.decoding.viterbi import path_score, viterbi
from aimass.errors import ParameterError


def brute_force(emissions, transitions):
    """The best labels and score of one chain, by trying all."""
    time, tags = emissions.shape
    if not time:
        return (), 0.0
    paths = np.array(list(product(range(tags), repeat=time)))
    scores = [
        sum(emissions[t, y] for t, y in enumerate(path)) + sum(transitions[a, b] for a, b in pairwise(path))
        for path in paths
    ]
    return tuple(paths[int(np.argmax(scores))]), max(scores)


@pytest.mark.parametrize(("time", "tags"), [(1, 3), (2, 2), (5, 3), (4, 1)])
def test_equals_brute_force(time, tags):
    random = np.random.default_rng(time)
    emissions, transitions = random.normal(size=(20, time, tags)), random.normal(size=(tags, tags))
    labels, scores = viterbi(emissions, transitions)
    for found, score, chain in zip(labels.numpy(), scores.numpy(), emissions, strict=True):
        expected, best = brute_force(chain, transitions)
        assert tuple(found) == expected
        assert score == pytest.approx(best)
        assert score == pytest.approx(path_score(found, chain, transitions))


def test_padding_counts_for_nothing():
    random = np.random.default_rng(0)
    lengths = np.array([4, 2, 1, 0])
    emissions, transitions = random.normal(size=(4, 4, 3)), random.normal(size=(3, 3))
    mask = np.arange(4) < lengths[:, None]
    labels, scores = viterbi(emissions, transitions, mask)
    for found, score, chain, length in zip(labels.numpy(), scores.numpy(), emissions, lengths, strict=True):
        expected, best = brute_force(chain[:length], transitions)
        assert tuple(found[:length]) == expected
        assert not found[length:].any()
        assert score == pytest.approx(best)


def test_the_best_labels_one_by_one_are_not_the_best_sequence():
    emissions = np.array([[[1.0, 0.9], [1.0, 0.9]]])
    transitions = np.array([[-5.0, 0.0], [0.0, -5.0]])
    labels, scores = viterbi(emissions, transitions)
    assert labels.numpy().tolist() in ([[0, 1]], [[1, 0]])
    assert scores.numpy() == pytest.approx([1.9])
    assert path_score(emissions.argmax(-1), emissions[0], transitions)[0] == pytest.approx(-3.0)


def test_bad_shapes_are_named():
    with pytest.raises(ParameterError, match=r"emissions \(2, 3\)"):
        viterbi(np.zeros((2, 3)), np.zeros((3, 3)))
    with pytest.raises(ParameterError, match=r"transitions \(2, 3\)"):
        viterbi(np.zeros((1, 2, 3)), np.zeros((2, 3)))
    with pytest.raises(ParameterError, match=r"mask \(1, 3\)"):
        viterbi(np.zeros((1, 2, 3)), np.zeros((3, 3)), np.ones((1, 3)))
