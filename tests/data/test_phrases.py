"""Phrases of two words."""

import pytest

from aimass.data.phrases import Phrases
from aimass.errors import DataError, ParameterError

SENTENCES = [["new", "york", "is", "new"]] * 10 + [["is", "it", "york"]] * 2


def test_the_score_is_the_papers():
    phrases = Phrases.learn(SENTENCES, discount=2, threshold=0)
    # 46 tokens; new 20, york 12, is 12, it 2; (new york) 10, (york is) 10, (is new) 10, (is it) 2, (it york) 2
    assert phrases.scores == {
        ("york", "is"): pytest.approx(8 / (12 * 12) * 46),
        ("is", "new"): pytest.approx(8 / (12 * 20) * 46),
        ("new", "york"): pytest.approx(8 / (20 * 12) * 46),
    }
    assert next(iter(phrases.scores)) == ("york", "is")


def test_pairs_are_joined_from_the_left_once():
    phrases = Phrases({("a", "b"): 2.0, ("b", "c"): 1.0})
    assert phrases.join(["a", "b", "c", "b", "c", "a"]) == ["a_b", "c", "b_c", "a"]
    assert list(phrases.stream([["b", "c"], [], ["a"]])) == [["b_c"], [], ["a"]]


def test_the_threshold_leaves_chance_pairs_out():
    assert not Phrases.learn(SENTENCES, discount=2, threshold=100).scores
    assert ("new", "york") not in Phrases.learn(SENTENCES, discount=2, threshold=2).scores


def test_mistakes():
    with pytest.raises(DataError, match="corpus is empty"):
        Phrases.learn([])
    with pytest.raises(ParameterError, match="discount=-1"):
        Phrases.learn(SENTENCES, discount=-1)
