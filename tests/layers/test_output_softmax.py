import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from aimass.errors import ParameterError
from aimass.layers.output_softmax import output_cross_entropy


def reference(vectors, matrix, labels, smoothing, upstream):
    """Losses, likelihoods and gradients in NumPy's float64, by way of the full target distribution."""
    vectors, matrix = vectors.astype("float64"), matrix.astype("float64")
    logits = vectors @ matrix.T
    shifted = logits - logits.max(1, keepdims=True)
    log_probs = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    target = np.full_like(logits, smoothing / len(matrix))
    target[np.arange(len(labels)), labels] += 1 - smoothing
    at_logits = (np.exp(log_probs) - target) * upstream[:, None]
    nll = -log_probs[np.arange(len(labels)), labels]
    return -(target * log_probs).sum(1), nll, at_logits @ matrix, at_logits.T @ vectors


def found(vectors, matrix, labels, smoothing, upstream, dtype="float32"):
    vectors, matrix = tf.constant(vectors), tf.constant(matrix)
    with tf.GradientTape() as tape:
        tape.watch([vectors, matrix])
        loss, nll = output_cross_entropy(tf.cast(vectors, dtype), matrix, labels, smoothing)
        total = tf.reduce_sum(loss * upstream + 3.0 * nll)  # the second has no gradient
    return loss, nll, *tape.gradient(total, [vectors, matrix])


def case(seed, tokens=9, size=13, units=5):
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(tokens, units)).astype("float32")
    matrix = random.normal(size=(size, units)).astype("float32")
    return (
        vectors,
        matrix,
        random.integers(0, size, tokens).astype("int32"),
        random.random(tokens).astype("float32"),
    )


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 1000), smoothing=st.sampled_from([0.0, 0.1, 0.9]))
def test_equals_the_definition(seed, smoothing):
    vectors, matrix, labels, upstream = case(seed)
    expected = reference(vectors, matrix, labels, smoothing, upstream)
    for a, b in zip(found(vectors, matrix, labels, smoothing, upstream), expected, strict=True):
        np.testing.assert_allclose(a, b, atol=2e-5)


def test_in_bfloat16_it_is_near():
    vectors, matrix, labels, upstream = case(0, tokens=64, size=50, units=16)
    expected = reference(vectors, matrix, labels, 0.1, upstream)
    results = found(vectors, matrix, labels, 0.1, upstream, "bfloat16")
    for a, b in zip(results, expected, strict=True):
        assert a.dtype == tf.float32
        assert np.abs(a - b).mean() < 0.02 * np.abs(b).mean() + 0.005


def test_an_impossible_label_has_a_finite_loss():
    loss, _ = output_cross_entropy(tf.constant([[1000.0]]), tf.constant([[1.0], [-1.0]]), tf.constant([1]))
    assert np.isfinite(loss).all()


def test_bad_smoothing():
    with pytest.raises(ParameterError, match=r"label_smoothing is 1\.0"):
        output_cross_entropy(tf.ones([1, 2]), tf.ones([3, 2]), tf.constant([0]), 1.0)
