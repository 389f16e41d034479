"""The tasks discriminate: trivial methods are far from the ceiling, simple ones better, and something is left above them."""

import pytest

from aimass.data.newsroom.baselines import newsroom_table


@pytest.fixture(scope="module")
def rows(news):
    return newsroom_table(news)


def test_twelve_tasks(rows):
    assert len({row.task for row in rows}) == 12
    assert all(row.metric for row in rows)


def test_simple_beats_trivial_and_leaves_headroom(rows):
    for row in rows:
        assert row.trivial + 0.05 < row.simple, row
        assert row.trivial < row.ceiling - 0.25, row
        assert row.headroom >= 0.10, row
        assert row.ceiling <= 1.0


@pytest.mark.parametrize("split", ["test_unseen_entities", "test_unseen_phrasings"])
def test_unseen_splits_leave_headroom(split, news):
    for row in newsroom_table(news, split):
        assert row.headroom >= 0.10, row
