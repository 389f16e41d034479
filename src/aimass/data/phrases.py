"""Phrases: pairs of words that stand together more often than chance has them, joined into one token (Mikolov et al. 2013b, section 4)."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from aimass.errors import DataError, ParameterError


@dataclass(frozen=True)
class Phrases:
    """Pairs of words to join.

    Attributes:
        scores: the pairs and their scores, best first.
        delimiter: what joins two words.
    """

    scores: dict[tuple[str, str], float]
    delimiter: str = "_"

    @classmethod
    def learn(
        cls,
        sentences: Iterable[Sequence[str]],
        *,
        discount: float = 5.0,
        threshold: float = 100.0,
        delimiter: str = "_",
    ) -> "Phrases":
        """Find the pairs whose score is above the threshold.

        The score is the paper's, ``(count(a b) - discount) / (count(a) * count(b))``, times the number of running tokens, as in its program, so
        that a threshold means the same on any corpus: 1 is chance, but for the discount.

        Args:
            sentences: tokenised.
            discount: keeps pairs of rare words out.
            threshold: least score; for longer phrases, learn again on joined sentences with a lower one.
            delimiter: see the class.

        Raises:
            DataError: when there is no token.
            ParameterError: for a negative discount or threshold.
        """
        if discount < 0 or threshold < 0:
            raise ParameterError(f"Phrases: discount={discount}, threshold={threshold}; expected 0 or more")
        words: Counter[str] = Counter()
        pairs: Counter[tuple[str, str]] = Counter()
        for sentence in sentences:
            words.update(sentence)
            pairs.update(itertools.pairwise(sentence))
        total = words.total()
        if not total:
            raise DataError("Phrases: the corpus is empty; give sentences of tokens")
        scores = {
            (a, b): (count - discount) / (words[a] * words[b]) * total
            for (a, b), count in pairs.items()
            if count > discount
        }
        kept = sorted(
            (item for item in scores.items() if item[1] > threshold), key=lambda item: (-item[1], item[0])
        )
        return cls(dict(kept), delimiter)

    def join(self, sentence: Sequence[str]) -> list[str]:
        """The sentence with its phrases joined, from the left; a word is in one phrase at most."""
        joined: list[str] = []
        place = 0
        while place < len(sentence):
            if tuple(sentence[place : place + 2]) in self.scores:
                joined.append(self.delimiter.join(sentence[place : place + 2]))
                place += 2
            else:
                joined.append(sentence[place])
                place += 1
        return joined

    def stream(self, sentences: Iterable[Sequence[str]]) -> Iterator[list[str]]:
        """:meth:`join` over sentences, one at a time."""
        return map(self.join, sentences)
