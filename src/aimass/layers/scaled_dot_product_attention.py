"""Scaled dot-product attention."""

import keras
import tensorflow as tf

from aimass.layers.attention import SequenceAttention


@keras.saving.register_keras_serializable(package="aimass")
class ScaledDotProductAttention(SequenceAttention):
    """Scaled dot-product attention of one head: ``(W query) · (U value) / sqrt(units)`` (Vaswani et al. 2017, eq. 1).

    The values are not projected, so that the weights can be compared with those of the other layers.

    Args, call arguments and output: see :class:`aimass.layers.attention.SequenceAttention`; ``units`` is the width of
    ``W query`` and ``U value``.
    """

    def build(self, query_shape, values_shape):
        """Create ``W`` and ``U``."""
        self._require_sequences(query_shape, values_shape)
        query, key = self._glorot(2)
        self.query_kernel = self.add_weight((query_shape[-1], self.units), query, name="query_kernel")
        self.key_kernel = self.add_weight((values_shape[-1], self.units), key, name="key_kernel")
        super().build(query_shape)

    def keys(self, values):
        """``U value``: ``[batch, source_length, units]``."""
        return tf.tensordot(values, self._value(self.key_kernel), axes=1)

    def scores(self, query, keys, offset=0):
        """``(W query) · key / sqrt(units)``: ``[batch, target_length, source_length]``."""
        projected = tf.tensordot(query, self._value(self.query_kernel), axes=1)
        return tf.matmul(projected * self.units**-0.5, keys, transpose_b=True)
