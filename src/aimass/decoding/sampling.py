"""Sampling outputs from a model's distribution."""

import tensorflow as tf

from aimass.data.vocabulary import BOS, EOS
from aimass.decoding.hypotheses import Hypotheses, Step, forbid
from aimass.decoding.sequential import extend
from aimass.errors import ParameterError


def sample(
    step: Step,
    states,
    memory=(),
    *,
    max_length,
    seed: int,
    n: int = 1,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    alignments: bool = False,
    begin: int = BOS,
    end: int = EOS,
    forbidden: tuple[int, ...] = (),
) -> Hypotheses:
    """Draw ``n`` outputs a sentence, token by token (ancestral sampling).

    A step's distribution is sharpened or flattened by the temperature, then cut to the ``top_k`` likeliest tokens, then to
    the nucleus: the fewest likeliest tokens whose probabilities, among those left, sum to at least ``top_p``
    (Holtzman et al. 2020, section 3.1). The same seed and batch give the same outputs, as no generator keeps a state.

    Args:
        step: the model; called with a beam of ``n``.
        states: nest of tensors ``[batch, 1, ...]``: the model's memory before the first step.
        memory: nest of tensors ``[batch, ...]`` that the step takes.
        max_length: most tokens of an output, the end included: a scalar, or int ``[batch]``, one for each sentence.
        seed: of the draws: an integer, or an int32 scalar tensor, so that a traced function can be drawn from again.
        n: samples of a sentence; they are independent.
        temperature: divides the logits; 1 is the model's own distribution, towards 0 it becomes greedy search.
        top_k: how many of the likeliest tokens may be drawn; ``None`` means all.
        top_p: probability of the nucleus; ``None`` means 1.
        alignments: also return the attention's weights.
        begin: the token that is read first.
        end: the token that ends an output.
        forbidden: tokens that are never put out.

    Returns:
        ``n`` hypotheses a sentence in the order drawn; log-probabilities, and scores, are those of the model's own
        distribution, untouched by temperature and cuts.

    Raises:
        ParameterError: if ``n`` or ``top_k`` is below 1, ``temperature`` is not above 0, ``top_p`` is not in ``(0, 1]``, or
            alignments are asked for and the step returns no attention.
    """
    _check(n, temperature, top_k, top_p)
    batch = tf.shape(tf.nest.flatten(states)[0])[0]
    seed = tf.cast(seed, tf.int32)

    def draw(logits, position, rows):
        # Drawn for the whole batch, so that an output does not depend on which other sentences are done.
        uniform = tf.random.stateless_uniform([batch, n], tf.stack([seed, position]))
        return choose(forbid(logits, forbidden), tf.gather(uniform, rows), temperature, top_k, top_p)

    return extend(
        step, states, memory, draw, n=n, max_length=max_length, begin=begin, end=end, alignments=alignments
    )


def choose(logits, uniform, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None):
    """Tokens by the inverse of the distribution function.

    Args:
        logits: float32 ``[batch, n, vocab_size]``.
        uniform: float32 ``[batch, n]`` in ``[0, 1)``.
        temperature, top_k, top_p: see :func:`sample`.

    Returns:
        int32 ``[batch, n]``.
    """
    scaled = logits / temperature
    tokens = None
    if top_k is not None or top_p is not None:
        size = tf.shape(scaled)[-1]
        scaled, tokens = tf.math.top_k(scaled, size if top_k is None else tf.minimum(top_k, size))
    probabilities = tf.nn.softmax(scaled)
    if top_p is not None:
        before = tf.cumsum(
            probabilities, axis=-1, exclusive=True
        )  # at 0 for the likeliest, which always stays
        probabilities = tf.where(before < top_p, probabilities, 0.0)
    reached = tf.cumsum(probabilities, axis=-1)
    # The first place that the sum passes: its own probability is above 0, for the sum grows there.
    passed = reached > uniform[..., None] * reached[..., -1:]
    place = tf.argmax(tf.cast(passed, tf.int8), axis=-1, output_type=tf.int32)
    return place if tokens is None else tf.gather(tokens, place, batch_dims=2)


def _check(n, temperature, top_k, top_p):
    if n < 1 or not temperature > 0 or (top_k is not None and top_k < 1):
        raise ParameterError(
            f"sample: n is {n}, temperature is {temperature} and top_k is {top_k}; expected n >= 1, temperature > 0 and "
            "top_k >= 1 or None"
        )
    if top_p is not None and not 0 < top_p <= 1:
        raise ParameterError(f"sample: top_p is {top_p}; expected 0 < top_p <= 1, or None")
