"""Greedy search."""

import tensorflow as tf

from aimass.data.vocabulary import BOS, EOS
from aimass.decoding.hypotheses import Hypotheses, Step, forbid
from aimass.decoding.sequential import extend


def greedy(
    step: Step,
    states,
    memory=(),
    *,
    max_length,
    alignments: bool = False,
    begin: int = BOS,
    end: int = EOS,
    forbidden: tuple[int, ...] = (),
) -> Hypotheses:
    """Take the likeliest token at every step.

    The best first step need not lead to the best whole: greedy search gives no guarantee but its speed.

    Args:
        step: the model; called with a beam of 1.
        states: nest of tensors ``[batch, 1, ...]``: the model's memory before the first step.
        memory: nest of tensors ``[batch, ...]`` that the step takes.
        max_length: most tokens of an output, the end included: a scalar, or int ``[batch]``, one for each sentence.
        alignments: also return the attention's weights.
        begin: the token that is read first.
        end: the token that ends an output.
        forbidden: tokens that are never put out; log-probabilities stay the model's own.

    Returns:
        One hypothesis a sentence; its score is its log-probability.

    Raises:
        ParameterError: if alignments are asked for and the step returns no attention.
    """

    def likeliest(logits, position, rows):
        return tf.argmax(forbid(logits, forbidden), axis=-1, output_type=tf.int32)

    return extend(
        step,
        states,
        memory,
        likeliest,
        n=1,
        max_length=max_length,
        begin=begin,
        end=end,
        alignments=alignments,
    )
