"""The two losses of word2vec, with noise words that a tile of text shares, and their gradients in closed form.

A tile has T centre words, C candidates for a true word of each, and K noise words. The gradient of one true pair costs O(1) once the
scores are there; a pair's own word among the noise (an accidental hit) is taken out exactly, without a tensor of triples: the noise
word and the true word then share one row, so that what the hit adds to the row is taken from the true word's own entry.
"""

from typing import NamedTuple

import tensorflow as tf


class PairGradients(NamedTuple):
    """What a loss says of a tile.

    Attributes:
        positive: gradient of the sum of losses by the scores of candidates: ``[tiles, T, C]``.
        negative: the same by the scores of noise words: ``[tiles, T, K]``.
        loss: sum of losses over the pairs, a scalar.
    """

    positive: tf.Tensor
    negative: tf.Tensor
    loss: tf.Tensor


def negative_sampling(positive, negative, weights, hits, num_negatives: float) -> PairGradients:
    """Negative sampling (Mikolov et al. 2013b, eq. 4): tell the true word from noise, each by a logistic regression.

    Each pair's `num_negatives` noise words are estimated by all K of its tile, each with weight ``num_negatives / K``.

    Args:
        positive: scores of the candidates, ``[tiles, T, C]``.
        negative: scores of the noise words, ``[tiles, T, K]``.
        weights: of each pair of centre and candidate, 0 for none, ``[tiles, T, C]``.
        hits: how many of the K noise words are the candidate, float, broadcast to ``[tiles, T, C]``.
        num_negatives: noise words a pair.
    """
    share = num_negatives / negative.shape[-1]
    p, q = tf.sigmoid(positive), tf.sigmoid(negative)
    pairs = tf.reduce_sum(weights, -1, keepdims=True)  # [tiles, T, 1]
    by_positive = weights * (p * (1.0 - share * hits) - 1.0)
    by_negative = share * pairs * q
    noise = tf.math.softplus(positive)
    loss = tf.reduce_sum(weights * (noise - positive - share * hits * noise)) + share * tf.reduce_sum(
        pairs * tf.math.softplus(negative)
    )
    return PairGradients(by_positive, by_negative, loss)


def sampled_softmax(positive, negative, weights, hits, log_q_positive, log_q_negative) -> PairGradients:
    """Softmax over the true word and the noise words, corrected for how they were drawn (Jean et al. 2015, section 3).

    Args:
        positive, negative, weights, hits: as in :func:`negative_sampling`.
        log_q_positive: logarithm of the candidates' expected number among the noise words, broadcast to ``[tiles, T, C]``.
        log_q_negative: the same of the noise words, broadcast to ``[tiles, T, K]``.
    """
    positive, negative = positive - log_q_positive, negative - log_q_negative
    top = tf.stop_gradient(
        tf.maximum(tf.reduce_max(positive, -1, keepdims=True), tf.reduce_max(negative, -1, keepdims=True))
    )
    a, b = tf.exp(positive - top), tf.exp(negative - top)
    noise = tf.maximum(tf.reduce_sum(b, -1, keepdims=True) - hits * a, 0.0)  # [tiles, T, C]
    total = tf.maximum(a + noise, 1e-30)
    share = weights / total
    by_positive = a * share * (1.0 - hits) - weights
    by_negative = b * tf.reduce_sum(share, -1, keepdims=True)
    loss = tf.reduce_sum(weights * (tf.math.log(total) + top - positive))
    return PairGradients(by_positive, by_negative, loss)
