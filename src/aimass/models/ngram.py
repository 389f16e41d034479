"""The interpolated Kneser-Ney n-gram model: the classical language model to beat."""

import numpy as np

from aimass.errors import ParameterError


class KneserNey:
    """Interpolated Kneser-Ney smoothing (Kneser & Ney 1995), with one discount an order or, modified, three (Chen & Goodman 1999).

    The probability of a token after a context is its discounted count there, plus what the discounts took away, spread by the
    model of the next shorter context; below the unigrams stands the uniform distribution, so that each id of the
    vocabulary has a probability. Orders below the highest count in how many different contexts an n-gram was met, not how
    often. Discounts come from the counts of counts, by the formula of the paper.

    Args:
        vocab_size: number of ids.
        order: of the longest n-grams; ``vocab_size ** order`` must be below ``2 ** 63``.
        modified: three discounts an order, for counts of 1, of 2, and of 3 or more.

    Raises:
        ParameterError: for sizes below 1, or an order too high for the vocabulary.
    """

    def __init__(self, vocab_size: int, order: int = 3, modified: bool = True):
        if vocab_size < 1 or order < 1:
            raise ParameterError(
                f"KneserNey: vocab_size is {vocab_size} and order is {order}; both must be at least 1"
            )
        if vocab_size**order >= 2**63:
            raise ParameterError(
                f"KneserNey: {order}-grams over {vocab_size} ids have no 64-bit number; lower the order"
            )
        self.vocab_size, self.order, self.modified = vocab_size, order, modified
        self._levels: list[_Level] = []

    def fit(self, ids) -> "KneserNey":
        """Count a text.

        Args:
            ids: ``[n]``, whole numbers from 0 to ``vocab_size - 1``, at least ``order`` of them.
        """
        ids = self._checked(ids)
        if len(ids) < self.order:
            raise ParameterError(f"KneserNey: {len(ids)} tokens hold no {self.order}-gram; give more text")
        grams, counts = np.unique(self._grams(ids, self.order), return_counts=True)
        levels = []
        for length in range(self.order, 0, -1):
            levels.append(_Level(grams, counts, self.vocab_size, self._discounts(counts)))
            if length > 1:  # the number of different tokens that stand before each shorter n-gram
                grams, counts = np.unique(grams % self.vocab_size ** (length - 1), return_counts=True)
        self._levels = levels[::-1]
        return self

    def probabilities(self, contexts, targets) -> np.ndarray:
        """Of each target after its context.

        Args:
            contexts: ``[n, order - 1]`` ids, oldest first.
            targets: ``[n]`` ids.

        Returns:
            float64 ``[n]``; over all targets of one context they sum to 1.
        """
        if not self._levels:
            raise ParameterError("KneserNey: fit a text first")
        targets = self._checked(targets)
        contexts = self._checked(np.reshape(contexts, -1)).reshape(len(targets), self.order - 1)
        probability = np.full(len(targets), 1 / self.vocab_size)
        context, unit = np.zeros(len(targets), np.int64), 1
        for length, level in enumerate(self._levels):
            if length:  # one token more, to the left
                context = context + contexts[:, -length] * unit
                unit *= self.vocab_size
            probability = level.interpolate(context, targets, probability)
        return probability

    def token_probabilities(self, ids) -> np.ndarray:
        """Of a text's tokens, from the first one with a whole context on: float64 ``[n - order + 1]``."""
        ids = self._checked(ids)
        if len(ids) < self.order:
            raise ParameterError(f"KneserNey: {len(ids)} tokens hold no {self.order}-gram; give more text")
        windows = np.lib.stride_tricks.sliding_window_view(ids, self.order)
        return self.probabilities(windows[:, :-1], windows[:, -1])

    def perplexity(self, ids) -> float:
        """Exponential of the mean negative log-likelihood of a text's tokens, from the first one with a whole context on."""
        return float(np.exp(-np.log(self.token_probabilities(ids)).mean()))

    def _grams(self, ids, length):
        """The number of each n-gram, its ids as the digits."""
        numbers = np.zeros(len(ids) - length + 1, np.int64)
        for i in range(length):
            numbers = numbers * self.vocab_size + ids[i : i + len(numbers)]
        return numbers

    def _discounts(self, counts) -> np.ndarray:
        """What to take from counts of 0, 1, 2, and 3 or more."""
        once, twice, thrice, four = (float(np.sum(counts == i)) for i in (1, 2, 3, 4))
        if not once or not twice:
            return np.array([0, 0.5, 0.5, 0.5])  # too small a text to estimate from
        base = once / (once + 2 * twice)
        if not self.modified or not thrice or not four:
            return np.array([0, base, base, base])
        found = [1 - 2 * base * twice / once, 2 - 3 * base * thrice / twice, 3 - 4 * base * four / thrice]
        return np.array([0, *np.clip(found, 0, [1, 2, 3])])

    def _checked(self, ids):
        ids = np.asarray(ids)
        if ids.ndim != 1 or (len(ids) and not np.issubdtype(ids.dtype, np.integer)):
            raise ParameterError(
                f"KneserNey: ids of shape {ids.shape} and type {ids.dtype}; expected one sequence of whole numbers"
            )
        if len(ids) and not 0 <= ids.min() <= ids.max() < self.vocab_size:
            raise ParameterError(f"KneserNey: an id is not within 0 to {self.vocab_size - 1}")
        return ids.astype(np.int64)


class _Level:
    """The n-grams of one length, by rising number, and what their contexts hold together."""

    def __init__(self, grams, counts, vocab_size, discounts):
        taken = discounts[np.minimum(counts, 3)]
        self.grams, self.kept, self.vocab_size = grams, counts - taken, vocab_size
        self.contexts, member = np.unique(grams // vocab_size, return_inverse=True)
        self.total = np.bincount(member, weights=counts)
        self.taken = np.bincount(member, weights=taken)

    def interpolate(self, contexts, targets, shorter):
        """Probabilities of targets after contexts, given those by the next shorter context."""
        gram, known = _find(self.grams, contexts * self.vocab_size + targets)
        context, met = _find(self.contexts, contexts)
        kept = np.where(known, self.kept[gram], 0.0)
        return np.where(met, (kept + self.taken[context] * shorter) / self.total[context], shorter)


def _find(table, values):
    """The place of each value in a rising table, and whether it is there."""
    place = np.minimum(np.searchsorted(table, values), len(table) - 1)
    return place, table[place] == values
