"""Attention by position alone: the control."""

import keras
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.layers.attention import SequenceAttention


@keras.saving.register_keras_serializable(package="aimass")
class PositionOnlyAttention(SequenceAttention):
    """A learned matrix of scores that depends on target and source position only, never on what stands there.

    This is attention taken literally as "a weight matrix over the input"; it is the control against which content-based
    scores are measured. Positions past the matrix use its last row or column.

    Args:
        max_target_length: rows of the matrix.
        max_source_length: columns of the matrix.
        seed: accepted as by the other layers; the matrix starts at zero (uniform attention), so that it draws nothing.

    Call arguments and output: see :class:`aimass.layers.attention.SequenceAttention`; of the query only the length is used.
    """

    def __init__(
        self, max_target_length: int = 64, max_source_length: int = 64, seed: int | None = None, **kwargs
    ):
        super().__init__(1, seed=seed, **kwargs)
        if min(max_target_length, max_source_length) < 1:
            raise ParameterError(
                f"PositionOnlyAttention: max_target_length is {max_target_length} and max_source_length is "
                f"{max_source_length}; both must be at least 1"
            )
        self.max_target_length = max_target_length
        self.max_source_length = max_source_length

    def build(self, query_shape, values_shape):
        """Create the matrix of scores."""
        self._require_sequences(query_shape, values_shape)
        shape = (self.max_target_length, self.max_source_length)
        self.position_scores = self.add_weight(shape, "zeros", name="position_scores")
        super().build(query_shape)

    def keys(self, values):
        """Only their number matters: the values as they are."""
        return values

    def scores(self, query, keys, offset=0):
        """The matrix at the positions asked for: ``[batch, target_length, source_length]``."""
        rows = tf.minimum(offset + tf.range(tf.shape(query)[1]), self.max_target_length - 1)
        columns = tf.minimum(tf.range(tf.shape(keys)[1]), self.max_source_length - 1)
        scores = tf.gather(tf.gather(self._value(self.position_scores), rows), columns, axis=1)
        return tf.repeat(scores[None], tf.shape(query)[0], axis=0)

    def get_config(self):
        """Arguments of ``__init__``."""
        config = super().get_config()
        del config["units"]
        return {
            **config,
            "max_target_length": self.max_target_length,
            "max_source_length": self.max_source_length,
        }
