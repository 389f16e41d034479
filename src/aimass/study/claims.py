"""The study's register of statements and claims, and the record of one claim."""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from aimass.errors import ChapterError, ClaimError
from aimass.study.expectation import Expectation
from aimass.study.measured import Measured

VERDICTS = ("supported", "refined", "refuted")
REPRODUCED, NOT_REPRODUCED = "reproduced", "not reproduced"

_CLAIM_ID = re.compile(r"^(?P<statement>\d+(?:\.\d+)*-[a-z])(?:\.[a-z0-9][a-z0-9_-]*)?$")


def nearest(wrong: str, known: Iterable[str]) -> str:
    """The hint ``; did you mean X?`` when one of ``known`` is close to ``wrong``, else nothing."""
    close = difflib.get_close_matches(str(wrong), list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else ""


def statement_id(claim_id: str) -> str:
    """The statement that a claim's id belongs to: ``2.1-b.xor`` to ``2.1-b``.

    Raises:
        ClaimError: when the id has not that form.
    """
    match = _CLAIM_ID.match(claim_id) if isinstance(claim_id, str) else None
    if match is None:
        raise ClaimError(
            f"claim id {claim_id!r}: write STATEMENT or STATEMENT.name in lower case, such as 2.1-b.xor"
        )
    return match["statement"]


@dataclass(frozen=True)
class Section:
    """A section of the study: its titles by language (``en``, ``zh``), its chapter, and whether that is still planned."""

    id: str
    title: Mapping[str, str]
    chapter: str
    planned: bool


@dataclass(frozen=True)
class Statement:
    """A statement of the whitepaper in our words by language, the prior, and the claims that test it."""

    id: str
    section: str
    statement: Mapping[str, str]
    prior: str
    claims: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """A claim that is known not to be reproduced in one profile, and why: a result that contradicts us, kept and explained."""

    claim: str
    profile: str
    why: str


@dataclass(frozen=True)
class Registry:
    """The register of ``claims.yml``: sections and statements, in reading order, and the known findings."""

    sections: tuple[Section, ...]
    statements: tuple[Statement, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def chapters(self) -> tuple[str, ...]:
        """The names of all chapters, planned ones included."""
        return tuple(section.chapter for section in self.sections)

    def section(self, id: str) -> Section:
        """The section of that number. Raises ``ChapterError`` with the near miss."""
        found = {section.id: section for section in self.sections}
        if id not in found:
            raise ChapterError(f"no section {id!r} in claims.yml{nearest(id, found)}")
        return found[id]

    def section_of(self, chapter: str) -> Section:
        """The section that a chapter covers. Raises ``ChapterError`` with the near miss."""
        found = {section.chapter: section for section in self.sections}
        if chapter not in found:
            hint = nearest(chapter, found) or f"; the chapters are {', '.join(found)}"
            raise ChapterError(f"no chapter {chapter!r} in the study{hint}")
        return found[chapter]

    def statement(self, id: str) -> Statement:
        """The statement of that id. Raises ``ClaimError`` with the near miss."""
        found = {statement.id: statement for statement in self.statements}
        if id not in found:
            raise ClaimError(f"no statement {id!r} in claims.yml{nearest(id, found)}")
        return found[id]

    def statements_of(self, chapter: str) -> tuple[Statement, ...]:
        """The statements that a chapter's section makes. Raises ``ChapterError`` for an unknown chapter."""
        section = self.section_of(chapter).id
        return tuple(statement for statement in self.statements if statement.section == section)

    def claims_of(self, chapter: str) -> tuple[str, ...]:
        """The ids of the claims that a chapter must make. Raises ``ChapterError`` for an unknown chapter."""
        return tuple(claim for statement in self.statements_of(chapter) for claim in statement.claims)

    def finding(self, claim_id: str, profile: str) -> Finding | None:
        """The known finding on a claim in a profile; None if it is expected to be reproduced."""
        found = (f for f in self.findings if (f.claim, f.profile) == (claim_id, profile))
        return next(found, None)

    def check(self, claim_id: str, chapter: str) -> Statement:
        """The statement behind a claim that ``chapter`` is about to make.

        Raises:
            ClaimError: when the id is malformed, not listed, or listed for another chapter.
        """
        statement = self.statement(statement_id(claim_id))
        if claim_id not in statement.claims:
            listed = [claim for each in self.statements for claim in each.claims]
            hint = nearest(claim_id, listed)
            raise ClaimError(
                f"claim {claim_id!r} is not listed under statement {statement.id} in claims.yml{hint}"
            )
        owner = self.section(statement.section).chapter
        if owner != chapter:
            raise ClaimError(f"claim {claim_id!r} belongs to chapter {owner}, not to {chapter}")
        return statement


def load_registry(path: Path | None = None) -> Registry:
    """The study's register.

    Args:
        path: a file of the same form, for tests; the package's own otherwise.

    Raises:
        ClaimError: when the file is not of that form: an id twice, a statement without its section, a claim under another
            statement than its id says.
    """
    return _packaged_registry() if path is None else _parse(path.read_text(encoding="utf-8"))


@cache
def _packaged_registry() -> Registry:
    return _parse(resources.files("aimass.study").joinpath("claims.yml").read_text(encoding="utf-8"))


def _parse(text: str) -> Registry:
    try:
        content = yaml.safe_load(text)
        sections = tuple(
            Section(str(each["id"]), _both(each["title"]), str(each["chapter"]), bool(each["planned"]))
            for each in content["sections"]
        )
        statements = tuple(
            Statement(
                str(each["id"]),
                str(each["section"]),
                _both(each["statement"]),
                str(each["prior"]),
                tuple(str(claim) for claim in each["claims"]),
            )
            for each in content["statements"]
        )
        findings = tuple(
            Finding(str(each["claim"]), str(each["profile"]), str(each["why"]).strip())
            for each in content.get("findings") or ()
        )
    except yaml.YAMLError as error:
        raise ClaimError(f"claims.yml is not YAML: {' '.join(str(error).split())}") from None
    except (KeyError, TypeError) as error:
        raise ClaimError(f"claims.yml: an entry lacks {error}") from None
    registry = Registry(sections, statements, findings)
    _check_form(registry)
    return registry


def _both(text: Mapping[str, str]) -> dict[str, str]:
    return {"en": str(text["en"]).strip(), "zh": str(text["zh"]).strip()}


def _check_form(registry: Registry) -> None:
    known = {section.id for section in registry.sections}
    claims = [claim for statement in registry.statements for claim in statement.claims]
    for what, ids in (
        ("section", [section.id for section in registry.sections]),
        ("chapter", [section.chapter for section in registry.sections]),
        ("statement", [statement.id for statement in registry.statements]),
        ("claim", claims),
    ):
        twice = sorted({each for each in ids if ids.count(each) > 1})
        if twice:
            raise ClaimError(f"claims.yml: {what} {twice[0]} is listed twice")
    for finding in registry.findings:
        if finding.claim not in claims or finding.profile not in ("small", "full") or not finding.why:
            raise ClaimError(
                f"claims.yml: the finding on {finding.claim} needs a listed claim, a profile (small or full) and why"
            )
    for statement in registry.statements:
        if statement.section not in known:
            raise ClaimError(
                f"claims.yml: statement {statement.id} names section {statement.section}, which is not listed"
            )
        for claim in statement.claims:
            if statement_id(claim) != statement.id:
                raise ClaimError(f"claims.yml: claim {claim} is listed under statement {statement.id}")


@dataclass(frozen=True)
class Claim:
    """One claim as made by a chapter: a statement, what was measured, what was expected, and what it says of the whitepaper.

    Attributes:
        id, statement_id: the claim's and its whitepaper statement's.
        statement: our claim, in words.
        measured, unit: the value with its spread, and its unit (may be empty).
        expect: the bound that held in this profile.
        rejects: the null values that the bound refuses, by name.
        verdict: what the whitepaper's statement is when this claim is reproduced: supported, refined or refuted.
        means: one sentence on that.
        signature: the recipe of the run, such as ``profile:small|seed:0|n:3|tf:2.21.0|...``.
    """

    chapter: str
    profile: str
    id: str
    statement_id: str
    statement: str
    measured: Measured
    unit: str
    expect: Expectation
    rejects: Mapping[str, float]
    verdict: str
    means: str
    signature: str

    def _ipython_display_(self) -> None:
        """Nothing: a cell that ends in a claim has shown its card when the claim was made."""

    @property
    def reproduced(self) -> bool:
        """Whether the measured value is within the bound."""
        return self.expect.accepts(self.measured.value)

    @property
    def outcome(self) -> str:
        """``"reproduced"`` or ``"not reproduced"``."""
        return REPRODUCED if self.reproduced else NOT_REPRODUCED

    def to_json(self) -> dict[str, Any]:
        """The record that the notebook keeps."""
        return {
            "chapter": self.chapter,
            "profile": self.profile,
            "id": self.id,
            "statement_id": self.statement_id,
            "statement": self.statement,
            "measured": self.measured.to_json(),
            "unit": self.unit,
            "expect": self.expect.to_json(),
            "rejects": dict(self.rejects),
            "outcome": self.outcome,
            "verdict": self.verdict,
            "means": self.means,
            "signature": self.signature,
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Claim":
        """The claim that :meth:`to_json` wrote; its outcome is judged anew.

        Raises:
            ClaimError: when a field is missing, or the recorded outcome is not what the bound says of the value.
        """
        plain = (
            "chapter",
            "profile",
            "id",
            "statement_id",
            "statement",
            "unit",
            "verdict",
            "means",
            "signature",
        )
        try:
            fields = {name: record[name] for name in plain}
            fields["measured"] = Measured.from_json(record["measured"])
            fields["expect"] = Expectation.from_json(record["expect"])
            fields["rejects"] = dict(record["rejects"])
            outcome = record["outcome"]
        except (KeyError, TypeError) as error:
            raise ClaimError(f"a claim without {error}: the record is damaged") from None
        claim = cls(**fields)
        if claim.outcome != outcome:
            raise ClaimError(
                f"claim {claim.id} is recorded as {outcome!r}, but its bound says {claim.outcome!r}"
            )
        return claim
