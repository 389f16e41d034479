import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from aimass.errors import ParameterError
from aimass.layers.proposals import Proposal, draw_distinct, log_expected_count

V = 20
COUNTS = np.r_[0, np.arange(V - 1, 0, -1)]


def probabilities(proposal):
    table = None
    if proposal.probabilities is not None:
        with np.errstate(divide="ignore"):
            table = tf.constant(np.log(proposal.probabilities), tf.float32)
    return np.exp(proposal.log_prob(tf.range(V), table).numpy().astype("float64"))


def cumulative(proposal):
    return None if proposal.probabilities is None else tf.constant(proposal.cumulative)


PROPOSALS = {
    "uniform": (("uniform", V), np.full(V, 1 / V)),
    "log_uniform": (("log_uniform", V), np.log((np.arange(V) + 2) / (np.arange(V) + 1)) / np.log(V + 1)),
    "unigram": (("unigram", V, COUNTS), COUNTS / COUNTS.sum()),
    "distorted": (("unigram", V, COUNTS, 0.75), COUNTS**0.75 / (COUNTS**0.75).sum()),
    "given": ((COUNTS / 7, V), COUNTS / COUNTS.sum()),
}


@pytest.mark.parametrize("name", PROPOSALS)
def test_draws_follow_the_probabilities(name):
    arguments, expected = PROPOSALS[name]
    proposal = Proposal(*arguments)
    np.testing.assert_allclose(probabilities(proposal), expected, rtol=1e-5)
    drawn = proposal.draw(40_000, tf.constant([1, 2]), cumulative(proposal)).numpy()
    found = np.bincount(drawn, minlength=V)
    assert found[expected == 0].sum() == 0
    kept = expected > 0
    assert stats.chisquare(found[kept], 40_000 * expected[kept]).pvalue > 1e-3


def test_the_last_of_a_million_ids_can_be_drawn():
    proposal = Proposal("log_uniform", 10**6)
    drawn = proposal.draw(2_000_000, tf.constant([0, 1])).numpy()
    assert drawn.min() == 0
    assert drawn.max() < 10**6
    last = drawn[drawn >= 500_000]  # float32 would reach but every second id here
    assert set((last % 2).tolist()) == {0, 1}
    assert abs((last % 2).mean() - 0.5) < 0.02


@pytest.mark.parametrize("name", PROPOSALS)
def test_expected_counts_of_distinct_draws(name):
    """Over many samples the share of an id is what log_expected_count says, given the number of draws that a sample took."""
    arguments, q = PROPOSALS[name]
    proposal, number = Proposal(*arguments), 6
    run = tf.function(lambda seed: draw_distinct(proposal, number, seed, cumulative(proposal)))
    seen, expected = np.zeros(V), np.zeros(V)
    for seed in range(600):
        ids, tries = run(tf.constant([seed, 9]))
        ids = ids.numpy()
        assert len(set(ids.tolist())) == number
        seen[ids] += 1
        with np.errstate(divide="ignore"):
            expected += np.exp(log_expected_count(tf.constant(np.log(q), tf.float32), tries, True).numpy())
    # The formula conditions on the number of draws as if it were fixed: an approximation that TensorFlow makes, too.
    np.testing.assert_allclose(seen / 600, expected / 600, atol=0.1)
    assert abs(seen.sum() - expected.sum()) / seen.sum() < 0.05


def test_distinct_draws_go_on_until_there_are_enough():
    q = np.r_[0.999, np.full(9, 0.001 / 9)]
    proposal = Proposal(q, 10)
    ids, tries = draw_distinct(proposal, 10, tf.constant([3, 4]), tf.constant(proposal.cumulative))
    assert sorted(ids.numpy().tolist()) == list(range(10))
    assert tries > 1000


def test_independent_draws_are_expected_number_times_q():
    found = log_expected_count(tf.math.log([0.2, 0.5]), tf.constant(8.0, tf.float64), False)
    np.testing.assert_allclose(np.exp(found), [1.6, 4.0], rtol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("zipf", V), "expected 'uniform'"),
        (("unigram", V), "needs counts"),
        (("unigram", V, np.ones(3)), r"shape \(3,\); expected \(20,\)"),
        (("unigram", V, -np.ones(V)), "not negative"),
        (("unigram", V, np.zeros(V)), "not all zero"),
        (("unigram", V, np.full(V, np.nan)), "finite"),
        ((np.ones(V + 1), V), "expected"),
        (("unigram", V, np.ones(V), -1.0), "distortion"),
    ],
)
def test_mistakes_are_told(arguments, message):
    with pytest.raises(ParameterError, match=message):
        Proposal(*arguments)
