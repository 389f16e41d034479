"""Skip-gram: a word's vector predicts each word around it (Mikolov et al. 2013a)."""

import keras
import tensorflow as tf

from aimass.models.word2vec import Word2Vec


@keras.saving.register_keras_serializable(package="aimass")
class SkipGram(Word2Vec):
    """Skip-gram; arguments, input and output are those of :class:`aimass.models.word2vec.Word2Vec`.

    The score of centre word w and context word c is the product of row w of ``vectors`` with row c of ``outputs``, both
    ``[vocab_size, units]``. With negative sampling, the objective is (Mikolov et al. 2013b, eq. 4) summed over all pairs of a window.
    """

    def gradients(self, ids, sentences, negatives, scale=1.0):
        """See the base class: three products a tile, ``[T, D] x [D, C + K]`` and its two transposes."""
        centres, context, weights = self._tiles(ids, sentences)
        rows = tf.concat([context, negatives], 1)  # [tiles, C + K]
        hits = tf.reduce_sum(tf.cast(context[:, :, None] == negatives[:, None, :], tf.float32), -1)[
            :, None, :
        ]
        x = tf.gather(self.vectors.value, centres)  # [tiles, T, D]
        y = tf.gather(self.outputs.value, rows)  # [tiles, C + K, D]
        scores = tf.matmul(x, y, transpose_b=True)  # [tiles, T, C + K]
        found = self._pair_gradients(
            scores[..., : self.width],
            scores[..., self.width :],
            scale * weights,
            hits,
            context[:, None, :],
            negatives,
        )
        by_scores = tf.concat([found.positive, found.negative], -1)
        by_x = tf.reshape(tf.matmul(by_scores, y), [-1, self.units])
        by_y = tf.reshape(tf.matmul(by_scores, x, transpose_a=True), [-1, self.units])
        shape = tf.constant([self.vocab_size, self.units])
        return (
            tf.IndexedSlices(by_x, tf.reshape(centres, [-1]), shape),
            tf.IndexedSlices(by_y, tf.reshape(rows, [-1]), shape),
            found.loss,
            tf.reduce_sum(weights),
        )
