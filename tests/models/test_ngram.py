from fractions import Fraction

import numpy as np
import pytest

from aimass.errors import ParameterError
from aimass.models.ngram import KneserNey

TEXT = np.random.default_rng(0).choice(30, p=np.arange(1, 31) / 465, size=2000)


def test_a_bigram_by_hand():
    """a b a b a c: bigrams ab 2, ba 2, ac 1. One bigram was met once and two twice: D = 1 / (1 + 2 * 2) = 1/5.

    Different contexts before a: 1, before b: 1, before c: 1; of the continuation counts 3 are 1 and none is 2, too few to
    estimate from, so the lower order's discount is 1/2.
    """
    a, b, c, never = range(4)
    model = KneserNey(4, order=2, modified=False).fit(np.array([a, b, a, b, a, c]))
    half, discount = Fraction(1, 2), Fraction(1, 5)
    uniform = Fraction(1, 4)
    lower = {x: ((1 - half) if x != never else 0) / Fraction(3) + 3 * half / 3 * uniform for x in range(4)}
    assert sum(lower.values()) == 1
    after_a = {
        b: (2 - discount) / 3 + 2 * discount / 3 * lower[b],
        c: (1 - discount) / 3 + 2 * discount / 3 * lower[c],
        a: 2 * discount / 3 * lower[a],
        never: 2 * discount / 3 * lower[never],
    }
    for target, expected in after_a.items():
        found = model.probabilities(np.array([[a]]), np.array([target]))
        np.testing.assert_allclose(found, float(expected), rtol=1e-12)
    # Nothing was ever met after c, so that the shorter context decides alone.
    np.testing.assert_allclose(model.probabilities([[c]], [b]), float(lower[b]), rtol=1e-12)
    nll = -np.log([float(after_a[b]), float(after_a[c])])
    shorter = -np.log(model.probabilities([[b]], [a]))
    np.testing.assert_allclose(
        model.perplexity(np.array([a, b, a, c])), np.exp((nll.sum() + shorter[0]) / 3), rtol=1e-12
    )


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("modified", [False, True])
def test_probabilities_sum_to_one(order, modified):
    model = KneserNey(31, order, modified).fit(TEXT)
    random = np.random.default_rng(1)
    contexts = np.concatenate(
        [
            np.lib.stride_tricks.sliding_window_view(TEXT, order)[:40, :-1],
            random.integers(0, 31, (40, order - 1)),
        ]
    )
    every = np.tile(np.arange(31), len(contexts))
    found = model.probabilities(np.repeat(contexts, 31, axis=0), every)
    assert found.min() > 0  # also of the id that no text holds
    np.testing.assert_allclose(found.reshape(len(contexts), 31).sum(axis=1), 1, rtol=1e-12)


def test_context_tells():
    """A text that repeats itself is nearly certain from two tokens on, and as uncertain as its ids without any."""
    text = np.tile([0, 1, 2, 0, 2, 1], 200)
    one, two, three = (KneserNey(3, order).fit(text).perplexity(text) for order in (1, 2, 3))
    assert one > 2.9
    assert one > two > three
    assert three < 1.1


def test_modified_discounts_from_counts_of_counts():
    model = KneserNey(31, 2)
    counts = np.repeat([1, 2, 3, 4, 9], [40, 20, 10, 6, 5])
    base = 40 / 80
    expected = [0, 1 - 2 * base * 20 / 40, 2 - 3 * base * 10 / 20, 3 - 4 * base * 6 / 10]
    np.testing.assert_allclose(model._discounts(counts), expected)


def test_bad_inputs():
    with pytest.raises(ParameterError, match="order is 0"):
        KneserNey(10, 0)
    with pytest.raises(ParameterError, match="lower the order"):
        KneserNey(20_000, 5)
    with pytest.raises(ParameterError, match="within 0 to 9"):
        KneserNey(10).fit(np.array([1, 2, 10, 3]))
    with pytest.raises(ParameterError, match="hold no 3-gram"):
        KneserNey(10).fit(np.array([1, 2]))
    with pytest.raises(ParameterError, match="fit a text first"):
        KneserNey(10).probabilities([[1, 2]], [3])
    with pytest.raises(ParameterError, match="whole numbers"):
        KneserNey(10).fit(np.array([1.0, 2.0, 3.0]))


def test_token_probabilities_are_those_of_the_windows():
    model = KneserNey(31, 3).fit(TEXT)
    found = model.token_probabilities(TEXT[:20])
    assert found.shape == (18,)
    np.testing.assert_array_equal(found[4:5], model.probabilities([TEXT[4:6]], [TEXT[6]]))
    np.testing.assert_allclose(model.perplexity(TEXT[:20]), np.exp(-np.log(found).mean()))
