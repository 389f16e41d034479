"""Gradient descent for many independent networks at once, each with a learning rate and clipping of its own."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from aimass.errors import ParameterError

MODES = ("clipvalue", "clipnorm", "global_clipnorm", "adaptive_clip")


@keras.saving.register_keras_serializable(package="aimass")
class SideBySideSGD(keras.optimizers.SGD):
    """Stochastic gradient descent on variables whose first axis counts networks ("runs") that share nothing.

    Every run is updated as if it were alone with its own ``keras.optimizers.SGD``: its gradient is clipped by its own
    threshold, then scaled by its own learning rate. What a grid over learning rates, thresholds and seeds wants.

    The loss must be a *sum* over runs, so that a run's gradient does not depend on how many others there are.

    Args:
        learning_rates: one positive number for each run.
        clipvalue, clipnorm, global_clipnorm: as in Keras, one positive number or ``None`` (do not clip) for each run; ``None``
            for the whole list when no run is clipped so. Norms are those of a run's slice of a variable, or of all variables.
        adaptive_clip: as ``adaptive_clip`` of this package's other optimizers (Brock et al. 2021): the norm of the gradient of
            each unit's incoming weights is held to this share of the norm of those weights (at least 1e-3). The units of a
            kernel ``[runs, units_in, units_out]`` are its columns; a bias ``[runs, units]`` is one unit of each run.
        momentum, nesterov: as in Keras, the same for all runs.

    Attributes:
        largest_norms: float32 ``[runs]``: the largest global norm of each run's gradient before clipping so far; infinite once
            a gradient was not finite.

    Raises:
        ParameterError: for lists of different lengths, a rate or threshold that is not positive, two modes in one run, or a
            variable whose first axis does not count the runs.
    """

    def __init__(
        self,
        learning_rates: Sequence[float],
        clipvalue: Sequence[float | None] | None = None,
        clipnorm: Sequence[float | None] | None = None,
        global_clipnorm: Sequence[float | None] | None = None,
        adaptive_clip: Sequence[float | None] | None = None,
        momentum: float = 0.0,
        nesterov: bool = False,
        name: str = "side_by_side_sgd",
    ):
        super().__init__(learning_rate=1.0, momentum=momentum, nesterov=nesterov, name=name)
        self.learning_rates = [float(rate) for rate in learning_rates]
        given = dict(zip(MODES, (clipvalue, clipnorm, global_clipnorm, adaptive_clip), strict=True))
        self.clipping = {
            mode: [None if t is None else float(t) for t in thresholds]
            for mode, thresholds in given.items()
            if thresholds is not None
        }
        self._check()

    def _check(self) -> None:
        runs = len(self.learning_rates)
        lengths = {mode: len(thresholds) for mode, thresholds in self.clipping.items()}
        if not runs or any(length != runs for length in lengths.values()):
            raise ParameterError(
                f"SideBySideSGD: {runs} learning rates, thresholds {lengths}; give one a run"
            )
        numbers = [*self.learning_rates, *(t for ts in self.clipping.values() for t in ts if t is not None)]
        if not all(number > 0 for number in numbers):
            raise ParameterError(
                "SideBySideSGD: every learning rate and threshold must be positive; None turns clipping off"
            )
        for run, thresholds in enumerate(zip(*self.clipping.values(), strict=True)):
            if sum(t is not None for t in thresholds) > 1:
                raise ParameterError(
                    f"SideBySideSGD: run {run} has several modes of clipping; give it at most one"
                )

    def build(self, variables):
        """Create the record of norms beside what SGD needs."""
        if self.built:
            return
        for variable in variables:
            if not variable.shape or variable.shape[0] != len(self.learning_rates):
                raise ParameterError(
                    f"SideBySideSGD: {variable.path} has shape {tuple(variable.shape)}; its first axis must count the "
                    f"{len(self.learning_rates)} runs"
                )
        super().build(variables)
        self.largest_norms = self.add_variable((len(self.learning_rates),), name="largest_norms")

    def apply(self, grads, trainable_variables=None):
        """Clip and scale each run's gradients, then step."""
        variables = self._trainable_variables if trainable_variables is None else list(trainable_variables)
        if not self.built:
            self.build(variables)
        norms = run_norms(grads)
        finite = tf.where(tf.math.is_finite(norms), norms, np.inf)
        self.largest_norms.assign(tf.maximum(self.largest_norms.value, finite))
        clipped = [self._clip(grad, variable, norms) for grad, variable in zip(grads, variables, strict=True)]
        rates = tf.constant(self.learning_rates, tf.float32)
        return super().apply([_per_run(rates, grad) * grad for grad in clipped], variables)

    def _clip(self, grad, variable, norms):
        """One variable's gradient, clipped run by run; runs that a mode does not concern pass through it unchanged."""
        for mode, thresholds in self.clipping.items():
            limit = tf.constant([np.inf if t is None else t for t in thresholds], tf.float32)
            if mode == "clipvalue":
                bound = _per_run(limit, grad)
                grad = tf.clip_by_value(grad, -bound, bound)
            elif mode == "adaptive_clip":
                grad = _adaptive(grad, tf.convert_to_tensor(variable), _per_run(limit, grad))
            else:
                norm = norms if mode == "global_clipnorm" else run_norms([grad])
                grad *= _per_run(_shrink(norm, limit), grad)
        return grad

    def get_config(self):
        """Arguments of the constructor."""
        return {
            "learning_rates": self.learning_rates,
            **{mode: self.clipping.get(mode) for mode in MODES},
            "momentum": self.momentum,
            "nesterov": self.nesterov,
            "name": self.name,
        }


def run_norms(grads: Sequence[tf.Tensor]) -> tf.Tensor:
    """The global norm of each run's gradient: ``[runs]``, from tensors ``[runs, ...]``."""
    squares = [tf.reduce_sum(tf.square(grad), axis=list(range(1, len(grad.shape)))) for grad in grads]
    return tf.sqrt(tf.add_n(squares))


def _per_run(values: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
    """``[runs]`` as ``[runs, 1, ...]`` of the rank of `like`."""
    return tf.reshape(values, [-1, *[1] * (len(like.shape) - 1)])


def _shrink(norm: tf.Tensor, limit: tf.Tensor) -> tf.Tensor:
    """The factor, at most 1, that brings a norm down to its limit; NaN for a norm that is not finite, unless nothing is clipped."""
    factor = tf.where(norm > limit, limit / norm, tf.ones_like(norm))
    return tf.where(tf.math.is_finite(norm) | tf.math.is_inf(limit), factor, np.nan)


def _adaptive(grad, variable, share):
    """Adaptive clipping by units: see the class. A unit of a run that is not clipped has an infinite limit."""
    axes = list(range(1, max(2, len(grad.shape) - 1)))

    def norm(x):
        return tf.sqrt(tf.reduce_sum(tf.square(x), axes, keepdims=True))

    return grad * _shrink(norm(grad), tf.maximum(norm(variable), 1e-3) * share)
