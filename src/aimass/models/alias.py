"""Drawing from any distribution in constant time: Walker's alias tables."""

import numpy as np

from aimass.errors import ParameterError


def alias_tables(weights) -> tuple[np.ndarray, np.ndarray]:
    """The tables of the alias method (Walker 1977; built as in Vose 1991).

    To draw: take a cell uniformly, and a uniform number; if it is below ``probability[cell]`` the draw is the cell, otherwise
    ``alias[cell]``.

    Args:
        weights: of each outcome, 0 or more, ``[n]``; they need not sum to one.

    Returns:
        ``probability`` float32 ``[n]`` and ``alias`` int32 ``[n]``.

    Raises:
        ParameterError: when the weights are no non-empty vector of finite non-negative numbers of positive sum.
    """
    weights = np.asarray(weights, "float64")
    if (
        weights.ndim != 1
        or not weights.size
        or not np.isfinite(weights).all()
        or (weights < 0).any()
        or not weights.any()
    ):
        raise ParameterError(
            f"alias_tables: weights of shape {weights.shape}; expected a vector of finite numbers of 0 or more, not all 0"
        )
    probability = weights / weights.sum() * weights.size
    alias = np.arange(weights.size, dtype="int32")
    poor = np.flatnonzero(probability < 1).tolist()
    rich = np.flatnonzero(probability >= 1).tolist()
    scaled = probability.tolist()
    while poor and rich:
        cell, giver = poor.pop(), rich[-1]
        alias[cell] = giver
        scaled[giver] -= 1.0 - scaled[cell]
        if scaled[giver] < 1.0:
            poor.append(rich.pop())
    for cell in poor + rich:  # rounding only
        scaled[cell] = 1.0
    return np.asarray(scaled, "float32"), alias
