"""The best continuations of a beam."""

import tensorflow as tf


def best_continuations(log_probs, count: int, forbidden: tuple[int, ...]):
    """The likeliest next tokens of every hypothesis, the forbidden ones left out.

    Args:
        log_probs: float32 ``[batch, beam, vocab_size]``.
        count: how many; fewer where the vocabulary is smaller.
        forbidden: tokens that are never put out.

    Returns:
        Log-probabilities and int32 tokens, ``[batch, beam, count]``, likeliest first; minus infinity where there are no more.
    """
    # Those beyond the allowed ones pay for the forbidden ones among them: cheaper than a mask over the whole vocabulary.
    wanted = tf.minimum(count + len(forbidden), tf.shape(log_probs)[-1])
    values, tokens = top_k(log_probs, wanted)
    if not forbidden:
        return values, tokens
    out = tf.reduce_any(tf.equal(tokens[..., None], tf.constant(forbidden)), axis=-1)
    values, order = tf.math.top_k(tf.where(out, -float("inf"), values), tf.minimum(count, wanted))
    return values, tf.gather(tokens, order, batch_dims=2)


def top_k(values, k, chunk: int = 32):
    """``tf.math.top_k`` over a long last axis, quicker: the ``k`` largest stand in the ``k`` chunks with the largest maxima.

    Args:
        values: ``[batch, beam, size]``.
        k: how many.
        chunk: length of a chunk; short axes are searched directly.

    Returns:
        Values and int32 indices, ``[batch, beam, k]``, largest first.
    """
    size = values.shape[-1]
    if size is None or size < 16 * chunk:
        return tf.math.top_k(values, k)
    whole = size // chunk * chunk
    batch, beam = tf.shape(values)[0], tf.shape(values)[1]
    chunks = tf.reshape(values[..., :whole], [batch, beam, whole // chunk, chunk])
    _, best = tf.math.top_k(tf.reduce_max(chunks, axis=-1), tf.minimum(k, whole // chunk), sorted=False)
    flat = [batch, beam, -1]
    candidates = tf.reshape(tf.gather(chunks, best, batch_dims=2), flat)
    indices = tf.reshape(best[..., None] * chunk + tf.range(chunk), flat)
    tail = tf.broadcast_to(tf.range(whole, size), [batch, beam, size - whole])
    candidates = tf.concat([candidates, values[..., whole:]], axis=-1)
    found, where = tf.math.top_k(candidates, k)
    return found, tf.gather(tf.concat([indices, tail], axis=-1), where, batch_dims=2)
