"""Searching or sampling a trained model's outputs to padded sources."""

import tensorflow as tf

from aimass.data.vocabulary import BOS, PAD, UNK
from aimass.decoding.beam import beam_search
from aimass.decoding.greedy import greedy
from aimass.decoding.hypotheses import Hypotheses
from aimass.decoding.sampling import sample
from aimass.errors import ParameterError

NEVER_OUT = (PAD, UNK, BOS)


def search(
    model,
    source,
    *,
    beam_size: int = 1,
    alpha: float = 0.0,
    coverage: float = 0.0,
    max_length=None,
    n: int | None = None,
    alignments: bool = False,
) -> Hypotheses:
    """The best outputs of a model to padded sources; it can be traced.

    Padding, begin and unknown token are never put out; log-probabilities are the model's own.

    Args:
        model: an :class:`aimass.models.EncoderDecoder`, or anything with its ``begin`` and ``step``.
        source: int ``[batch, source_length]``, each with its end of sequence, padded with 0.
        beam_size: 1 is greedy search.
        alpha: of the length penalty, see :func:`aimass.decoding.beam_search`.
        coverage: of the coverage penalty, see there.
        max_length: see there; ``None`` means twice the source's length and 10.
        n: hypotheses wanted for each sentence, see there.
        alignments: also return the attention's weights ``[batch, n, length, source_length]``.

    Raises:
        ParameterError: for a source of another rank, and what :func:`aimass.decoding.beam_search` raises.
    """
    step, states, memory, max_length = _begin(model, source, max_length)
    options = {"max_length": max_length, "alignments": alignments, "forbidden": NEVER_OUT}
    if beam_size == 1 and n in (None, 1) and not coverage and not alpha:
        return greedy(step, states, memory, **options)
    mask = tf.not_equal(source, PAD)
    penalties = {"alpha": alpha, "coverage": coverage, "source_mask": mask}
    return beam_search(step, states, memory, beam_size=beam_size, n=n, **penalties, **options)


def draw(
    model,
    source,
    *,
    seed: int,
    n: int = 1,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    max_length=None,
    alignments: bool = False,
) -> Hypotheses:
    """Random outputs of a model to padded sources; it can be traced, with the seed as a tensor.

    Padding, begin and unknown token are never put out.

    Args:
        model, source, max_length, alignments: see :func:`search`.
        seed, n, temperature, top_k, top_p: see :func:`aimass.decoding.sample`.

    Raises:
        ParameterError: for a source of another rank, and what :func:`aimass.decoding.sample` raises.
    """
    step, states, memory, max_length = _begin(model, source, max_length)
    cuts = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
    options = {"max_length": max_length, "alignments": alignments, "forbidden": NEVER_OUT}
    return sample(step, states, memory, seed=seed, n=n, **cuts, **options)


def _begin(model, source, max_length):
    """The step, states with the axis of the beam, memory, and the maximum lengths."""
    source = tf.convert_to_tensor(source)
    if source.shape.rank != 2:
        raise ParameterError(
            f"search: source has shape {tuple(source.shape)}; expected [batch, source_length], one row a sentence"
        )
    if max_length is None:
        max_length = 2 * tf.reduce_sum(tf.cast(tf.not_equal(source, PAD), tf.int32), axis=1) + 10
    memory, states = model.begin(source, tf.reduce_max(max_length))
    step = model.stepper() if hasattr(model, "stepper") else model.step
    return step, tf.nest.map_structure(lambda state: state[:, None], states), memory, max_length
