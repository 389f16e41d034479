"""The check of a run: is every claim of it reproduced, is none missing, and does every notebook agree with its own numbers?

Nothing stored is taken on trust: each claim's bound is applied again to the stored value (when the ledger is collected) and to
the values that it must refuse, and each figure's checksum is computed again from its data. A notebook that contradicts itself
counts as damaged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from aimass.errors import ClaimError

from .claims import Claim, Registry
from .expectation import refuse_empty
from .ledger import Ledger, Problem, audit
from .records import ChapterEntry
from .sources import Source

PROVENANCE = ("seed", "versions", "device", "threads", "seconds")


@dataclass(frozen=True)
class CheckReport:
    """The result of a check.

    Attributes:
        label: the run's name, as the user gave it.
        ledger: all sound chapters.
        not_reproduced: the claims whose bound did not hold, the known findings apart.
        problems: claims that are dropped, duplicated, unlisted, misplaced or contradictory, and chapters of a wrong profile.
        damaged: one line for each notebook that is missing, damaged or contradicts itself.
        notes: what a reader should know and that is no failure.
    """

    label: str
    ledger: Ledger
    not_reproduced: tuple[Claim, ...]
    problems: tuple[Problem, ...]
    damaged: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """0: all reproduced, or not reproduced as is known and explained; 1: a claim is not, or is missing or out of place; 2: a notebook is damaged or missing."""
        if self.damaged:
            return 2
        return 1 if self.not_reproduced or self.problems else 0

    def lines(self) -> list[str]:
        """The findings as plain lines, the gravest first, and a summary as the last."""
        lines = list(self.damaged)
        lines += [describe_failure(claim) for claim in self.not_reproduced]
        lines += [problem.message for problem in self.problems]
        lines += [f"note: {note}" for note in self.notes]
        return [*lines, self.summary()]

    def summary(self) -> str:
        """One line: how many claims of how many chapters are reproduced, and what is not in order."""
        claims = self.ledger.claims
        good = sum(claim.reproduced for claim in claims)
        chapters = len(self.ledger.chapters)
        text = f"{self.label}: {good} of {len(claims)} claims reproduced in {chapters} chapters"
        if self.problems:
            text += f", {len(self.problems)} out of order"
        if self.damaged:
            text += f", {len(self.damaged)} notebooks damaged or missing"
        return text


def check(source: Source, registry: Registry) -> CheckReport:
    """Check one run against the study's list of claims and against itself."""
    ledger = source.ledger
    damaged = list(source.damaged)
    for entry in ledger.chapters.values():
        damaged += [f"{source.label}: chapter {entry.name}: damaged: {why}" for why in contradictions(entry)]
    if not ledger.chapters and not damaged:
        damaged.append(f"{source.label}: it holds no chapter; run the chapters first (`aimass run`)")
    problems = audit(ledger, registry) + _wrong_profiles(ledger, source)
    notes = []
    if len(ledger.profiles) > 1:
        told = "; ".join(
            f"{profile}: {', '.join(_of_profile(ledger, profile))}" for profile in ledger.profiles
        )
        notes.append(f"this run mixes profiles ({told})")
    failed = []
    for claim in ledger.claims:
        known = registry.finding(claim.id, claim.profile)
        if known and claim.reproduced:
            text = f"claim {claim.id} is reproduced, but claims.yml lists it as a finding; take it out there and in the chapter"
            problems.append(Problem("finding", claim.chapter, claim.id, text))
        elif known:
            notes.append(f"{describe_failure(claim)}: a known finding: {known.why}")
        elif not claim.reproduced:
            failed.append(claim)
    return CheckReport(source.label, ledger, tuple(failed), tuple(problems), tuple(damaged), tuple(notes))


def contradictions(entry: ChapterEntry) -> Iterable[str]:
    """What a chapter's record says against itself, one text each."""
    for claim in entry.claims:
        try:
            refuse_empty(claim.expect, claim.rejects)
        except ClaimError as error:
            yield f"claim {claim.id}: {error}"
    for name, figure in entry.figures.items():
        if hashlib.sha256(figure.csv.encode("utf-8")).hexdigest() != figure.sha256:
            yield f"the checksum of figure {name} does not fit its data"
    missing = [key for key in PROVENANCE if key not in entry.provenance]
    if len(missing) == len(PROVENANCE):
        yield "it carries no provenance (`chapter.cost()` leaves it)"
    elif missing:
        yield f"its provenance lacks {', '.join(missing)}"


def describe_failure(claim: Claim) -> str:
    """One line on a claim that is not reproduced: value, bound, chapter."""
    return (
        f"claim {claim.id} is not reproduced: {claim.measured.text(claim.unit)} against {claim.expect.text} "
        f"(chapter {claim.chapter}, profile {claim.profile})"
    )


def _wrong_profiles(ledger: Ledger, source: Source) -> list[Problem]:
    """Chapters whose profile is not the one that the place they were found in stands for."""
    wanted = source.required_profile
    return [
        Problem(
            "profile",
            entry.name,
            "",
            f"chapter {entry.name} in {source.label} is of profile {entry.profile}, not {wanted}",
        )
        for entry in ledger.chapters.values()
        if wanted is not None and entry.profile != wanted
    ]


def _of_profile(ledger: Ledger, profile: str) -> list[str]:
    return [entry.name for entry in ledger.chapters.values() if entry.profile == profile]
