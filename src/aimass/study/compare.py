"""Two runs side by side: claim by claim whether they agree, how far numbers and figures' data are apart, and the likely cause.

A claim agrees when both runs have the same outcome under its own bound, give the whitepaper's statement the same verdict, and
their intervals overlap (single runs: within the tolerance). Runs of different profiles did different experiments: of them only
outcome and verdict are compared, and the result says so. Numbers, figures and tables are compared and shown; what is missing on
one side, or has other columns, is a disagreement, while values that moved are one only under `strict`, as a chapter
may well print a duration.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .causes import Cause, causes, likely_cause, unrecorded
from .check import contradictions
from .claims import Claim
from .differences import (
    ColumnDifference,
    Difference,
    Tolerance,
    compare_csv,
    compare_intervals,
    compare_values,
    same_columns,
)
from .records import ChapterEntry, NumberRecord
from .sources import Source


@dataclass(frozen=True)
class ClaimComparison:
    """One claim in two runs.

    Attributes:
        id, chapter: the claim's and its chapter's.
        a, b: the claim as each run made it; None where it did not.
        same_outcome: whether both are reproduced or both are not.
        interval: the difference of the values by their intervals; None where the profiles differ or a side is missing.
        agree: the judgement.
        why: the reason in a few words.
        cause: the likely cause of a disagreement (one of :data:`aimass.study.causes.CAUSES`); "" where they agree.
    """

    id: str
    chapter: str
    a: Claim | None
    b: Claim | None
    same_outcome: bool
    interval: Difference | None
    agree: bool
    why: str
    cause: str


@dataclass(frozen=True)
class ItemComparison:
    """A number, figure or table in two runs.

    Attributes:
        kind: `number`, `figure` or `table`.
        agree: whether all its values agree within the tolerance.
        sound: False when it is missing on one side or has other columns: no moved value, another thing.
        absolute, relative: the largest differences over all its values.
        why: the reason in a few words.
        columns: for figures and tables, column by column.
    """

    kind: str
    name: str
    chapter: str
    agree: bool
    sound: bool
    absolute: float
    relative: float
    why: str
    columns: tuple[ColumnDifference, ...] = ()


@dataclass(frozen=True)
class ChapterComparison:
    """One chapter in two runs: claims, other items, what differs in provenance, and what could not be compared of it."""

    name: str
    same_profile: bool
    claims: tuple[ClaimComparison, ...]
    items: tuple[ItemComparison, ...]
    causes: tuple[Cause, ...]
    unrecorded: tuple[str, ...]


@dataclass(frozen=True)
class RunComparison:
    """Two runs side by side; `damaged` and `notes` are lines for the user, `strict` makes moved values count."""

    label_a: str
    label_b: str
    chapters: tuple[ChapterComparison, ...]
    damaged: tuple[str, ...]
    notes: tuple[str, ...]
    strict: bool

    @property
    def claims(self) -> tuple[ClaimComparison, ...]:
        """All claims of all common chapters."""
        return tuple(claim for chapter in self.chapters for claim in chapter.claims)

    @property
    def items(self) -> tuple[ItemComparison, ...]:
        """All numbers, figures and tables of all common chapters."""
        return tuple(item for chapter in self.chapters for item in chapter.items)

    @property
    def agree(self) -> bool:
        """Whether the runs agree: every claim does, and no item disagrees in a way that counts."""
        return all(claim.agree for claim in self.claims) and all(
            item.sound and (item.agree or not self.strict) for item in self.items
        )

    @property
    def exit_code(self) -> int:
        """0: they agree; 1: they disagree; 2: a run is damaged, or the two have no claim in common."""
        if self.damaged:
            return 2
        return 0 if self.agree else 1

    def lines(self) -> list[str]:
        """The findings as plain lines, a summary as the last."""
        lines = list(self.damaged)
        for chapter in self.chapters:
            lines += [describe_claim(claim) for claim in chapter.claims]
            lines += [describe_item(item) for item in chapter.items if not item.agree]
            lines += [f"{chapter.name}: differs: {cause.text}" for cause in chapter.causes]
            if chapter.unrecorded:
                lines.append(f"{chapter.name}: not recorded on both sides: {', '.join(chapter.unrecorded)}")
        return [*lines, *(f"note: {note}" for note in self.notes), self.summary()]

    def summary(self) -> str:
        """One line: how many claims and other items agree."""
        claims, items = self.claims, self.items
        text = f"{self.label_a} against {self.label_b}: {sum(claim.agree for claim in claims)} of {len(claims)} claims agree"
        if items:
            text += f", {sum(item.agree for item in items)} of {len(items)} numbers, figures and tables"
        return text


def compare(a: Source, b: Source, tolerance: Tolerance | None = None, strict: bool = False) -> RunComparison:
    """Compare two runs.

    Args:
        a, b: the runs, from :func:`aimass.study.sources.open_source`.
        tolerance: for values without spread, numbers, and figures' data; 5 % by default.
        strict: whether a number or a figure's value beyond the tolerance is a disagreement of the runs.

    Raises:
        ChapterError: if a figure's or table's data is no table.
    """
    tolerance = tolerance or Tolerance()
    damaged = [*a.damaged, *b.damaged, *_own_contradictions(a), *_own_contradictions(b)]
    common = [name for name in a.ledger.chapters if name in b.ledger.chapters]
    chapters = tuple(
        _compare_chapters(a.ledger.chapters[name], b.ledger.chapters[name], tolerance) for name in common
    )
    if not any(
        claim.a is not None and claim.b is not None for chapter in chapters for claim in chapter.claims
    ):
        damaged.append(f"{a.label} and {b.label} have no claim in common: there is nothing to compare")
    notes = [*_one_sided(a, b), *_one_sided(b, a)]
    for source in (a, b):
        if len(source.ledger.profiles) > 1:
            notes.append(f"{source.label} mixes profiles: {', '.join(source.ledger.profiles)}")
    apart = [chapter.name for chapter in chapters if not chapter.same_profile]
    if apart:
        notes.append(f"different profiles, so only outcomes and verdicts are compared: {', '.join(apart)}")
    return RunComparison(a.label, b.label, chapters, tuple(damaged), tuple(notes), strict)


def describe_claim(claim: ClaimComparison) -> str:
    """One line on a claim: both values with spread, agreement, the likely cause."""
    word = "agree" if claim.agree else "DISAGREE"
    text = f"{claim.id}: {word}: {_side(claim.a)} against {_side(claim.b)}: {claim.why}"
    return text + (f"; likely cause: {claim.cause}" if claim.cause else "")


def describe_item(item: ItemComparison) -> str:
    """One line on a number, figure or table."""
    text = f"{item.chapter}: {item.kind} {item.name}: {item.why}"
    if item.sound:
        text += f" (largest difference {item.absolute:.3g}, relative {item.relative:.3g})"
    return text


def _side(claim: Claim | None) -> str:
    """A claim's value and outcome in one run."""
    return "missing" if claim is None else f"{claim.measured.text(claim.unit)}, {claim.outcome}"


