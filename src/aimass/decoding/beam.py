"""Beam search."""

from typing import Any, NamedTuple

import tensorflow as tf

from aimass.data.vocabulary import BOS, EOS, PAD
from aimass.decoding.continuations import best_continuations
from aimass.decoding.hypotheses import (
    Hypotheses,
    Step,
    StepOutput,
    any_rows,
    array_from,
    keep_rows,
    max_lengths_of,
    read_array,
    require_attention,
    rows_to_keep,
    scatter_rows,
    with_shapes,
)
from aimass.decoding.penalties import coverage_penalty, length_penalty
from aimass.errors import ParameterError

INFINITY = float("inf")


def beam_search(
    step: Step,
    states,
    memory=(),
    *,
    beam_size: int,
    max_length,
    alpha: float = 0.0,
    coverage: float = 0.0,
    source_mask=None,
    n: int | None = None,
    alignments: bool = False,
    begin: int = BOS,
    end: int = EOS,
    forbidden: tuple[int, ...] = (),
) -> Hypotheses:
    """Keep the ``beam_size`` best hypotheses at every step.

    The score of an output is ``log_prob / length_penalty(length, alpha) + coverage * coverage_penalty``
    (Wu et al. 2016, eq. 14). Unfinished hypotheses are ranked without the second term: what they have not covered yet, they
    may still cover. Finished ones stay in the beam, with their score, until better ones push them out. A beam of 1 is
    greedy search; a beam that holds all sequences, with ``n`` as large, is exact search.

    The search of a sentence ends when its ``n`` best are finished and no other can overtake them. This is safe: as an output
    grows, its log-probability can only fall, so that what an unfinished hypothesis may still reach is at most its
    log-probability over the penalty of the greatest length, plus a coverage penalty that is at most 0. Sentences that are
    done are dropped, and cost nothing in later steps.

    Args:
        step: the model; called with a beam of ``beam_size``.
        states: nest of tensors ``[batch, 1, ...]``: the model's memory before the first step.
        memory: nest of tensors ``[batch, ...]`` that the step takes; shared by the hypotheses of a sentence.
        beam_size: hypotheses kept for each sentence.
        max_length: most tokens of an output, the end included: a scalar, or int ``[batch]``, one for each sentence.
        alpha: exponent of the length penalty that divides the log-probabilities; 0 leaves them as they are.
        coverage: weight of the coverage penalty (beta of Wu et al.); it needs a model whose steps return attention.
        source_mask: bool ``[batch, source_length]``, true at real tokens; needed for the coverage penalty only.
        n: hypotheses wanted for each sentence: fewer make the search end earlier; ``None`` means all in the beam.
        alignments: also return the attention's weights.
        begin: the token that is read first.
        end: the token that ends an output.
        forbidden: tokens that are never put out; log-probabilities stay the model's own.

    Returns:
        ``n`` hypotheses a sentence, best first.

    Raises:
        ParameterError: if ``beam_size`` is below 1, ``alpha`` or ``coverage`` is negative, ``n`` is not between 1 and
            ``beam_size``, there is coverage without ``source_mask``, or attention is needed and the step returns none.
    """
    n = beam_size if n is None else n
    _check(beam_size, alpha, coverage, source_mask, n)
    rules = _Rules(step, beam_size, alpha, coverage, n, alignments, begin, end, tuple(forbidden))
    batch = tf.shape(tf.nest.flatten(states)[0])[0]
    limits = max_lengths_of(max_length, batch)
    width = tf.reduce_max(limits)
    beam = _first_beam(rules, states, memory, limits, source_mask)
    record = _empty_record(rules, batch, width, beam)
    shapes = any_rows(beam)

    def unfinished(position, beam, record):
        return tf.logical_and(position < width, tf.logical_not(tf.reduce_all(beam.finished)))

    def advance(position, beam, record):
        beam, record = _advance(rules, position, beam, record)
        return position + 1, with_shapes(beam, shapes), record

    record_shapes = tf.nest.map_structure(lambda x: getattr(x, "shape", None) or tf.TensorShape(None), record)
    length, _, record = tf.while_loop(
        unfinished, advance, [0, beam, record], [tf.TensorShape([]), shapes, record_shapes]
    )
    return _trace_back(record, length, n, alignments)


class _Rules(NamedTuple):
    """The arguments of a search that no step changes; see :func:`beam_search`."""

    step: Step
    beam_size: int
    alpha: float
    coverage: float
    n: int
    alignments: bool
    begin: int
    end: int
    forbidden: tuple[int, ...]


