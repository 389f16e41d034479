"""The exact softmax over a large vocabulary: for training in one piece, for evaluation in blocks of bounded memory."""

import tensorflow as tf


@tf.custom_gradient
def log_sum_exp(features, kernel, bias):
    """``log(sum(exp(features · kernel + bias)))`` over the vocabulary, for training by the full softmax.

    Args:
        features: ``[tokens, units]``.
        kernel: ``[vocab_size, units]``, of the same dtype.
        bias: float32 ``[vocab_size]``.

    Returns:
        float32 ``[tokens]``. The gradient is dense in ``kernel``; ``[tokens, vocab_size]`` is held once.
    """
    logits = tf.nn.bias_add(tf.cast(tf.matmul(features, kernel, transpose_b=True), tf.float32), bias)
    largest = tf.reduce_max(logits, axis=1, keepdims=True)
    exponentials = tf.exp(logits - largest)
    total = tf.reduce_sum(exponentials, axis=1, keepdims=True)

    def gradient(upstream):
        scale = upstream[:, None] / total
        weights, narrow = tf.cast(exponentials, features.dtype), tf.cast(scale, features.dtype)
        at_features = tf.matmul(weights, kernel) * narrow
        at_kernel = tf.transpose(tf.matmul(features * narrow, weights, transpose_a=True))
        return at_features, at_kernel, tf.linalg.matvec(exponentials, scale[:, 0], transpose_a=True)

    return (largest + tf.math.log(total))[:, 0], gradient


def blockwise_log_sum_exp(features, rows, vocab_size: int, block_size: int):
    """The same value, a block of the vocabulary at a time: of ``[tokens, vocab_size]`` only a block is held. For evaluation.

    Args:
        features: ``[tokens, units]``.
        rows: takes int32 ids ``[n]``; returns their kernel ``[n, units]`` and their bias float32 ``[n]``.
        vocab_size: number of classes.
        block_size: classes in a block.

    Returns:
        float32 ``[tokens]``.
    """
    tokens = tf.shape(features)[0]

    def block(start, largest, total):
        kernel, bias = rows(tf.range(start, tf.minimum(start + block_size, vocab_size)))
        logits = tf.nn.bias_add(tf.cast(tf.matmul(features, kernel, transpose_b=True), tf.float32), bias)
        new = tf.maximum(largest, tf.reduce_max(logits, axis=1))
        total = total * tf.exp(largest - new) + tf.reduce_sum(tf.exp(logits - new[:, None]), axis=1)
        return start + block_size, new, total

    lowest = tf.fill([tokens], tf.float32.min)
    _, largest, total = tf.while_loop(
        lambda start, *_: start < vocab_size, block, (tf.constant(0), lowest, tf.zeros([tokens])), parallel_iterations=1
    )  # fmt: skip
    return largest + tf.math.log(total)
