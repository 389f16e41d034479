"""Adagrad, which is lazy by nature."""

import keras
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.optimizers.row_sparse import RowSparseOptimizer


@keras.saving.register_keras_serializable(package="aimass")
class LazyAdagrad(RowSparseOptimizer):
    """``a += g²; w −= rate · g / sqrt(a + eps)`` (Duchi et al. 2011). A row without a gradient would not change in the dense form, either.

    Args:
        learning_rate: a float, a schedule, or a function.
        initial_accumulator_value: where ``a`` starts, at least 0.
        epsilon: ``eps``.
        options: see :class:`aimass.optimizers.row_sparse.RowSparseOptimizer`.

    Raises:
        ParameterError: for a negative start, and as the base class does.
    """

    def __init__(
        self, learning_rate=0.001, initial_accumulator_value: float = 0.1, epsilon: float = 1e-7, **options
    ):
        super().__init__(learning_rate, **options)
        if initial_accumulator_value < 0:
            raise ParameterError(
                f"LazyAdagrad: initial_accumulator_value is {initial_accumulator_value}; expected 0 or more"
            )
        self.initial_accumulator_value, self.epsilon = initial_accumulator_value, epsilon

    def build(self, variables):
        """Create the accumulators."""
        if self.built:
            return
        super().build(variables)
        start = keras.initializers.Constant(self.initial_accumulator_value)
        self._accumulators = self.add_optimizer_variables(variables, "accumulator", initializer=start)

    def change(self, gradient, variable, learning_rate, rows):
        """The step, by the sum of squares so far."""
        total = self.moment(self._accumulators, variable, rows, lambda old: old + tf.square(gradient))
        return learning_rate * gradient / tf.sqrt(total + self.epsilon)

    def get_config(self):
        """Arguments of ``__init__``."""
        start = self.initial_accumulator_value
        return {**super().get_config(), "initial_accumulator_value": start, "epsilon": self.epsilon}
