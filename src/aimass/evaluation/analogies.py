"""Accuracy on word analogies: a is to b as c is to d."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aimass.errors import ParameterError
from aimass.evaluation.bootstrap import Interval, bootstrap
from aimass.evaluation.word_similarity import normalized


@dataclass(frozen=True)
class Analogies:
    """What became of the questions.

    Attributes:
        correct: whether each covered question was answered rightly, ``[covered]``.
        sections: their sections.
        total: number of questions, covered or not.
    """

    correct: np.ndarray
    sections: tuple[str, ...]
    total: int

    @property
    def covered(self) -> int:
        """Questions of which all four words have a vector."""
        return len(self.correct)

    @property
    def accuracy(self) -> float:
        """Share of covered questions answered rightly."""
        return float(self.correct.mean())

    def by_section(self) -> dict[str, tuple[float, int]]:
        """Accuracy and number of covered questions of each section."""
        sections = np.array(self.sections)
        return {
            str(name): (float(self.correct[sections == name].mean()), int((sections == name).sum()))
            for name in dict.fromkeys(self.sections)
        }

    def interval(self, *, n_resamples: int = 1000, seed: int = 0) -> Interval:
        """The accuracy with its bootstrap interval over questions."""
        return bootstrap(
            lambda i: float(self.correct[i].mean()), self.covered, n_resamples=n_resamples, seed=seed
        )


def analogies(
    matrix: np.ndarray, index: Mapping[str, int], questions: Sequence[Any], *, batch: int = 256
) -> Analogies:
    """Answer each question by the word whose cosine with b - a + c is largest, a, b and c left out (Mikolov et al. 2013).

    Args:
        matrix: vectors, ``[V, D]``.
        index: the row of each word; only its rows can be an answer.
        questions: with ``a``, ``b``, ``c``, ``d`` and ``section``.
        batch: questions that are answered by one matrix product.

    Raises:
        ParameterError: when no question is covered.
    """
    known = [q for q in questions if q.a in index and q.b in index and q.c in index and q.d in index]
    if not known:
        raise ParameterError(f"analogies: none of {len(questions)} questions has vectors for its four words")
    rows = np.array([[index[word] for word in (q.a, q.b, q.c, q.d)] for q in known])  # [questions, 4]
    unit = normalized(matrix)
    allowed = np.zeros(len(unit), bool)
    allowed[list(index.values())] = True
    correct = np.zeros(len(rows), bool)
    for start in range(0, len(rows), batch):
        part = rows[start : start + batch]
        scores = (unit[part[:, 1]] - unit[part[:, 0]] + unit[part[:, 2]]) @ unit.T  # [batch, V]
        scores[:, ~allowed] = -np.inf
        scores[np.arange(len(part))[:, None], part[:, :3]] = -np.inf
        correct[start : start + batch] = scores.argmax(axis=1) == part[:, 3]
    return Analogies(correct, tuple(q.section for q in known), len(questions))
