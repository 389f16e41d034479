"""Numbers and dates in two languages."""

import pytest

from aimass.data.newsroom import values
from aimass.data.newsroom.rng import Stream


@pytest.mark.parametrize(
    ("number", "en", "zh"),
    [
        (950, "950", "950"),
        (3_200, "3,200", "3200"),
        (45_000, "45,000", "4.5万"),
        (3_200_000, "3.2 million", "320万"),
        (150_000_000, "150 million", "1.5亿"),
        (1_500_000_000, "1.5 billion", "15亿"),
    ],
)
def test_numbers(number, en, zh):
    assert values.english_number(number) == en
    assert values.chinese_number(number) == zh


def test_dates():
    assert values.calendar(0)[1:] == ("on 4 January", "1月4日")
    assert values.calendar(60)[1:] == ("on 5 March", "3月5日")
    assert values.weekday(6)[1:] == ("on Sunday", "周日")


def test_streams_repeat_and_cover_their_range():
    assert [Stream(1, 2).below(10) for _ in range(3)] == [Stream(1, 2).below(10) for _ in range(3)]
    stream = Stream(7)
    assert {stream.below(10) for _ in range(300)} == set(range(10))
    assert {stream.zipf(5) for _ in range(300)} == set(range(5))
    assert sorted(stream.shuffled(range(9))) == list(range(9))
    assert [Stream(9).below(1000), Stream(9, 1).below(1000)] == [876, 228]
