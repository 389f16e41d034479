"""Counting, weighing and factorising, against values by hand."""

import numpy as np
import pytest
from scipy import sparse

from aimass.errors import DataError, ParameterError
from aimass.models.ppmi import cooccurrences, ppmi, truncated_svd

IDS = np.array([0, 1, 2, 0, 1])
SENTENCES = np.array([0, 0, 0, 1, 1])


def test_counts_by_hand():
    plain = cooccurrences([(IDS, SENTENCES)], 3, 2, dynamic_window=False).toarray()
    np.testing.assert_array_equal(plain, [[0, 2, 1], [2, 0, 1], [1, 1, 0]])
    weighted = cooccurrences([(IDS, SENTENCES)], 3, 2).toarray()
    np.testing.assert_array_equal(weighted, [[0, 2, 0.5], [2, 0, 1], [0.5, 1, 0]])
    twice = cooccurrences([(IDS, SENTENCES), (IDS, SENTENCES)], 3, 2).toarray()
    np.testing.assert_array_equal(twice, 2 * weighted)


def test_mutual_information_by_hand():
    counts = np.array([[0.0, 4.0], [4.0, 8.0]])
    found = ppmi(sparse.csr_matrix(counts), power=0.5).toarray()
    context = np.sqrt([4.0, 12.0]) / (2.0 + np.sqrt(12.0))
    joint, word = counts / 16, np.array([4.0, 12.0]) / 16
    with np.errstate(divide="ignore"):
        expected = np.maximum(0.0, np.log(joint / (word[:, None] * context)))
    np.testing.assert_allclose(found, expected)
    shifted = ppmi(sparse.csr_matrix(counts), power=0.5, shift=0.1).toarray()
    np.testing.assert_allclose(shifted, np.where(expected > 0.1, expected - 0.1, 0.0))


def test_the_factors_rebuild_the_products():
    matrix = sparse.random(30, 30, 0.3, random_state=0)
    matrix = matrix + matrix.T
    u, s, _ = np.linalg.svd(matrix.toarray())
    vectors = truncated_svd(matrix, 6, exponent=1.0)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=0), s[:6], rtol=1e-5)
    gram = (u[:, :6] * s[:6] ** 2) @ u[:, :6].T
    np.testing.assert_allclose(vectors @ vectors.T, gram, atol=1e-4)
    np.testing.assert_array_equal(vectors, truncated_svd(matrix, 6, exponent=1.0))


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: cooccurrences([], 3, 0), ParameterError, "window is 0"),
        (lambda: cooccurrences([(np.array([5, 1]), np.zeros(2))], 3), ParameterError, "ids from 1 to 5"),
        (lambda: ppmi(cooccurrences([], 3)), DataError, "is the text empty"),
        (lambda: truncated_svd(sparse.eye(5), 5), ParameterError, "units=5"),
    ],
)
def test_mistakes_are_told_in_one_line(act, error, message):
    with pytest.raises(error, match=message) as caught:
        act()
    assert "\n" not in str(caught.value)
