"""CBOW, the continuous bag of words: the mean of the vectors around a word predicts it (Mikolov et al. 2013a)."""

import keras
import tensorflow as tf

from aimass.models.word2vec import Word2Vec


@keras.saving.register_keras_serializable(package="aimass")
class CBOW(Word2Vec):
    """CBOW; arguments, input and output are those of :class:`aimass.models.word2vec.Word2Vec`.

    The context's vector is the weighted mean of the rows of ``vectors`` in the window; its product with the centre word's row of
    ``outputs`` is the score. The gradient is that of this mean: word2vec's and gensim's programs leave out the division by the number of
    words, which makes them take other steps (İrsoy et al. 2021).
    """

    def gradients(self, ids, sentences, negatives, scale=1.0):
        """See the base class: the mean and its gradient are products with the band of weights, ``[T, C] x [C, D]``."""
        centres, context, weights = self._tiles(ids, sentences)
        total = tf.reduce_sum(weights, -1, keepdims=True)  # [tiles, T, 1]
        present = tf.cast(total > 0, tf.float32)
        band = weights / tf.maximum(total, 1e-6)  # rows sum to one
        rows = tf.gather(self.vectors.value, context)  # [tiles, C, D]
        mean = tf.matmul(band, rows)  # [tiles, T, D]
        true = tf.gather(self.outputs.value, centres)  # [tiles, T, D]
        noise = tf.gather(self.outputs.value, negatives)  # [tiles, K, D]
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
        by_mean = found.positive * true + tf.matmul(found.negative, noise)  # [tiles, T, D]
        by_rows = tf.matmul(band, by_mean, transpose_a=True)  # [tiles, C, D]
        by_outputs = tf.concat(
            [found.positive * mean, tf.matmul(found.negative, mean, transpose_a=True)], 1
        )  # [tiles, T + K, D]
        shape = tf.constant([self.vocab_size, self.units])
        return (
            tf.IndexedSlices(tf.reshape(by_rows, [-1, self.units]), tf.reshape(context, [-1]), shape),
            tf.IndexedSlices(
                tf.reshape(by_outputs, [-1, self.units]),
                tf.reshape(tf.concat([centres, negatives], 1), [-1]),
                shape,
            ),
            found.loss,
            tf.reduce_sum(present),
        )
