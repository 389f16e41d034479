import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimass.errors import ChapterError, ParameterError
from aimass.study.differences import (
    Tolerance,
    compare_csv,
    compare_intervals,
    compare_values,
    same_columns,
)

FIVE = Tolerance(0.05)
EXACT = Tolerance(0.0, 0.0)
NAN, INF = math.nan, math.inf

anything = st.one_of(st.none(), st.floats())
finite = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300)
tolerances = st.builds(Tolerance, st.floats(0, 0.99), st.floats(0, 1.0))


def agree(a, b, tolerance=FIVE):
    found = compare_values(a, b, tolerance).agree
    assert type(found) is bool  # not an object that is true because it exists
    return found


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (1.0, 1.0, True),
        (1.0, 1.05, True),
        (1.0, 1.06, False),
        (0.0, 0.0, True),
        (0.0, -0.0, True),
        (0.0, 0.001, False),
        (0.0, 1e-13, True),
        (0.5, -0.5, False),
        (1e-6, -1e-6, False),
        (NAN, NAN, True),
        (NAN, 1.0, False),
        (NAN, 0.0, False),
        (NAN, INF, False),
        (INF, INF, True),
        (INF, -INF, False),
        (INF, 1e308, False),
        (1e308, -1e308, False),
        (1e308, 0.99e308, True),
        (5e-324, 5e-324, True),
        (None, None, True),
        (None, 0.0, False),
        (None, NAN, False),
    ],
)
def test_values(a, b, expected):
    assert agree(a, b) is expected
    assert agree(b, a) is expected


def test_a_difference_has_no_truth_value():
    for found in (
        compare_values(1.0, 1.0, FIVE),
        compare_csv("a\n1\n", "a\n1\n", FIVE)[0],
    ):
        with pytest.raises(TypeError, match="agree"):
            bool(found)


def test_sizes_are_reported():
    found = compare_values(2.0, 1.0, FIVE)
    assert (found.absolute, found.relative) == (1.0, 0.5)
    assert compare_values(0.0, 3.0, FIVE).relative == 1.0
    assert compare_values(-3.0, 3.0, FIVE).relative == 2.0
    assert compare_values(NAN, 3.0, FIVE).absolute == INF
    assert compare_values(1e308, -1e308, FIVE).relative == 2.0


@pytest.mark.parametrize(
    "bad",
    [
        {"relative": 1.0},
        {"relative": -0.1},
        {"relative": NAN},
        {"absolute": NAN},
        {"absolute": INF},
        {"absolute": -1.0},
    ],
)
def test_a_tolerance_that_would_accept_anything_is_refused(bad):
    with pytest.raises(ParameterError):
        Tolerance(**bad)


@given(anything, anything, tolerances)
def test_symmetric(a, b, tolerance):
    one, two = compare_values(a, b, tolerance), compare_values(b, a, tolerance)
    assert (one.agree, one.absolute, one.relative, one.why) == (
        two.agree,
        two.absolute,
        two.relative,
        two.why,
    )


@given(anything, tolerances)
def test_reflexive(a, tolerance):
    found = compare_values(a, a, tolerance)
    assert found.agree
    assert found.absolute == 0.0


@given(finite, finite, st.floats(0, 1), tolerances)
def test_monotone_in_the_difference(a, b, share, tolerance):
    nearer = a + (b - a) * share
    if not min(a, b) <= nearer <= max(a, b):  # rounding
        return
    far, near = compare_values(a, b, tolerance), compare_values(a, nearer, tolerance)
    assert near.absolute <= far.absolute
    if far.agree and far.relative < tolerance.relative * (1 - 1e-12):
        assert near.agree


@given(finite, finite, st.floats(0, 0.5), st.floats(0, 0.49))
def test_a_wider_tolerance_never_turns_agreement_into_disagreement(a, b, relative, more):
    if compare_values(a, b, Tolerance(relative)).agree:
        assert compare_values(a, b, Tolerance(relative + more)).agree


