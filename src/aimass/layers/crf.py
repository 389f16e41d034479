"""A linear-chain conditional random field."""

import keras
import tensorflow as tf

from aimass.errors import ParameterError


@keras.saving.register_keras_serializable(package="aimass")
class CRF(keras.layers.Layer):
    """Linear-chain conditional random field (Lafferty et al. 2001): the log-likelihood of label sequences.

    The score of labels ``y`` is ``sum_t emissions[t, y_t] + sum_t transitions[y_t, y_{t+1}]``; its exponential, divided by
    the sum over all label sequences (the forward algorithm), is their probability. Train by minimising the negative
    log-likelihood; decode with ``aimass.decoding.viterbi(emissions, layer.transitions, mask)``. All sums are in float32 or
    wider, under any policy.

    Args:
        tags: number of labels.

    Call arguments:
        emissions: float ``[batch, time, tags]``: scores of the labels at each position, such as a dense layer's outputs.
        labels: int ``[batch, time]``; what stands at padding does not matter.
        mask: bool ``[batch, time]``, true at real positions, which come first; ``None`` means all are real.

    Output:
        Log-likelihoods ``[batch]``, at most 0; 0 for a sequence that is all padding.
    """

    def __init__(self, tags: int, **kwargs):
        super().__init__(**kwargs)
        if tags < 1:
            raise ParameterError(f"CRF: tags is {tags}; it must be at least 1")
        self.tags = tags
        self.supports_masking = True

    def build(self, emissions_shape, labels_shape=None):
        """Create the matrix of transition scores, ``[tags, tags]`` from row to column, at zero."""
        if len(emissions_shape) != 3 or emissions_shape[-1] != self.tags:
            raise ParameterError(
                f"CRF: emissions have shape {tuple(emissions_shape)}; expected [batch, time, {self.tags}]"
            )
        self.transitions = self.add_weight(
            (self.tags, self.tags), "zeros", name="transitions", autocast=False
        )
        super().build(emissions_shape)

    def call(self, emissions, labels, mask=None):
        """Score of the labels minus logarithm of the sum over all label sequences."""
        emissions = tf.cast(emissions, self.transitions.dtype)
        mask = tf.ones(tf.shape(labels), tf.bool) if mask is None else tf.cast(mask, tf.bool)
        return self._score(emissions, labels, mask) - self._log_partition(emissions, mask)

    def _score(self, emissions, labels, mask):
        real = tf.cast(mask, emissions.dtype)
        labels = tf.where(mask, tf.cast(labels, tf.int32), 0)
        steps = tf.gather(emissions, labels, batch_dims=2) * real  # [batch, time]
        pairs = tf.stack([labels[:, :-1], labels[:, 1:]], axis=-1)
        moves = tf.gather_nd(tf.convert_to_tensor(self.transitions), pairs) * real[:, 1:]  # [batch, time - 1]
        return tf.reduce_sum(steps, axis=1) + tf.reduce_sum(moves, axis=1)

    def _log_partition(self, emissions, mask):
        transitions = tf.convert_to_tensor(self.transitions)
        steps, real = tf.transpose(emissions, [1, 0, 2]), tf.transpose(mask)[:, :, None]

        def forward(reached, step):
            emission, is_real = step
            extended = tf.reduce_logsumexp(reached[:, :, None] + transitions, axis=1) + emission
            return tf.where(is_real, extended, reached)

        # [time - 1, batch, tags]: the log of the sum over all labels before, for each label at this position
        reached = tf.scan(forward, (steps[1:], real[1:]), steps[0])
        final = tf.concat([steps[:1], reached], axis=0)[-1]
        return tf.where(mask[:, 0], tf.reduce_logsumexp(final, axis=1), 0.0)

    def compute_output_shape(self, emissions_shape, labels_shape=None):
        """``(batch,)``."""
        return (emissions_shape[0],)

    def compute_mask(self, inputs, mask=None):
        """None: the output has no time."""
        return None

    def get_config(self):
        """Arguments of ``__init__``."""
        return {**super().get_config(), "tags": self.tags}
