"""Metrics by the field's libraries, and intervals."""

from aimass.evaluation.bleu import BleuStatistics, bleu
from aimass.evaluation.bootstrap import Interval, bootstrap

__all__ = ["BleuStatistics", "Interval", "bleu", "bootstrap"]