def _compare_chapters(a: ChapterEntry, b: ChapterEntry, tolerance: Tolerance) -> ChapterComparison:
    """Compare one chapter of two runs."""
    same_profile = a.profile == b.profile
    found = causes(a, b)
    left, right = ({claim.id: claim for claim in entry.claims} for entry in (a, b))
    claims = tuple(
        _compare_claims(left.get(id), right.get(id), same_profile, likely_cause(found), tolerance)
        for id in sorted({*left, *right})
    )
    items: tuple[ItemComparison, ...] = ()
    if same_profile:
        items = (
            *_items("number", a.name, _unclaimed(a), _unclaimed(b), lambda x, y: _number(x, y, tolerance)),
            *_items("figure", a.name, a.figures, b.figures, lambda x, y: _data(x.csv, y.csv, tolerance)),
            *_items("table", a.name, a.tables, b.tables, lambda x, y: _data(x.csv, y.csv, tolerance)),
        )
    return ChapterComparison(a.name, same_profile, claims, items, tuple(found), tuple(unrecorded(a, b)))


def _compare_claims(
    a: Claim | None, b: Claim | None, same_profile: bool, cause: str, tolerance: Tolerance
) -> ClaimComparison:
    """Compare one claim of two runs, at least one of which made it."""
    some = a or b
    if some is None:
        raise ValueError("a claim that neither run made can't be compared")
    if a is None or b is None:
        return ClaimComparison(some.id, some.chapter, a, b, False, None, False, "missing on one side", cause)
    same_outcome, same_verdict = a.outcome == b.outcome, a.verdict == b.verdict
    interval = None
    if same_profile:
        ends = ((claim.measured.low, claim.measured.high) for claim in (a, b))
        interval = compare_intervals(a.measured.value, next(ends), b.measured.value, next(ends), tolerance)
    agree = same_outcome and same_verdict and (interval is None or interval.agree)
    reasons = ["the same outcome" if same_outcome else f"{a.outcome} against {b.outcome}"]
    if not same_verdict:
        reasons.append(f"verdict {a.verdict} against {b.verdict}")
    if a.expect != b.expect and same_profile:
        reasons.append(f"its bound changed: {a.expect.text} against {b.expect.text}")
    if a.unit != b.unit:
        agree = False
        reasons.append(f"unit {a.unit or 'none'} against {b.unit or 'none'}")
    reasons.append(interval.why if interval is not None else "different profiles: values are not compared")
    return ClaimComparison(
        a.id, a.chapter, a, b, same_outcome, interval, agree, ", ".join(reasons), "" if agree else cause
    )


