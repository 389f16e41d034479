"""What a computation costs: seconds that can be compared although the machine is busy, and how they grow with a size."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aimass.errors import ParameterError
from aimass.evaluation.bootstrap import bootstrap


def interleaved_seconds(
    steps: Mapping[str, Callable[[], object]], rounds: int = 20, warm_up: int = 3
) -> dict[str, np.ndarray]:
    """Time several computations in turn, so that whatever else slows the machine falls on all of them alike.

    Args:
        steps: name to a function that returns when its work is done (of a TensorFlow step, fetch a result).
        rounds: how often each is timed.
        warm_up: calls of each beforehand that are not timed (tracing, caches).

    Returns:
        Name to seconds, float64 ``[rounds]``; entry ``i`` of all belongs to the same round.

    Raises:
        ParameterError: for no steps or no rounds.
    """
    if not steps or rounds < 1 or warm_up < 0:
        raise ParameterError(
            f"interleaved_seconds: {len(steps)} steps, {rounds} rounds, {warm_up} to warm up; give at least one step and one round"
        )
    for step in steps.values():
        for _ in range(warm_up):
            step()
    taken: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            begin = time.perf_counter()
            step()
            taken[name].append(time.perf_counter() - begin)
    return {name: np.array(values) for name, values in taken.items()}


@dataclass(frozen=True)
class Ratio:
    """A ratio of medians with its 95 % bootstrap interval over rounds."""

    value: float
    low: float
    high: float


def ratio(seconds: np.ndarray, to: np.ndarray, *, seed: int = 0) -> Ratio:
    """How many times longer one computation takes than another, by medians.

    Args:
        seconds, to: ``[rounds]`` each, from the same rounds.
        seed: of the bootstrap.

    Raises:
        ParameterError: for arrays of different or too small size.
    """
    seconds, to = np.asarray(seconds, float), np.asarray(to, float)
    if seconds.shape != to.shape or seconds.ndim != 1:
        raise ParameterError(f"ratio: {seconds.shape} and {to.shape}; expected one value a round of each")
    found = bootstrap(lambda i: float(np.median(seconds[i]) / np.median(to[i])), len(seconds), seed=seed)
    return Ratio(found.value, min(found.low, found.value), max(found.high, found.value))


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """The power of the size with which values grow: the slope of a least-squares line through the logarithms.

    Args:
        sizes: at least two different ones, above 0.
        values: above 0, one a size.

    Raises:
        ParameterError: for values of another form.
    """
    sizes, values = np.asarray(sizes, float), np.asarray(values, float)
    if sizes.shape != values.shape or sizes.ndim != 1 or len(set(sizes.tolist())) < 2:
        raise ParameterError(
            f"exponent: sizes {sizes.shape} and values {values.shape}; expected one value for each of two or more sizes"
        )
    if not ((sizes > 0).all() and (values > 0).all()):
        raise ParameterError("exponent: sizes and values must be above 0")
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])
