"""Alias tables."""

import numpy as np
import pytest

from aimass.errors import ParameterError
from aimass.models.alias import alias_tables


@pytest.mark.parametrize("weights", [[1], [1, 1, 1], [0, 3, 1, 0, 6], list(1 / np.arange(1, 3000))])
def test_the_tables_hold_the_distribution_exactly(weights):
    probability, alias = alias_tables(weights)
    implied = probability.astype("float64").copy()
    np.add.at(implied, alias, 1.0 - probability)
    np.testing.assert_allclose(implied / len(weights), np.array(weights) / np.sum(weights), atol=1e-7)
    assert ((probability >= 0) & (probability <= 1)).all()
    assert alias.dtype == np.int32


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [[1]], [1, np.nan]])
def test_no_distribution_is_refused(weights):
    with pytest.raises(ParameterError, match="alias_tables"):
        alias_tables(weights)
