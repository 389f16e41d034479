"""Expectations: bounds on a measured value, fixed before the run, each with the reason for it.

A bound is only worth something when it could have failed. :func:`refuse_empty` refuses one that would accept zero (nothing
happened) or any of the null values a claim names, such as chance level or the baseline.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from aimass.errors import ClaimError
from aimass.study.measured import finite, number_text

KINDS = ("at_least", "at_most", "between", "equals")


@dataclass(frozen=True)
class Expectation:
    """A bound on a measured value. Made by :func:`at_least`, :func:`at_most`, :func:`between`, :func:`equals`.

    Attributes:
        kind: one of ``at_least`` (``low``), ``at_most`` (``high``), ``between`` (``low`` and ``high``), ``equals``
            (``low == high``, and ``tolerance``).
        low, high: the bounds, included; ``None`` where the kind has none.
        tolerance: how far from the value ``equals`` still accepts, included; otherwise ``None``.
        because: the reason for the bound: its source, or the spread it was taken from.
    """

    kind: str
    low: float | None
    high: float | None
    tolerance: float | None
    because: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ClaimError(f"expectation of kind {self.kind!r}: use one of {', '.join(KINDS)}")
        if not isinstance(self.because, str) or not self.because.strip():
            raise ClaimError(f"{self.kind}(...) without a reason: say in because= where the bound comes from")
        wanted = {
            "at_least": ("low",),
            "at_most": ("high",),
            "between": ("low", "high"),
            "equals": ("low", "high", "tolerance"),
        }[self.kind]
        for name in ("low", "high", "tolerance"):
            bound = getattr(self, name)
            if (bound is None) != (name not in wanted):
                raise ClaimError(f"{self.kind}(...) takes {' and '.join(wanted)}, got {name}={bound!r}")
            if bound is not None:
                object.__setattr__(self, name, finite(bound, f"the bound of {self.kind}(...)", ClaimError))
        if self.kind == "between" and not self.low < self.high:  # type: ignore[operator]
            raise ClaimError(f"between({self.low}, {self.high}): the lower bound must be below the upper one")
        if self.tolerance is not None and self.tolerance < 0:
            raise ClaimError(f"equals(..., tolerance={self.tolerance}): a tolerance can't be negative")

    def accepts(self, value: float) -> bool:
        """Whether ``value`` is within the bound. NaN and infinities never are."""
        if not math.isfinite(value):
            return False
        if self.kind == "equals":
            return abs(value - self.low) <= self.tolerance  # type: ignore[operator]
        above = self.low is None or value >= self.low
        below = self.high is None or value <= self.high
        return above and below

    @property
    def text(self) -> str:
        """The bound in mathematics: ``≥ 0.95``, ``≤ 3``, ``from 0.4 to 0.6``, ``= 4 ± 0.1``."""
        if self.kind == "at_least":
            return f"≥ {bound_text(self.low)}"
        if self.kind == "at_most":
            return f"≤ {bound_text(self.high)}"
        if self.kind == "between":
            return f"from {bound_text(self.low)} to {bound_text(self.high)}"
        return f"= {bound_text(self.low)}" + (f" ± {bound_text(self.tolerance)}" if self.tolerance else "")

    def to_json(self) -> dict[str, Any]:
        """The expectation as JSON: its fields and ``text``."""
        return {**asdict(self), "text": self.text}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Expectation":
        """The expectation that :meth:`to_json` wrote.

        Raises:
            ClaimError: when a field is missing or makes no sense.
        """
        try:
            fields = {name: record[name] for name in ("kind", "low", "high", "tolerance", "because")}
        except (KeyError, TypeError) as error:
            raise ClaimError(f"an expectation without {error}: the record is damaged") from None
        return cls(**fields)


def bound_text(value: float | None) -> str:
    """A bound as its author wrote it: the shortest decimal, with a true minus sign."""
    return f"{value:g}".replace("-", "\N{MINUS SIGN}") if value is not None else ""


def at_least(low: float, *, because: str) -> Expectation:
    """The value must be ``low`` or more."""
    return Expectation("at_least", low, None, None, because)


def at_most(high: float, *, because: str) -> Expectation:
    """The value must be ``high`` or less. A claim with this bound must name in ``rejects`` what it would refuse."""
    return Expectation("at_most", None, high, None, because)


def between(low: float, high: float, *, because: str) -> Expectation:
    """The value must lie from ``low`` to ``high``, both included."""
    return Expectation("between", low, high, None, because)


def equals(value: float, *, tolerance: float = 0.0, because: str) -> Expectation:
    """The value must be ``value``, give or take ``tolerance`` (absolute, included)."""
    return Expectation("equals", value, value, tolerance, because)


def for_profile(expect: "Expectation | Mapping[str, Expectation]", profile: str) -> Expectation:
    """The expectation that holds for ``profile``, from one for all or a mapping by profile.

    Raises:
        ClaimError: when it is neither, or the mapping has none for the profile.
    """
    if isinstance(expect, Expectation):
        return expect
    if not isinstance(expect, Mapping) or not all(isinstance(each, Expectation) for each in expect.values()):
        raise ClaimError(f"expect must be at_least(...) or the like, or one per profile; got {expect!r}")
    if profile not in expect:
        raise ClaimError(f"no expectation for the {profile} profile, only for: {', '.join(map(str, expect))}")
    return expect[profile]


def refuse_empty(expect: Expectation, rejects: Mapping[str, float]) -> dict[str, float]:
    """Refuse a bound that proves nothing, and return ``rejects`` with plain floats.

    Args:
        expect: the bound.
        rejects: null values by name (chance level, a baseline) which the bound must not accept. Zero is added to them for
            every bound but ``at_most``, which needs at least one.

    Raises:
        ClaimError: naming the null value that the bound accepts, or saying that there is none.
    """
    nulls = {}
    for name, value in rejects.items():
        if not isinstance(name, str) or not name.strip():
            raise ClaimError(f"rejects: the null value {value!r} needs a name")
        nulls[name] = finite(value, f"rejects: {name!r}", ClaimError)
    if expect.kind == "at_most" and not nulls:
        raise ClaimError(
            f"the bound {expect.text} rejects nothing named: give rejects={{name: value}} that it refuses"
        )
    tested = nulls if expect.kind == "at_most" else {"zero": 0.0, **nulls}
    for name, value in tested.items():
        if expect.accepts(value):
            shown = "" if name == "zero" else f" ({number_text(value)})"
            raise ClaimError(
                f"the bound {expect.text} accepts {name}{shown}: such a bound proves nothing; tighten it"
            )
    return nulls
