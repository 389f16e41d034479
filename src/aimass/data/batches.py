"""Length-bucketed, padded batches for sequence models, as ``tf.data``.

A batch of sentences of about one length wastes few steps on padding; the order of the batches, and which sentences meet in
one, change every epoch and depend on the seed and the number of the epoch alone, so that a run that resumes at epoch *k*
sees what the uninterrupted run saw.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from aimass.data.vocabulary import BOS, EOS, PAD
from aimass.errors import ParameterError


def pad(sequences: Sequence[Sequence[int]], *, multiple_of: int = 1) -> np.ndarray:
    """Pad id sequences on the right with ``PAD``.

    Args:
        sequences: at least one sequence of ids.
        multiple_of: round the width up to a multiple of this (fewer distinct shapes, so fewer compilations under XLA).

    Returns:
        int32 array ``[len(sequences), width]``; the width is at least ``multiple_of``.
    """
    width = max(map(len, sequences), default=0)
    width = max(1, -(-width // multiple_of)) * multiple_of
    padded = np.full((len(sequences), width), PAD, dtype=np.int32)
    for row, sequence in zip(padded, sequences, strict=True):
        row[: len(sequence)] = sequence
    return padded


def plan_batches(
    lengths: np.ndarray, batch_size: int, *, seed: int = 0, epoch: int = 0, pool: int = 64
) -> list[np.ndarray]:
    """Which sentences form which batch in one epoch.

    The sentences are shuffled, cut into pools of ``pool`` batches, sorted by length inside a pool, cut into batches, and the
    batches of all pools are shuffled. Every sentence is in exactly one batch.

    Args:
        lengths: ``[n]`` or ``[n, k]``: what to sort by; several columns sort by the first, ties by the next.
        batch_size: sentences a batch; the last batch of the last pool may hold fewer.
        seed: of the whole run.
        epoch: number of the epoch, from 0.
        pool: batches a pool; larger means less padding and less chance in what meets in a batch.
    """
    lengths = np.asarray(lengths)
    columns = lengths.reshape(len(lengths), -1)
    generator = np.random.default_rng([seed, epoch])
    order = generator.permutation(len(columns))
    batches = []
    for start in range(0, len(order), pool * batch_size):
        members = order[start : start + pool * batch_size]
        members = members[np.lexsort(columns[members].T[::-1])]
        batches += [members[i : i + batch_size] for i in range(0, len(members), batch_size)]
    return [batches[i] for i in generator.permutation(len(batches))]


@dataclass(frozen=True)
class PairBatches:
    """Batches of source and target sequences for training an encoder-decoder.

    Attributes:
        sources: id sequences of the sources, without special ids.
        targets: id sequences of the targets, without special ids; begin and end are added here.
        batch_size: sentences a batch.
        seed: of the order.
        multiple_of: see :func:`pad`.
    """

    sources: Sequence[Sequence[int]]
    targets: Sequence[Sequence[int]]
    batch_size: int = 64
    seed: int = 0
    multiple_of: int = 1

    def __post_init__(self):
        if len(self.sources) != len(self.targets) or not len(self.sources):
            raise ParameterError(
                f"batches: {len(self.sources)} sources and {len(self.targets)} targets; give equally many, and at least one"
            )
        if self.batch_size < 1 or self.multiple_of < 1:
            raise ParameterError(
                f"batches: batch_size is {self.batch_size} and multiple_of is {self.multiple_of}; both must be at least 1"
            )

    @property
    def steps(self) -> int:
        """Batches in one epoch: the ``steps_per_epoch`` of ``fit``."""
        return len(self._plan(0))

    def _plan(self, epoch: int) -> list[np.ndarray]:
        lengths = np.array([(len(t), len(s)) for s, t in zip(self.sources, self.targets, strict=True)])
        return plan_batches(lengths, self.batch_size, seed=self.seed, epoch=epoch)

    def _batch(self, members: np.ndarray):
        source = pad([[*self.sources[i], EOS] for i in members], multiple_of=self.multiple_of)
        target = pad([[BOS, *self.targets[i], EOS] for i in members])
        target_in, target_out = target[:, :-1], target[:, 1:]
        extra = -target_in.shape[1] % self.multiple_of
        widen = ((0, 0), (0, extra))
        # The end of sequence is never an input: where it is the last real token, the input position is padding.
        target_in = np.where(target_in == EOS, PAD, target_in)
        return (source, np.pad(target_in, widen)), np.pad(target_out, widen)

    def epoch(self, number: int) -> Iterator:
        """The batches of one epoch as NumPy arrays."""
        return map(self._batch, self._plan(number))

    def dataset(self, *, initial_epoch: int = 0, repeat: bool = True) -> tf.data.Dataset:
        """The batches as a ``tf.data.Dataset``.

        Elements are ``((source, target_in), target_out)``, int32: source ``[batch, source_length]`` ends each sentence with
        the end of sequence; target_in ``[batch, target_length]`` starts with the begin of sequence; target_out
        ``[batch, target_length]`` is target_in moved one to the left, with the end of sequence; padding is 0 on the right.

        Args:
            initial_epoch: the epoch to start from (as in ``fit``).
            repeat: go on with the next epoch forever (give ``fit`` ``steps_per_epoch=self.steps``); otherwise one epoch.
        """
        steps = self.steps
        plans: dict[int, list[np.ndarray]] = {}  # of the present epoch only

        def batch(number):
            epoch, place = divmod(int(number), steps)
            if epoch not in plans:
                plans.clear()
                plans[epoch] = self._plan(epoch)
            (source, target_in), target_out = self._batch(plans[epoch][place])
            return source, target_in, target_out

        def element(number):
            *inputs, target_out = tf.numpy_function(batch, [number], [tf.int32] * 3)
            return tuple(tf.ensure_shape(x, [None, None]) for x in inputs), tf.ensure_shape(
                target_out, [None, None]
            )

        # Not `from_generator`: it tells glibc to hand freed memory back at once, and each step then pays for page faults.
        first = initial_epoch * steps
        numbers = tf.data.Dataset.range(first, np.iinfo(np.int64).max if repeat else first + steps)
        dataset = numbers.map(element)
        # Keras warns of data that run out unless it can ask how many batches there are.
        size = tf.data.INFINITE_CARDINALITY if repeat else steps
        return dataset.apply(tf.data.experimental.assert_cardinality(size)).prefetch(4)
