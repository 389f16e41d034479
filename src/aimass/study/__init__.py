"""The study's own room: claims and their ledger, figures, provenance, running and comparing chapters. It knows no task."""

from aimass.study.chapter import Chapter
from aimass.study.claims import Claim
from aimass.study.expectation import at_least, at_most, between, equals
from aimass.study.measured import Measured, measure

__all__ = ["Chapter", "Claim", "Measured", "at_least", "at_most", "between", "equals", "measure"]
