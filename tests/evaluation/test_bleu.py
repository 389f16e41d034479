import numpy as np
import pytest
import sacrebleu

from aimass.errors import ParameterError
from aimass.evaluation import bleu

REFERENCES = [
    "a small dog runs over the green field .",
    "two men sit on a bench , talking .",
    "The cat sleeps .",
] * 4
SYSTEM = ["a small dog runs on the green grass .", "two men are on a bench talking .", "The cat sleeps ."] * 4
WORSE = ["dog runs the field .", "men sit bench .", "cat ."] * 4


@pytest.mark.parametrize("options", [{}, {"lowercase": True}, {"tokenize": "zh"}])
def test_equals_sacrebleu(options):
    expected = sacrebleu.corpus_bleu(SYSTEM, [REFERENCES], **options).score
    assert bleu(SYSTEM, REFERENCES, **options).score() == pytest.approx(expected, abs=1e-9)


def test_score_of_a_subset_with_repetitions():
    indices = np.array([0, 0, 2, 4])
    expected = sacrebleu.corpus_bleu([SYSTEM[i] for i in indices], [[REFERENCES[i] for i in indices]]).score
    assert bleu(SYSTEM, REFERENCES).score(indices) == pytest.approx(expected, abs=1e-9)


def test_signature_says_the_recipe():
    assert "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp" in bleu(SYSTEM, REFERENCES).signature
    assert "case:lc" in bleu(SYSTEM, REFERENCES, lowercase=True).signature


def test_interval_and_difference():
    better, worse = bleu(SYSTEM, REFERENCES), bleu(WORSE, REFERENCES)
    interval = better.interval(n_resamples=200)
    assert interval.low <= interval.value <= interval.high
    assert interval.value == better.score()
    difference = better.difference(worse, n_resamples=200)
    assert difference.value == pytest.approx(better.score() - worse.score())
    assert difference.low > 0
    assert better.difference(better, n_resamples=50).high == 0


def test_empty_hypotheses_score_zero():
    assert bleu([""] * 3, REFERENCES[:3]).score() == 0


def test_bad_input():
    with pytest.raises(ParameterError, match="1 hypotheses and 2 references"):
        bleu(["a"], ["a", "b"])
    with pytest.raises(ParameterError, match="0 hypotheses"):
        bleu([], [])
    with pytest.raises(ParameterError, match="cannot pair"):
        bleu(["a"], ["a"]).difference(bleu(["a"], ["a"], lowercase=True))
