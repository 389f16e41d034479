"""Two classes of points in the plane that no straight line separates: XOR, and two spirals."""

import numpy as np

from aimass.errors import ParameterError


def xor(n_points: int, *, noise: float = 0.2, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Exclusive or (Minsky & Papert 1969): clouds around the corners of a square, equal labels at opposite corners.

    Args:
        n_points: points, at least 4; the corners take turns.
        noise: standard deviation of each cloud in both directions; the corners are at -1 and 1.
        seed: of the noise and the order.

    Returns:
        points ``[n_points, 2]`` float32, and labels ``[n_points]`` int32: 1 where the corner's two signs differ.

    Raises:
        ParameterError: for fewer than 4 points or negative noise.
    """
    _check("xor", n_points, noise)
    random = np.random.default_rng(seed)
    corner = random.permutation(np.arange(n_points) % 4)
    signs = np.stack([corner // 2, corner % 2], axis=1) * 2 - 1
    points = signs + noise * random.standard_normal((n_points, 2))
    return points.astype(np.float32), (signs[:, 0] != signs[:, 1]).astype(np.int32)


def two_spirals(
    n_points: int, *, turns: float = 1.5, noise: float = 0.05, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Two arms that wind around each other (Lang & Witbrock 1988), spread evenly over the arms' angle.

    The arms are spirals of Archimedes: the radius grows with the angle, from 0.2 to 2. Arm 1 is arm 0 turned by half a circle.

    Args:
        n_points: points, at least 4; the arms take turns.
        turns: how often each arm goes round.
        noise: standard deviation in both directions. Neighbouring arms are ``0.9 / turns`` apart.
        seed: of the positions, the noise and the order.

    Returns:
        points ``[n_points, 2]`` float32, and labels ``[n_points]`` int32: the arm, 0 or 1.

    Raises:
        ParameterError: for fewer than 4 points, negative noise, or no turn.
    """
    _check("two_spirals", n_points, noise)
    if turns <= 0:
        raise ParameterError(f"two_spirals: turns is {turns}; expected more than 0")
    random = np.random.default_rng(seed)
    arm = random.permutation(np.arange(n_points) % 2)
    along = random.uniform(0, 1, n_points)
    radius, angle = 0.2 + 1.8 * along, 2 * np.pi * turns * along + np.pi * arm
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    points += noise * random.standard_normal(points.shape)
    return points.astype(np.float32), arm.astype(np.int32)


def _check(name: str, n_points: int, noise: float) -> None:
    if n_points < 4 or noise < 0:
        raise ParameterError(
            f"{name}: {n_points} points and noise {noise}; expected at least 4 and 0 or more"
        )
