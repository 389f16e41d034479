import numpy as np
import pytest

from aimass.errors import ParameterError
from aimass.evaluation.mixture import best_share, mixed_perplexity

RANDOM = np.random.default_rng(0)
FIRST, SECOND = RANDOM.uniform(0.01, 0.5, 500), RANDOM.uniform(0.01, 0.4, 500)


def test_the_ends_are_the_models():
    for share, alone in ((0, FIRST), (1, SECOND)):
        np.testing.assert_allclose(mixed_perplexity(FIRST, SECOND, share), np.exp(-np.log(alone).mean()))


def test_by_hand():
    np.testing.assert_allclose(mixed_perplexity([0.5, 0.25], [0.1, 0.5], 0.25), (0.4 * 0.3125) ** -0.5)


def test_the_best_share_is_the_best_of_a_grid():
    share = best_share(FIRST, SECOND)
    grid = np.linspace(0, 1, 1001)
    values = [mixed_perplexity(FIRST, SECOND, s) for s in grid]
    assert abs(share - grid[np.argmin(values)]) <= 1e-3
    assert mixed_perplexity(FIRST, SECOND, share) <= min(values) + 1e-9


def test_a_model_that_is_never_better_gets_nothing():
    assert best_share(FIRST, 0.5 * FIRST) < 1e-6
    assert best_share(0.5 * FIRST, FIRST) > 1 - 1e-6
    assert best_share(FIRST, np.zeros(500)) == 0
    assert mixed_perplexity([0.0, 0.5], [0.0, 0.5], 0.5) == np.inf


def test_bad_inputs():
    with pytest.raises(ParameterError, match=r"\(2,\) and \(3,\)"):
        best_share([0.1, 0.2], [0.1, 0.2, 0.3])
    with pytest.raises(ParameterError, match="within 0 to 1"):
        best_share([0.1, 1.2], [0.1, 0.2])
    with pytest.raises(ParameterError, match="share is 2"):
        mixed_perplexity(FIRST, SECOND, 2)
