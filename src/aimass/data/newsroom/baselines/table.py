"""The table of all twelve tasks: a trivial baseline, a simple one, and the ceiling."""

from dataclasses import dataclass

from ..corpus import Newsroom
from . import choices, labels, texts


@dataclass(frozen=True, slots=True)
class Row:
    """A task and how far simple methods get on it; all scores run from 0 to 1.

    Attributes:
        task: its name.
        metric: how it is scored.
        trivial: the score without looking: majority, lead, copy, popularity.
        simple: the score of a method without a neural network: counts, linear models, word overlap.
        ceiling: the best score that is possible.
    """

    task: str
    metric: str
    trivial: float
    simple: float
    ceiling: float

    @property
    def headroom(self) -> float:
        """What is left above the simple baseline."""
        return self.ceiling - self.simple


_TASKS = (
    ("language modelling", "next word guessed", texts.language_modelling),
    ("tagging", "entity F1", labels.tagging),
    ("classification", "accuracy", labels.classification),
    ("translation", "BLEU, en to zh", texts.translation),
    ("dialogue", "joint state accuracy", labels.dialogue),
    ("relations", "accuracy", labels.relations),
    ("events", "F1 of trigger, type and realis", labels.events),
    ("summarisation", "ROUGE-L of the headline", texts.summarisation),
    ("matching", "accuracy", labels.matching),
    ("question answering", "exact match", texts.question_answering),
    ("recommendation", "mean reciprocal rank", choices.recommendation),
    ("search", "nDCG at 10", choices.search),
)


def newsroom_table(news: Newsroom, split: str = "test") -> list[Row]:
    """Scores the baselines of all tasks.

    Args:
        news: the newsroom.
        split: what is scored: ``"test"``, ``"test_unseen_entities"`` or ``"test_unseen_phrasings"``; recommendation, which has
            neither of the latter, scores ``"test_unseen_readers"`` instead.
    """
    return [Row(task, metric, *score(news, split)) for task, metric, score in _TASKS]
