from itertools import product

import keras
import numpy as np
import pytest
import tensorflow as tf

from aimass.decoding.viterbi import path_score, viterbi
from aimass.errors import ParameterError
from aimass.layers import CRF

TAGS, LENGTHS = 3, np.array([4, 2, 1, 0])
MASK = np.arange(4) < LENGTHS[:, None]


def chain(seed=0):
    random = np.random.default_rng(seed)
    layer = CRF(TAGS)
    layer.build((None, None, TAGS))
    layer.transitions.assign(random.normal(size=(TAGS, TAGS)))
    emissions = random.normal(size=(4, 4, TAGS)).astype("float32")
    return layer, emissions, random.integers(0, TAGS, (4, 4))


def test_log_likelihood_equals_enumeration():
    layer, emissions, labels = chain()
    found = layer(emissions, labels, mask=MASK).numpy()
    transitions = layer.transitions.numpy().astype("float64")
    for b, length in enumerate(LENGTHS):
        steps = emissions[b, :length].astype("float64")
        paths = np.array(list(product(range(TAGS), repeat=int(length))), dtype=int).reshape(
            TAGS**length, length
        )
        scores = path_score(paths, steps, transitions)
        expected = path_score(labels[b, :length], steps, transitions) - np.log(np.exp(scores).sum())
        assert found[b] == pytest.approx(expected, abs=1e-5)


def test_probabilities_of_all_labellings_sum_to_one_and_viterbi_finds_the_likeliest():
    layer, emissions, _ = chain()
    paths = np.array(list(product(range(TAGS), repeat=4)))
    log_likelihoods = layer(np.repeat(emissions[:1], len(paths), axis=0), paths).numpy()
    assert np.exp(log_likelihoods).sum() == pytest.approx(1, abs=1e-4)
    best, _ = viterbi(emissions[:1], layer.transitions)
    np.testing.assert_array_equal(best[0], paths[log_likelihoods.argmax()])


def test_what_stands_at_padding_changes_nothing_and_gradients_are_finite():
    layer, emissions, labels = chain()
    other = tf.constant(np.where(MASK[..., None], emissions, 50.0), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(other)
        found = layer(other, np.where(MASK, labels, 99), mask=MASK)
    np.testing.assert_allclose(found, layer(emissions, labels, mask=MASK), atol=1e-5)
    gradient, at_transitions = tape.gradient(found, [other, layer.transitions.value])
    assert np.isfinite(at_transitions).all()
    assert not np.any(gradient.numpy()[~MASK])


def test_learns_a_transition_that_emissions_do_not_show():
    random = np.random.default_rng(0)
    labels = (random.integers(0, 2, (64, 1)) + np.arange(6)) % 2  # always alternating
    emissions = np.zeros((64, 6, 2), "float32")
    layer, optimizer = CRF(2), keras.optimizers.Adam(0.1)
    layer(emissions, labels)
    for _ in range(60):
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(layer(emissions, labels))
        optimizer.apply(tape.gradient(loss, layer.trainable_weights), layer.trainable_weights)
    best, _ = viterbi(emissions[:1], layer.transitions)
    assert (np.abs(np.diff(best[0])) == 1).all()


def test_mistakes_are_named():
    with pytest.raises(ParameterError, match="at least 1"):
        CRF(0)
    with pytest.raises(ParameterError, match=r"expected \[batch, time, 3\]"):
        CRF(3)(np.zeros((2, 4, 5), "float32"), np.zeros((2, 4), int))
