"""Skip-gram: a word's vector predicts each word around it (Mikolov et al. 2013a)."""

import keras
import numpy as np
import tensorflow as tf

from aimass.models.word2vec import TILE, Word2Vec


@keras.saving.register_keras_serializable(package="aimass")
class SkipGram(Word2Vec):
    """Skip-gram; arguments, input and output are those of :class:`aimass.models.word2vec.Word2Vec`.

    The score of centre word w and context word c is the product of row w of ``vectors`` with row c of ``outputs``, both
    ``[vocab_size, units]``. With negative sampling, the objective is (Mikolov et al. 2013b, eq. 4) summed over all pairs of a window.
    """

    def gradients(self, ids, sentences, negatives, scale=1.0, tables=None):
        """See the base class: all scores are one product a tile, ``[T, D] x [D, C + K]``; from there on only the P = 2 * window places
        of the band are carried, whose gradients are sums of P scaled rows, not products with a tile that is mostly zeros.
        """
        vectors, outputs = tables or (self.vectors.value, self.outputs.value)
        window, places, tokens = self.window, self._places(), ids.shape[0] - 2 * self.window
        tiles, shape = tokens // TILE, tf.constant([self.vocab_size, self.units])
        context, pair_weights = self._band(ids, sentences)  # [tiles, C], [tokens, P]
        rows = tf.gather(outputs, tf.concat([context, negatives], 1))  # [tiles, C + K, D]
        # One gather with `window` rows more at either end: a second one would make XLA copy the table in each block.
        around = tf.gather(ids, np.clip(np.arange(-window, tokens + 3 * window), 0, tokens + 2 * window - 1))
        around = tf.gather(vectors, around)  # [tokens + 4 * window, D]
        centres = tf.reshape(around[2 * window : 2 * window + tokens], [tiles, TILE, self.units])
        scores = tf.matmul(centres, rows, transpose_b=True)  # [tiles, T, C + K]
        hits = tf.reduce_sum(tf.cast(context[:, :, None] == negatives[:, None, :], tf.float32), -1)
        found = self._pair_gradients(
            self._diagonals(scores),
            scores[..., self.width :],
            scale * tf.reshape(pair_weights, [tiles, TILE, len(places)]),
            tf.stack([hits[:, place : place + TILE] for place in places], 2),
            tf.stack([context[:, place : place + TILE] for place in places], 2),
            negatives,
        )
        by_centres = tf.matmul(found.negative, rows[:, self.width :]) + sum(
            found.positive[:, :, index, None] * rows[:, place : place + TILE]
            for index, place in enumerate(places)
        )  # [tiles, T, D]
        by_noise = tf.matmul(found.negative, centres, transpose_a=True)  # [tiles, K, D]
        padded = tf.pad(tf.reshape(found.positive, [tokens, -1]), [[2 * window, 2 * window], [0, 0]])
        by_context = tf.zeros([])
        for index, place in enumerate(places):
            part = slice(2 * window - place, 4 * window - place + tokens)
            by_context += padded[part, index, None] * around[part]  # [tokens + 2 * window, D]
        flat = [-1, self.units]
        return (
            tf.IndexedSlices(tf.reshape(by_centres, flat), ids[window : window + tokens], shape),
            tf.IndexedSlices(
                tf.concat([by_context, tf.reshape(by_noise, flat)], 0),
                tf.concat([ids, tf.reshape(negatives, [-1])], 0),
                shape,
            ),
            found.loss,
            tf.reduce_sum(pair_weights),
        )

    def _diagonals(self, scores):
        """Scores of the band: entry (t, place) is ``scores[t, t + place]``; rows that are one longer put it in columns."""
        tiles, _, width = scores.shape
        flat = tf.pad(tf.reshape(scores, [tiles, TILE * width]), [[0, 0], [0, TILE]])
        shifted = tf.reshape(flat, [tiles, TILE, width + 1])
        return tf.concat(
            [shifted[..., : self.window], shifted[..., self.window + 1 : 2 * self.window + 1]], 2
        )
