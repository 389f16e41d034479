"""Exact search, for small cases."""

import heapq
import itertools

import numpy as np
import tensorflow as tf

from aimass.data.vocabulary import BOS, EOS
from aimass.decoding.hypotheses import Hypotheses, Step, StepOutput
from aimass.errors import ParameterError


def exact_search(
    step: Step,
    states,
    memory=(),
    *,
    max_length: int,
    n: int = 1,
    begin: int = BOS,
    end: int = EOS,
    forbidden: tuple[int, ...] = (),
    known: float = -np.inf,
    width: int = 64,
    max_expansions: int = 100_000,
) -> Hypotheses:
    """The ``n`` likeliest outputs of all, by best-first search.

    A log-probability only falls as an output grows, so that a finished output which is likelier than every open beginning
    is likelier than all they can become (the idea of Stahlberg & Byrne 2019). How many beginnings must be opened depends on
    how sure the model is: it can be exponential in the length.

    Args:
        step: the model; called with a batch of 1 and a beam of up to ``width``. A ``tf.function`` is taken as it is: make one
            (``reduce_retracing=True, autograph=False``) to search many sentences without tracing the model for each.
        states: nest of tensors ``[1, 1, ...]``: the model's memory before the first step, for one sentence.
        memory: nest of tensors ``[1, ...]`` that the step takes.
        max_length: most tokens of an output, the end included.
        n: how many outputs.
        begin: the token that is read first.
        end: the token that ends an output.
        forbidden: tokens that are never put out; log-probabilities stay the model's own.
        known: log-probability that the ``n`` likeliest outputs are known to reach, such as that of the ``n``-th best of a beam search.
            Beginnings below it are not kept, which is what makes a large vocabulary affordable. Where rounding sets the two searches
            apart, give a little less than was found.
        width: beginnings extended in one call of ``step``; it changes the speed, not the result.
        max_expansions: give up after so many beginnings.

    Returns:
        Hypotheses with a batch of 1; the scores are the log-probabilities. Fewer than ``n`` outputs that reach ``known`` leave rows of
        padding with a log-probability of minus infinity.

    Raises:
        ParameterError: if it gives up, or if the states are of several sentences.
    """
    flat = tf.nest.flatten(states)
    if any(x.shape[0] != 1 for x in flat):
        raise ParameterError("exact_search: it takes one sentence at a time; call it for each")
    ready = isinstance(step, tf.types.experimental.PolymorphicFunction)
    traced = step if ready else tf.function(step, reduce_retracing=True, autograph=False)

    def extend(opened):
        # What costs more than the n best known outputs can't be among them.
        most = min(-known, finished[n - 1][0] if len(finished) >= n else np.inf)
        return _extend(traced, states, memory, opened, begin, forbidden, most)

    # Ties are broken by age, so that the result does not depend on what states compare as.
    order = itertools.count()
    queue = [(0.0, next(order), (), [np.asarray(x)[0, 0] for x in flat])]
    finished: list[tuple[float, int, tuple]] = []
    expanded = 0
    while queue and (len(finished) < n or queue[0][0] < finished[n - 1][0]):
        if expanded >= max_expansions:
            raise ParameterError(
                f"exact_search: {expanded} beginnings opened and no proof yet; lower max_length ({max_length}), use a "
                "smaller vocabulary, or raise max_expansions"
            )
        # All opened together are of one length: a step has one position.
        length = len(queue[0][2])
        opened = [heapq.heappop(queue)]
        while queue and len(opened) < width and len(queue[0][2]) == length:
            opened.append(heapq.heappop(queue))
        expanded += len(opened)
        for child in extend(opened):
            cost, tokens = child[0], child[1]
            if tokens[-1] == end or len(tokens) == max_length:
                finished.append((cost, next(order), tokens))
            else:
                heapq.heappush(queue, (cost, next(order), *child[1:]))
        finished = sorted(finished)[:n]
    return _pack(finished, n)


def _extend(step, structure, memory, opened, begin, forbidden, most):
    """Every continuation of the opened beginnings that costs no more than ``most``, as ``(cost, tokens, states)``."""
    last = [tokens[-1] if tokens else begin for _, _, tokens, _ in opened]
    stacked = [np.stack(parts)[None] for parts in zip(*(states for *_, states in opened), strict=True)]
    states = tf.nest.pack_sequence_as(structure, [tf.constant(x) for x in stacked])
    position = tf.constant(len(opened[0][2]))
    output = StepOutput(*step(tf.constant([last], tf.int32), states, memory, position))
    flat = [np.asarray(x)[0] for x in tf.nest.flatten(output.states)]
    log_probs = np.array(tf.nn.log_softmax(output.logits[0]))
    log_probs[:, list(forbidden)] = -np.inf
    for i, (row, (cost, _, tokens, _)) in enumerate(zip(log_probs, opened, strict=True)):
        for token in np.flatnonzero(np.isfinite(row) & (cost - row.astype("float64") <= most)):
            yield cost - float(row[token]), (*tokens, int(token)), [x[i] for x in flat]


def _pack(finished, n) -> Hypotheses:
    width = max((len(tokens) for *_, tokens in finished), default=0)
    tokens = np.zeros((1, n, width), np.int32)
    log_probs = np.full((1, n), -np.inf, np.float32)
    for i, (cost, _, output) in enumerate(finished):
        tokens[0, i, : len(output)] = output
        log_probs[0, i] = -cost
    return Hypotheses(tf.constant(tokens), tf.constant(log_probs), tf.constant(log_probs))
