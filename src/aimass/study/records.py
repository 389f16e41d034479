"""The typed entries of a ledger, and the strict reading of each from a notebook's or a ledger's JSON.

Reading is strict: a missing key, a wrong type or an unknown outcome is an error with one clear line, never a default. Numbers
that are not finite are written as the strings "nan", "inf" and "-inf", so that a ledger is JSON for every reader.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aimass.errors import ChapterError, ClaimError

from .claims import VERDICTS, Claim

T = TypeVar("T")


@dataclass(frozen=True)
class NumberRecord:
    """A number for the prose: its value, the text that stands on the page, its unit."""

    value: float
    text: str
    unit: str = ""

    def to_json(self) -> dict[str, Any]:
        """The number without its name, which is its key in the ledger."""
        return {"value": number_out(self.value), "text": self.text, "unit": self.unit}


@dataclass(frozen=True)
class FigureRecord:
    """A figure: what it shows in words, its caption, the CSV text of the data behind it, and the SHA-256 of that text."""

    alt: str
    caption: str
    csv: str
    sha256: str

    def to_json(self) -> dict[str, Any]:
        """The figure without its name, which is its key in the ledger."""
        return {"alt": self.alt, "caption": self.caption, "csv": self.csv, "sha256": self.sha256}


@dataclass(frozen=True)
class TableRecord:
    """A table: its caption and its CSV text."""

    caption: str
    csv: str

    def to_json(self) -> dict[str, Any]:
        """The table without its name, which is its key in the ledger."""
        return {"caption": self.caption, "csv": self.csv}


@dataclass(frozen=True)
class ChapterEntry:
    """All that one executed chapter left. `provenance` and `fingerprint` are kept as they were found."""

    name: str
    profile: str
    provenance: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: Mapping[str, Any] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    numbers: Mapping[str, NumberRecord] = field(default_factory=dict)
    figures: Mapping[str, FigureRecord] = field(default_factory=dict)
    tables: Mapping[str, TableRecord] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The entry without its name, which is its key in the ledger."""
        return {
            "profile": self.profile,
            "provenance": dict(self.provenance),
            "fingerprint": dict(self.fingerprint),
            "claims": [claim.to_json() for claim in sorted(self.claims, key=lambda claim: claim.id)],
            "numbers": {name: record.to_json() for name, record in self.numbers.items()},
            "figures": {name: record.to_json() for name, record in self.figures.items()},
            "tables": {name: record.to_json() for name, record in self.tables.items()},
        }


class Fields:
    """Strict access to one JSON object; `where` opens every error message."""

    def __init__(self, content: Any, where: str):
        if not isinstance(content, Mapping):
            raise ChapterError(f"{where}: damaged record: not a mapping; run the chapter again")
        self._content, self.where = content, where

    def text(self, key: str) -> str:
        """A string."""
        value = self._get(key)
        return value if isinstance(value, str) else self._refuse(key, value, "a text")

    def one_of(self, key: str, allowed: tuple[str, ...]) -> str:
        """A string out of `allowed`."""
        value = self._get(key)
        return value if value in allowed else self._refuse(key, value, "one of " + ", ".join(allowed))

    def number(self, key: str) -> float:
        """A number; "nan", "inf" and "-inf" are read as what they say."""
        value = self._get(key)
        number = number_in(value)
        return number if number is not None else self._refuse(key, value, "a number")

    def mapping(self, key: str) -> Mapping[str, Any]:
        """A mapping."""
        value = self._get(key)
        return value if isinstance(value, Mapping) else self._refuse(key, value, "a mapping")

    def named(self, key: str, read: Callable[[Fields], T]) -> dict[str, T]:
        """A mapping whose values are read by `read`, sorted by name."""
        return {
            name: read(Fields(v, f"{self.where}: {key} {name}"))
            for name, v in sorted(self.mapping(key).items())
        }

    def build(self, build: Callable[[Mapping[str, Any]], T]) -> T:
        """The object that `build` makes of this JSON; its refusal becomes the error of a damaged record."""
        try:
            return build(self._content)
        except (ClaimError, TypeError, ValueError) as error:
            raise ChapterError(f"{self.where}: damaged record: {error}; run the chapter again") from None

    def inner(self, key: str) -> Fields:
        """A nested object."""
        return Fields(self.mapping(key), f"{self.where}: {key}")

    def _get(self, key: str) -> Any:
        if key not in self._content:
            raise ChapterError(f"{self.where}: damaged record: {key!r} is missing; run the chapter again")
        return self._content[key]

    def _refuse(self, key: str, value: Any, wanted: str) -> Any:
        shown = repr(value)[:60]
        raise ChapterError(
            f"{self.where}: damaged record: {key!r} is {shown}, not {wanted}; run the chapter again"
        )


def read_claim(content: Any, where: str) -> Claim:
    """A claim from its JSON; `where` names the notebook and cell, or the ledger, for the error message.

    Raises:
        ChapterError: if a field is missing or makes no sense, or the stored outcome contradicts the stored value and bound.
    """
    claim_id = Fields(content, where).text("id")
    fields = Fields(content, f"{where}: claim {claim_id}")
    for key in ("chapter", "profile", "statement_id", "statement", "unit", "means", "signature"):
        fields.text(key)
    fields.one_of("verdict", VERDICTS)
    rejects = fields.inner("rejects")
    for name in fields.mapping("rejects"):
        rejects.number(name)
    for key in ("measured", "expect"):
        fields.mapping(key)
    return fields.build(Claim.from_json)


def read_number(fields: Fields) -> NumberRecord:
    """A number from its JSON."""
    return NumberRecord(fields.number("value"), fields.text("text"), fields.text("unit"))


def read_figure(fields: Fields) -> FigureRecord:
    """A figure from its JSON."""
    return FigureRecord(fields.text("alt"), fields.text("caption"), fields.text("csv"), fields.text("sha256"))


def read_table(fields: Fields) -> TableRecord:
    """A table from its JSON."""
    return TableRecord(fields.text("caption"), fields.text("csv"))


def number_in(value: Any) -> float | None:
    """`value` as a float, or None where it is no number (booleans are none)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, str) and value.lower().lstrip("+-") in ("nan", "inf", "infinity"):
        return float(value)
    return None


def number_out(value: float | None) -> float | str | None:
    """`value` for JSON: null stays null, what is not finite becomes its name."""
    if value is None or math.isfinite(value):
        return value
    return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
