import numpy as np
import pytest
import tensorflow as tf

from aimass.decoding import beam_search, coverage_penalty, length_penalty, search
from aimass.errors import ParameterError
from aimass.models import Seq2Seq
from tests.decoding.tiny import (
    BATCH,
    END,
    LIMIT,
    enumerate_outputs,
    outputs_of,
    prefix_model,
    replay,
)

MASK = np.array([[True, True, True], [True, True, False], [True, False, False]])


def score_by_hand(step, state, tokens, mask, alpha, beta):
    """Wu et al. 2016, eq. 14, written out."""
    log_prob, looked = replay(step, state, tokens)
    covered = np.minimum(looked.sum(axis=0), 1.0)[mask]
    return log_prob / ((5 + len(tokens)) / 6) ** alpha + beta * np.log(covered).sum()


@pytest.mark.parametrize(("alpha", "beta"), [(0.0, 0.3), (1.0, 0.3), (0.7, 5.0)])
@pytest.mark.parametrize("seed", range(3))
def test_a_beam_that_holds_all_ranks_by_the_formula(seed, alpha, beta):
    step, states = prefix_model(seed)
    options = {"alpha": alpha, "coverage": beta, "source_mask": MASK, "begin": 0, "end": END}
    wide = beam_search(step, states, beam_size=60, max_length=LIMIT, **options)
    best = beam_search(step, states, beam_size=60, max_length=LIMIT, n=2, **options)
    plain = beam_search(step, states, beam_size=60, max_length=LIMIT, alpha=alpha, begin=0, end=END)
    changed = False
    for b in range(BATCH):
        outputs = [tokens for tokens, _ in enumerate_outputs(step, states[b])]
        scored = sorted((-score_by_hand(step, states[b], t, MASK[b], alpha, beta), t) for t in outputs)
        assert outputs_of(wide, b)[: len(scored)] == [tokens for _, tokens in scored]
        np.testing.assert_allclose(wide.scores[b, : len(scored)], [-s for s, _ in scored], atol=1e-4)
        assert outputs_of(best, b) == [tokens for _, tokens in scored[:2]]
        changed |= outputs_of(plain, b) != outputs_of(wide, b)
    assert changed, "the penalty makes no difference here, so that the test shows nothing"


@pytest.mark.parametrize("beta", [0.2, 4.0])
@pytest.mark.parametrize("alpha", [0.0, 1.0, 2.5])
@pytest.mark.parametrize("seed", range(4))
def test_ending_early_loses_nothing(seed, alpha, beta):
    step, states = prefix_model(seed)
    options = {"alpha": alpha, "coverage": beta, "source_mask": MASK, "begin": 0, "end": END}
    whole = beam_search(step, states, beam_size=4, max_length=9, **options)
    for n in (1, 3):
        part = beam_search(step, states, beam_size=4, max_length=9, n=n, **options)
        for b in range(BATCH):
            assert outputs_of(part, b) == outputs_of(whole, b)[:n]
            np.testing.assert_allclose(part.scores[b], whole.scores[b, :n], atol=1e-5)
            for tokens, score in zip(outputs_of(part, b), part.scores[b].numpy(), strict=True):
                tokens = tokens if END in tokens else tokens[:9]
                assert score == pytest.approx(
                    score_by_hand(step, states[b], tokens, MASK[b], alpha, beta), abs=1e-4
                )


def test_penalties_by_hand():
    covered = tf.constant([[[0.5, 2.0, 0.1]], [[1.0, 0.25, 0.0]]])
    mask = tf.constant([[True, True, True], [True, True, False]])
    np.testing.assert_allclose(
        coverage_penalty(covered, mask), [[np.log(0.5) + np.log(0.1)], [np.log(0.25)]], rtol=1e-6
    )
    assert float(length_penalty(13, 0.5)) == pytest.approx(3**0.5)
    assert np.isfinite(coverage_penalty(tf.zeros([1, 1, 1]), [[True]])).all()


def test_a_model_of_ours_is_ranked_by_its_own_alignments():
    model = Seq2Seq(12, 12, units=10, embedding_units=8, seed=5)
    source = np.array([[5, 6, 7, 3], [8, 9, 3, 0]])
    found = search(model, source, beam_size=4, alpha=0.6, coverage=0.4, max_length=6, alignments=True)
    for b, n in np.ndindex(2, 4):
        tokens = [t for t in found.tokens[b, n].numpy().tolist() if t]
        target_in = np.array([[2, *tokens[:-1]]])
        weights = model.alignments((source[b : b + 1], target_in))[0].numpy()
        np.testing.assert_allclose(found.alignments[b, n, : len(tokens)], weights, atol=1e-5)
        covered = np.minimum(weights.sum(axis=0), 1)[source[b] != 0]
        expected = float(found.log_probs[b, n]) / ((5 + len(tokens)) / 6) ** 0.6 + 0.4 * np.log(covered).sum()
        assert float(found.scores[b, n]) == pytest.approx(expected, abs=1e-4)


def test_mistakes_are_named():
    step, states = prefix_model()
    blind = lambda *arguments: step(*arguments)[:2]  # noqa: E731
    options = {"beam_size": 2, "max_length": 3}
    with pytest.raises(ParameterError, match="coverage needs source_mask"):
        beam_search(step, states, coverage=0.1, **options)
    with pytest.raises(ParameterError, match="coverage is -1"):
        beam_search(step, states, coverage=-1, source_mask=MASK, **options)
    with pytest.raises(ParameterError, match="coverage: the model's steps return no attention"):
        beam_search(blind, states, coverage=0.1, source_mask=MASK, **options)
    with pytest.raises(ParameterError, match="alignments: the model's steps return no attention"):
        beam_search(blind, states, alignments=True, **options)
