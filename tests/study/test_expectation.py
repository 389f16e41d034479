"""Bounds: what they accept, what they refuse, and that an empty one can't be made."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimass.errors import ClaimError
from aimass.study.expectation import (
    Expectation,
    at_least,
    at_most,
    between,
    equals,
    for_profile,
    refuse_empty,
)

WHY = "from the source"
BOUNDS = [
    at_least(0.95, because=WHY),
    at_most(3, because=WHY),
    between(0.4, 0.6, because=WHY),
    equals(4, tolerance=0.1, because=WHY),
    equals(4, because=WHY),
]
finite = st.floats(allow_nan=False, allow_infinity=False, width=32)


@pytest.mark.parametrize(
    ("bound", "inside", "outside"),
    [
        (BOUNDS[0], [0.95, 1.0, 1e9], [0.9499999, 0, -1e9]),
        (BOUNDS[1], [3, 0, -1e9], [3.0000001, 1e9]),
        (BOUNDS[2], [0.4, 0.5, 0.6], [0.3999, 0.6001, 0]),
        (BOUNDS[3], [3.95, 4, 4.05], [3.89, 4.11, 0, -4]),
        (BOUNDS[4], [4], [4.0000001, 3.9999999]),
    ],
)
def test_bounds_are_included_and_nothing_beyond_them(bound, inside, outside):
    assert [bound.accepts(value) for value in inside] == [True] * len(inside)
    assert [bound.accepts(value) for value in outside] == [False] * len(outside)


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.text)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_never_passes(bound, value):
    assert bound.accepts(value) is False


@given(low=finite, value=finite)
def test_at_least_and_at_most_split_the_line(low, value):
    assert at_least(low, because=WHY).accepts(value) == (value >= low)
    assert at_most(low, because=WHY).accepts(value) == (value <= low)


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.text)
def test_json_both_ways(bound):
    record = bound.to_json()
    assert set(record) == {"kind", "low", "high", "tolerance", "because", "text"}
    assert Expectation.from_json(record) == bound


def test_text():
    assert [bound.text for bound in BOUNDS] == ["≥ 0.95", "≤ 3", "from 0.4 to 0.6", "= 4 ± 0.1", "= 4"]
    assert at_most(-0.5, because=WHY).text == "≤ \N{MINUS SIGN}0.5"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: at_least(0.9, because=" "), "without a reason"),
        (lambda: at_least(math.nan, because=WHY), "must be finite"),
        (lambda: at_most(math.inf, because=WHY), "must be finite"),
        (lambda: at_least("high", because=WHY), "must be a number"),
        (lambda: at_least(True, because=WHY), "must be a number"),
        (lambda: between(0.6, 0.4, because=WHY), "must be below"),
        (lambda: equals(1, tolerance=-1, because=WHY), "can't be negative"),
        (lambda: equals(1, tolerance=math.nan, because=WHY), "must be finite"),
        (lambda: Expectation("about", 1, None, None, WHY), "use one of"),
        (lambda: Expectation("at_least", None, 1.0, None, WHY), "takes low"),
        (lambda: Expectation.from_json({"kind": "at_least"}), "damaged"),
    ],
)
def test_a_bound_that_makes_no_sense_is_refused_in_one_line(make, message):
    with pytest.raises(ClaimError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "bound",
    [
        at_least(0, because=WHY),
        at_least(-1, because=WHY),
        between(-1, 1, because=WHY),
        between(0, 1, because=WHY),
        equals(0, because=WHY),
        equals(0.05, tolerance=0.1, because=WHY),
    ],
    ids=lambda bound: bound.text,
)
def test_a_bound_that_accepts_zero_is_refused(bound):
    with pytest.raises(ClaimError, match="accepts zero"):
        refuse_empty(bound, {"chance": 100.0})


def test_a_bound_that_accepts_a_null_value_is_refused_by_name():
    with pytest.raises(ClaimError, match=r"≥ 0\.5 accepts chance \(0\.500\)"):
        refuse_empty(at_least(0.5, because=WHY), {"nothing": 0.1, "chance": 0.5})
    with pytest.raises(ClaimError, match="accepts untrained"):
        refuse_empty(at_most(0.1, because=WHY), {"untrained": 0.02})


def test_at_most_needs_a_null_value():
    with pytest.raises(ClaimError, match="rejects nothing"):
        refuse_empty(at_most(0.1, because=WHY), {})
    assert refuse_empty(at_most(0.1, because=WHY), {"MLP gain": 1}) == {"MLP gain": 1.0}


@pytest.mark.parametrize("nulls", [{"chance": math.nan}, {"": 0.5}, {"chance": None}])
def test_a_null_value_is_a_named_finite_number(nulls):
    with pytest.raises(ClaimError):
        refuse_empty(at_least(0.9, because=WHY), nulls)


def test_expectation_by_profile():
    both = {"small": BOUNDS[0], "full": BOUNDS[1]}
    assert for_profile(both, "full") is BOUNDS[1]
    assert for_profile(BOUNDS[0], "full") is BOUNDS[0]
    with pytest.raises(ClaimError, match="no expectation for the full profile"):
        for_profile({"small": BOUNDS[0]}, "full")
    with pytest.raises(ClaimError, match="at_least"):
        for_profile(0.95, "small")
