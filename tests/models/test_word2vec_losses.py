"""The losses' closed gradients against automatic differentiation, and the hits."""

import numpy as np
import pytest
import tensorflow as tf

from aimass.models.word2vec_losses import negative_sampling, sampled_softmax

RANDOM = np.random.default_rng(0)
POSITIVE, NEGATIVE = (
    RANDOM.normal(size=(2, 3, 4)).astype("float32"),
    RANDOM.normal(size=(2, 3, 5)).astype("float32"),
)
WEIGHTS = RANDOM.integers(0, 3, (2, 3, 4)).astype("float32")
NO_HITS = np.zeros((2, 1, 4), "float32")
LOG_Q = RANDOM.normal(size=(2, 1, 5)).astype("float32")


def softmax(positive, negative, weights, hits):
    return sampled_softmax(positive, negative, weights, hits, LOG_Q[..., :4], LOG_Q)


def sampling(positive, negative, weights, hits):
    return negative_sampling(positive, negative, weights, hits, 5)


@pytest.mark.parametrize("loss", [sampling, softmax])
def test_the_gradient_is_that_of_the_loss(loss):
    positive, negative = tf.Variable(POSITIVE), tf.Variable(NEGATIVE)
    with tf.GradientTape() as tape:
        found = loss(positive, negative, WEIGHTS, NO_HITS)
    expected = tape.gradient(found.loss, [positive, negative])
    np.testing.assert_allclose(found.positive, expected[0], atol=1e-5)
    np.testing.assert_allclose(found.negative, expected[1], atol=1e-5)


def test_a_hit_takes_one_noise_word_away():
    # the third noise word is the first candidate: it has the same score for each centre word
    positive, negative = POSITIVE[:1, :, :1], NEGATIVE[:1].copy()
    negative[..., 2:3] = positive
    weights, hits = WEIGHTS[:1, :, :1] + 1, np.ones((1, 1, 1), "float32")
    log_q = np.zeros((1, 1, 5), "float32")
    others = np.delete(negative, 2, axis=-1)
    without = sampled_softmax(positive, others, weights, 0 * hits, log_q[..., :1], log_q[..., :4])
    found = sampled_softmax(positive, negative, weights, hits, log_q[..., :1], log_q)
    np.testing.assert_allclose(found.loss, without.loss, rtol=1e-5)
    row = found.positive[..., 0] + found.negative[..., 2]  # one row of the table gets both
    np.testing.assert_allclose(row, without.positive[..., 0], atol=1e-5)
    without = negative_sampling(positive, others, weights, 0 * hits, 4)
    found = negative_sampling(positive, negative, weights, hits, 5)
    np.testing.assert_allclose(found.loss, without.loss, rtol=1e-5)
    np.testing.assert_allclose(
        found.positive[..., 0] + found.negative[..., 2], without.positive[..., 0], atol=1e-5
    )


def test_large_scores_stay_finite():
    found = softmax(100 * POSITIVE, 100 * NEGATIVE, WEIGHTS, NO_HITS)
    assert all(np.isfinite(part).all() for part in found)
