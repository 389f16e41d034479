"""Accuracy on analogies."""

from collections import namedtuple

import numpy as np
import pytest

from aimass.errors import ParameterError
from aimass.evaluation.analogies import analogies

Question = namedtuple("Question", "a b c d section")
MATRIX = np.random.default_rng(0).normal(size=(60, 8))
INDEX = {f"w{i}": i for i in range(60)}


def brute(a, b, c):
    unit = MATRIX / np.linalg.norm(MATRIX, axis=1, keepdims=True)
    query = unit[b] - unit[a] + unit[c]
    return max((i for i in range(60) if i not in (a, b, c)), key=lambda i: unit[i] @ query)


def test_answers_equal_brute_force():
    random = np.random.default_rng(1)
    asked = [random.permutation(60)[:3] for _ in range(40)]
    questions = [
        Question(
            *(f"w{i}" for i in (*abc, brute(*abc) if n % 2 else (max(abc) + 1) % 60)),
            ["even", "odd"][n % 2],
        )
        for n, abc in enumerate(asked)
    ]
    questions.append(Question("w1", "w2", "w3", "unknown", "odd"))
    found = analogies(MATRIX, INDEX, questions, batch=7)
    expected = [INDEX[q.d] == brute(INDEX[q.a], INDEX[q.b], INDEX[q.c]) for q in questions[:-1]]
    np.testing.assert_array_equal(found.correct, expected)
    assert (found.covered, found.total) == (40, 41)
    assert found.accuracy == pytest.approx(np.mean(expected))
    assert found.by_section()["odd"] == (1.0, 20)
    assert found.interval(n_resamples=50).low <= found.accuracy


def test_rows_without_a_word_are_no_answer():
    matrix = np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0], [0.11, 1.0]])
    index = {"a": 0, "b": 1, "c": 2, "d": 3}  # row 4 has no word
    assert analogies(matrix, index, [Question("a", "b", "c", "d", "")]).accuracy == 1.0


def test_no_coverage_is_refused():
    with pytest.raises(ParameterError, match="none of 1 questions"):
        analogies(MATRIX, INDEX, [Question("a", "b", "c", "d", "")])
