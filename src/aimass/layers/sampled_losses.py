"""Losses over the true classes and a sample of the others: sampled softmax, noise contrastive estimation, negative sampling.

One core serves the three. Of ``[tokens, num_sampled]`` scores the gradient needs one matrix, which is scaled by a number a token: so
the small factors of the products are scaled instead of the matrix, and each of its elements is touched as few times as can be.
"""

import tensorflow as tf

NEVER = -1e30
"""The logit of a candidate that is a true class of its token: it gets no weight, and no gradient."""


def sampled_logits(features, sampled_kernel, sampled_offset, labels, sampled, remove_accidental_hits):
    """float32 ``[tokens, num_sampled]``: scores of the sampled classes, hits of true classes put out."""
    logits = tf.cast(tf.matmul(features, sampled_kernel, transpose_b=True), tf.float32)
    logits = tf.nn.bias_add(logits, sampled_offset)
    if remove_accidental_hits:
        hits = tf.equal(labels[:, :1], sampled[None, :])
        for column in range(1, labels.shape[1]):
            hits = tf.logical_or(hits, tf.equal(labels[:, column : column + 1], sampled[None, :]))
        logits = tf.where(hits, NEVER, logits)
    return logits


def sampled_loss(
    features,
    true_kernel,
    true_offset,
    sampled_kernel,
    sampled_offset,
    labels,
    sampled,
    *,
    contrastive: bool,
    remove_accidental_hits: bool,
):
    """Loss of each token against its true classes and one sample that all tokens share.

    Args:
        features: ``[tokens, units]``.
        true_kernel: ``[tokens, num_true, units]``: rows of the true classes.
        true_offset: float32 ``[tokens, num_true]``: their bias, less the log of their expected count where that is corrected for.
        sampled_kernel: ``[num_sampled, units]``.
        sampled_offset: float32 ``[num_sampled]``.
        labels: int32 ``[tokens, num_true]``.
        sampled: int32 ``[num_sampled]``.
        contrastive: False: cross entropy of a softmax over true and sampled classes (Jean et al. 2015, section 3), target mass spread evenly over
            the true ones. True: one logistic loss for each class, true against sampled (Gutmann & Hyvärinen 2010; Mnih & Teh 2012;
            with no correction in the offsets, Mikolov et al. 2013).
        remove_accidental_hits: a sampled class that is true for a token does not count for it.

    Returns:
        float32 ``[tokens]``.
    """
    share = 1.0 / labels.shape[1]

    @tf.custom_gradient
    def core(features, true_kernel, true_offset, sampled_kernel, sampled_offset):
        at_true = tf.cast(tf.reduce_sum(features[:, None, :] * true_kernel, axis=2), tf.float32) + true_offset
        at_sampled = sampled_logits(
            features, sampled_kernel, sampled_offset, labels, sampled, remove_accidental_hits
        )
        if contrastive:
            loss = tf.reduce_sum(tf.math.softplus(at_true) - share * at_true, axis=1)
            loss += tf.reduce_sum(tf.math.softplus(at_sampled), axis=1)
            weights, true_weights, total = tf.sigmoid(at_sampled), tf.sigmoid(at_true), tf.ones_like(loss)
        else:
            largest = tf.maximum(tf.reduce_max(at_sampled, axis=1), tf.reduce_max(at_true, axis=1))
            weights = tf.exp(at_sampled - largest[:, None])
            true_weights = tf.exp(at_true - largest[:, None])
            total = tf.reduce_sum(weights, axis=1) + tf.reduce_sum(true_weights, axis=1)
            loss = largest + tf.math.log(total) - tf.reduce_mean(at_true, axis=1)

        def gradient(upstream):
            scale = upstream / total
            of_true = true_weights * scale[:, None] - share * upstream[:, None]
            narrow, dtype = tf.cast(weights, features.dtype), features.dtype
            scale_column, at_rows = tf.cast(scale, dtype)[:, None], tf.cast(of_true, dtype)
            at_features = tf.matmul(narrow, sampled_kernel) * scale_column
            at_features += tf.reduce_sum(at_rows[:, :, None] * true_kernel, axis=1)
            at_sampled_kernel = tf.transpose(tf.matmul(features * scale_column, narrow, transpose_a=True))
            at_true_kernel = at_rows[:, :, None] * features[:, None, :]
            at_sampled_offset = tf.linalg.matvec(weights, scale, transpose_a=True)
            return at_features, at_true_kernel, of_true, at_sampled_kernel, at_sampled_offset

        return loss, gradient

    return core(features, true_kernel, true_offset, sampled_kernel, sampled_offset)
