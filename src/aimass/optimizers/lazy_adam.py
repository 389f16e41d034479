"""Adam and AdamW, lazy on rows without a gradient."""

import keras
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.optimizers.row_sparse import RowSparseOptimizer


@keras.saving.register_keras_serializable(package="aimass")
class LazyAdam(RowSparseOptimizer):
    """Adam (Kingma & Ba 2015) that leaves rows without a gradient, and their moments, as they are.

    The correction of the start's bias goes by the count of all steps, as in TensorFlow Addons' ``LazyAdam``: for a row that is met for the first time
    late in training, the first step is therefore shorter than dense Adam's would be from a start of its own. Chapter 2.4 measures what
    laziness does to training.

    Args:
        learning_rate: a float, a schedule, or a function.
        beta_1, beta_2: decay of the first and the second moment, in ``[0, 1)``.
        epsilon: added to the root of the second moment.
        options: see :class:`aimass.optimizers.row_sparse.RowSparseOptimizer`.

    Raises:
        ParameterError: for a decay outside ``[0, 1)``, and as the base class does.
    """

    def __init__(
        self,
        learning_rate=0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **options,
    ):
        super().__init__(learning_rate, **options)
        if not (0 <= beta_1 < 1 and 0 <= beta_2 < 1):
            raise ParameterError(
                f"{type(self).__name__}: beta_1 is {beta_1}, beta_2 {beta_2}; expected 0 <= beta < 1"
            )
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def build(self, variables):
        """Create the moments."""
        if self.built:
            return
        super().build(variables)
        self._first, self._second = self.add_optimizer_variables(variables, ["momentum", "velocity"])

    def change(self, gradient, variable, learning_rate, rows):
        """The step, by both moments."""
        beta_1, beta_2 = (tf.cast(beta, variable.dtype) for beta in (self.beta_1, self.beta_2))
        step = tf.cast(self.iterations + 1, variable.dtype)
        rate = learning_rate * tf.sqrt(1 - tf.pow(beta_2, step)) / (1 - tf.pow(beta_1, step))
        first = self.moment(self._first, variable, rows, lambda old: old + (gradient - old) * (1 - beta_1))
        second = self.moment(
            self._second, variable, rows, lambda old: old + (tf.square(gradient) - old) * (1 - beta_2)
        )
        return rate * first / (tf.sqrt(second) + self.epsilon)

    def get_config(self):
        """Arguments of ``__init__``."""
        config = {"beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}
        return {**super().get_config(), **config}


@keras.saving.register_keras_serializable(package="aimass")
class LazyAdamW(LazyAdam):
    """:class:`LazyAdam` with decoupled weight decay (Loshchilov & Hutter 2019), of the rows that a step touches.

    Args:
        learning_rate: a float, a schedule, or a function.
        weight_decay: rate of decay, relative to the learning rate.
        beta_1, beta_2, epsilon, options: see :class:`LazyAdam`.
    """

    def __init__(
        self,
        learning_rate=0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **options,
    ):
        super().__init__(learning_rate, beta_1, beta_2, epsilon, weight_decay=weight_decay, **options)
