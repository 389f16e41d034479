"""Trained word vectors under their words: neighbours, analogies, files."""

import os
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from aimass.errors import ParameterError
from aimass.models import word2vec_format


class WordVectors:
    """Words and their vectors.

    Args:
        words: distinct words, most frequent first where it matters.
        matrix: their vectors, ``[len(words), units]``.

    Raises:
        ParameterError: when a word stands twice, words and rows differ in number, or a number is not finite.
    """

    def __init__(self, words: Sequence[str], matrix: np.ndarray):
        self.words, self.matrix = tuple(words), np.asarray(matrix, "float32")
        if self.matrix.ndim != 2 or len(self.words) != len(self.matrix):
            raise ParameterError(
                f"WordVectors: {len(self.words)} words and vectors of shape {self.matrix.shape}; give one row a word"
            )
        if not np.isfinite(self.matrix).all():
            raise ParameterError(
                "WordVectors: a vector is not finite; if it was trained, lower the learning rate"
            )
        self.index = {word: row for row, word in enumerate(self.words)}
        if len(self.index) != len(self.words):
            twice = next(word for row, word in enumerate(self.words) if self.index[word] != row)
            raise ParameterError(f"WordVectors: the word {twice!r} stands twice")

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: str) -> bool:
        return word in self.index

    def __getitem__(self, word: str) -> np.ndarray:
        """The vector of a word, ``[units]``."""
        return self.matrix[self._row(word)]

    @cached_property
    def normed(self) -> np.ndarray:
        """The vectors at length one (those of length 0 stay), ``[len(words), units]``."""
        lengths = np.linalg.norm(self.matrix, axis=1, keepdims=True)
        return self.matrix / np.where(lengths > 0, lengths, 1.0)

    def _row(self, word: str) -> int:
        try:
            return self.index[word]
        except KeyError:
            raise ParameterError(
                f"the word {word!r} is not among the {len(self.words):,} words with a vector; ask `word in vectors` first"
            ) from None

    def similarity(self, first: str, second: str) -> float:
        """Cosine of two words' vectors."""
        return float(self.normed[self._row(first)] @ self.normed[self._row(second)])

    def most_similar(
        self, word: str | np.ndarray, n: int = 10, exclude: Sequence[str] = ()
    ) -> list[tuple[str, float]]:
        """The words nearest by cosine, nearest first, with their cosines; ties go by row.

        Args:
            word: a word, which is itself left out, or a vector ``[units]``.
            n: how many.
            exclude: further words to leave out.

        Raises:
            ParameterError: for a word without a vector, a vector of another width, or ``n < 1``.
        """
        if n < 1:
            raise ParameterError(f"most_similar: n is {n}; expected 1 or more")
        if isinstance(word, str):
            exclude = (*exclude, word)
            query = self.normed[self._row(word)]
        else:
            query = np.asarray(word, "float32")
            if query.shape != self.matrix.shape[1:]:
                raise ParameterError(
                    f"most_similar: a vector of shape {query.shape}; expected {self.matrix.shape[1:]}"
                )
            query = query / (np.linalg.norm(query) or 1.0)
        scores = self.normed @ query
        scores[[self._row(other) for other in exclude]] = -np.inf
        n = min(n, len(self.words) - len(set(exclude)))
        best = np.argsort(-scores, kind="stable")[:n]
        return [(self.words[row], float(scores[row])) for row in best]

    def analogy(self, a: str, b: str, c: str, n: int = 1) -> list[tuple[str, float]]:
        """The words d that best complete "a is to b as c is to d": largest cosine with b - a + c (Mikolov et al. 2013c); a, b and c are out."""
        at = [self.normed[self._row(word)] for word in (a, b, c)]
        return self.most_similar(at[1] - at[0] + at[2], n, exclude=(a, b, c))

    def save(self, path: str | os.PathLike, *, binary: bool = False) -> None:
        """Write the vectors in word2vec's text or binary format."""
        word2vec_format.write(path, self.words, self.matrix, binary=binary)

    @classmethod
    def load(cls, path: str | os.PathLike, *, binary: bool = False) -> "WordVectors":
        """Read a file in word2vec's text or binary format; see :func:`aimass.models.word2vec_format.read` for its errors."""
        return cls(*word2vec_format.read(path, binary=binary))