def _items(
    kind: str,
    chapter: str,
    a: Mapping[str, Any],
    b: Mapping[str, Any],
    judge: Callable[[Any, Any], tuple[bool, bool, float, float, str, tuple[ColumnDifference, ...]]],
) -> Iterable[ItemComparison]:
    """Compare all items of one kind by their names."""
    for name in sorted({*a, *b}):
        if name in a and name in b:
            yield ItemComparison(kind, name, chapter, *judge(a[name], b[name]))
        else:
            inf = float("inf")
            yield ItemComparison(kind, name, chapter, False, False, inf, inf, "missing on one side")


def _unclaimed(entry: ChapterEntry) -> dict[str, NumberRecord]:
    """The numbers that are no claim's value (each claim leaves its value as a number, too, for the prose)."""
    claims = {claim.id for claim in entry.claims}
    return {name: number for name, number in entry.numbers.items() if name not in claims}


def _number(
    a: NumberRecord, b: NumberRecord, tolerance: Tolerance
) -> tuple[bool, bool, float, float, str, tuple[ColumnDifference, ...]]:
    """Judge two numbers: agree, sound, absolute, relative, why, no columns."""
    found = compare_values(a.value, b.value, tolerance)
    sound = a.unit == b.unit
    why = (
        f"{a.text} against {b.text}: {found.why}"
        if sound
        else f"unit {a.unit or 'none'} against {b.unit or 'none'}"
    )
    return found.agree and sound, sound, found.absolute, found.relative, why, ()


def _data(
    a: str, b: str, tolerance: Tolerance
) -> tuple[bool, bool, float, float, str, tuple[ColumnDifference, ...]]:
    """Judge two CSV texts: agree, sound, absolute, relative, why, columns."""
    columns = compare_csv(a, b, tolerance)
    wrong = [column for column in columns if not column.agree]
    why = "; ".join(f"column {column.column}: {column.why}" for column in wrong) or "within tolerance"
    absolute = max((column.absolute for column in columns), default=0.0)
    relative = max((column.relative for column in columns), default=0.0)
    return not wrong, same_columns(a, b), absolute, relative, why, columns


def _own_contradictions(source: Source) -> Iterable[str]:
    """What makes a run unfit to be compared: chapters that contradict themselves, claims made twice."""
    for entry in source.ledger.chapters.values():
        for why in contradictions(entry):
            yield f"{source.label}: chapter {entry.name}: damaged: {why}"
        for claim, times in Counter(claim.id for claim in entry.claims).items():
            if times > 1:
                yield f"{source.label}: chapter {entry.name}: damaged: it makes claim {claim} {times} times"


def _one_sided(a: Source, b: Source) -> Iterable[str]:
    """A note on the chapters that `a` has and `b` lacks."""
    only = [name for name in a.ledger.chapters if name not in b.ledger.chapters]
    if only:
        yield f"only in {a.label}, so not compared: {', '.join(only)}"
