"""Metrics by the field's libraries, and intervals."""

from aimass.evaluation.analogies import Analogies, analogies
from aimass.evaluation.bleu import BleuStatistics, bleu
from aimass.evaluation.bootstrap import Interval, bootstrap
from aimass.evaluation.word_similarity import WordSimilarity, group_agreement, word_similarity

__all__ = [
    "Analogies",
    "BleuStatistics",
    "Interval",
    "WordSimilarity",
    "analogies",
    "bleu",
    "bootstrap",
    "group_agreement",
    "word_similarity",
]
