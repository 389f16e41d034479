"""The best continuations of a beam."""

import numpy as np
import tensorflow as tf


def best_continuations(logits, log_probs, count, forbidden: tuple[int, ...] = ()):
    """The likeliest of all outputs that are one token longer than a sentence's hypotheses.

    The vocabulary is read twice, for the largest logits and for the normaliser; nothing else that is done has its size. It is seen as a table, of which
    a column is never looked into when enough others have a larger maximum.

    Args:
        logits: float32 ``[batch, beam, vocab_size]``: of the next token.
        log_probs: float32 ``[batch, beam]``: of the hypotheses; minus infinity at one that is not to be continued.
        count: how many are wanted; there are no more than ``beam * vocab_size``.
        forbidden: tokens that are never put out.

    Returns:
        The log-probability of the last token, the token, and the hypothesis that it continues, ``[batch, count]`` each, likeliest output first.
        Where there are no more, the log-probability is minus infinity.
    """
    size = int(logits.shape[-1])
    logits = tf.ensure_shape(
        logits, [None, None, size]
    )  # or the optimizer repeats what made them, once a shape
    batch, beam = tf.shape(logits)[0], tf.shape(logits)[1]
    width = _columns(size)
    starts = tf.range(0, size, width)  # of the rows of a hypothesis's table
    places = tf.range(batch * beam) * size
    flat, table = tf.reshape(logits, [-1]), tf.reshape(logits, [batch * beam, size // width, width])
    highest = tf.reduce_max(table, axis=1)  # [batch * beam, width]

    # The largest probability tells the normaliser. It is at least one over vocab_size, and loses nothing by its logarithm.
    probabilities = tf.reshape(tf.nn.softmax(tf.reshape(logits, [-1, size])), [-1])
    surest = (places + tf.argmax(highest, axis=1, output_type=tf.int32))[:, None] + starts
    surest = tf.reduce_max(tf.gather(probabilities, surest), axis=1)
    normalisers = tf.reshape(tf.reduce_max(highest, axis=1) - tf.math.log(surest), [batch, beam])

    highest, columns = _allowed(highest, flat, places, size // width, forbidden)
    found = len(columns)
    totals = tf.reshape(highest, [batch, beam, found]) + (log_probs - normalisers)[..., None]
    _, chosen = tf.math.top_k(tf.reshape(totals, [batch, -1]), tf.minimum(count, beam * found), sorted=False)
    parents = tf.repeat(chosen // found, size // width, axis=1)
    tokens = tf.reshape(tf.gather(columns, chosen % found)[..., None] + starts, [batch, -1])
    gained = tf.gather(flat, tf.gather(tf.reshape(places, [batch, beam]), parents, batch_dims=1) + tokens)
    gained -= tf.gather(normalisers, parents, batch_dims=1)
    if forbidden:
        out = tf.reduce_any(tf.equal(tokens[..., None], tf.constant(forbidden)), axis=-1)
        gained = tf.where(out, -float("inf"), gained)
    totals = gained + tf.gather(log_probs, parents, batch_dims=1)
    _, best = tf.math.top_k(totals, tf.minimum(count, tf.shape(totals)[1]))
    return tuple(tf.gather(x, best, batch_dims=1) for x in (gained, tokens, parents))


def _allowed(highest, flat, places, height, forbidden):
    """The columns' maxima without the forbidden tokens ``[hypotheses, columns]``, and which columns they are of ``[columns]``.

    Columns that hold a forbidden token come once more, at the end; where they stood, they are minus infinity.
    """
    width = highest.shape[-1]
    columns = np.arange(width, dtype=np.int32)
    if not forbidden:
        return highest, columns
    again = np.unique(np.array(forbidden, np.int32) % width)
    tokens = (np.arange(height, dtype=np.int32)[:, None] * width + again).reshape(-1)
    allowed = tf.gather(flat, places[:, None] + tokens) + _minus_infinity_at(np.isin(tokens, forbidden))
    allowed = tf.reduce_max(tf.reshape(allowed, [-1, height, len(again)]), axis=1)
    others = highest + _minus_infinity_at(np.isin(columns, again))
    return tf.concat([others, allowed], axis=1), np.concatenate([columns, again])


def _minus_infinity_at(places):
    return np.where(places, -np.inf, 0.0).astype(np.float32)


def _columns(size: int) -> int:
    """Columns of the table: as many of a few hundred as divide the vocabulary without rest; all of it where none do, or it is small."""
    fitting = [width for width in range(128, 513) if size % width == 0]
    return fitting[len(fitting) // 2] if fitting else size
