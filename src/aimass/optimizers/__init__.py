"""Keras optimizers that stay row-sparse from the gradient to the update, and clipping that sums repeated rows first."""

from aimass.optimizers.lazy_adagrad import LazyAdagrad
from aimass.optimizers.lazy_adam import LazyAdam, LazyAdamW
from aimass.optimizers.lazy_sgd import LazySGD

__all__ = ["LazyAdagrad", "LazyAdam", "LazyAdamW", "LazySGD"]
