"""Elementary cellular automata (Wolfram 1983): a ring of cells of two states, each with two neighbours and one fixed rule."""

import numpy as np

from aimass.errors import ParameterError

N_RULES = 256


def neighbourhoods() -> np.ndarray:
    """All states of a cell and its two neighbours: ``[8, 3]`` uint8; row ``i`` is ``i`` in binary, left neighbour first."""
    return (np.arange(8)[:, None] >> np.array([2, 1, 0]) & 1).astype(np.uint8)


def rule_table(rule: int) -> np.ndarray:
    """A rule's outputs: ``[8]`` uint8, entry ``i`` for row ``i`` of :func:`neighbourhoods`.

    Args:
        rule: Wolfram's number, 0 to 255: bit ``i`` of it is the output for neighbourhood ``i``.

    Raises:
        ParameterError: for a number out of range.
    """
    if isinstance(rule, bool) or not isinstance(rule, (int, np.integer)) or not 0 <= rule < N_RULES:
        raise ParameterError(f"rule {rule!r}: an elementary rule has a whole number from 0 to {N_RULES - 1}")
    return (int(rule) >> np.arange(8) & 1).astype(np.uint8)


def step(lattice: np.ndarray, rule: int) -> np.ndarray:
    """The next state of every cell; the ends of a lattice are neighbours of each other.

    Args:
        lattice: ``[..., width]`` of zeros and ones, at least one cell wide.
        rule: Wolfram's number.

    Returns:
        ``[..., width]`` uint8.

    Raises:
        ParameterError: for a lattice without cells or with other values, or an unknown rule.
    """
    cells = np.asarray(lattice)
    if cells.ndim < 1 or cells.shape[-1] < 1 or not np.isin(cells, (0, 1)).all():
        raise ParameterError(f"lattice of shape {cells.shape}: give at least one cell, each 0 or 1")
    cells = cells.astype(np.uint8)
    code = 4 * np.roll(cells, 1, axis=-1) + 2 * cells + np.roll(cells, -1, axis=-1)
    return rule_table(rule)[code]


def evolve(lattice: np.ndarray, rule: int, steps: int) -> np.ndarray:
    """A lattice's history, its space-time diagram.

    Args:
        lattice: ``[..., width]`` of zeros and ones.
        rule: Wolfram's number.
        steps: how often to apply the rule, 0 or more.

    Returns:
        ``[..., steps + 1, width]`` uint8, the given lattice first.

    Raises:
        ParameterError: as :func:`step`, or for a negative number of steps.
    """
    if steps < 0:
        raise ParameterError(f"evolve: steps is {steps}; expected 0 or more")
    history = [np.asarray(lattice)]
    for _ in range(steps):
        history.append(step(history[-1], rule))
    return np.stack(history, axis=-2).astype(np.uint8)


def random_lattices(n_lattices: int, width: int, seed: int) -> np.ndarray:
    """Independent fair cells: ``[n_lattices, width]`` uint8."""
    return np.random.default_rng(seed).integers(0, 2, (n_lattices, width), dtype=np.uint8)
