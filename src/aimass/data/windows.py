"""Windows over a sequence: what came before, and what comes next. The input of a feed-forward language model."""

import numpy as np

from aimass.errors import ParameterError


def windows(ids: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Every window of a sequence together with the element that follows it (Bengio et al. 2003).

    Args:
        ids: ``[n]``, any values.
        length: of a window, at least 1 and less than ``n``.

    Returns:
        contexts ``[n - length, length]``, oldest element first, and the next elements ``[n - length]``. Both are views of
        `ids`: copy them before writing.

    Raises:
        ParameterError: when `ids` is not one sequence, or too short.
    """
    ids = np.asarray(ids)
    if ids.ndim != 1 or not 1 <= length < len(ids):
        raise ParameterError(
            f"windows: length {length} over ids of shape {ids.shape}; expected 1 <= length < n"
        )
    return np.lib.stride_tricks.sliding_window_view(ids, length)[:-1], ids[length:]


def one_hot(ids: np.ndarray, vocab_size: int) -> np.ndarray:
    """Each id as a vector with a single 1, those of a window one after another.

    Args:
        ids: ``[n, length]`` whole numbers from 0 to ``vocab_size - 1``.
        vocab_size: number of different ids.

    Returns:
        ``[n, length * vocab_size]`` float32.

    Raises:
        ParameterError: for ids of another shape, or out of range.
    """
    ids = np.asarray(ids)
    if ids.ndim != 2 or (ids.size and not 0 <= ids.min() <= ids.max() < vocab_size):
        raise ParameterError(
            f"one_hot: ids of shape {ids.shape}; expected [n, length] with values from 0 to {vocab_size - 1}"
        )
    hot = np.zeros((*ids.shape, vocab_size), dtype=np.float32)
    np.put_along_axis(hot, ids[..., None].astype(np.int64), 1.0, axis=-1)
    return hot.reshape(len(ids), -1)
