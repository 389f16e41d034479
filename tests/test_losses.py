import keras
import numpy as np
import pytest
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.losses import MaskedCrossEntropy, TokenPerplexity, linear_cross_entropy, linear_log_sum_exp


def case(seed=0, tokens=7, units=5, vocab_size=11):
    random = np.random.default_rng(seed)
    features = random.normal(size=(tokens, units)).astype("float32")
    embeddings = random.normal(size=(vocab_size, units)).astype("float32")
    return features, embeddings, random.integers(1, vocab_size, tokens)


def smoothed(logits, labels, smoothing):
    """Cross entropy against the smoothed one-hot distribution, in float64, from the definition."""
    logits = logits.astype("float64")
    log_probs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    target = np.eye(logits.shape[-1])[labels] * (1 - smoothing) + smoothing / logits.shape[-1]
    return -(target * log_probs).sum(-1)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_both_forms_equal_the_definition(smoothing):
    features, embeddings, labels = case()
    logits = features @ embeddings.T
    losses, nll = linear_cross_entropy(features, embeddings, labels, smoothing)
    np.testing.assert_allclose(losses, smoothed(logits, labels, smoothing), rtol=1e-5)
    np.testing.assert_allclose(nll, smoothed(logits, labels, 0.0), rtol=1e-5)
    found = MaskedCrossEntropy(smoothing)(labels[None], logits[None])
    assert float(found) == pytest.approx(smoothed(logits, labels, smoothing).mean(), rel=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_hand_written_gradient_equals_the_derived_one(smoothing):
    features, embeddings, labels = case()
    features, embeddings = tf.constant(features), tf.constant(embeddings)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([features, embeddings])
        by_hand = tf.reduce_mean(linear_cross_entropy(features, embeddings, labels, smoothing)[0])
        derived = MaskedCrossEntropy(smoothing)(labels, tf.matmul(features, embeddings, transpose_b=True))
    for x in (features, embeddings):
        np.testing.assert_allclose(
            tf.convert_to_tensor(tape.gradient(by_hand, x)), tape.gradient(derived, x), atol=1e-6
        )


def test_large_logits_do_not_overflow():
    features = tf.constant([[1e4, 0.0]])
    embeddings = tf.constant([[1.0, 0.0], [-1.0, 0.0], [1.0, 0.0]])
    with tf.GradientTape() as tape:
        tape.watch(features)
        value = linear_log_sum_exp(features, embeddings)
    assert float(value[0]) == pytest.approx(1e4 + np.log(2))
    np.testing.assert_allclose(tape.gradient(value, features), [[1.0, 0.0]])


def test_padding_counts_for_nothing_in_the_mean():
    features, embeddings, labels = case()
    logits = features @ embeddings.T
    padded = np.concatenate([logits, 100 * np.ones((3, 11), "float32")])[None]
    loss = MaskedCrossEntropy(0.1)
    found = loss(np.pad(labels, (0, 3))[None], padded)
    assert float(found) == pytest.approx(float(loss(labels[None], logits[None])), rel=1e-6)
    assert float(loss(np.zeros((2, 10), int), np.repeat(padded, 2, axis=0))) == 0


def test_perplexity_weighs_tokens_not_batches():
    metric = TokenPerplexity()
    metric.update_state(tf.constant([1.0, 1.0, 1.0]))
    metric.update_state(tf.constant([5.0]))
    assert float(metric.result()) == pytest.approx(np.exp(2.0))


def test_config_round_trip_and_mistakes():
    loss = keras.losses.deserialize(keras.losses.serialize(MaskedCrossEntropy(0.2)))
    assert isinstance(loss, MaskedCrossEntropy)
    assert loss.label_smoothing == 0.2
    for smoothing in (-0.1, 1.0):
        with pytest.raises(ParameterError, match="label_smoothing"):
            MaskedCrossEntropy(smoothing)
