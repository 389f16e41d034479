"""What every search takes and returns."""

from typing import Any, NamedTuple, Protocol

import numpy as np
import tensorflow as tf

from aimass.errors import ParameterError


class StepOutput(NamedTuple):
    """What a step of a model returns; a plain tuple of the same order will do.

    Attributes:
        logits: float32 ``[batch, beam, vocab_size]``: log-probabilities of the next token, up to a constant for each hypothesis: searches normalise them.
        states: the new states.
        attention: float32 ``[batch, beam, source_length]``, the weights on the source that led to ``logits``; ``None``
            where the model looks at no source.
    """

    logits: tf.Tensor
    states: Any
    attention: tf.Tensor | None = None


class Step(Protocol):
    """One step of a model that predicts the next token; a search knows nothing else of the model.

    The ``step`` of every :class:`aimass.models.EncoderDecoder` is one. Searches drop sentences that are done, so that a call
    may get fewer sentences than the one before: everything that belongs to a sentence stands in ``states`` or ``memory``.
    """

    def __call__(
        self, tokens: tf.Tensor, states: Any, memory: Any, position: tf.Tensor
    ) -> StepOutput | tuple:
        """Read one token more of each hypothesis.

        Args:
            tokens: int32 ``[batch, beam]``: the last token of each hypothesis.
            states: any nest of tensors ``[batch, beam, ...]``: what the model remembers of each hypothesis.
            memory: any nest of tensors ``[batch, ...]``: what the hypotheses of a sentence share.
            position: int32 scalar: how many tokens stand before ``tokens``.

        Returns:
            See :class:`StepOutput`.
        """


class Hypotheses(NamedTuple):
    """The ``n`` outputs found for each sentence: of a search, best first; of sampling, in the order drawn.

    Attributes:
        tokens: int32 ``[batch, n, length]``: each output with its end of sequence (unless it was cut at the maximum length),
            padded with 0.
        log_probs: float32 ``[batch, n]``: the sum of the log-probabilities of the tokens, the end included.
        scores: float32 ``[batch, n]``: what the search ranked by: ``log_probs``, with the penalties where there are some;
            minus infinity where there are fewer than ``n`` outputs.
        alignments: float32 ``[batch, n, length, source_length]`` on request, otherwise ``None``: the attention's weights that
            led to each token, 0 at padding.
    """

    tokens: tf.Tensor
    log_probs: tf.Tensor
    scores: tf.Tensor
    alignments: tf.Tensor | None = None


def max_lengths_of(max_length, batch) -> tf.Tensor:
    """A common or a per-sentence maximum as int32 ``[batch]``."""
    return tf.broadcast_to(tf.cast(max_length, tf.int32), [batch])


def require_attention(attention, purpose: str) -> tf.Tensor:
    """The attention's weights of a step.

    Raises:
        ParameterError: if there are none.
    """
    if attention is None:
        raise ParameterError(f"{purpose}: the model's steps return no attention; use a model that has one")
    return attention


def forbid(logits: tf.Tensor, tokens: tuple[int, ...]) -> tf.Tensor:
    """``[..., vocab_size]`` with minus infinity at the tokens."""
    if not tokens:
        return logits
    mask = np.zeros(max(tokens) + 1, np.float32)
    mask[list(tokens)] = -np.inf
    return logits + tf.pad(mask, [[0, tf.shape(logits)[-1] - len(mask)]])


def log_normalisers(logits: tf.Tensor) -> tf.Tensor:
    """``log(sum(exp(logits)))`` over the last axis, by way of the processor's own kernel for a softmax, which is quicker.

    The largest probability tells it. That is at least one over the number of classes, and loses nothing by its logarithm.

    Args:
        logits: float32 ``[..., classes]``.

    Returns:
        float32 ``[...]``.
    """
    surest = tf.reduce_max(tf.nn.softmax(logits), axis=-1)
    return tf.reduce_max(logits, axis=-1) - tf.math.log(surest)


def rows_to_keep(finished: tf.Tensor) -> tf.Tensor:
    """Which sentences go on: those with something unfinished, or all of them while dropping the others is not worth a copy.

    Args:
        finished: bool ``[active, beam]``.

    Returns:
        int32 ``[kept]``: increasing indices.
    """
    unfinished = tf.cast(tf.where(~tf.reduce_all(finished, axis=1))[:, 0], tf.int32)
    active = tf.shape(finished)[0]
    return tf.cond(8 * tf.size(unfinished) <= 7 * active, lambda: unfinished, lambda: tf.range(active))


def keep_rows(nest, rows: tf.Tensor, active: tf.Tensor):
    """The rows of every tensor of the nest, without a copy if that is all ``active`` of them."""
    if not tf.nest.flatten(nest):
        return nest
    return tf.cond(
        tf.size(rows) < active,
        lambda: tf.nest.map_structure(lambda x: tf.gather(x, rows), nest),
        lambda: tf.nest.map_structure(tf.identity, nest),
    )


def any_rows(nest):
    """Shapes for a loop in which the number of rows changes, and no other size does."""
    return tf.nest.map_structure(lambda x: tf.TensorShape([None, *x.shape[1:]]), nest)


def with_shapes(nest, shapes):
    """The same tensors in the structure of the shapes, known to have them: a step may return a list for a tuple."""
    flat = map(tf.ensure_shape, tf.nest.flatten(nest), tf.nest.flatten(shapes))
    return tf.nest.pack_sequence_as(shapes, list(flat))


def scatter_rows(full: tf.Tensor, rows: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """``full`` with ``values`` in these rows."""
    return tf.tensor_scatter_nd_update(full, rows[:, None], values)


def array_from(first: tf.Tensor, size) -> tf.TensorArray:
    """Room for ``size`` tensors of this rank. The first place is filled: an array that holds nothing cannot be read at all."""
    shape = [None] * len(first.shape)
    array = tf.TensorArray(first.dtype, tf.maximum(size, 1), element_shape=shape, infer_shape=False)
    return array.write(0, first)


def read_array(array: tf.TensorArray, length) -> tf.Tensor:
    """The first ``length`` tensors of what :func:`array_from` began, ``[length, ...]``."""
    return array.gather(tf.range(tf.maximum(length, 1)))[:length]
