"""Additive attention."""

import keras
import tensorflow as tf

from aimass.layers.attention import SequenceAttention


@keras.saving.register_keras_serializable(package="aimass")
class AdditiveAttention(SequenceAttention):
    """Additive attention: score ``v · tanh(W query + U value)`` (Bahdanau et al. 2015, section A.1.2).

    It costs a hyperbolic tangent per target token, source token and unit: several times the multiplicative score.

    Args, call arguments and output: see :class:`aimass.layers.attention.SequenceAttention`; ``units`` is the width of
    ``v``, ``W query`` and ``U value``.
    """

    def build(self, query_shape, values_shape):
        """Create ``W``, ``U`` and ``v``."""
        self._require_sequences(query_shape, values_shape)
        query, key, score = self._glorot(3)
        self.query_kernel = self.add_weight((query_shape[-1], self.units), query, name="query_kernel")
        self.key_kernel = self.add_weight((values_shape[-1], self.units), key, name="key_kernel")
        self.score_kernel = self.add_weight((self.units, 1), score, name="score_kernel")
        super().build(query_shape)

    def keys(self, values):
        """``U value``: ``[batch, source_length, units]``."""
        return tf.tensordot(values, self._value(self.key_kernel), axes=1)

    def scores(self, query, keys, offset=0):
        """``v · tanh(W query + key)``: ``[batch, target_length, source_length]``."""
        projected = tf.tensordot(query, self._value(self.query_kernel), axes=1)
        meeting = tf.tanh(
            projected[:, :, None] + keys[:, None]
        )  # [batch, target_length, source_length, units]
        return tf.tensordot(meeting, self._value(self.score_kernel), axes=1)[..., 0]
