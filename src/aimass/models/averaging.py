"""Averages of a model's weights along its training, and over checkpoints on disk."""

import os
import warnings
from collections.abc import Iterable
from pathlib import Path

import keras
import numpy as np

from aimass.errors import ParameterError


class WeightAverage(keras.callbacks.Callback):
    """The mean of a model's weights at the last few checkpoints, as in Vaswani et al. 2017, section 6.1, and Junczys-Dowmunt et al. 2016.

    A checkpoint is a copy in memory, at the end of each epoch or every ``every`` updates; as long as there are fewer than ``last`` of them, the
    mean is of those that there are. Training goes on from its own weights, bit for bit as without this callback. The averaged weights are in
    the model

    - while ``fit`` evaluates ``validation_data``,
    - in ``on_epoch_end`` of every callback that comes *after* this one: put :class:`aimass.models.ValidationScore`,
      ``keras.callbacks.ModelCheckpoint`` and ``EarlyStopping`` there, and they judge and keep averages,
    - when ``fit`` returns.

    For an exponential moving average take Keras's own: ``use_ema=True`` of the optimizer, and
    ``keras.callbacks.SwapEMAWeights(swap_on_epoch=True)`` in the place of this callback. (On TensorFlow its exchange of weights rounds, so that a
    run with validation differs from one without in the last bits.)

    Args:
        last: how many checkpoints make the mean.
        every: updates between checkpoints, counted through all epochs; ``None``: one at the end of each epoch.
        start_epoch: the first epoch, from 0, that gives checkpoints.

    Raises:
        ParameterError: for ``last`` or ``every`` below 1, or ``start_epoch`` below 0.
    """

    # What a training that resumes needs back, see :func:`aimass.models.fit_resumable`.
    resumed = ("_kept", "_updates", "_own")

    def __init__(self, last: int = 5, every: int | None = None, start_epoch: int = 0):
        super().__init__()
        for name, value, least in (("last", last, 1), ("every", every, 1), ("start_epoch", start_epoch, 0)):
            if value is not None and value < least:
                raise ParameterError(f"WeightAverage: {name} is {value}; it must be at least {least}")
        self.last, self.every, self.start_epoch = last, every, start_epoch
        self._forget()

    def _forget(self):
        self._kept: list[list[np.ndarray]] = []
        self._updates = 0
        self._own: list[np.ndarray] | None = (
            None  # the training's own weights, while the average is in the model
        )
        self._epoch = 0

    def on_train_begin(self, logs=None):
        """Begin with no checkpoints."""
        self._forget()

    def on_epoch_begin(self, epoch, logs=None):
        """Go on from the training's own weights."""
        self._epoch = epoch
        if self._own is not None:
            self.model.set_weights(self._own)
            self._own = None

    def on_train_batch_end(self, batch, logs=None):
        """Keep a checkpoint when it is time."""
        self._updates += 1
        if self.every and self._updates % self.every == 0:
            self._keep(self.model.get_weights)

    def on_test_begin(self, logs=None):
        """Put the average into the model: ``fit`` evaluates after the last update of an epoch."""
        self._put_average()

    def on_epoch_end(self, epoch, logs=None):
        """Put the average into the model, unless it is there."""
        self._put_average()

    def _keep(self, weights):
        if self._epoch >= self.start_epoch:
            self._kept = [*self._kept, weights()][-self.last :]

    def _put_average(self):
        if self._own is not None:
            return
        own = self.model.get_weights()
        if self.every is None:
            self._keep(lambda: own)
        if self._kept:
            self._own = own
            self.model.set_weights(_mean(self._kept))


def average_weights(model: keras.Model, paths: Iterable[str | os.PathLike]) -> None:
    """Give a model the mean of the weights in several files, as ``save_weights`` or ``ModelCheckpoint`` wrote them.

    Integer weights are those of the last file. What a file holds beside weights, such as an optimizer's moments, is of no further use.

    Args:
        model: a built model of the sizes that the files were written with.
        paths: of ``.weights.h5`` files.

    Raises:
        ParameterError: without paths, or for a file that is missing, damaged or of another model; the model keeps its weights then.
    """
    paths = [Path(path) for path in paths]
    if not paths:
        raise ParameterError("average_weights: no files are given; name one or more .weights.h5 files")
    own, loaded = model.get_weights(), []
    for path in paths:
        try:
            with warnings.catch_warnings():  # of moments that do not fit: only the weights are wanted
                warnings.filterwarnings("ignore", "Skipping variable loading for optimizer", UserWarning)
                model.load_weights(path)
        except (OSError, ValueError, KeyError) as error:
            model.set_weights(own)
            reason = "it does not exist" if not path.exists() else str(error).strip().split("\n")[0]
            raise ParameterError(
                f"average_weights: {path} can't be loaded into {type(model).__name__}: {reason}; leave it out or write it again"
            ) from None
        loaded.append(model.get_weights())
    model.set_weights(_mean(loaded))


def _mean(checkpoints: list[list[np.ndarray]]) -> list[np.ndarray]:
    """The mean of each weight, in float64 on the way; of integers the last."""
    means = []
    for values in zip(*checkpoints, strict=True):
        last = values[-1]
        if last.dtype.kind in "iub":
            means.append(last)
        else:
            means.append((sum(value.astype("float64") for value in values) / len(values)).astype(last.dtype))
    return means
