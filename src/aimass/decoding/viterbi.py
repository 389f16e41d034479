"""The Viterbi algorithm: the best label sequence of a linear chain."""

import numpy as np
import tensorflow as tf

from aimass.errors import ParameterError


def viterbi(emissions, transitions, mask=None) -> tuple[tf.Tensor, tf.Tensor]:
    """The highest-scoring label sequence under a first-order Markov score (Viterbi 1967), exactly, in ``O(time · tags²)``.

    The score of labels ``y`` is ``sum_t emissions[t, y_t] + sum_t transitions[y_t, y_{t+1}]`` over the real positions.

    Args:
        emissions: float ``[batch, time, tags]``.
        transitions: float ``[tags, tags]``; from the row's label to the column's.
        mask: bool ``[batch, time]``, true at real positions, which come first; ``None`` means all are real.

    Returns:
        A tuple: int32 ``[batch, time]``, the best labels, 0 at padding; and their scores, float ``[batch]``. A sequence
        without a real position scores 0. Of equal sequences, one is returned.

    Raises:
        ParameterError: for shapes that do not fit.
    """
    emissions = tf.convert_to_tensor(emissions)
    transitions = tf.cast(transitions, emissions.dtype)
    if emissions.shape.rank != 3 or transitions.shape != [emissions.shape[-1]] * 2:
        raise ParameterError(
            f"viterbi: emissions {tuple(emissions.shape)} and transitions {tuple(transitions.shape)}; expected "
            "[batch, time, tags] and [tags, tags]"
        )
    if mask is None:
        mask = tf.ones(tf.shape(emissions)[:2], tf.bool)
    mask = tf.cast(mask, tf.bool)
    if not mask.shape.is_compatible_with(emissions.shape[:2]):
        raise ParameterError(
            f"viterbi: mask {tuple(mask.shape)}; expected {tuple(emissions.shape[:2])}, as the emissions"
        )
    steps = tf.transpose(emissions, [1, 0, 2])  # [time, batch, tags]
    real = tf.transpose(mask)[:, :, None]  # [time, batch, 1]
    stay = tf.range(tf.shape(emissions)[2])[None, :]

    def forward(carry, step):
        scores, _ = carry
        emission, is_real = step
        reached = scores[:, :, None] + transitions  # [batch, from, to]
        best = tf.where(is_real, tf.reduce_max(reached, axis=1) + emission, scores)
        origin = tf.where(is_real, tf.argmax(reached, axis=1, output_type=tf.int32), stay)
        return best, origin

    first = tf.where(real[0], steps[0], tf.zeros_like(steps[0]))
    scores, origins = tf.scan(
        forward, (steps[1:], real[1:]), (first, tf.zeros_like(stay + tf.cast(first, tf.int32)))
    )
    final = tf.concat([first[None], scores], axis=0)[-1]  # [batch, tags]
    last = tf.argmax(final, axis=1, output_type=tf.int32)
    earlier = tf.scan(
        lambda label, origin: tf.gather(origin, label, batch_dims=1), origins, last, reverse=True
    )
    labels = tf.transpose(tf.concat([earlier, last[None]], axis=0))  # [batch, time]
    return tf.where(mask, labels, 0), tf.reduce_max(final, axis=1)


def path_score(labels: np.ndarray, emissions: np.ndarray, transitions: np.ndarray) -> np.ndarray:
    """Scores of given label sequences without padding.

    Args:
        labels: int ``[..., time]``.
        emissions: ``[time, tags]``.
        transitions: ``[tags, tags]``.

    Returns:
        ``[...]``.
    """
    labels = np.asarray(labels)
    steps = np.asarray(emissions)[np.arange(labels.shape[-1]), labels].sum(axis=-1)
    return steps + np.asarray(transitions)[labels[..., :-1], labels[..., 1:]].sum(axis=-1)
