"""Measured values: their mean, their spread, and how numbers are written."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimass.errors import ClaimError
from aimass.study.measured import ONE_RUN, Measured, measure, number_text

finite = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12)


def test_mean_and_range():
    got = measure([1.0, 2.0, 6.0])
    assert got == Measured(3.0, 1.0, 6.0, 3, "range over 3 seeds", (1.0, 2.0, 6.0))


def test_one_run_has_no_spread():
    got = measure([0.5])
    assert (got.value, got.low, got.high, got.n, got.spread) == (0.5, 0.5, 0.5, 1, ONE_RUN)
    assert got.text() == "0.500, one run, no spread"


@given(st.lists(finite, min_size=1, max_size=9))
def test_the_mean_lies_within_the_range(values):
    got = measure(values)
    assert got.low <= got.value <= got.high
    assert got.values == tuple(values)


def test_equal_values_have_their_own_mean():
    assert sum([0.003] * 3) / 3 != 0.003  # plain arithmetic leaves the range
    assert measure([0.003] * 3).value == 0.003


def test_numpy_values_become_plain_floats():
    got = measure(np.array([0.25, 0.75], dtype=np.float32))
    assert got.value == 0.5
    assert all(type(each) is float for each in (got.value, got.low, got.high, *got.values))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "no value"),
        ([1.0, math.nan], "value 2 is nan"),
        ([math.inf], "must be finite"),
        (["0.5"], "must be a number"),
        ([True], "must be a number"),
        (0.5, "list of one value per seed"),
        ("0.5", "list of one value per seed"),
        (np.ones((2, 2)), "must be a number"),
    ],
)
def test_what_is_no_measurement_is_refused_in_one_line(values, message):
    with pytest.raises(ClaimError, match=message):
        measure(values)


@pytest.mark.parametrize(
    "fields",
    [
        (2.0, 0.0, 1.0, 3, "range"),
        (0.5, 0.0, 1.0, 0, "range"),
        (0.5, 0.0, 1.0, 2.5, "range"),
        (0.5, 0.0, 1.0, 3, ""),
        (0.5, 0.0, math.nan, 3, "range"),
    ],
)
def test_a_spread_that_makes_no_sense_is_refused(fields):
    with pytest.raises(ClaimError):
        Measured(*fields)


def test_text():
    assert measure([0.995, 1.0, 0.999]).text() == "0.998 [0.995, 1.000], 3 seeds"
    assert measure([35.1, 37.3]).text("BLEU") == "36.20\N{NO-BREAK SPACE}BLEU [35.10, 37.30], 2 seeds"
    interval = Measured(0.5, 0.4, 0.6, 1000, "95 % bootstrap interval")
    assert interval.text() == "0.500 [0.400, 0.600], 95 % bootstrap interval"


def test_number_text():
    shown = [number_text(value) for value in (0, 0.5, -0.25, 12.345, 123.45, 12345.6, 0.00012)]
    minus = "\N{MINUS SIGN}"
    assert shown == ["0.000", "0.500", f"{minus}0.250", "12.35", "123.5", "12,346", f"1.20e{minus}04"]


def test_json_both_ways():
    got = measure([0.1, 0.2])
    assert Measured.from_json(got.to_json()) == got
    with pytest.raises(ClaimError, match="damaged"):
        Measured.from_json({"value": 1})
