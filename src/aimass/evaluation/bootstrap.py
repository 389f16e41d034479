"""Intervals by bootstrap over the items of a test set."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from aimass.errors import ParameterError


@dataclass(frozen=True)
class Interval:
    """An estimate with its percentile bootstrap interval."""

    value: float
    low: float
    high: float
    level: float
    n_items: int
    n_resamples: int


def bootstrap(
    statistic: Callable[[np.ndarray], float],
    n_items: int,
    *,
    n_resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Percentile bootstrap (Efron & Tibshirani 1993, ch. 13) of any statistic of a test set.

    Items are resampled with replacement. For a paired comparison of two systems (Koehn 2004), let the statistic compute both
    on the same items and return the difference.

    Args:
        statistic: takes item indices (int array ``[n_items]``, with repetitions) and returns a number.
        n_items: size of the test set, at least 2.
        n_resamples: number of resamples.
        level: of the interval.
        seed: of the resampling.

    Raises:
        ParameterError: for fewer than two items or a level outside (0, 1).
    """
    if n_items < 2:
        raise ParameterError(f"bootstrap: {n_items} items; an interval needs at least 2")
    if not 0 < level < 1:
        raise ParameterError(f"bootstrap: level is {level}; expected a number between 0 and 1")
    everything = np.arange(n_items)
    drawn = stats.bootstrap(
        (everything,),
        lambda indices: float(statistic(indices)),
        n_resamples=n_resamples,
        confidence_level=level,
        method="percentile",
        vectorized=False,
        rng=np.random.default_rng(seed),
    )
    low, high = drawn.confidence_interval
    return Interval(float(statistic(everything)), float(low), float(high), level, n_items, n_resamples)
