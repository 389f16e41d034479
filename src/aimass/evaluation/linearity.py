"""What is linear: whether a line separates two classes, and how many dimensions a representation fills."""

import numpy as np

from aimass.errors import ParameterError


def linearly_separable(points: np.ndarray, labels: np.ndarray) -> bool:
    """Whether one threshold on a weighted sum tells two classes apart without an error.

    Decided exactly, by a linear programme: are there weights and a bias that give every point of class 1 at least 1 and every
    other at most -1?

    Args:
        points: ``[n, dimensions]``.
        labels: ``[n]`` of zeros and ones. A single class is separable.

    Raises:
        ParameterError: when shapes or labels are of another form.
    """
    from scipy.optimize import linprog

    points, labels = np.asarray(points, "float64"), np.asarray(labels)
    if points.ndim != 2 or labels.shape != points.shape[:1] or not np.isin(labels, (0, 1)).all():
        raise ParameterError(
            f"linearly_separable: points {points.shape} and labels {labels.shape}; expected [n, dimensions] and n zeros or ones"
        )
    signs = np.where(labels == 1, 1.0, -1.0)
    sides = -signs[:, None] * np.column_stack([points, np.ones(len(points))])
    found = linprog(np.zeros(sides.shape[1]), A_ub=sides, b_ub=-np.ones(len(points)), bounds=(None, None))
    if found.status not in (0, 2):  # solved, infeasible
        raise ParameterError(f"linearly_separable: the linear programme failed: {found.message}")
    return found.status == 0


def spectrum(features: np.ndarray) -> np.ndarray:
    """The singular values of a centred representation, each over the largest.

    Args:
        features: ``[n, width]``, at least two rows.

    Returns:
        ``[min(n, width)]`` float64, falling; all zero for a constant representation.

    Raises:
        ParameterError: for another shape.
    """
    features = np.asarray(features, "float64")
    if features.ndim != 2 or len(features) < 2:
        raise ParameterError(f"spectrum: features of shape {features.shape}; expected [n, width] with n >= 2")
    values = np.linalg.svd(features - features.mean(axis=0), compute_uv=False)
    return values / values[0] if values[0] > 0 else values


def numerical_rank(features: np.ndarray, tolerance: float = 1e-4) -> int:
    """How many dimensions a representation fills: singular values above `tolerance` times the largest.

    The tolerance is that of float32 activations: far above their rounding, far below any direction that carries something.

    Args:
        features: ``[n, width]``.
        tolerance: relative, above 0 and below 1.

    Raises:
        ParameterError: for another shape or tolerance.
    """
    if not 0 < tolerance < 1:
        raise ParameterError(f"numerical_rank: tolerance is {tolerance}; expected a number between 0 and 1")
    return int((spectrum(features) > tolerance).sum())
