"""Measured values with their spread, and how numbers are written."""

import math
import numbers
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aimass.errors import AimassError, ClaimError

ONE_RUN = "one run, no spread"


def finite(value: Any, what: str, error: type[AimassError] = ClaimError) -> float:
    """``value`` as a plain float.

    Args:
        value: a Python or NumPy real number (not a bool).
        what: names it in the message.
        error: the class raised when it is no number, NaN or infinite.
    """
    item = value.item() if hasattr(value, "item") and getattr(value, "size", 1) == 1 else value
    if isinstance(item, bool) or not isinstance(item, numbers.Real):
        raise error(f"{what} must be a number, got {value!r}")
    result = float(item)
    if not math.isfinite(result):
        raise error(f"{what} is {result}: it must be finite")
    return result


def number_text(value: float, digits: int | None = None) -> str:
    """A number for people: three decimals below 10, two below 100, one below 1,000, none above; e-notation when tiny.

    Args:
        value: finite.
        digits: decimals, when the choice is made elsewhere (the bounds of an interval follow its centre).
    """
    if digits is None:
        if value != 0 and abs(value) < 0.001:
            return f"{value:.2e}".replace("-", "\N{MINUS SIGN}")
        digits = decimals(value)
    return f"{value:,.{digits}f}".replace("-", "\N{MINUS SIGN}")


def decimals(value: float) -> int:
    """How many decimals :func:`number_text` gives a number of this size."""
    size = abs(value)
    return 3 if size < 10 else 2 if size < 100 else 1 if size < 1000 else 0


@dataclass(frozen=True)
class Measured:
    """A measured value and its spread.

    Attributes:
        value: the value that the expectation is held against.
        low, high: the ends of the spread, ``low <= value <= high``.
        n: number of runs (or of resampled units) behind it.
        spread: what ``low`` and ``high`` are, such as ``"range over 3 seeds"`` or ``"95 % bootstrap interval"``.
        values: the single runs' values, in the order of their seeds; empty for an interval computed otherwise.
    """

    value: float
    low: float
    high: float
    n: int
    spread: str
    values: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for name in ("value", "low", "high"):
            object.__setattr__(self, name, finite(getattr(self, name), f"Measured: {name}"))
        object.__setattr__(self, "values", tuple(finite(each, "Measured: values") for each in self.values))
        if not self.low <= self.value <= self.high:
            raise ClaimError(
                f"Measured: the value {self.value} is not within its spread [{self.low}, {self.high}]"
            )
        if isinstance(self.n, bool) or not isinstance(self.n, numbers.Integral) or self.n < 1:
            raise ClaimError(f"Measured: n must be a count of 1 or more, got {self.n!r}")
        object.__setattr__(self, "n", int(self.n))
        if not isinstance(self.spread, str) or not self.spread.strip():
            raise ClaimError(
                'Measured: spread must say what low and high are, e.g. "95 % bootstrap interval"'
            )

    def parts(self, unit: str = "") -> tuple[str, str]:
        """The value with its unit, and its spread: ``36.20 BLEU`` and ``[35.10, 37.30], 3 seeds``. One run shows no interval."""
        digits = None if 0 < abs(self.value) < 0.001 else decimals(max(abs(self.low), abs(self.high)))
        value = number_text(self.value, digits) + (f"\N{NO-BREAK SPACE}{unit}" if unit else "")
        if self.spread == ONE_RUN:
            return value, ONE_RUN
        interval = f"[{number_text(self.low, digits)}, {number_text(self.high, digits)}]"
        return value, f"{interval}, {self.spread.removeprefix('range over ')}"

    def text(self, unit: str = "") -> str:
        """Value and spread in one line: ``0.998 [0.995, 1.000], 3 seeds``; ``0.998, one run, no spread``."""
        value, spread = self.parts(unit)
        return f"{value} {spread}" if spread.startswith("[") else f"{value}, {spread}"

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON values."""
        fields = {"value": self.value, "low": self.low, "high": self.high, "n": self.n, "spread": self.spread}
        return {**fields, "values": list(self.values)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Measured":
        """The value that :meth:`to_json` wrote.

        Raises:
            ClaimError: when a field is missing or makes no sense.
        """
        try:
            fields = {name: record[name] for name in ("value", "low", "high", "n", "spread", "values")}
        except (KeyError, TypeError) as error:
            raise ClaimError(f"a measured value without {error}: the record is damaged") from None
        return cls(**fields)


def measure(values: Iterable[float]) -> Measured:
    """The mean of one value per seed, with the range from the smallest to the largest.

    Args:
        values: finite numbers, one per seed. A single number makes a value whose spread says that there is none.

    Raises:
        ClaimError: when there is no value, or one is no finite number.
    """
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        raise ClaimError(f"measure() takes a list of one value per seed, got {values!r}")
    runs = tuple(finite(each, f"measure(): value {index}") for index, each in enumerate(values, start=1))
    if not runs:
        raise ClaimError("measure() got no value: give one per seed")
    low, high = min(runs), max(runs)
    # Rounding can carry the mean of equal values out of their range.
    mean = min(max(math.fsum(runs) / len(runs), low), high)
    spread = ONE_RUN if len(runs) == 1 else f"range over {len(runs)} seeds"
    return Measured(mean, low, high, len(runs), spread, runs)