class _Beam(NamedTuple):
    """The hypotheses of the sentences that are not dropped yet, best first.

    Attributes:
        rows: int32 ``[active]``: which sentences they are.
        limits: int32 ``[active]``: their maximum lengths.
        tokens: int32 ``[active, beam]``: the last token of each hypothesis.
        finished: bool ``[active, beam]``.
        log_probs: float32 ``[active, beam]``.
        scores: float32 ``[active, beam]``: what they are ranked by.
        covered: with a coverage penalty, the attention's weights so far, ``[active, beam, source_length]``, and the source's
            mask; otherwise empty.
        states: nest of ``[active, beam, ...]``.
        memory: nest of ``[active, ...]``.
    """

    rows: tf.Tensor
    limits: tf.Tensor
    tokens: tf.Tensor
    finished: tf.Tensor
    log_probs: tf.Tensor
    scores: tf.Tensor
    covered: tuple
    states: Any
    memory: Any


class _Record(NamedTuple):
    """What is known of all sentences: log-probabilities and scores ``[batch, beam]`` of the last beam; of every step the tokens
    ``[batch, beam]``, the hypotheses they continued, and on request the attention's weights of those.
    """

    log_probs: tf.Tensor
    scores: tf.Tensor
    tokens: tf.TensorArray
    parents: tf.TensorArray
    attention: tuple


def _check(beam_size, alpha, coverage, source_mask, n):
    if beam_size < 1 or alpha < 0 or coverage < 0 or not 1 <= n <= beam_size:
        raise ParameterError(
            f"beam_search: beam_size is {beam_size}, alpha is {alpha}, coverage is {coverage} and n is {n}; expected "
            "beam_size >= 1, alpha >= 0, coverage >= 0 and 1 <= n <= beam_size"
        )
    if coverage and source_mask is None:
        raise ParameterError(
            "beam_search: coverage needs source_mask, which says what is to be covered; give both"
        )


def _first_beam(rules, states, memory, limits, source_mask) -> _Beam:
    batch = tf.shape(limits)[0]
    shape = [batch, rules.beam_size]
    # At the start all hypotheses are the same one: only the first may be extended.
    log_probs = tf.broadcast_to(tf.where(tf.range(rules.beam_size) == 0, 0.0, -INFINITY), shape)
    covered = ()
    if rules.coverage:
        source_mask = tf.convert_to_tensor(source_mask)
        covered = (tf.zeros([*shape, tf.shape(source_mask)[1]]), source_mask)
    return _Beam(
        tf.range(batch),
        limits,
        tf.fill(shape, rules.begin),
        tf.broadcast_to(limits[:, None] <= 0, shape),
        log_probs,
        log_probs,
        covered,
        tf.nest.map_structure(lambda x: tf.repeat(x, rules.beam_size, axis=1), states),
        tf.nest.map_structure(tf.convert_to_tensor, memory),
    )


def _empty_record(rules, batch, width, beam) -> _Record:
    nothing = tf.zeros([batch, rules.beam_size], tf.int32)
    attention = (array_from(tf.zeros([batch, rules.beam_size, 0]), width),) if rules.alignments else ()
    return _Record(
        beam.log_probs, beam.scores, array_from(nothing, width), array_from(nothing, width), attention
    )


def _advance(rules, position, beam, record):
    """Extend every hypothesis by one token, keep the best, drop the sentences that are done."""
    output = StepOutput(*rules.step(beam.tokens, beam.states, beam.memory, position))
    covered, penalty = _cover(rules, beam.covered, output.attention)
    chosen, tokens, parents = _select(rules, position, beam, output.logits, penalty)
    finished, log_probs, scores, ended = chosen
    tokens = tf.where(finished, PAD, tokens)
    record = _write(
        rules, position, beam.rows, record, (log_probs, scores, tokens, parents, output.attention)
    )
    finished |= ended | tf.math.is_inf(scores)
    # They stand in the order of their scores; what is left of a sentence that is decided stays as it is.
    limit_penalty = length_penalty(beam.limits, rules.alpha)[:, None]
    reachable = tf.where(finished, scores, log_probs / limit_penalty)
    n = rules.n
    decided = tf.concat([finished[:, :n], reachable[:, n:] <= reachable[:, n - 1 : n]], axis=1)
    finished |= tf.reduce_all(decided, axis=1, keepdims=True)

    keep, active = rows_to_keep(finished), tf.shape(finished)[0]
    rows, limits, tokens, finished, log_probs, scores, source = keep_rows(
        (beam.rows, beam.limits, tokens, finished, log_probs, scores, covered[1:]), keep, active
    )
    flat = tf.reshape(keep[:, None] * rules.beam_size + tf.gather(parents, keep), [-1])
    states, covered = _gather_hypotheses((output.states, covered[:1]), flat, rules.beam_size)
    memory = keep_rows(beam.memory, keep, active)
    covered = (*covered, *source)
    return _Beam(rows, limits, tokens, finished, log_probs, scores, covered, states, memory), record


def _cover(rules, covered, attention):
    """What is covered after this step, and the penalty ``[active, beam]`` of an output that ends with it."""
    if not rules.coverage:
        return (), 0.0
    total = covered[0] + require_attention(attention, "beam_search with coverage")
    return (total, covered[1]), rules.coverage * coverage_penalty(total, covered[1])


