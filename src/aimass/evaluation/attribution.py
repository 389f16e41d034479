"""Attribution: how much each input had to do with a network's output.

A network is here a callable that takes inputs ``[batch, ...]`` and returns one score an example, ``[batch]``, or several,
``[batch, outputs]``; then `targets` says which of them is asked about. What it is made of plays no part.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from aimass.errors import ParameterError

Network = Callable[[Any], Any]


@dataclass(frozen=True)
class Attribution:
    """What each input contributed.

    Attributes:
        values: as the inputs, ``[batch, ...]`` float64.
        change: score of the inputs less score of the baseline, ``[batch]`` float64.
    """

    values: np.ndarray
    change: np.ndarray

    @property
    def gap(self) -> np.ndarray:
        """``[batch]``: how far the attributions' sum is from the change that they should account for (completeness)."""
        return np.abs(self.values.reshape(len(self.values), -1).sum(axis=1) - self.change)


def integrated_gradients(
    network: Network,
    inputs: np.ndarray,
    targets: np.ndarray | None = None,
    *,
    baseline: np.ndarray | float = 0.0,
    steps: int = 32,
) -> Attribution:
    """Integrated gradients (Sundararajan et al. 2017, eq. 1).

    The gradient is averaged over the straight way from the baseline to the input, at the middles of equal steps, and multiplied
    by the way's length in each input. Summed over inputs it is the change of the score, up to the error of the sum over
    steps: look at ``gap``.

    Args:
        network: differentiable by TensorFlow, ``[batch, ...]`` float32 to ``[batch]`` or ``[batch, outputs]``.
        inputs: ``[batch, ...]``.
        targets: ``[batch]``, the output of each example that is asked about; ``None`` for a network with one score.
        baseline: where "nothing is there": a number, or an array that broadcasts to the inputs.
        steps: at least 1.

    Raises:
        ParameterError: for no step, scores or targets of another shape, or scores that do not depend on the inputs by
            TensorFlow's operations.
    """
    import tensorflow as tf

    if steps < 1:
        raise ParameterError(f"integrated_gradients: steps is {steps}; expected 1 or more")
    end = tf.convert_to_tensor(np.asarray(inputs, "float32"))
    start = tf.zeros_like(end) + np.asarray(baseline, "float32")
    way = end - start
    total = np.zeros(end.shape, "float64")
    for k in range(steps):
        total += _gradient(network, start + way * ((k + 0.5) / steps), targets)
    change = _scores(network, end, targets) - _scores(network, start, targets)
    return Attribution(total / steps * np.asarray(way, "float64"), change)


def gradient_times_input(
    network: Network, inputs: np.ndarray, targets: np.ndarray | None = None
) -> np.ndarray:
    """The gradient at the input, times the input: integrated gradients in a single, last step from nought.

    Args:
        network, inputs, targets: as for integrated gradients.

    Returns:
        As the inputs, float64.
    """
    import tensorflow as tf

    inputs = np.asarray(inputs, "float32")
    return _gradient(network, tf.convert_to_tensor(inputs), targets) * inputs


def occlusion(
    network: Network,
    inputs: np.ndarray,
    targets: np.ndarray | None = None,
    *,
    baseline: np.ndarray | float = 0.0,
    batch_size: int = 1024,
) -> np.ndarray:
    """How much the score falls when one input is taken away (Zeiler & Fergus 2014).

    Only inputs that differ from the baseline are tried: the others' attribution is nought.

    Args:
        network: ``[batch, features]`` float32 to ``[batch]`` or ``[batch, outputs]``; no gradient is asked for.
        inputs: ``[batch, features]``.
        targets: ``[batch]``, the output of each example that is asked about; ``None`` for a network with one score.
        baseline: what stands in place of an input: a number, or an array that broadcasts to the inputs.
        batch_size: of the calls.

    Returns:
        ``[batch, features]`` float64.

    Raises:
        ParameterError: for inputs, scores or targets of another shape.
    """
    inputs = np.asarray(inputs, "float32")
    if inputs.ndim != 2:
        raise ParameterError(f"occlusion: inputs of shape {inputs.shape}; expected [batch, features]")
    empty = np.broadcast_to(np.asarray(baseline, "float32"), inputs.shape)
    whole = _scores(network, inputs, targets)
    rows, columns = np.nonzero(inputs != empty)
    values = np.zeros(inputs.shape, "float64")
    for first in range(0, len(rows), batch_size):
        row, column = rows[first : first + batch_size], columns[first : first + batch_size]
        less = inputs[row]
        less[np.arange(len(row)), column] = empty[row, column]
        asked = None if targets is None else np.asarray(targets)[row]
        values[row, column] = whole[row] - _scores(network, less, asked)
    return values


def share_on(attributions: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """The share of the positive attribution that falls on inputs known to matter.

    What speaks against the score (negative) is left out: it can rightly fall anywhere.

    Args:
        attributions: ``[batch, features]``.
        relevant: ``[batch, features]`` of truth values, or of weights from 0 to 1.

    Returns:
        ``[batch]``, 0 to 1; an example without positive attribution gets the share of its inputs that are relevant.

    Raises:
        ParameterError: when the shapes differ, or weights are out of range.
    """
    attributions, relevant = np.asarray(attributions, "float64"), np.asarray(relevant, "float64")
    if attributions.ndim != 2 or attributions.shape != relevant.shape:
        raise ParameterError(
            f"share_on: shapes {attributions.shape} and {relevant.shape}; expected [batch, features] twice"
        )
    if relevant.size and not 0 <= relevant.min() <= relevant.max() <= 1:
        raise ParameterError("share_on: relevant must lie from 0 to 1")
    positive = np.maximum(attributions, 0.0)
    total = positive.sum(axis=1)
    found = (positive * relevant).sum(axis=1)
    return np.divide(found, total, out=relevant.mean(axis=1), where=total > 0)


def _gradient(network: Network, inputs: Any, targets: np.ndarray | None) -> np.ndarray:
    """The gradient of each example's score by its inputs, float64."""
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(inputs)
        scores = network(inputs)
        chosen = _choose(scores, inputs, targets)
    gradient = tape.gradient(chosen, inputs)
    if gradient is None:
        raise ParameterError(
            "attribution: the scores have no gradient by the inputs; give a callable of TensorFlow operations"
        )
    return np.asarray(gradient, "float64")


def _scores(network: Network, inputs: Any, targets: np.ndarray | None) -> np.ndarray:
    """Each example's score, ``[batch]`` float64."""
    return np.asarray(_choose(network(inputs), inputs, targets), "float64")


def _choose(scores: Any, inputs: Any, targets: np.ndarray | None) -> Any:
    """The scores that are asked about, ``[batch]``."""
    import tensorflow as tf

    batch = len(inputs)
    shape, wanted = tuple(scores.shape), "[batch]" if targets is None else "[batch, outputs]"
    if len(shape) != (1 if targets is None else 2) or shape[0] != batch:
        raise ParameterError(f"attribution: scores of shape {shape} for {batch} examples; expected {wanted}")
    if targets is None:
        return scores
    targets = np.asarray(targets)
    if targets.shape != (batch,) or not 0 <= targets.min() <= targets.max() < shape[1]:
        raise ParameterError(
            f"attribution: targets of shape {targets.shape} for {batch} examples and {shape[1]} outputs; "
            "expected one number of an output for each example"
        )
    return tf.gather(scores, targets, axis=1, batch_dims=1)