@given(finite, finite)
def test_exact_tolerance_is_equality(a, b):
    assert compare_values(a, b, EXACT).agree is (a == b or abs(a - b) == 0)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((0.5, 0.4, 0.6), (0.55, 0.5, 0.6), True),
        ((0.5, 0.4, 0.6), (0.65, 0.6, 0.7), True),
        ((0.5, 0.4, 0.6), (0.65, 0.61, 0.7), False),
        ((0.5, 0.4, 0.6), (0.51, 0.51, 0.51), True),
        ((0.5, 0.4, 0.6), (0.61, 0.61, 0.61), False),
        ((0.5, 0.5, 0.5), (0.51, 0.51, 0.51), True),
        ((0.5, 0.5, 0.5), (0.6, 0.6, 0.6), False),
        ((0.5, 0.0, 1.0), (0.5, 0.49, 0.51), True),
        ((-0.5, -0.6, -0.4), (0.5, 0.4, 0.6), False),
        ((NAN, NAN, NAN), (NAN, NAN, NAN), True),
        ((0.5, NAN, 0.6), (0.9, 0.8, 1.0), False),
    ],
)
def test_intervals(a, b, expected):
    for x, y in ((a, b), (b, a)):
        assert compare_intervals(x[0], x[1:], y[0], y[1:], FIVE).agree is expected


def test_an_interval_upside_down_is_refused():
    with pytest.raises(ChapterError, match="lower end"):
        compare_intervals(0.5, (0.6, 0.4), 0.5, (0.4, 0.6), FIVE)


intervals = st.tuples(finite, finite, finite).map(sorted).map(lambda three: (three[1], (three[0], three[2])))


@given(intervals, intervals)
def test_intervals_symmetric_and_reflexive(a, b):
    assert compare_intervals(*a, *b, FIVE).agree is compare_intervals(*b, *a, FIVE).agree
    assert compare_intervals(*a, *a, FIVE).agree


@given(intervals, intervals, st.floats(0, 1e6))
def test_a_wider_interval_never_turns_overlap_into_disagreement(a, b, more):
    (value, (low, high)) = a
    if low < high and compare_intervals(*a, *b, FIVE).agree:
        assert compare_intervals(value, (low - more, high + more), *b, FIVE).agree


def columns(a, b, tolerance=FIVE):
    return {column.column: column for column in compare_csv(a, b, tolerance)}


def test_csv_column_by_column():
    found = columns("step,loss,kind\n1,0.50,ours\n2,0.2,ours\n", "step,loss,kind\n1,0.51,ours\n2,0.3,base\n")
    assert found["step"].agree
    assert not found["loss"].agree
    assert found["loss"].absolute == pytest.approx(0.1)
    assert found["loss"].relative == pytest.approx(1 / 3)
    assert not found["kind"].agree
    assert "1 of 2 texts" in found["kind"].why


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("x\n1\n2\n", "x\n1\n2\n", True),
        ("x\n1\n2\n", "x\n1.0\n2.00\n", True),
        ("x\n1\n2\n", "x\n1\n", False),
        ("x\n1\n", "y\n1\n", False),
        ("x,y\n1,2\n", "y,x\n2,1\n", True),
        ("x,y\n1,2\n", "x\n1\n", False),
        ("x\nnan\n", "x\nnan\n", True),
        ("x\nnan\n", "x\n1\n", False),
        ("x,y\n,1\n", "x,y\n,1\n", True),
        ("x,y\n,1\n", "x,y\n0,1\n", False),
        ("x\n-1\n", "x\n1\n", False),
        ("x\n0\n", "x\n0.01\n", False),
        ("x\ninf\n", "x\ninf\n", True),
        ("x\ninf\n", "x\n-inf\n", False),
        ("x\n1\n", "x\none\n", False),
        ("x\n", "x\n", True),
        ('x\n"a,b"\n', 'x\n"a,b"\n', True),
    ],
)
def test_csv(a, b, expected):
    for x, y in ((a, b), (b, a)):
        assert all(column.agree for column in compare_csv(x, y, FIVE)) is expected
    assert same_columns(a, b) is (set(a.splitlines()[0].split(",")) == set(b.splitlines()[0].split(",")))


@pytest.mark.parametrize("bad", ["", "a,a\n1,2\n", "a,b\n1\n"])
def test_what_is_no_table_is_refused(bad):
    with pytest.raises(ChapterError):
        compare_csv(bad, bad, FIVE)


@given(st.lists(st.floats(), min_size=1, max_size=8))
def test_a_table_agrees_with_itself(values):
    text = "v\n" + "".join(f"{value!r}\n" for value in values)
    assert all(column.agree for column in compare_csv(text, text, EXACT))


@given(st.lists(finite, min_size=1, max_size=8), st.integers(0, 7))
def test_one_changed_cell_is_seen(values, place):
    place %= len(values)
    changed = list(values)
    changed[place] = values[place] * 2 + 1
    if changed[place] == values[place]:
        return
    one, two = ("v\n" + "".join(f"{value!r}\n" for value in column) for column in (values, changed))
    assert not compare_csv(one, two, EXACT)[0].agree
