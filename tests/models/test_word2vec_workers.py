"""Copies of a table, merged."""

import numpy as np
import pytest

from aimass.models.word2vec_workers import SETTLED, merged

BEFORE = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
MOVES = np.random.default_rng(1).normal(size=(3, 4, 3)).astype("float32")


def seen(*counts):
    """Ids of the rows that each share has moved, so many times each, padded with row 3 to one length."""
    most = max(map(sum, counts))
    rows = [np.repeat(np.arange(len(share)), share) for share in counts]
    return np.stack([np.append(row, np.full(most - len(row), 3)) for row in rows]).astype("int32")


def test_a_row_that_one_copy_moved_keeps_its_move():
    moves = np.zeros((2, 4, 3), "float32")
    moves[1, 0] = MOVES[0, 0]
    found = merged(BEFORE, list(BEFORE + moves), seen([0, 5], [900, 5])).numpy()
    np.testing.assert_allclose(found[0], BEFORE[0] + MOVES[0, 0], rtol=1e-5)
    np.testing.assert_array_equal(found[2], BEFORE[2])


def test_rare_rows_add_up_and_frequent_ones_are_averaged():
    often = int(50 * SETTLED)
    found = merged(BEFORE, list(BEFORE + MOVES[:2]), seen([1, often], [1, often])).numpy()
    np.testing.assert_allclose(found[0], BEFORE[0] + MOVES[:2, 0].sum(0), rtol=0.02)
    np.testing.assert_allclose(found[1], BEFORE[1] + MOVES[:2, 1].mean(0), rtol=1e-5)


@pytest.mark.parametrize("counts", [(3, 40, 7), (200, 0, 90), (1, 1, 1000)])
def test_a_square_is_descended_as_by_one_share_after_the_other(counts):
    """Gradient descent on the square of a distance: n steps leave exp(-n / SETTLED) of it."""
    goal = 2.0
    copies = [goal + (BEFORE - goal) * np.exp(-np.array([[n], [0], [0], [0]]) / SETTLED) for n in counts]
    found = merged(BEFORE, [copy.astype("float32") for copy in copies], seen(*([n] for n in counts))).numpy()
    np.testing.assert_allclose(
        found[0], goal + (BEFORE[0] - goal) * np.exp(-sum(counts) / SETTLED), rtol=1e-4
    )
