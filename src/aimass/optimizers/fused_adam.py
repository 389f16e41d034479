"""Adam whose dense updates are one pass over the weights."""

import keras
import tensorflow as tf

from aimass.optimizers.lazy_adam import LazyAdam


@keras.saving.register_keras_serializable(package="aimass")
class FusedAdam(LazyAdam):
    """:class:`LazyAdam` whose dense updates are TensorFlow's own kernel: each weight and its moments are read and written once.

    ``keras.optimizers.Adam`` does the same arithmetic by some ten operations, each of which passes over the whole variable: a few milliseconds a
    step for every million weights. The kernel's ``epsilon`` stands where Keras's stands, so that the two agree to rounding. Row-sparse gradients, and
    dense ones with weight decay, are treated as :class:`LazyAdam` treats them.

    Args:
        learning_rate: a float, a schedule, or a function.
        beta_1, beta_2, epsilon, options: see :class:`LazyAdam`.
    """

    def update_step(self, gradient, variable, learning_rate):
        """Update one variable; see :class:`aimass.optimizers.row_sparse.RowSparseOptimizer`."""
        if isinstance(gradient, tf.IndexedSlices) or self.weight_decay is not None:
            return super().update_step(gradient, variable, learning_rate)
        dtype = variable.dtype
        step = tf.cast(self.iterations + 1, dtype)
        beta_1, beta_2 = (tf.cast(beta, dtype) for beta in (self.beta_1, self.beta_2))
        place = self._get_variable_index(variable)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._first[place].value.handle,
            v=self._second[place].value.handle,
            beta1_power=tf.pow(beta_1, step),
            beta2_power=tf.pow(beta_2, step),
            lr=tf.cast(learning_rate, dtype),
            beta1=beta_1,
            beta2=beta_2,
            epsilon=tf.cast(self.epsilon, dtype),
            grad=tf.cast(gradient, dtype),
            use_locking=True,
        )
        return None
