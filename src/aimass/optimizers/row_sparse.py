"""What the row-sparse optimizers share: clipping that sums repeated rows first, and an update that sees each row once."""

import keras
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.optimizers import clipping


class RowSparseOptimizer(keras.optimizers.Optimizer):
    """A Keras optimizer whose work on a table with a sparse gradient is in proportion to the gradient's rows.

    Keras's own optimizers add a dense moment to each gradient, so that every step reads and writes the whole table and its moments. Here a
    gradient that comes as ``tf.IndexedSlices`` stays so: repeated rows are summed, clipped by the norm of the sums, and only these rows of the
    variable and of its moments are read and written. A dense gradient is treated as Keras treats it.

    *Lazy* means: a row that has no gradient in a step keeps its weights **and its moments**. Keras's dense optimizers let the moments of such a
    row decay, and go on moving the row by what is left of its momentum. The two agree where every row has a gradient in every step. Weight decay
    is lazy as well: a row decays in the steps that touch it.

    ``use_ema`` and constraints are Keras's own and work on whole variables: with them, a step's cost grows with the table again.

    Args:
        learning_rate: a float, a schedule, or a function.
        adaptive_clip: greatest ratio of a unit's gradient norm to its weights' norm (Brock et al. 2021); see
            :func:`aimass.optimizers.clipping.adaptive_clip`.
        clipvalue, clipnorm, global_clipnorm: thresholds as in Keras; at most one of the four.
        weight_decay: rate of decoupled decay.
        options: Keras's other arguments (``use_ema``, ``ema_momentum``, ``ema_overwrite_frequency``, ``loss_scale_factor``, ``name``).

    Raises:
        ParameterError: for more than one way of clipping, a threshold that is not above 0, or ``gradient_accumulation_steps``, whose accumulators
            would be dense.
    """

    def __init__(
        self,
        learning_rate=0.001,
        *,
        adaptive_clip: float | None = None,
        clipvalue: float | None = None,
        clipnorm: float | None = None,
        global_clipnorm: float | None = None,
        weight_decay: float | None = None,
        **options,
    ):
        kind = type(self).__name__
        thresholds = {
            "adaptive_clip": adaptive_clip,
            "clipvalue": clipvalue,
            "clipnorm": clipnorm,
            "global_clipnorm": global_clipnorm,
        }
        given = {name: value for name, value in thresholds.items() if value is not None}
        if len(given) > 1:
            raise ParameterError(f"{kind}: {' and '.join(given)} are given; choose one way of clipping")
        for name, value in given.items():
            if not value > 0:
                raise ParameterError(f"{kind}: {name} is {value}; expected a number above 0")
        if options.get("gradient_accumulation_steps"):
            raise ParameterError(
                f"{kind}: gradient_accumulation_steps would hold a dense gradient of every table; use larger batches"
            )
        super().__init__(
            learning_rate,
            clipvalue=clipvalue,
            clipnorm=clipnorm,
            global_clipnorm=global_clipnorm,
            weight_decay=weight_decay,
            **options,
        )
        self.adaptive_clip = adaptive_clip

    def apply(self, grads, trainable_variables=None):
        """Apply gradients; see Keras. A loss scale is taken out of the values of sparse ones."""
        scale = self.loss_scale_factor
        if scale is None:
            return super().apply(grads, trainable_variables)
        self.loss_scale_factor = None
        try:
            unscaled = [None if g is None else clipping._scaled(g, 1.0 / scale) for g in grads]
            return super().apply(unscaled, trainable_variables)
        finally:
            self.loss_scale_factor = scale

    def _backend_apply_gradients(self, grads, trainable_variables):
        if self.adaptive_clip is not None:
            grads = clipping.adaptive_clip(grads, trainable_variables, self.adaptive_clip)
        super()._backend_apply_gradients(grads, trainable_variables)

    def _clip_gradients(self, grads):
        if self.clipvalue is not None:
            return clipping.clip_by_value(grads, self.clipvalue)
        if self.clipnorm is not None:
            return clipping.clip_by_norm(grads, self.clipnorm)
        if self.global_clipnorm is not None:
            return clipping.clip_by_global_norm(grads, self.global_clipnorm)
        return grads if self.adaptive_clip is not None else clipping.merged(grads)

    def _all_reduce_sum_gradients(self, grads_and_vars):
        reduced = super()._all_reduce_sum_gradients(grads_and_vars)
        if self._distribution_strategy.num_replicas_in_sync == 1:
            return reduced
        grads, variables = zip(*reduced, strict=True)  # replicas may have touched the same rows
        return list(zip(clipping.merged(grads), variables, strict=True))

    def _apply_weight_decay(self, variables):
        """Nothing here: decay is a part of the update, which knows the rows."""

    def update_step(self, gradient, variable, learning_rate):
        """Update one variable by its gradient, each of whose rows stands in it once."""
        rate = tf.cast(learning_rate, variable.dtype)
        decay = None
        if self.weight_decay is not None and self._use_weight_decay(variable):
            decay = rate * tf.cast(self.weight_decay, variable.dtype)
        if isinstance(gradient, tf.IndexedSlices):
            values = tf.cast(gradient.values, variable.dtype)
            change = self.change(values, variable, rate, gradient.indices)
            if decay is not None:
                change += decay * tf.gather(variable, gradient.indices)
            variable.scatter_sub(tf.IndexedSlices(change, gradient.indices))
        else:
            if decay is not None:
                variable.assign_sub(decay * variable)
            variable.assign_sub(self.change(tf.cast(gradient, variable.dtype), variable, rate, None))

    def change(self, gradient, variable, learning_rate, rows):
        """What to subtract from a variable, or from some of its rows; brings the moments up to date.

        Args:
            gradient: of the variable, or ``[n, ...]`` of the rows.
            variable: a ``tf.Variable``.
            learning_rate: scalar of the variable's dtype.
            rows: distinct ids ``[n]``; ``None`` for the whole variable.

        Returns:
            A tensor of the gradient's shape.
        """
        raise ParameterError(f"{type(self).__name__} defines no change(): it is no optimizer by itself")

    def moment(self, moments, variable, rows, update):
        """Replace a moment, or some rows of it, by a function of its value; returns the new value.

        Args:
            moments: list of Keras variables, one for each trained variable.
            variable: the ``tf.Variable`` whose moment is meant.
            rows: distinct ids, or ``None`` for all.
            update: from the old value to the new.
        """
        moment = moments[self._get_variable_index(variable)].value
        if rows is None:
            new = update(moment)
            moment.assign(new)
        else:
            new = update(tf.gather(moment, rows))
            moment.scatter_update(tf.IndexedSlices(new, rows))
        return new

    def get_config(self):
        """Arguments of ``__init__``."""
        return {**super().get_config(), "adaptive_clip": self.adaptive_clip}
