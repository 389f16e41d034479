"""Word vectors by counting: positive pointwise mutual information, factorised (Levy & Goldberg 2014; Levy et al. 2015)."""

from collections.abc import Iterable

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from aimass.errors import DataError, ParameterError


def cooccurrences(
    stretches: Iterable[tuple[np.ndarray, np.ndarray]],
    vocab_size: int,
    window: int = 5,
    *,
    dynamic_window: bool = True,
) -> sparse.csr_matrix:
    """How often each word stands near each other one, symmetric float64 ``[vocab_size, vocab_size]``.

    Args:
        stretches: running text as pairs of int arrays: word ids, and the numbers of their sentences, across which no two words are near.
        vocab_size: V.
        window: the furthest word, in tokens.
        dynamic_window: count a word at distance o as ``(window + 1 - o) / window``; otherwise all as 1.

    Raises:
        ParameterError: for a window below 1 or an id outside the vocabulary.
    """
    if window < 1:
        raise ParameterError(f"cooccurrences: window is {window}; expected 1 or more")
    total = sparse.csr_matrix((vocab_size, vocab_size), dtype="float64")
    for ids, sentences in stretches:
        if ids.size and not 0 <= ids.min() <= ids.max() < vocab_size:
            raise ParameterError(
                f"cooccurrences: ids from {ids.min()} to {ids.max()}; the vocabulary has {vocab_size}"
            )
        for offset in range(1, min(window, max(0, len(ids) - 1)) + 1):
            same = sentences[:-offset] == sentences[offset:]
            weight = (window + 1 - offset) / window if dynamic_window else 1.0
            found = sparse.coo_matrix(
                (np.full(int(same.sum()), weight), (ids[:-offset][same], ids[offset:][same])),
                shape=total.shape,
            )
            total = total + found.tocsr()
    return (total + total.T).tocsr()


def ppmi(counts: sparse.spmatrix, *, power: float = 0.75, shift: float = 0.0) -> sparse.csr_matrix:
    """Positive pointwise mutual information: ``max(0, log(P(w, c) / (P(w) P(c))) - shift)`` where a pair was seen, otherwise 0.

    Args:
        counts: co-occurrences ``[V, V]``, words by contexts.
        power: context-distribution smoothing: P(c) is taken from counts to this power, as the noise of word2vec.
        shift: logarithm of the number of negatives, for word2vec's shifted matrix.

    Raises:
        DataError: when nothing was counted.
    """
    counts = sparse.coo_matrix(counts).astype("float64")
    by_word, by_context = (np.asarray(counts.sum(axis)).ravel() for axis in (1, 0))
    total = by_word.sum()
    if not total:
        raise DataError("ppmi: no two words were seen together; is the text empty, or each line one word?")
    smoothed = by_context**power
    smoothed /= smoothed.sum()
    mutual = np.log(counts.data / by_word[counts.row] / smoothed[counts.col]) - shift
    positive = mutual > 0
    return sparse.csr_matrix(
        (mutual[positive], (counts.row[positive], counts.col[positive])), shape=counts.shape
    )


def truncated_svd(matrix: sparse.spmatrix, units: int, *, exponent: float = 0.5, seed: int = 0) -> np.ndarray:
    """Vectors from the leading singular triples: ``U * S ** exponent``, float32 ``[V, units]``.

    The exponent 1 is the textbook's; 0.5, which shares the singular values between words and contexts, or 0 serve similarity better
    (Levy et al. 2015). Signs are fixed so that each column's largest entry is positive.

    Raises:
        ParameterError: when ``units`` is not from 1 to less than V.
    """
    if not 1 <= units < min(matrix.shape):
        raise ParameterError(
            f"truncated_svd: units={units} of a matrix {matrix.shape}; expected 1 to {min(matrix.shape) - 1}"
        )
    u, s, _ = svds(
        matrix.astype("float64"), k=units, v0=np.random.default_rng(seed).normal(size=min(matrix.shape))
    )
    order = np.argsort(-s)
    u, s = u[:, order], s[order]
    signs = np.sign(u[np.abs(u).argmax(axis=0), np.arange(units)])
    return (u * np.where(signs == 0, 1.0, signs) * s**exponent).astype("float32")
