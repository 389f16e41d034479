"""Keras optimizers that stay row-sparse from the gradient to the update, and clipping that sums repeated rows first."""

from aimass.optimizers.fused_adam import FusedAdam
from aimass.optimizers.lazy_adagrad import LazyAdagrad
from aimass.optimizers.lazy_adam import LazyAdam, LazyAdamW
from aimass.optimizers.lazy_sgd import LazySGD

__all__ = ["FusedAdam", "LazyAdagrad", "LazyAdam", "LazyAdamW", "LazySGD"]
