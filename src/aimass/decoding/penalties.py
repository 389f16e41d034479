"""What a beam search adds to the log-probability (Wu et al. 2016, section 7)."""

import tensorflow as tf

# A source token that got no weight at all costs this logarithm instead of an infinite one.
LEAST_COVERAGE = 1e-9


def length_penalty(length, alpha: float):
    """``((5 + length) / 6) ** alpha`` (Wu et al. 2016, eq. 14); 1 for every length where ``alpha`` is 0."""
    return ((5.0 + tf.cast(length, tf.float32)) / 6.0) ** alpha


def coverage_penalty(coverage, source_mask):
    """``sum_i log(min(sum_j attention[j, i], 1))`` over the real source positions ``i`` (Wu et al. 2016, eq. 14); never above 0.

    Args:
        coverage: float32 ``[batch, beam, source_length]``: weights summed over the output's steps ``j``.
        source_mask: bool ``[batch, source_length]``, true at real tokens.

    Returns:
        float32 ``[batch, beam]``.
    """
    logs = tf.math.log(tf.clip_by_value(coverage, LEAST_COVERAGE, 1.0))
    return tf.reduce_sum(tf.where(tf.convert_to_tensor(source_mask)[:, None, :], logs, 0.0), axis=-1)
