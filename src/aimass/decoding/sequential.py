"""One token after the other, none taken back: what greedy search and sampling share."""

from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

from aimass.data.vocabulary import PAD
from aimass.decoding.hypotheses import (
    Hypotheses,
    Step,
    StepOutput,
    any_rows,
    array_from,
    keep_rows,
    log_normalisers,
    max_lengths_of,
    read_array,
    require_attention,
    rows_to_keep,
    scatter_rows,
    with_shapes,
)


class _Open(NamedTuple):
    """The outputs of the sentences that are not dropped yet: the sentences' ``rows``, their ``limits``, the last ``tokens`` and what
    is ``finished``, ``[active, n]``; the model's ``states`` and ``memory``.
    """

    rows: tf.Tensor
    limits: tf.Tensor
    tokens: tf.Tensor
    finished: tf.Tensor
    states: Any
    memory: Any


def extend(
    step: Step,
    states,
    memory,
    choose: Callable,
    *,
    n: int,
    max_length,
    begin: int,
    end: int,
    alignments: bool,
) -> Hypotheses:
    """``n`` outputs a sentence, each extended by what ``choose`` chooses until it ends.

    Args:
        step, states, memory, max_length, alignments, begin, end: see :func:`aimass.decoding.beam_search`.
        choose: from logits ``[active, n, vocab_size]``, the position, and which sentences they are, int32
            ``[active]``, to int32 tokens ``[active, n]``.
        n: outputs of a sentence.

    Returns:
        Hypotheses in no order; the scores are the log-probabilities.
    """
    batch = tf.shape(tf.nest.flatten(states)[0])[0]
    limits = max_lengths_of(max_length, batch)
    width = tf.reduce_max(limits)
    shape = [batch, n]
    opened = _Open(
        tf.range(batch),
        limits,
        tf.fill(shape, begin),
        tf.broadcast_to(limits[:, None] <= 0, shape),
        tf.nest.map_structure(lambda x: tf.repeat(x, n, axis=1), states),
        tf.nest.map_structure(tf.convert_to_tensor, memory),
    )
    shapes = any_rows(opened)
    outputs = array_from(opened.tokens, width)
    looked = (array_from(tf.zeros([*shape, 0]), width),) if alignments else ()

    def unfinished(position, opened, *_):
        return tf.logical_and(position < width, tf.logical_not(tf.reduce_all(opened.finished)))

    def advance(position, opened, log_probs, outputs, looked):
        logits, new, attention = StepOutput(*step(opened.tokens, opened.states, opened.memory, position))
        tokens = choose(logits, position, opened.rows)
        gained = tf.gather(logits, tokens, batch_dims=2) - log_normalisers(logits)
        log_probs = tf.tensor_scatter_nd_add(
            log_probs, opened.rows[:, None], tf.where(opened.finished, 0.0, gained)
        )
        tokens = tf.where(opened.finished, PAD, tokens)
        outputs = outputs.write(position, scatter_rows(tf.fill(shape, PAD), opened.rows, tokens))
        if alignments:
            attention = require_attention(attention, "alignments")
            attention = tf.where(opened.finished[..., None], 0.0, attention)
            full = tf.zeros([*shape, tf.shape(attention)[-1]])
            looked = (looked[0].write(position, scatter_rows(full, opened.rows, attention)),)
        ended = tf.equal(tokens, end) | (position + 1 >= opened.limits)[:, None]
        everything = opened._replace(tokens=tokens, finished=opened.finished | ended, states=new)
        keep = rows_to_keep(everything.finished)
        kept = keep_rows(everything, keep, tf.shape(tokens)[0])
        return position + 1, with_shapes(kept, shapes), log_probs, outputs, looked

    start = [0, opened, tf.zeros(shape), outputs, looked]
    arrays = tf.nest.map_structure(lambda _: tf.TensorShape(None), [outputs, looked])
    length, _, log_probs, outputs, looked = tf.while_loop(
        unfinished, advance, start, [tf.TensorShape([]), shapes, tf.TensorShape([None, n]), *arrays]
    )
    tokens = tf.transpose(read_array(outputs, length), [1, 2, 0])
    if not alignments:
        return Hypotheses(tokens, log_probs, log_probs)
    weights = tf.transpose(read_array(looked[0], length), [1, 2, 0, 3])
    return Hypotheses(tokens, log_probs, log_probs, weights)
