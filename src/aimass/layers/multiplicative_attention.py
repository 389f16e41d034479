"""Multiplicative attention."""

import keras
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.layers.attention import SequenceAttention


@keras.saving.register_keras_serializable(package="aimass")
class MultiplicativeAttention(SequenceAttention):
    """Multiplicative attention: score ``query · W value`` ("general"), or ``query · value`` ("dot") (Luong et al. 2015, eq. 8).

    Args:
        units: width of the queries: ``W`` maps values to it.
        score: ``"general"``, or ``"dot"``, which has no weights and needs values as wide as the queries.
        seed: of the initial weights.

    Call arguments and output: see :class:`aimass.layers.attention.SequenceAttention`.
    """

    def __init__(self, units: int, score: str = "general", seed: int | None = None, **kwargs):
        super().__init__(units, seed=seed, **kwargs)
        if score not in ("general", "dot"):
            raise ParameterError(f"MultiplicativeAttention: score is {score!r}; expected 'general' or 'dot'")
        self.score = score

    def build(self, query_shape, values_shape):
        """Create ``W`` for the general score."""
        self._require_sequences(query_shape, values_shape)
        if query_shape[-1] != self.units:
            raise ParameterError(
                f"MultiplicativeAttention: queries are {query_shape[-1]} wide; expected units = {self.units}"
            )
        if self.score == "general":
            (kernel,) = self._glorot(1)
            self.key_kernel = self.add_weight((values_shape[-1], self.units), kernel, name="key_kernel")
        elif values_shape[-1] != self.units:
            raise ParameterError(
                f"MultiplicativeAttention: the dot score needs values as wide as the queries ({self.units}); "
                f"they are {values_shape[-1]} wide: use score='general'"
            )
        super().build(query_shape)

    def keys(self, values):
        """``W value`` or the values themselves: ``[batch, source_length, units]``."""
        if self.score == "dot":
            return values
        return tf.tensordot(values, self._value(self.key_kernel), axes=1)

    def scores(self, query, keys, offset=0):
        """``query · key``: ``[batch, target_length, source_length]``."""
        return tf.matmul(query, keys, transpose_b=True)

    def get_config(self):
        """Arguments of ``__init__``."""
        return {**super().get_config(), "score": self.score}
