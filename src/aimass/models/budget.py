"""Models of different kinds with about the same number of parameters."""

from collections.abc import Callable

import keras

from aimass.errors import ParameterError


def size_for_budget(
    build: Callable[[int], keras.Model], budget: int, low: int = 1, high: int = 4096, step: int = 1
) -> int:
    """The size with which a model comes nearest to a number of parameters.

    Args:
        build: from a size to a built model; larger sizes have more parameters.
        budget: the number of parameters wanted.
        low, high: the smallest and the largest size to consider.
        step: sizes are ``low``, ``low + step`` and so on, up to ``high``.

    Raises:
        ParameterError: when even the smallest size is above the budget, or the largest below it, by more than a tenth.
    """
    sizes, counts = range(low, high + 1, step), {}

    def count(index):
        if index not in counts:
            counts[index] = build(sizes[index]).count_params()
        return counts[index]

    # From small to large, for large models take long to build.
    below, above = 0, min(1, len(sizes) - 1)
    while count(above) < budget and above < len(sizes) - 1:
        below, above = above, min(2 * above, len(sizes) - 1)
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (middle, above) if count(middle) <= budget else (below, middle)
    best = min((below, above), key=lambda index: abs(count(index) - budget))
    if abs(count(best) - budget) > 0.1 * budget:
        raise ParameterError(
            f"size_for_budget: no size from {low} to {high} comes near {budget:,} parameters; size {sizes[best]} has "
            f"{count(best):,}; widen the range"
        )
    return sizes[best]