def _select(rules, position, beam, logits, penalty):
    """The best hypotheses after one more token.

    Args:
        rules: of the search.
        position: of the token that is chosen.
        beam: the hypotheses.
        logits: ``[active, beam, vocab_size]``: of the next token.
        penalty: 0, or ``[active, beam]``: added to the score of an output that ends here.

    Returns:
        A tuple: whether they had ended before, log-probabilities, scores, whether they end by this token; the tokens; and
        the hypotheses that were continued. ``[active, beam]`` each.
    """
    divisor = length_penalty(position + 1, rules.alpha)
    last = (position + 1 >= beam.limits)[:, None]  # whatever token comes, it is the last one
    log_probs = tf.where(beam.finished, -INFINITY, beam.log_probs)
    count = rules.beam_size
    if rules.coverage:
        log_probs += tf.where(last, penalty * divisor, 0.0)
        count *= 2  # the penalty may put the end of each hypothesis behind others
    gained, tokens, parents = best_continuations(logits, log_probs, count, rules.forbidden)
    totals = tf.gather(beam.log_probs, parents, batch_dims=1) + gained
    ended = tf.equal(tokens, rules.end) | last
    scores = totals / divisor
    if rules.coverage:
        scores += tf.where(ended, tf.gather(penalty, parents, batch_dims=1), 0.0)
    scores = tf.where(tf.gather(beam.finished, parents, batch_dims=1), -INFINITY, scores)
    # A finished hypothesis has one continuation: itself.
    itself = tf.broadcast_to(tf.range(rules.beam_size), tf.shape(beam.scores))
    before = (
        beam.finished,
        beam.log_probs,
        tf.where(beam.finished, beam.scores, -INFINITY),
        beam.finished,
        beam.tokens,
        itself,
    )
    after = (tf.zeros_like(ended), totals, scores, ended, tokens, parents)
    every = [tf.concat(pair, axis=1) for pair in zip(before, after, strict=True)]
    _, chosen = tf.math.top_k(every[2], rules.beam_size)
    *chosen_facts, tokens, parents = (tf.gather(x, chosen, batch_dims=1) for x in every)
    return tuple(chosen_facts), tokens, parents


def _gather_hypotheses(nest, flat, beam_size):
    """Rows ``flat`` of every ``[active, beam, ...]`` seen as ``[active * beam, ...]``, as ``[kept, beam, ...]``."""

    def gather(x):
        rest = tf.shape(x)[2:]
        rows = tf.gather(tf.reshape(x, tf.concat([[-1], rest], 0)), flat)
        return tf.reshape(rows, tf.concat([[-1, beam_size], rest], 0))

    return tf.nest.map_structure(gather, nest)


def _write(rules, position, rows, record, values) -> _Record:
    """The record with one step more of the active sentences; a dropped one goes on as it was, with padding."""
    log_probs, scores, tokens, parents, attention = values
    same = tf.broadcast_to(tf.range(rules.beam_size), tf.shape(record.scores))
    written = ()
    if rules.alignments:
        attention = require_attention(attention, "beam_search with alignments")
        shape = [*tf.unstack(tf.shape(record.scores)), tf.shape(attention)[-1]]
        written = (record.attention[0].write(position, scatter_rows(tf.zeros(shape), rows, attention)),)
    return _Record(
        scatter_rows(record.log_probs, rows, log_probs),
        scatter_rows(record.scores, rows, scores),
        record.tokens.write(position, scatter_rows(tf.fill(tf.shape(same), PAD), rows, tokens)),
        record.parents.write(position, scatter_rows(same, rows, parents)),
        written,
    )


def _trace_back(record, length, n, alignments) -> Hypotheses:
    """Follow the ``n`` best hypotheses from their ends to their beginnings."""
    scores, log_probs = record.scores[:, :n], record.log_probs[:, :n]
    places = tf.broadcast_to(tf.range(n), tf.shape(scores))
    arrays = [array_from(places, length), array_from(places, length)]

    def back(position, places, outputs, origins):
        tokens = tf.gather(record.tokens.read(position), places, batch_dims=1)
        places = tf.gather(record.parents.read(position), places, batch_dims=1)
        return position - 1, places, outputs.write(position, tokens), origins.write(position, places)

    *_, outputs, origins = tf.while_loop(
        lambda position, *_: position >= 0, back, [length - 1, places, *arrays]
    )
    tokens = tf.transpose(read_array(outputs, length), [1, 2, 0])  # [batch, n, length]
    tokens = tf.where(tf.math.is_inf(scores)[..., None], PAD, tokens)
    if not alignments:
        return Hypotheses(tokens, log_probs, scores)
    weights = read_array(record.attention[0], length)  # [length, batch, beam, source_length]
    weights = tf.gather(
        weights, read_array(origins, length), batch_dims=2
    )  # [length, batch, n, source_length]
    weights = tf.transpose(weights, [1, 2, 0, 3])
    return Hypotheses(tokens, log_probs, scores, tf.where(tf.equal(tokens, PAD)[..., None], 0.0, weights))
