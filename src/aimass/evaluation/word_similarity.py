"""Word vectors against graded pairs of words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from aimass.errors import ParameterError
from aimass.evaluation.bootstrap import Interval, bootstrap


@dataclass(frozen=True)
class WordSimilarity:
    """Spearman's correlation of cosines with grades, and over how many pairs.

    Attributes:
        cosines: of the covered pairs.
        scores: their grades.
        total: number of pairs, covered or not.
    """

    cosines: np.ndarray
    scores: np.ndarray
    total: int

    @property
    def covered(self) -> int:
        """Pairs of which both words have a vector."""
        return len(self.scores)

    def correlation(self, indices: np.ndarray | None = None) -> float:
        """Spearman's rank correlation, of the covered pairs at the indices; 0 where all cosines or all grades are equal."""
        cosines, scores = self.cosines, self.scores
        if indices is not None:
            cosines, scores = cosines[indices], scores[indices]
        if np.ptp(cosines) == 0 or np.ptp(scores) == 0:
            return 0.0
        return float(stats.spearmanr(cosines, scores).statistic)

    def interval(self, *, n_resamples: int = 1000, seed: int = 0) -> Interval:
        """The correlation with its bootstrap interval over pairs."""
        return bootstrap(self.correlation, self.covered, n_resamples=n_resamples, seed=seed)


def normalized(matrix: np.ndarray) -> np.ndarray:
    """Rows at length one, float32; rows of length 0 stay."""
    matrix = np.asarray(matrix, "float32")
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    return matrix / np.where(lengths > 0, lengths, 1.0)


def word_similarity(matrix: np.ndarray, index: Mapping[str, int], pairs: Sequence[Any]) -> WordSimilarity:
    """Compare vectors with graded pairs.

    Pairs with a word that has no vector are left out and counted: a correlation means little without its coverage.

    Args:
        matrix: vectors, ``[V, D]``.
        index: the row of each word.
        pairs: with ``first``, ``second`` and ``score``.

    Raises:
        ParameterError: when fewer than three pairs are covered, or a vector is not finite.
    """
    unit = normalized(matrix)
    if not np.isfinite(unit).all():
        raise ParameterError("word_similarity: a vector is not finite; the training diverged")
    known = [pair for pair in pairs if pair.first in index and pair.second in index]
    if len(known) < 3:
        raise ParameterError(
            f"word_similarity: {len(known)} of {len(pairs)} pairs have vectors; a correlation needs 3"
        )
    first = unit[[index[pair.first] for pair in known]]
    second = unit[[index[pair.second] for pair in known]]
    return WordSimilarity(
        np.einsum("pd,pd->p", first, second, dtype="float64"),
        np.array([pair.score for pair in known], "float64"),
        len(pairs),
    )


def group_agreement(
    matrix: np.ndarray, index: Mapping[str, int], groups: Mapping[str, Sequence[str]]
) -> tuple[np.ndarray, float]:
    """Whether each word's nearest neighbour, among the words of all groups, is of its own group.

    Args:
        matrix: vectors, ``[V, D]``.
        index: the row of each word; words that it lacks are left out.
        groups: disjoint groups of words.

    Returns:
        a bool for each word that has a vector, group by group, and the share that a random neighbour would reach.

    Raises:
        ParameterError: when fewer than two groups have words with a vector.
    """
    found = [(word, name) for name, words in groups.items() for word in words if word in index]
    labels = np.array([name for _, name in found])
    if len(set(labels)) < 2:
        raise ParameterError(
            f"group_agreement: {len(set(labels))} groups have words with a vector; give at least 2"
        )
    unit = normalized(matrix)[[index[word] for word, _ in found]]
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -np.inf)
    same = labels[:, None] == labels[None, :]
    chance = (same.sum(axis=1) - 1) / (len(labels) - 1)
    return labels[cosines.argmax(axis=1)] == labels, float(chance.mean())
