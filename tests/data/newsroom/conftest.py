"""One newsroom for all tests: its tasks are made once."""

import pytest

from aimass.data.newsroom import load


@pytest.fixture(scope="session")
def news():
    return load(seed=0)


@pytest.fixture(scope="session")
def small():
    return load(seed=3, size=240)
