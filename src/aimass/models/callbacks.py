"""Keras callbacks that models of several families share."""

import time
from typing import NamedTuple

import keras

from aimass.errors import ParameterError


class CurvePoint(NamedTuple):
    """One evaluation on the way."""

    seconds: float
    """Of training alone, evaluations left out."""
    epoch: float
    """Epochs trained, a fraction within one."""
    value: float
    """Of the metric."""


class LearningCurve(keras.callbacks.Callback):
    """A metric on held-out data against the seconds that training took; evaluations do not count as training.

    The clock runs from the first batch of ``fit`` to each evaluation, and is stopped for the evaluations themselves. What
    TensorFlow needs to trace the first step is part of it. Give ``fit`` no ``validation_data`` beside it.

    Args:
        data: held-out data: what ``evaluate`` takes as its first argument.
        metric: a name in what ``evaluate`` returns.
        every: batches between evaluations; an evaluation always stands at the end of an epoch, and is the only one there for ``None``.
        max_seconds: end the training after the first batch, and with a last evaluation, once the clock shows so many; ``None``: never.
        best_weights: keep the weights of the best evaluation so far, and leave the model with them when training ends.

    Attributes:
        points: a :class:`CurvePoint` for each evaluation, in order.

    Raises:
        ParameterError: for sizes that are not above 0, or a metric that ``evaluate`` does not return.
    """

    def __init__(
        self,
        data,
        metric: str = "perplexity",
        every: int | None = None,
        max_seconds: float | None = None,
        best_weights: bool = False,
    ):
        super().__init__()
        for name, value in (("every", every), ("max_seconds", max_seconds)):
            if value is not None and not value > 0:
                raise ParameterError(f"LearningCurve: {name} is {value}; expected a number above 0")
        self.data, self.metric, self.every, self.max_seconds = data, metric, every, max_seconds
        self.best_weights = best_weights
        self.points: list[CurvePoint] = []
        self._kept = None

    @property
    def best(self) -> CurvePoint:
        """The evaluation with the least value."""
        if not self.points:
            raise ParameterError("LearningCurve: nothing was evaluated yet; fit a model with this callback")
        return min(self.points, key=lambda point: point.value)

    @property
    def seconds(self) -> float:
        """What the clock shows."""
        return self._spent + (0.0 if self._since is None else time.perf_counter() - self._since)

    def on_train_begin(self, logs=None):
        """Set the clock to zero."""
        self.points, self._kept = [], None
        self._spent, self._since, self._epoch, self._batch = 0.0, time.perf_counter(), 0, 0

    def on_epoch_begin(self, epoch, logs=None):
        """Know the epoch."""
        self._epoch, self._batch = epoch, 0

    def on_train_batch_end(self, batch, logs=None):
        """Evaluate, or stop, when it is time."""
        self._batch = batch + 1
        if self.max_seconds is not None and self.seconds >= self.max_seconds:
            self.model.stop_training = True
        elif self.every and self._batch % self.every == 0 and self._batch < self._steps:
            self._evaluate(self._epoch + self._batch / self._steps)

    def on_epoch_end(self, epoch, logs=None):
        """Evaluate."""
        self._evaluate(epoch + self._batch / max(self._batch, self._steps))

    def on_train_end(self, logs=None):
        """Leave the model with its best weights."""
        if self._kept is not None:
            self.model.set_weights(self._kept)

    @property
    def _steps(self):
        return self.params.get("steps") or float("inf")

    def _evaluate(self, epoch):
        self._spent, self._since = self.seconds, None
        found = self.model.evaluate(self.data, verbose=0, return_dict=True)
        if self.metric not in found:
            raise ParameterError(
                f"LearningCurve: the model reports {', '.join(found)}; {self.metric!r} is not among them"
            )
        self.points.append(CurvePoint(self._spent, epoch, float(found[self.metric])))
        if self.best_weights and self.points[-1] == self.best:
            self._kept = self.model.get_weights()
        self._since = time.perf_counter()
