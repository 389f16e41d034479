"""Two tasks whose answer depends on what stood far back in the sequence: the adding problem, and temporal order.

Both were made by Hochreiter and Schmidhuber (1997) to show what recurrent networks could not learn. The length is a knob, and
with it how far a gradient has to travel.
"""

import numpy as np

from aimass.errors import ParameterError

ADDING_FEATURES = 2  # value, marker
ADDING_TRIVIAL_LOSS = 1 / 6  # squared error of always answering 1: twice the variance of a uniform number
ORDER_SYMBOLS = ("A", "B", "c", "d", "e", "f")  # the two that count, and four distractors
ORDER_CLASSES = ("AA", "AB", "BA", "BB")
ORDER_TRIVIAL_LOSS = float(np.log(len(ORDER_CLASSES)))  # cross-entropy, in nats, of four classes alike


def adding_problem(n_sequences: int, length: int, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Sequences of numbers, two of them marked: what is their sum?

    One mark stands in the first half, one in the second; numbers are uniform on [0, 1). Hochreiter and Schmidhuber (1997,
    experiment 4) draw from [-1, 1], vary the length, and put the first mark among the first ten steps.

    Args:
        n_sequences: at least 1.
        length: steps of each, at least 2.
        seed: of everything.

    Returns:
        sequences ``[n_sequences, length, 2]`` float32 (value, mark), and sums ``[n_sequences, 1]`` float32.

    Raises:
        ParameterError: for no sequences or fewer than 2 steps.
    """
    _check("adding_problem", n_sequences, length, 2)
    random = np.random.default_rng([seed, length, 1])
    values = random.random((n_sequences, length), dtype=np.float32)
    half = length // 2
    places = np.stack(
        [random.integers(0, half, n_sequences), random.integers(half, length, n_sequences)], axis=1
    )
    marks = np.zeros_like(values)
    np.put_along_axis(marks, places, 1.0, axis=1)
    sums = np.take_along_axis(values, places, axis=1).sum(axis=1, keepdims=True)
    return np.stack([values, marks], axis=2), sums


def temporal_order(n_sequences: int, length: int, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Sequences of symbols with two that count among distractors: in which order did they come?

    The first, A or B, stands between a tenth and two tenths of the way; the second, again A or B, between four and five
    tenths, as in Pascanu et al. (2013, section 4.1). All else are distractors. Hochreiter and Schmidhuber (1997, experiment
    6a) add a symbol that starts and one that ends the sequence.

    Args:
        n_sequences: at least 1.
        length: steps of each, at least 10.
        seed: of everything.

    Returns:
        sequences ``[n_sequences, length, 6]`` float32, one-hot over `ORDER_SYMBOLS`, and classes ``[n_sequences]`` int32,
        indices into `ORDER_CLASSES`.

    Raises:
        ParameterError: for no sequences or fewer than 10 steps.
    """
    _check("temporal_order", n_sequences, length, 10)
    random = np.random.default_rng([seed, length, 2])
    symbols = random.integers(2, len(ORDER_SYMBOLS), (n_sequences, length))
    first = random.integers(length // 10, 2 * length // 10 + 1, n_sequences)
    second = random.integers(4 * length // 10, 5 * length // 10 + 1, n_sequences)
    which = random.integers(0, 2, (n_sequences, 2))
    np.put_along_axis(symbols, np.stack([first, second], axis=1), which, axis=1)
    hot = np.eye(len(ORDER_SYMBOLS), dtype=np.float32)[symbols]
    return hot, (2 * which[:, 0] + which[:, 1]).astype(np.int32)


def _check(name: str, n_sequences: int, length: int, shortest: int) -> None:
    if n_sequences < 1 or length < shortest:
        raise ParameterError(
            f"{name}: {n_sequences} sequences of {length} steps; expected at least 1 of at least {shortest}"
        )
