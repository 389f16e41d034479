"""A score of the caller's own, such as validation BLEU, among the numbers that ``fit`` reports."""

from collections.abc import Callable

import keras
import numpy as np

from aimass.errors import ParameterError


class ValidationScore(keras.callbacks.Callback):
    """Put ``score(model)`` into the logs of an epoch, where Keras's own callbacks find it.

    Those that come *after* this one in ``callbacks`` see the number, and ``History`` does always. To keep the weights with the best BLEU and to
    stop when it has not risen for five epochs::

        callbacks=[
            ValidationScore(bleu_of, "val_bleu", start_epoch=4),
            keras.callbacks.EarlyStopping("val_bleu", mode="max", patience=5, restore_best_weights=True, start_from_epoch=4),
        ]

    Epochs without an evaluation repeat the last score, so that a ``patience`` counts epochs; before the first evaluation stands the worst score
    there is, plus or minus infinity.

    Args:
        score: from the model to a number.
        name: of the number in the logs.
        every: epochs between evaluations; the last epoch is always evaluated.
        start_epoch: the first epoch to evaluate, from 0.
        mode: ``"max"`` or ``"min"``: which scores are good.

    Attributes:
        scores: a dict from each evaluated epoch to its score.

    Raises:
        ParameterError: for ``every`` below 1, ``start_epoch`` below 0, an unknown mode, or a score that is not a finite number.
    """

    # What a training that resumes needs back, see :func:`aimass.models.fit_resumable`.
    resumed = ("_epochs", "_scores")

    def __init__(
        self,
        score: Callable[[keras.Model], float],
        name: str = "val_bleu",
        every: int = 1,
        start_epoch: int = 0,
        mode: str = "max",
    ):
        super().__init__()
        if every < 1 or start_epoch < 0:
            raise ParameterError(
                f"ValidationScore: every is {every}, start_epoch {start_epoch}; expected 1 or more, and 0 or more"
            )
        if mode not in ("max", "min"):
            raise ParameterError(f"ValidationScore: mode is {mode!r}; expected 'max' or 'min'")
        self.score, self.name, self.every, self.start_epoch, self.mode = score, name, every, start_epoch, mode
        self._epochs: list[int] = []
        self._scores: list[float] = []

    @property
    def scores(self) -> dict[int, float]:
        """From each evaluated epoch to its score."""
        return dict(zip(self._epochs, self._scores, strict=True))

    def on_train_begin(self, logs=None):
        """Begin with no scores."""
        self._epochs, self._scores = [], []

    def on_epoch_end(self, epoch, logs=None):
        """Evaluate when it is time; log the last score."""
        past = epoch - self.start_epoch
        last = epoch + 1 == self.params.get("epochs") or self.model.stop_training
        if past >= 0 and (past % self.every == 0 or last):
            self._scores.append(self._evaluate(epoch))
            self._epochs.append(epoch)
        worst = -np.inf if self.mode == "max" else np.inf
        logs[self.name] = self._scores[-1] if self._scores else float(worst)

    def _evaluate(self, epoch) -> float:
        found = self.score(self.model)
        try:
            value = float(found)
        except (TypeError, ValueError):
            value = float("nan")
        if not np.isfinite(value):
            raise ParameterError(
                f"ValidationScore: {self.name} is {found!r} after epoch {epoch + 1}; the score must give a finite number"
            )
        return value
