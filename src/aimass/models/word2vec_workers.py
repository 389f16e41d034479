"""Copies of one table that were trained side by side, and the table that takes their place."""

from collections.abc import Sequence

import tensorflow as tf

SETTLED = 400.0
"""Occurrences that are taken to bring a row 63 % of its way, whatever the learning rate: at low rates, frequent rows therefore move less than by one share after the
other. Of 12, 40, 100 and 400, tried on English text with two workers, the largest gave the best correlations with judgements of likeness; none above was tried."""


def merged(before: tf.Tensor, copies: Sequence[tf.Tensor], seen: tf.Tensor) -> tf.Tensor:
    """One table from copies that were each trained on a share of the text, near to what training on one share after the other would leave.

    A row that few words of a share move is far from where it settles: the moves of all copies add up. A row that is moved often
    settles within each share, and all copies move it to much the same place: their mean is right, their sum would go as far again beyond it. With

    ``1 - exp(-n / SETTLED)`` for the part of the way that n occurrences take a row (which is so for gradient descent on a square), all
    shares in turn would take it ``1 - exp(-sum n / SETTLED)`` of the way; the sum of the copies' moves is scaled to that. A row that
    one share alone has met keeps its move.

    Args:
        before: ``[vocab_size, units]``: what each copy started from.
        copies: of each share, ``[vocab_size, units]``.
        seen: int32 ``[shares, n]``: ids that each share met, each as often as it did, which is an estimate of how often it moved their rows: words at
            the edge of a block are counted though only context, and a noise word counts once a tile.

    Returns:
        ``[vocab_size, units]``.
    """
    ways = [
        _way(tf.math.unsorted_segment_sum(tf.ones_like(ids), ids, before.shape[0]))
        for ids in tf.unstack(seen)
    ]
    left = 1.0
    for way in ways:
        left *= 1.0 - way
    share = (1.0 - left) / tf.maximum(tf.add_n(ways), 1e-6)
    return before + share[:, None] * tf.add_n([copy - before for copy in copies])


def _way(occurrences):
    return -tf.math.expm1(-tf.cast(occurrences, tf.float32) / SETTLED)
