"""Stochastic gradient descent with momentum, lazy on rows without a gradient."""

import keras

from aimass.errors import ParameterError
from aimass.optimizers.row_sparse import RowSparseOptimizer


@keras.saving.register_keras_serializable(package="aimass")
class LazySGD(RowSparseOptimizer):
    """``velocity = momentum · velocity − rate · gradient; w += velocity``, on the gradient's rows alone (Sutskever et al. 2013).

    Args:
        learning_rate: a float, a schedule, or a function.
        momentum: 0 (then no velocity is held) to less than 1.
        nesterov: look ahead: ``w += momentum · velocity − rate · gradient``.
        options: see :class:`aimass.optimizers.row_sparse.RowSparseOptimizer`.

    Raises:
        ParameterError: for a momentum outside ``[0, 1)``, and as the base class does.
    """

    def __init__(self, learning_rate=0.01, momentum: float = 0.0, nesterov: bool = False, **options):
        super().__init__(learning_rate, **options)
        if not 0 <= momentum < 1:
            raise ParameterError(f"LazySGD: momentum is {momentum}; expected 0 <= momentum < 1")
        self.momentum, self.nesterov = momentum, nesterov

    def build(self, variables):
        """Create the velocities."""
        if self.built:
            return
        super().build(variables)
        self._velocities = self.add_optimizer_variables(variables, "velocity") if self.momentum else []

    def change(self, gradient, variable, learning_rate, rows):
        """The step against the gradient, or along the velocity."""
        step = learning_rate * gradient
        if not self.momentum:
            return step
        velocity = self.moment(self._velocities, variable, rows, lambda old: self.momentum * old - step)
        return step - self.momentum * velocity if self.nesterov else -velocity

    def get_config(self):
        """Arguments of ``__init__``."""
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}
