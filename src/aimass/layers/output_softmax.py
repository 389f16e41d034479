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
    if not 0.0 <= label_smoothing < 1.0:
        raise ParameterError(f"label_smoothing is {label_smoothing}; expected 0 <= label_smoothing < 1")
    loss, nll = _cross_entropy(vectors, matrix, labels, float(label_smoothing))
    return loss, tf.stop_gradient(nll)


def _cross_entropy(vectors, matrix, labels, smoothing):
    @tf.custom_gradient
    def run(vectors, matrix):
        dtype, exact = vectors.dtype, matrix.dtype
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

        def gradient(upstream, _):
            scale = tf.cast(upstream, exact)[:, None]
            wanted = rows if mean is None else (1 - smoothing) * rows + smoothing * mean
            at_vectors = tf.concat([tf.matmul(p, narrow) for p in probabilities], axis=0)
            at_vectors = tf.cast(at_vectors, exact) - wanted
            scaled = wide * scale
            parts = tf.split(tf.cast(scaled, dtype), halves)
            at_matrix = tf.add_n(
                [
                    tf.cast(tf.matmul(p, part, transpose_a=True), exact)
                    for p, part in zip(probabilities, parts, strict=True)
                ]
            )
            if mean is not None:
                at_matrix -= smoothing / matrix.shape[0] * tf.reduce_sum(scaled, axis=0)
            at_matrix = tf.tensor_scatter_nd_sub(at_matrix, labels[:, None], (1 - smoothing) * scaled)
            return tf.cast(at_vectors * scale, dtype), at_matrix

        return (loss, nll), gradient

    return run(vectors, matrix)
