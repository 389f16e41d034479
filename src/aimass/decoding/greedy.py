"""Greedy search."""

import tensorflow as tf

from aimass.data.vocabulary import BOS, EOS, PAD
from aimass.decoding.hypotheses import Hypotheses, Step, max_lengths_of


def greedy(step: Step, states, *, max_length, begin: int = BOS, end: int = EOS) -> Hypotheses:
    """Take the likeliest token at every step.

    The best first step need not lead to the best whole: greedy search gives no guarantee but its speed.

    Args:
        step: the model; called with a beam of 1.
        states: nest of tensors ``[batch, 1, ...]``: the model's memory before the first step.
        max_length: most tokens of an output, the end included: a scalar, or int ``[batch]``, one for each sentence.
        begin: the token that is read first.
        end: the token that ends an output.

    Returns:
        One hypothesis a sentence.
    """
    batch = tf.shape(tf.nest.flatten(states)[0])[0]
    limits = max_lengths_of(max_length, batch)
    outputs = tf.TensorArray(tf.int32, tf.reduce_max(limits), element_shape=[None])

    def unfinished(position, tokens, finished, *_):
        return tf.logical_and(position < tf.reduce_max(limits), tf.logical_not(tf.reduce_all(finished)))

    def advance(position, tokens, finished, log_probs, states, outputs):
        distribution, states = step(tokens[:, None], states, position)
        distribution = distribution[:, 0]  # [batch, vocab_size]
        best = tf.argmax(distribution, axis=-1, output_type=tf.int32)
        gained = tf.reduce_max(distribution, axis=-1)
        tokens = tf.where(finished, PAD, best)
        log_probs += tf.where(finished, 0.0, gained)
        finished = finished | tf.equal(best, end) | (position + 1 >= limits)
        return position + 1, tokens, finished, log_probs, states, outputs.write(position, tokens)

    length, _, _, log_probs, _, outputs = tf.while_loop(
        unfinished, advance, [0, tf.fill([batch], begin), limits <= 0, tf.zeros([batch]), states, outputs]
    )
    tokens = tf.transpose(outputs.stack()[:length])[:, None]
    return Hypotheses(tokens, log_probs[:, None], log_probs[:, None])
