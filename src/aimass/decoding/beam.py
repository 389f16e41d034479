"""Beam search."""

import tensorflow as tf

from aimass.data.vocabulary import BOS, EOS, PAD
from aimass.decoding.hypotheses import Hypotheses, Step, max_lengths_of
from aimass.errors import ParameterError


def length_penalty(length, alpha: float):
    """``((5 + length) / 6) ** alpha`` (Wu et al. 2016, eq. 14); 1 for every length where ``alpha`` is 0."""
    return ((5.0 + tf.cast(length, tf.float32)) / 6.0) ** alpha


def beam_search(
    step: Step,
    states,
    *,
    beam_size: int,
    max_length,
    alpha: float = 0.0,
    n: int | None = None,
    begin: int = BOS,
    end: int = EOS,
) -> Hypotheses:
    """Keep the ``beam_size`` best hypotheses at every step.

    Finished hypotheses stay in the beam, with their score, until better ones push them out. The search of a sentence ends
    when its ``n`` best are finished and no other can overtake them: a log-probability only falls as an output grows, so that
    what a hypothesis may still reach is its log-probability over the penalty of the greatest length. A beam of 1 is greedy
    search; a beam that holds all sequences, with ``n`` as large, is exact search.

    Args:
        step: the model; called with a beam of ``beam_size``.
        states: nest of tensors ``[batch, 1, ...]``: the model's memory before the first step.
        beam_size: hypotheses kept for each sentence.
        max_length: most tokens of an output, the end included: a scalar, or int ``[batch]``, one for each sentence.
        alpha: exponent of the length penalty that divides the scores; 0 ranks by log-probability.
        n: hypotheses wanted for each sentence: fewer make the search end earlier; ``None`` means all in the beam.
        begin: the token that is read first.
        end: the token that ends an output.

    Returns:
        ``n`` hypotheses a sentence, best first.

    Raises:
        ParameterError: if ``beam_size`` is below 1, ``alpha`` is negative, or ``n`` is not between 1 and ``beam_size``.
    """
    n = beam_size if n is None else n
    if beam_size < 1 or alpha < 0 or not 1 <= n <= beam_size:
        raise ParameterError(
            f"beam_search: beam_size is {beam_size}, alpha is {alpha} and n is {n}; expected beam_size >= 1, alpha >= 0 and "
            "1 <= n <= beam_size"
        )
    batch = tf.shape(tf.nest.flatten(states)[0])[0]
    limits = max_lengths_of(max_length, batch)[:, None]
    width = tf.reduce_max(limits)
    states = tf.nest.map_structure(lambda x: tf.repeat(x, beam_size, axis=1), states)
    shape = [batch, beam_size]
    # At the start all hypotheses are the same one: only the first may be extended.
    only_first = tf.where(tf.range(beam_size) == 0, 0.0, -float("inf"))
    start = [
        0,
        tf.fill(shape, begin),
        tf.broadcast_to(limits <= 0, shape),
        tf.broadcast_to(only_first, shape),
        tf.zeros(shape, tf.int32),
        tf.zeros([batch, beam_size, width], tf.int32),
        states,
    ]

    def unfinished(position, tokens, finished, *_):
        return tf.logical_and(position < width, tf.logical_not(tf.reduce_all(finished)))

    def advance(position, tokens, finished, log_probs, lengths, outputs, states):
        distribution, states = step(tokens, states, position)
        best, next_tokens, parents = _select(
            distribution,
            finished,
            log_probs,
            length_penalty(lengths, alpha),
            length_penalty(position + 1, alpha),
        )
        old_finished, lengths, outputs = (
            tf.gather(x, parents, batch_dims=1) for x in (finished, lengths, outputs)
        )
        states = tf.nest.map_structure(lambda x: tf.gather(x, parents, batch_dims=1), states)
        dead = tf.math.is_inf(best)
        next_tokens = tf.where(old_finished, PAD, next_tokens)
        lengths = tf.where(old_finished, lengths, position + 1)
        outputs = tf.where(tf.range(width) == position, next_tokens[..., None], outputs)
        finished = old_finished | tf.equal(next_tokens, end) | (position + 1 >= limits) | dead
        # They stand in the order of their scores; what is left of a sentence that is decided stays as it is.
        reachable = best / tf.where(finished, length_penalty(lengths, alpha), length_penalty(limits, alpha))
        decided = tf.concat([finished[:, :n], reachable[:, n:] <= reachable[:, n - 1 : n]], axis=1)
        finished |= tf.reduce_all(decided, axis=1, keepdims=True)
        return position + 1, next_tokens, finished, best, lengths, outputs, states

    length, _, _, log_probs, lengths, outputs, _ = tf.while_loop(unfinished, advance, start)
    scores = log_probs / length_penalty(lengths, alpha)
    scores, order = tf.math.top_k(scores, n)
    outputs = tf.where(tf.math.is_inf(scores)[..., None], PAD, tf.gather(outputs, order, batch_dims=1))
    return Hypotheses(outputs[..., :length], tf.gather(log_probs, order, batch_dims=1), scores)


