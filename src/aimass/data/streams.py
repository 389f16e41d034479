"""Running text in parallel streams: the batches of a recurrent language model that carries its state from one to the next."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aimass.errors import ParameterError

if TYPE_CHECKING:
    import tensorflow as tf


@dataclass(frozen=True)
class StreamBatches:
    """A text cut into ``batch_size`` equal streams that are read side by side, ``length`` tokens a batch.

    Row ``i`` of a batch goes on where row ``i`` of the batch before it stopped, so that a model that keeps its state reads each
    stream as one text. The labels are the inputs moved one to the left. In training each epoch turns the text to another
    start (the end is followed by the beginning), so that streams and batches are cut at other places; where depends on the
    seed and the number of the epoch alone.

    Attributes:
        ids: ``[n]`` whole numbers.
        batch_size: streams; up to ``batch_size - 1`` predictions at the end of the text are left out.
        length: tokens of each stream in a batch; the last batch of an epoch holds what is left.
        rotate: turn the text to another start in each epoch. Leave it off for evaluation.
        seed: of the starts.

    Raises:
        ParameterError: for ids that are not one sequence of integers, sizes below 1, or fewer tokens than ``batch_size + 1``.
    """

    ids: np.ndarray
    batch_size: int = 32
    length: int = 35
    rotate: bool = False
    seed: int = 0

    def __post_init__(self):
        ids = np.asarray(self.ids)
        if ids.ndim != 1 or not np.issubdtype(ids.dtype, np.integer):
            raise ParameterError(
                f"streams: ids of shape {ids.shape} and type {ids.dtype}; expected one sequence of whole numbers"
            )
        if self.batch_size < 1 or self.length < 1:
            raise ParameterError(
                f"streams: batch_size is {self.batch_size} and length is {self.length}; both must be at least 1"
            )
        if len(ids) <= self.batch_size:
            raise ParameterError(
                f"streams: {len(ids)} tokens for {self.batch_size} streams; give more text, or fewer streams"
            )
        object.__setattr__(self, "ids", ids.astype(np.int32))

    @property
    def stream_length(self) -> int:
        """Predictions in each stream."""
        return (len(self.ids) - 1) // self.batch_size

    @property
    def steps(self) -> int:
        """Batches in one epoch: the ``steps_per_epoch`` of ``fit``."""
        return -(-self.stream_length // self.length)

    @property
    def predictions(self) -> int:
        """Labels in one epoch."""
        return self.batch_size * self.stream_length

    def epoch(self, number: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The batches of one epoch: inputs and labels, int32 ``[batch_size, length]`` (the last one may be shorter)."""
        ids = self.ids
        if self.rotate:
            ids = np.roll(ids, -int(np.random.default_rng([self.seed, number]).integers(len(ids))))
        shape = self.batch_size, self.stream_length
        inputs, labels = (ids[i : i + self.predictions].reshape(shape) for i in (0, 1))
        for start in range(0, self.stream_length, self.length):
            cut = slice(start, start + self.length)
            yield inputs[:, cut], labels[:, cut]

    def dataset(self, *, initial_epoch: int = 0, repeat: bool = True) -> "tf.data.Dataset":
        """The batches as a ``tf.data.Dataset`` of pairs (inputs, labels).

        Args:
            initial_epoch: the epoch to start from (as in ``fit``).
            repeat: go on with the next epoch forever (give ``fit`` ``steps_per_epoch=self.steps``); otherwise one epoch.
        """
        import tensorflow as tf

        def generate():
            epoch = initial_epoch
            while True:
                yield from self.epoch(epoch)
                epoch += 1
                if not repeat:
                    return

        ids = tf.TensorSpec([self.batch_size, None], tf.int32)
        dataset = tf.data.Dataset.from_generator(generate, output_signature=(ids, ids))
        # Keras warns of data that run out unless it can ask how many batches there are.
        size = tf.data.INFINITE_CARDINALITY if repeat else self.steps
        return dataset.apply(tf.data.experimental.assert_cardinality(size)).prefetch(4)
