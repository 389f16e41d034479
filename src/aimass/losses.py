"""Cross entropy over padded sequences of ids, with label smoothing, without one-hot vectors."""

import keras
import tensorflow as tf

from aimass.errors import ParameterError

PADDING = 0
"""The id that no loss and no metric looks at."""


def _check_smoothing(label_smoothing: float) -> float:
    if not 0.0 <= label_smoothing < 1.0:
        raise ParameterError(f"label_smoothing is {label_smoothing}; expected 0 <= label_smoothing < 1")
    return float(label_smoothing)


@tf.custom_gradient
def linear_log_sum_exp(features, embeddings):
    """``log(sum(exp(features · embeddings)))`` over the vocabulary: the normaliser of a softmax output layer.

    The gradient scales the rows of the small factor instead of the large matrix of probabilities, so that each element of
    ``[tokens, vocab_size]`` is touched as few times as can be.

    Args:
        features: ``[tokens, units]``.
        embeddings: ``[vocab_size, units]``, of the same dtype.

    Returns:
        float32 ``[tokens]``.
    """
    logits = tf.cast(tf.matmul(features, embeddings, transpose_b=True), tf.float32)
    largest = tf.reduce_max(logits, axis=1, keepdims=True)
    exponentials = tf.exp(logits - largest)
    total = tf.reduce_sum(exponentials, axis=1, keepdims=True)

    def gradient(upstream):
        scale = upstream[:, None] / total
        weights = tf.cast(exponentials, features.dtype)  # probabilities times total
        at_features = tf.matmul(weights, embeddings) * tf.cast(scale, features.dtype)
        # Transposed at the end, where it is small: a product that walks the large matrix by columns is slower.
        scaled = features * tf.cast(scale, features.dtype)
        at_embeddings = tf.transpose(tf.matmul(scaled, weights, transpose_a=True))
        return at_features, at_embeddings

    return (largest + tf.math.log(total))[:, 0], gradient


def linear_cross_entropy(features, embeddings, labels, label_smoothing: float = 0.0):
    """Cross entropy of a softmax output layer without a bias, straight from its inputs.

    Equal to :class:`MaskedCrossEntropy` on ``features · embeddings`` where no label is padding, and quicker: label smoothing
    needs only the mean of the embeddings, since the mean logit is the logit of the mean.

    Args:
        features: ``[tokens, units]``.
        embeddings: ``[vocab_size, units]``.
        labels: int ``[tokens]``.
        label_smoothing: share of the target distribution that is spread evenly over the vocabulary (Szegedy et al. 2016).

    Returns:
        Two float32 ``[tokens]``: the smoothed loss, and the negative log-likelihood of the label (natural logarithm).
    """
    smoothing = _check_smoothing(label_smoothing)
    normaliser = linear_log_sum_exp(features, embeddings)
    at_label = tf.reduce_sum(features * tf.gather(embeddings, labels), axis=1)
    nll = normaliser - tf.cast(at_label, tf.float32)
    if not smoothing:
        return nll, nll
    mean_logit = tf.linalg.matvec(features, tf.reduce_mean(embeddings, axis=0))
    return nll + smoothing * tf.cast(at_label - mean_logit, tf.float32), nll


def token_nll(labels, logits):
    """Negative log-likelihood of every label.

    Args:
        labels: int ``[...]``.
        logits: ``[..., vocab_size]``.

    Returns:
        float32 ``[...]``, natural logarithm; padding is not masked.
    """
    return tf.nn.sparse_softmax_cross_entropy_with_logits(
        tf.cast(labels, tf.int32), tf.cast(logits, tf.float32)
    )


@keras.saving.register_keras_serializable(package="aimass")
class MaskedCrossEntropy(keras.losses.Loss):
    """Mean cross entropy over the tokens that are not padding (id 0).

    Args:
        label_smoothing: share of the target distribution that is spread evenly over the vocabulary (Szegedy et al. 2016).
        name: of the loss.

    Call arguments:
        y_true: int ``[..., target_length]``; 0 is padding.
        y_pred: logits ``[..., target_length, vocab_size]``.

    Output:
        A float32 scalar; 0 where everything is padding.
    """

    def __init__(self, label_smoothing: float = 0.0, name: str = "masked_cross_entropy", **kwargs):
        super().__init__(name=name, **kwargs)
        self.label_smoothing = _check_smoothing(label_smoothing)

    def call(self, y_true, y_pred):
        """Mean over the real tokens of the whole batch."""
        loss = token_nll(y_true, y_pred)
        if self.label_smoothing:
            y_pred = tf.cast(y_pred, tf.float32)
            at_label = tf.gather(y_pred, tf.cast(y_true, tf.int32), batch_dims=len(y_pred.shape) - 1)
            loss += self.label_smoothing * (at_label - tf.reduce_mean(y_pred, axis=-1))
        mask = tf.cast(tf.not_equal(y_true, PADDING), loss.dtype)
        return tf.math.divide_no_nan(tf.reduce_sum(loss * mask), tf.reduce_sum(mask))

    def get_config(self):
        """Arguments of ``__init__``."""
        return {"name": self.name, "label_smoothing": self.label_smoothing}


@keras.saving.register_keras_serializable(package="aimass")
class TokenPerplexity(keras.metrics.Mean):
    """Exponential of the mean negative log-likelihood of a token, over all batches; update it with the likelihoods.

    Args:
        name: of the metric.
    """

    def __init__(self, name: str = "perplexity", **kwargs):
        super().__init__(name=name, **kwargs)

    def result(self):
        """The perplexity so far."""
        return keras.ops.exp(super().result())
