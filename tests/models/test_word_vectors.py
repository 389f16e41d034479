"""Neighbours and analogies against brute force."""

import numpy as np
import pytest

from aimass.errors import ParameterError
from aimass.models.word_vectors import WordVectors

MATRIX = np.random.default_rng(0).normal(size=(50, 6)).astype("float32")
WORDS = [f"w{i}" for i in range(50)]
VECTORS = WordVectors(WORDS, MATRIX)


def cosine(a, b):
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_most_similar_equals_brute_force():
    expected = sorted(
        ((cosine(MATRIX[7], MATRIX[i]), w) for i, w in enumerate(WORDS) if i != 7), reverse=True
    )[:5]
    found = VECTORS.most_similar("w7", 5)
    assert [word for word, _ in found] == [word for _, word in expected]
    np.testing.assert_allclose([score for _, score in found], [score for score, _ in expected], rtol=1e-5)
    assert VECTORS.similarity("w7", found[0][0]) == pytest.approx(found[0][1], rel=1e-5)
    assert len(VECTORS.most_similar("w7", 500)) == 49


def test_analogy_equals_brute_force():
    unit = MATRIX / np.linalg.norm(MATRIX, axis=1, keepdims=True)
    query = unit[4] - unit[3] + unit[5]
    best = max((i for i in range(50) if i not in (3, 4, 5)), key=lambda i: cosine(query, MATRIX[i]))
    assert VECTORS.analogy("w3", "w4", "w5")[0][0] == WORDS[best]


def test_a_vector_can_ask_and_zero_vectors_are_no_nan():
    vectors = WordVectors(["a", "b"], [[0.0, 0.0], [3.0, 4.0]])
    assert vectors.most_similar(np.array([6.0, 8.0]), 1) == [("b", pytest.approx(1.0))]
    assert np.isfinite(vectors.normed).all()
    assert "a" in vectors
    assert "c" not in vectors
    assert len(vectors) == 2


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: VECTORS.most_similar("wombat"), "'wombat' is not among the 50 words"),
        (lambda: VECTORS.analogy("w1", "w2", "wombat"), "'wombat'"),
        (lambda: VECTORS["wombat"], "'wombat'"),
        (lambda: VECTORS.most_similar("w1", 0), "n is 0"),
        (lambda: VECTORS.most_similar(np.ones(3)), "shape"),
        (lambda: WordVectors(["a", "a"], np.ones((2, 2))), "'a' stands twice"),
        (lambda: WordVectors(["a"], np.ones((2, 2))), "one row a word"),
        (lambda: WordVectors(["a"], [[np.nan]]), "not finite"),
    ],
)
def test_mistakes_are_told_in_one_line(act, message):
    with pytest.raises(ParameterError, match=message) as caught:
        act()
    assert "\n" not in str(caught.value)
