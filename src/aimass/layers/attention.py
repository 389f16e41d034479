"""What the attention layers share: one interface, exact masks, a softmax in float32."""

import keras
import numpy as np
import tensorflow as tf

from aimass.errors import ParameterError


def masked_softmax(scores: tf.Tensor, mask: tf.Tensor | None) -> tf.Tensor:
    """Softmax over the last axis, in float32, with weight exactly 0 at padding.

    Args:
        scores: ``[batch, target_length, source_length]``, any float dtype.
        mask: bool ``[batch, source_length]``, true at real tokens; ``None`` means all are real.

    Returns:
        float32 of the shape of ``scores``; rows sum to 1, or are all 0 where every source token is padding.
    """
    scores = tf.cast(scores, tf.float32)
    if mask is None:
        return tf.nn.softmax(scores)
    mask = mask[:, None, :]
    weights = tf.nn.softmax(tf.where(mask, scores, scores.dtype.min))
    return tf.where(mask, weights, 0.0)


class SequenceAttention(keras.layers.Layer):
    """Base of the attention layers: subclasses say how a query and a key are scored.

    Args:
        units: width in which queries meet keys, where the layer has such a width.
        seed: of the initial weights; ``None`` draws from Keras's global generator.

    Call arguments:
        query: ``[batch, target_length, query_units]``.
        values: ``[batch, source_length, value_units]``.
        mask: bool ``[batch, source_length]``, true at real tokens; ``None`` means all are real.
        offset: position of the first query, an integer scalar: for decoding step by step (only layers that look at
            positions use it).

    Output:
        A tuple ``(context, weights)``: ``[batch, target_length, value_units]`` in the compute dtype, and float32
        ``[batch, target_length, source_length]``, whose rows sum to 1 and are 0 at padding (all 0 where a source is nothing
        but padding).
    """

    def __init__(self, units: int, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        if units < 1:
            raise ParameterError(f"{type(self).__name__}: units is {units}; it must be at least 1")
        self.units = units
        self.seed = seed
        self.supports_masking = True

    def keys(self, values: tf.Tensor) -> tf.Tensor:
        """What queries are compared with; depends on the source alone, so a decoder computes it once.

        Args:
            values: ``[batch, source_length, value_units]``.

        Returns:
            ``[batch, source_length, ...]``.
        """
        raise NotImplementedError

    def scores(self, query: tf.Tensor, keys: tf.Tensor, offset=0) -> tf.Tensor:
        """How well each query fits each key.

        Args:
            query: ``[batch, target_length, query_units]``.
            keys: what :meth:`keys` returned.
            offset: see the class.

        Returns:
            ``[batch, target_length, source_length]``: unnormalised, padding not yet masked.
        """
        raise NotImplementedError

    def attend(self, query, keys, values, mask=None, offset=0):
        """As a call, with the keys computed before."""
        weights = masked_softmax(self.scores(tf.cast(query, self.compute_dtype), keys, offset), mask)
        return tf.matmul(tf.cast(weights, values.dtype), values), weights

    def call(self, query, values, mask=None, offset=0):
        """Keys, scores, weights, context; see the class for shapes."""
        values = tf.cast(values, self.compute_dtype)
        return self.attend(query, self.keys(values), values, mask, offset)

    def compute_mask(self, inputs, mask=None):
        """None: the mask is the source's, and the source ends here."""
        return None

    def compute_output_shape(self, query_shape, values_shape):
        """Shapes of context and weights."""
        return (*query_shape[:2], values_shape[-1]), (*query_shape[:2], values_shape[1])

    def get_config(self):
        """Arguments of ``__init__``."""
        return {**super().get_config(), "units": self.units, "seed": self.seed}

    def _value(self, variable):
        """A weight in the compute dtype."""
        return tf.cast(tf.convert_to_tensor(variable), self.compute_dtype)

    def _require_sequences(self, query_shape, values_shape):
        for name, shape in (("query", query_shape), ("values", values_shape)):
            if len(shape) != 3 or shape[-1] is None:
                raise ParameterError(
                    f"{type(self).__name__}: {name} has shape {tuple(shape)}; expected [batch, length, units]"
                )

    def _glorot(self, count: int) -> list[keras.initializers.Initializer]:
        """Independent Glorot-uniform initializers, set by the seed."""
        if self.seed is None:
            return [keras.initializers.GlorotUniform() for _ in range(count)]
        seeds = np.random.SeedSequence(self.seed).generate_state(count).tolist()
        return [keras.initializers.GlorotUniform(seed) for seed in seeds]
