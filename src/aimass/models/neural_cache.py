"""A cache beside a recurrent language model: words met lately, in a context like this one, become likelier."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from aimass.errors import ParameterError


class CachedLikelihoods(NamedTuple):
    """Of every label of a text, float64 ``[n]``, in the order of the batches."""

    model: np.ndarray
    """Probability by the model."""
    cache: np.ndarray
    """Probability by the cache; 0 where it is empty or does not hold the label."""

    def perplexity(self, share: float = 0.0) -> float:
        """Of the mixture that gives the cache this share.

        Args:
            share: at least 0 and below 1; where the cache is empty, it only lowers what the model says.
        """
        if not 0 <= share < 1:
            raise ParameterError(f"neural cache: share is {share}; expected 0 <= share < 1")
        return float(np.exp(-np.log((1 - share) * self.model + share * self.cache).mean()))


def cached_likelihoods(model, batches, window: int = 1000, sharpness: float = 0.3) -> CachedLikelihoods:
    """The continuous cache of Grave, Joulin & Usunier (2017) beside a trained model; nothing is trained.

    The cache holds the last ``window`` feature vectors of each stream, each with the word that came next. It predicts these
    words in proportion to ``exp(sharpness * cosine * units ** 0.5)``, where the cosine is that of a feature vector and the current
    one: of unit length, unlike in the paper, so that one sharpness fits models of any scale.

    Args:
        model: a :class:`aimass.models.LanguageModel`.
        batches: (inputs, labels) int ``[batch, time]`` of consecutive text, as
            :class:`aimass.data.streams.StreamBatches` yields them.
        window: tokens that the cache looks back, at least 1.
        sharpness: how much a similar context counts more than another; 0 is the cache of unigrams (Kuhn & De Mori 1990).

    Raises:
        ParameterError: for a window below 1, or no batches.
    """
    if window < 1:
        raise ParameterError(f"neural cache: window is {window}; it must be at least 1")
    read = tf.function(lambda *arguments: _read(model, *arguments), reduce_retracing=True)
    recall = tf.function(_recall, reduce_retracing=True)
    states, memory, words, found = None, None, None, []
    for inputs, labels in batches:
        inputs, labels = tf.convert_to_tensor(inputs), tf.cast(labels, tf.int32)
        if memory is None:
            memory = tf.zeros([inputs.shape[0], window, model.embedding.output_dim])
            words = tf.fill([inputs.shape[0], window], -1)  # an empty place holds no word
        probability, features, states = read(inputs, labels, states)
        memory = tf.concat([memory, features], axis=1)
        words = tf.concat([words, labels], axis=1)
        found.append(
            (probability.numpy(), recall(features, labels, memory, words, window, sharpness).numpy())
        )
        memory, words = memory[:, -window:], words[:, -window:]
    if not found:
        raise ParameterError("neural cache: no batches; give at least one")
    pairs = zip(*[(a.ravel(), b.ravel()) for a, b in found], strict=True)
    return CachedLikelihoods(*[np.concatenate(parts).astype("float64") for parts in pairs])


def _read(model, inputs, labels, states):
    """Probabilities ``[batch, time]``, features of unit length, and the states after the last step."""
    features, after = model.features(inputs, states)
    losses = model.head(features, labels, training=False)
    return tf.exp(-losses), tf.math.l2_normalize(tf.cast(features, tf.float32), axis=-1), after


def _recall(features, labels, memory, words, window, sharpness):
    """Probability of each label by the cache ``[batch, time]``.

    Args:
        features: ``[batch, time, units]`` of unit length.
        labels: int32 ``[batch, time]``.
        memory, words: ``[batch, window + time, units]`` and the word that came after each; the last ``time`` are this batch's own.
        window: tokens to look back.
        sharpness: of the weights.
    """
    time = tf.shape(features)[1]
    here, there = tf.range(time)[:, None] + window, tf.range(window + time)[None, :]
    seen = tf.logical_and(there < here, there >= here - window)  # [time, window + time]
    held = tf.logical_and(seen[None], (words >= 0)[:, None, :])
    scale = tf.cast(sharpness, tf.float32) * tf.sqrt(tf.cast(tf.shape(features)[2], tf.float32))
    weights = tf.exp(scale * (tf.matmul(features, memory, transpose_b=True) - 1)) * tf.cast(held, tf.float32)
    same = tf.cast(tf.equal(words[:, None, :], labels[..., None]), tf.float32)
    return tf.math.divide_no_nan(tf.reduce_sum(weights * same, axis=-1), tf.reduce_sum(weights, axis=-1))
