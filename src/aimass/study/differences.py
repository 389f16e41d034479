"""How two numbers, two intervals and two tables of numbers differ, and whether they agree.

Agreement is always a plain bool in the field `agree`; a :class:`Difference` itself has no truth value and raises when it is asked
for one, so that a comparison can't be "true" because an object is. All comparisons are symmetric, a value agrees with itself
(NaN included), and what agrees still agrees when the difference gets smaller.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

from aimass.errors import ChapterError, ParameterError

ROUNDING = 1e-9
"""The relative difference that floating-point arithmetic may cause in itself."""


@dataclass(frozen=True)
class Tolerance:
    """How far two numbers may be apart: `relative` to the larger of the two in size, or `absolute`, whichever allows more.

    Raises:
        ParameterError: unless `relative` is from 0 to below 1 and `absolute` is 0 or more and finite.
    """

    relative: float = 0.05
    absolute: float = 1e-12

    def __post_init__(self) -> None:
        if not 0 <= self.relative < 1:
            raise ParameterError(
                f"a relative tolerance is from 0 to below 1 (0.05 is five per cent), got {self.relative}"
            )
        if self.absolute < 0 or not math.isfinite(self.absolute):
            raise ParameterError(f"an absolute tolerance is finite and not negative, got {self.absolute}")


@dataclass(frozen=True)
class Difference:
    """How two things differ.

    Attributes:
        agree: whether they agree within the tolerance. Ask for this; the object has no truth value.
        absolute: the size of the difference; infinite where only one side has a finite value.
        relative: the same, divided by the larger of the two sizes: 0 for equal values, 1 against zero, 2 for a mere change of sign.
        why: the reason in a few words.
    """

    agree: bool
    absolute: float
    relative: float
    why: str

    def __bool__(self) -> bool:
        raise TypeError("a Difference has no truth value: ask for its field `agree`")


@dataclass(frozen=True)
class ColumnDifference:
    """How one column of two tables differs: `absolute` and `relative` are the largest over its rows (0 for texts)."""

    column: str
    agree: bool
    absolute: float
    relative: float
    why: str

    def __bool__(self) -> bool:
        raise TypeError("a ColumnDifference has no truth value: ask for its field `agree`")


def compare_values(a: float | None, b: float | None, tolerance: Tolerance) -> Difference:
    """Compare two numbers; None stands for a value that is missing.

    NaN agrees with NaN only, an infinity with the same infinity only, a missing value with a missing value only.
    """
    if a is None or b is None:
        both = a is None and b is None
        return _exact(both, "missing on both sides" if both else "missing on one side")
    if math.isnan(a) or math.isnan(b):
        both = math.isnan(a) and math.isnan(b)
        return _exact(both, "not a number on both sides" if both else "not a number on one side")
    if math.isinf(a) or math.isinf(b):
        return _exact(
            a == b, "infinite on both sides" if a == b else "infinite on one side, or of opposite sign"
        )
    absolute = abs(a - b)
    size = max(abs(a), abs(b))
    relative = abs(a / size - b / size) if size else 0.0
    agree = absolute <= tolerance.absolute or relative <= tolerance.relative
    return Difference(agree, absolute, relative, "within tolerance" if agree else "beyond tolerance")


def compare_intervals(
    a: float, a_ends: tuple[float, float], b: float, b_ends: tuple[float, float], tolerance: Tolerance
) -> Difference:
    """Compare two measured values by their intervals.

    They agree when the intervals overlap (up to rounding). Where neither has any width, there is no spread to judge by: then
    the values must agree within `tolerance`.

    Args:
        a, b: the values, whose difference is returned.
        a_ends, b_ends: the ends of their intervals, the lower first.
        tolerance: for two values without spread.
    """
    values = compare_values(a, b, tolerance)
    ends = (*a_ends, *b_ends)
    if not all(math.isfinite(end) for end in (a, b, *ends)):
        return values
    if a_ends[0] > a_ends[1] or b_ends[0] > b_ends[1]:
        raise ChapterError(
            f"an interval's lower end lies above its upper one: {a_ends}, {b_ends}; run the chapter again"
        )
    if a_ends[0] == a_ends[1] and b_ends[0] == b_ends[1]:
        why = f"no spread on either side: {values.why} ({tolerance.relative:.3g} relative)"
        return Difference(values.agree, values.absolute, values.relative, why)
    gap_from, gap_to = min(a_ends[1], b_ends[1]), max(a_ends[0], b_ends[0])
    touching = compare_values(gap_from, gap_to, Tolerance(ROUNDING)).agree
    overlap = gap_to <= gap_from or touching
    why = "the intervals overlap" if overlap else "the intervals do not overlap"
    return Difference(overlap, values.absolute, values.relative, why)


def compare_csv(a: str, b: str, tolerance: Tolerance) -> tuple[ColumnDifference, ...]:
    """Compare two tables given as CSV texts, column by column.

    A column is numeric when each of its cells on both sides is a number or empty (missing); others are compared as texts.
    Columns are matched by name, rows by position; a column of one side only, or another number of rows, does not agree.

    Raises:
        ChapterError: if a text is no table: no header, a name used twice, a row of another length.
    """
    left, right = _columns(a), _columns(b)
    found = []
    for name in [*left, *(name for name in right if name not in left)]:
        if name not in left or name not in right:
            found.append(ColumnDifference(name, False, math.inf, math.inf, "a column of one side only"))
        elif len(left[name]) != len(right[name]):
            why = f"{len(left[name])} rows against {len(right[name])}"
            found.append(ColumnDifference(name, False, math.inf, math.inf, why))
        else:
            found.append(_compare_column(name, left[name], right[name], tolerance))
    return tuple(found)


def same_columns(a: str, b: str) -> bool:
    """Whether two CSV texts have the same columns, in whatever order; raises as :func:`compare_csv`."""
    return set(_columns(a)) == set(_columns(b))


def _exact(agree: bool, why: str) -> Difference:
    """A difference that no tolerance has a part in."""
    return Difference(agree, 0.0, 0.0, why) if agree else Difference(agree, math.inf, math.inf, why)


def _compare_column(name: str, a: Sequence[str], b: Sequence[str], tolerance: Tolerance) -> ColumnDifference:
    """Compare two columns of equal length."""
    try:
        pairs = [(_number(x), _number(y)) for x, y in zip(a, b, strict=True)]
    except ValueError:
        changed = sum(x != y for x, y in zip(a, b, strict=True))
        why = f"{changed} of {len(a)} texts differ" if changed else "the same texts"
        return ColumnDifference(name, changed == 0, 0.0, 0.0, why)
    cells = [compare_values(x, y, tolerance) for x, y in pairs]
    wrong = [cell for cell in cells if not cell.agree]
    why = f"{len(wrong)} of {len(cells)} values differ: {wrong[0].why}" if wrong else "within tolerance"
    absolute = max((cell.absolute for cell in cells), default=0.0)
    relative = max((cell.relative for cell in cells), default=0.0)
    return ColumnDifference(name, not wrong, absolute, relative, why)


def _number(cell: str) -> float | None:
    """A cell's number, None for an empty one; ValueError for a text."""
    return float(cell) if cell.strip() else None


def _columns(text: str) -> dict[str, list[str]]:
    """The columns of a CSV text, by name."""
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    if not rows:
        raise ChapterError("a figure's or table's data is empty: not even a header; run the chapter again")
    header, *body = rows
    if len(set(header)) != len(header):
        raise ChapterError(
            f"a figure's or table's data names a column twice: {', '.join(header)}; rename one of them"
        )
    if any(len(row) != len(header) for row in body):
        raise ChapterError("a figure's or table's data has rows of different lengths; run the chapter again")
    return {name: [row[place] for row in body] for place, name in enumerate(header)}
