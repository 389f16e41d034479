"""The loss of a softmax output layer without a bias, straight from its inputs, with its gradient written by hand."""

import tensorflow as tf

from aimass.errors import ParameterError

LEAST = 1e-37  # a probability that has fallen to zero counts as this: its logarithm is finite


def output_cross_entropy(vectors, matrix, labels, label_smoothing: float = 0.0):
    """Cross entropy of a softmax over ``vectors · matrix``, quicker than by way of logits.

    Each element of ``[tokens, vocab_size]`` is written by one product, normalised in place by one softmax, and read by two products. Label
    smoothing needs no distribution either: what it asks for is the label's row and the mean of all rows. The products and the softmax
    are in the dtype of the vectors (in bfloat16 the sums inside them are float32); the gradient at the matrix is in the matrix's dtype.

    Args:
        vectors: ``[tokens, units]``.
        matrix: ``[vocab_size, units]``, cast to the dtype of the vectors for the products.
        labels: int ``[tokens]``, from 0 to ``vocab_size - 1``.
        label_smoothing: share of the target distribution that is spread evenly over the vocabulary (Szegedy et al. 2016).

    Returns:
        Two float32 ``[tokens]``: the smoothed loss, and the negative log-likelihood of the label (natural logarithm), which is for reports and
        has no gradient.

    Raises:
        ParameterError: for a smoothing outside ``[0, 1)``.
    """
    run = tf.custom_gradient(lambda vectors, matrix: _forward(vectors, matrix, labels, label_smoothing))
    loss, nll = run(vectors, matrix)
    return loss, tf.stop_gradient(nll)


def _forward(vectors, matrix, labels, label_smoothing):
    loss, nll, backward = output_cross_entropy_in_parts(vectors, matrix, labels, label_smoothing)

    def gradient(upstream, _):
        at_vectors, at_matrix = backward(upstream)
        return at_vectors, at_matrix()

    return (loss, nll), gradient


def output_cross_entropy_in_parts(vectors, matrix, labels, label_smoothing: float = 0.0):
    """:func:`output_cross_entropy` for a training step that is written by hand, which can put off the gradient at the matrix: no other gradient waits for it.

    Args:
        vectors, matrix, labels, label_smoothing: see there.

    Returns:
        The smoothed loss, the negative log-likelihood, and a function ``backward``: from the gradient at the loss, float32 ``[tokens]``, to the gradient at the
        vectors and a function without arguments that makes the gradient at the matrix.

    Raises:
        ParameterError: for a smoothing outside ``[0, 1)``.
    """
    if not 0.0 <= label_smoothing < 1.0:
        raise ParameterError(f"label_smoothing is {label_smoothing}; expected 0 <= label_smoothing < 1")
    smoothing, dtype, exact = float(label_smoothing), vectors.dtype, matrix.dtype
    narrow = tf.cast(matrix, dtype)
    # In halves, which TensorFlow computes side by side: each product alone would keep one thread busy and the other waiting.
    count = tf.shape(vectors)[0]
    halves = [(count + 1) // 2, count // 2]
    probabilities = [
        tf.nn.softmax(tf.matmul(half, narrow, transpose_b=True)) for half in tf.split(vectors, halves)
    ]  # each [tokens / 2, vocab_size]
    at_label = [
        tf.gather(p, half, batch_dims=1)
        for p, half in zip(probabilities, tf.split(labels, halves), strict=True)
    ]
    nll = -tf.math.log(tf.maximum(tf.cast(tf.concat(at_label, 0), tf.float32), LEAST))
    rows = tf.gather(matrix, labels)  # [tokens, units]
    wide, mean, loss = tf.cast(vectors, exact), None, nll
    if smoothing:
        # A product: a sum over the long axis of a matrix is several times slower.
        mean = tf.matmul(tf.fill([1, matrix.shape[0]], tf.cast(1 / matrix.shape[0], exact)), matrix)[0]
        loss += smoothing * tf.cast(tf.reduce_sum(wide * (rows - mean), axis=1), tf.float32)

    def backward(upstream):
        scale = tf.cast(upstream, exact)[:, None]
        wanted = rows if mean is None else (1 - smoothing) * rows + smoothing * mean
        at_vectors = tf.concat([tf.matmul(p, narrow) for p in probabilities], axis=0)
        at_vectors = (tf.cast(at_vectors, exact) - wanted) * scale

        def at_matrix():
            scaled = wide * scale
            share = smoothing / matrix.shape[0] * tf.reduce_sum(scaled, axis=0)
            products: list[tf.Tensor] = []
            for p, part in zip(probabilities, tf.split(tf.cast(scaled, dtype), halves), strict=True):
                # One after the other, so that they leave a thread to the loops that run at the same time.
                with tf.control_dependencies(products):
                    products.append(tf.matmul(p, part, transpose_a=True))
            labelled = (1 - smoothing) * scaled
            return tf.tensor_scatter_nd_sub(_sum_less(products, share), labels[:, None], labelled)

        return tf.cast(at_vectors, dtype), at_matrix

    return loss, nll, backward


@tf.function(jit_compile=True, autograph=False)
def _sum_less(matrices, row):
    """The sum of matrices in the dtype of a row, less the row from each of their rows: one pass over memory by XLA instead of four."""
    return sum(tf.cast(matrix, row.dtype) for matrix in matrices) - row
