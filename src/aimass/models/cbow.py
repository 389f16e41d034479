"""CBOW, the continuous bag of words: the mean of the vectors around a word predicts it (Mikolov et al. 2013a)."""

import keras
import tensorflow as tf

from aimass.models.word2vec import TILE, Word2Vec


@keras.saving.register_keras_serializable(package="aimass")
class CBOW(Word2Vec):
    """CBOW; arguments, input and output are those of :class:`aimass.models.word2vec.Word2Vec`.

    The context's vector is the weighted mean of the rows of ``vectors`` in the window; its product with the centre word's row of
    ``outputs`` is the score. The gradient is that of this mean: word2vec's and gensim's programs leave out the division by the number of
    words, which makes them take other steps (İrsoy et al. 2021).
    """

    def gradients(self, ids, sentences, negatives, scale=1.0, tables=None):
        """See the base class: means, and what comes back through them, are sums over the P = 2 * window places of a window, each a scaled run of rows."""
        vectors, outputs = tables or (self.vectors.value, self.outputs.value)
        window, places, tokens = self.window, self._places(), ids.shape[0] - 2 * self.window
        tiled, flat = [tokens // TILE, TILE, self.units], [-1, self.units]
        _, weights = self._band(ids, sentences)  # [tokens, P]
        total = tf.reduce_sum(weights, 1, keepdims=True)
        present = tf.reshape(tf.cast(total > 0, tf.float32), [-1, TILE, 1])
        share = weights / tf.maximum(total, 1e-6)  # rows sum to one
        rows = tf.gather(vectors, ids)  # [tokens + 2 * window, D]
        mean = sum(share[:, i, None] * rows[place : place + tokens] for i, place in enumerate(places))
        mean = tf.reshape(mean, tiled)  # [tiles, T, D]
        centres = tf.reshape(ids[window : window + tokens], [-1, TILE])
        # One gather: a second one would make XLA copy the table in each block.
        read = tf.gather(outputs, tf.concat([centres, negatives], 1))
        true, noise = read[:, :TILE], read[:, TILE:]  # [tiles, T, D], [tiles, K, D]
        hits = tf.reduce_sum(
            tf.cast(centres[:, :, None] == negatives[:, None, :], tf.float32), -1, keepdims=True
        )
        found = self._pair_gradients(
            tf.reduce_sum(mean * true, -1, keepdims=True),
            tf.matmul(mean, noise, transpose_b=True),
            scale * present,
            hits,
            centres[:, :, None],
            negatives,
        )
        by_mean = tf.reshape(found.positive * true + tf.matmul(found.negative, noise), flat)  # [tokens, D]
        by_mean, share = (tf.pad(x, [[2 * window, 2 * window], [0, 0]]) for x in (by_mean, share))
        by_rows = tf.zeros([])
        for i, place in enumerate(places):
            part = slice(2 * window - place, 4 * window - place + tokens)
            by_rows += share[part, i, None] * by_mean[part]  # [tokens + 2 * window, D]
        by_outputs = tf.concat([found.positive * mean, tf.matmul(found.negative, mean, transpose_a=True)], 1)
        shape = tf.constant([self.vocab_size, self.units])
        return (
            tf.IndexedSlices(by_rows, ids, shape),
            tf.IndexedSlices(
                tf.reshape(by_outputs, flat), tf.reshape(tf.concat([centres, negatives], 1), [-1]), shape
            ),
            found.loss,
            tf.reduce_sum(present),
        )
