"""Gradient clipping that treats a row-sparse gradient as the dense one that it stands for.

A gradient of a table comes as ``tf.IndexedSlices``: rows and their ids, and an id may stand there several times. The gradient is the *sum* of the rows of an id.
TensorFlow's ``clip_by_norm`` and ``global_norm`` take the norm of the rows as they come, and Keras's ``global_clipnorm`` makes a dense tensor. These
functions sum first, and touch nothing but the rows.

All take lists of dense tensors, ``tf.IndexedSlices`` and ``None`` (no gradient), which stay where they are.
"""

from collections.abc import Sequence

import keras
import tensorflow as tf

from aimass.errors import ParameterError


def sum_repeated_rows(gradient: tf.IndexedSlices) -> tf.IndexedSlices:
    """The same gradient with each id once.

    Args:
        gradient: ``values`` ``[n, ...]`` and ``indices`` ``[n]``.

    Returns:
        ``values`` ``[m, ...]`` and ``indices`` ``[m]``, ``m <= n``, ids in the order in which they first came.
    """
    ids, places = tf.unique(gradient.indices)
    values = tf.math.unsorted_segment_sum(gradient.values, places, tf.size(ids))
    values.set_shape([None, *gradient.values.shape[1:]])
    return tf.IndexedSlices(values, ids, gradient.dense_shape)


def merged(gradients: Sequence) -> list:
    """The gradients with the repeated rows of each sparse one summed."""
    return [sum_repeated_rows(g) if isinstance(g, tf.IndexedSlices) else g for g in gradients]


def global_norm(gradients: Sequence) -> tf.Tensor:
    """Euclidean norm of all gradients taken as one vector (Pascanu et al. 2013, section 3.2): float32, 0 for none.

    Args:
        gradients: see the module.
    """
    return _global_norm(merged(gradients))


def _global_norm(gradients) -> tf.Tensor:
    squares = [_sum_of_squares(g) for g in gradients if g is not None]
    return tf.sqrt(tf.add_n(squares)) if squares else tf.constant(0.0)


def _values(gradient):
    return gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient


def _sum_of_squares(gradient) -> tf.Tensor:
    # Half a sum of squares is one pass without a temporary.
    return 2.0 * tf.nn.l2_loss(tf.cast(_values(gradient), tf.float32))


def _mapped(function, gradient):
    """A function of elements, on the values alone."""
    if isinstance(gradient, tf.IndexedSlices):
        return tf.IndexedSlices(function(gradient.values), gradient.indices, gradient.dense_shape)
    return function(gradient)


def _scaled(gradient, scale):
    return _mapped(lambda values: values * tf.cast(scale, values.dtype), gradient)


def _positive(name: str, value: float) -> float:
    if not value > 0:
        raise ParameterError(f"{name} is {value}; expected a number above 0")
    return value


def clip_by_value(gradients: Sequence, clipvalue: float) -> list:
    """Each element moved into ``[-clipvalue, clipvalue]``. This can turn the gradient's direction.

    Args:
        gradients: see the module.
        clipvalue: above 0.
    """
    bound = _positive("clipvalue", clipvalue)
    return [
        None if g is None else _mapped(lambda values: tf.clip_by_value(values, -bound, bound), g)
        for g in merged(gradients)
    ]


def clip_by_norm(gradients: Sequence, clipnorm: float) -> list:
    """Each gradient scaled down so that its own norm is at most ``clipnorm``; those within it stay as they are.

    Args:
        gradients: see the module.
        clipnorm: above 0.
    """
    bound = _positive("clipnorm", clipnorm)
    return [
        None if g is None else _scaled(g, _shrinking(tf.sqrt(_sum_of_squares(g)), bound))
        for g in merged(gradients)
    ]


def clip_by_global_norm(gradients: Sequence, global_clipnorm: float) -> list:
    """All gradients scaled down by one factor so that their joint norm is at most ``global_clipnorm`` (Pascanu et al. 2013, algorithm 1).

    Where the norm is not finite, neither are the results.

    Args:
        gradients: see the module.
        global_clipnorm: above 0.
    """
    bound = _positive("global_clipnorm", global_clipnorm)
    gradients = merged(gradients)
    scale = _shrinking(_global_norm(gradients), bound)
    return [None if g is None else _scaled(g, scale) for g in gradients]


def _shrinking(norm, bound):
    """``min(1, bound / norm)``; NaN where the norm is not finite, so that no infinite gradient passes for zero."""
    scale = bound / tf.maximum(norm, bound)
    return tf.where(tf.math.is_finite(norm), scale, float("nan"))


def adaptive_clip(gradients: Sequence, weights: Sequence, clipping: float = 0.01, eps: float = 1e-3) -> list:
    """Each unit's gradient kept within a share of the norm of the unit's weights (Brock et al. 2021, section 4, eq. 3).

    A unit is a column of a matrix ``[inputs, units]`` (all axes but the last are reduced), and a row of a table with a sparse gradient. A vector, such
    as a bias, counts as one unit, as in the authors' code.

    Args:
        gradients: see the module.
        weights: the variable of each gradient; of a sparse one, only the gradient's rows are read.
        clipping: the greatest ratio of the norms, above 0.
        eps: the least norm that weights count with, above 0, so that those that start at zero can move.
    """
    _positive("clipping", clipping), _positive("eps", eps)
    return [
        None if g is None else _adaptive(g, weight, clipping, eps)
        for g, weight in zip(merged(gradients), weights, strict=True)
    ]


def _adaptive(gradient, weight, clipping, eps):
    weight = weight.value if isinstance(weight, keras.Variable) else weight
    if isinstance(gradient, tf.IndexedSlices):
        weight, axes = tf.gather(weight, gradient.indices), list(range(1, len(gradient.values.shape)))
    else:
        weight, axes = tf.convert_to_tensor(weight), list(range(max(1, len(gradient.shape) - 1)))

    def norm(x):
        if not len(x.shape):
            return tf.abs(tf.cast(x, tf.float32))
        return tf.sqrt(tf.reduce_sum(tf.square(tf.cast(x, tf.float32)), axes, keepdims=True))

    largest = clipping * tf.maximum(norm(weight), eps)
    scale = _shrinking(norm(_values(gradient)), largest)
    return _scaled(gradient, scale)