def _select(distribution, finished, log_probs, old_penalty, new_penalty):
    """The best continuations.

    Args:
        distribution: ``[batch, beam, vocab_size]``: log-probabilities of the next token.
        finished: bool ``[batch, beam]``: these may only stay as they are.
        log_probs: ``[batch, beam]``.
        old_penalty: ``[batch, beam]``: divides the scores of finished hypotheses.
        new_penalty: scalar: divides the scores of hypotheses that get one token more.

    Returns:
        ``[batch, beam]`` each: log-probability, token, and the hypothesis that was continued.
    """
    beam = distribution.shape[1] or tf.shape(distribution)[1]
    count = tf.minimum(beam, tf.shape(distribution)[-1])
    gained, tokens = _top_k(distribution, count)  # [batch, beam, count]: more can't be among the best
    totals = log_probs[..., None] + gained
    stays = tf.concat([log_probs[..., None], tf.fill(tf.shape(totals[..., 1:]), -float("inf"))], axis=-1)
    totals = tf.where(finished[..., None], stays, totals)
    penalties = tf.where(finished, old_penalty, new_penalty)
    flat = [tf.shape(totals)[0], -1]
    _, chosen = tf.math.top_k(tf.reshape(totals / penalties[..., None], flat), tf.shape(log_probs)[1])

    def pick(x):
        return tf.gather(tf.reshape(x, flat), chosen, batch_dims=1)

    return pick(totals), pick(tokens), chosen // count


def _top_k(values, k, chunk: int = 64):
    """``tf.math.top_k`` over a long last axis, quicker: the ``k`` largest stand in the ``k`` chunks with the largest maxima.

    Args:
        values: ``[batch, beam, size]``.
        k: how many.
        chunk: length of a chunk; short axes are searched directly.

    Returns:
        Values and int32 indices, ``[batch, beam, k]``, largest first.
    """
    size = values.shape[-1]
    if size is None or size < 16 * chunk:
        return tf.math.top_k(values, k)
    whole = size // chunk * chunk
    batch, beam = tf.shape(values)[0], tf.shape(values)[1]
    chunks = tf.reshape(values[..., :whole], [batch, beam, whole // chunk, chunk])
    _, best = tf.math.top_k(tf.reduce_max(chunks, axis=-1), tf.minimum(k, whole // chunk), sorted=False)
    flat = [batch, beam, -1]
    candidates = tf.reshape(tf.gather(chunks, best, batch_dims=2), flat)
    indices = tf.reshape(best[..., None] * chunk + tf.range(chunk), flat)
    tail = tf.broadcast_to(tf.range(whole, size), [batch, beam, size - whole])
    candidates = tf.concat([candidates, values[..., whole:]], axis=-1)
    found, where = tf.math.top_k(candidates, k)
    return found, tf.gather(tf.concat([indices, tail], axis=-1), where, batch_dims=2)
