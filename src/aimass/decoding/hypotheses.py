"""What every search takes and returns."""

from typing import Any, NamedTuple, Protocol

import tensorflow as tf


class Step(Protocol):
    """One step of a model that predicts the next token; a search knows nothing else of the model."""

    def __call__(self, tokens: tf.Tensor, states: Any, position: tf.Tensor) -> tuple[tf.Tensor, Any]:
        """Read one token more of each hypothesis.

        Args:
            tokens: int32 ``[batch, beam]``: the last token of each hypothesis.
            states: any nest of tensors ``[batch, beam, ...]``: what the model remembers of each hypothesis.
            position: int32 scalar: how many tokens stand before ``tokens``.

        Returns:
            float32 log-probabilities ``[batch, beam, vocab_size]`` of the next token, and the new states.
        """


class Hypotheses(NamedTuple):
    """The ``n`` best outputs found for each sentence, best first.

    Attributes:
        tokens: int32 ``[batch, n, length]``: each output with its end of sequence (unless it was cut at the maximum length),
            padded with 0.
        log_probs: float32 ``[batch, n]``: the sum of the log-probabilities of the tokens, the end included.
        scores: float32 ``[batch, n]``: what the search ranked by: ``log_probs``, divided by the length penalty where there
            is one; minus infinity where there are fewer than ``n`` outputs.
    """

    tokens: tf.Tensor
    log_probs: tf.Tensor
    scores: tf.Tensor


def max_lengths_of(max_length, batch) -> tf.Tensor:
    """A common or a per-sentence maximum as int32 ``[batch]``."""
    return tf.broadcast_to(tf.cast(max_length, tf.int32), [batch])
