import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from aimass.decoding import sample
from aimass.decoding.sampling import choose
from aimass.errors import ParameterError
from tests.decoding.tiny import BATCH, END, LIMIT, enumerate_outputs, outputs_of, prefix_model

PROBABILITIES = np.array([0.4, 0.05, 0.3, 0.15, 0.1])


def frequencies(count=20_000, seed=0, **cuts):
    """How often each token is drawn from one step of a fixed distribution."""
    log_probs = tf.math.log(tf.constant(PROBABILITIES, tf.float32))

    def step(tokens, states, memory, position):
        return tf.broadcast_to(log_probs, [*tokens.shape, 5]), states

    found = sample(step, tf.zeros([1, 1]), n=count, seed=seed, max_length=1, end=99, **cuts)
    tokens = found.tokens[0, :, 0].numpy()
    np.testing.assert_allclose(found.log_probs[0], np.log(PROBABILITIES)[tokens], rtol=1e-5)
    return np.bincount(tokens, minlength=5)


def assert_follows(counts, weights):
    """Chi-square test on the tokens that have weight; none of the others was drawn."""
    weights = np.asarray(weights, float)
    assert not counts[weights == 0].any()
    expected = weights[weights > 0] / weights.sum() * counts.sum()
    if len(expected) > 1:
        assert chisquare(counts[weights > 0], expected).pvalue > 1e-3


@pytest.mark.parametrize("seed", range(3))
def test_tokens_follow_the_models_distribution(seed):
    assert_follows(frequencies(seed=seed), PROBABILITIES)


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_temperature_sharpens_or_flattens(temperature):
    assert_follows(frequencies(temperature=temperature), PROBABILITIES ** (1 / temperature))


def test_cuts_keep_exactly_their_set():
    assert_follows(frequencies(top_k=2), [0.4, 0, 0.3, 0, 0])
    assert_follows(frequencies(top_k=9), PROBABILITIES)
    assert_follows(frequencies(top_p=0.69), [0.4, 0, 0.3, 0, 0])
    assert_follows(frequencies(top_p=0.71), [0.4, 0, 0.3, 0.15, 0])
    assert_follows(frequencies(top_p=0.01), [1, 0, 0, 0, 0])
    assert_follows(frequencies(top_p=1.0), PROBABILITIES)
    # The nucleus is of what the top k leave: 0.4 of 0.85 does not reach 0.5, 0.7 of 0.85 does.
    assert_follows(frequencies(top_k=3, top_p=0.5), [0.4, 0, 0.3, 0, 0])
    # And of the distribution at its temperature: squares sum to 0.285, of which 0.16 is more than a half.
    assert_follows(frequencies(temperature=0.5, top_p=0.5), [1, 0, 0, 0, 0])
    assert_follows(frequencies(forbidden=(0, 4)), PROBABILITIES * [0, 1, 1, 1, 0])


def test_whole_outputs_follow_the_models_distribution():
    step, states = prefix_model(1, sharpness=1.0)
    found = sample(step, states, n=20_000, seed=3, max_length=LIMIT, begin=0, end=END)
    for b in range(BATCH):
        expected = dict(enumerate_outputs(step, states[b]))
        drawn = dict.fromkeys(expected, 0)
        for tokens, log_prob in zip(outputs_of(found, b), found.log_probs[b].numpy(), strict=True):
            drawn[tokens] += 1
            assert log_prob == pytest.approx(expected[tokens], abs=1e-4)
        assert_follows(np.array(list(drawn.values())), np.exp(list(expected.values())))


@settings(max_examples=60, deadline=None)
@given(
    logits=st.lists(st.floats(-8, 8), min_size=1, max_size=9),
    uniform=st.floats(0, 1, exclude_max=True, width=32),
    top_k=st.none() | st.integers(1, 10),
    top_p=st.none() | st.floats(0.01, 1),
)
def test_choice_is_always_from_the_set(logits, uniform, top_k, top_p):
    log_probs = tf.nn.log_softmax(tf.constant(logits))
    token = int(choose(log_probs[None, None], tf.constant([[uniform]]), 1.0, top_k, top_p)[0, 0])
    rank = int(tf.reduce_sum(tf.cast(log_probs > log_probs[token], tf.int32)))
    assert rank < (top_k or 10)
    kept = np.sort(np.exp(log_probs.numpy()))[::-1][: top_k or None]
    likelier = kept[:rank].sum() / kept.sum()
    assert likelier < (top_p or 1) + 1e-5


def test_a_seed_fixes_the_samples_and_samples_differ():
    step, states = prefix_model(2, sharpness=0.5)
    run = tf.function(
        lambda seed: sample(step, states, n=20, seed=seed, max_length=8, begin=0, end=END).tokens,
        autograph=False,
    )
    first, again, other = run(tf.constant(5)), run(tf.constant(5)), run(tf.constant(6))
    np.testing.assert_array_equal(first, again)
    assert first.shape != other.shape or np.any(first != other)
    assert len({tuple(row) for row in first[0].numpy()}) > 3
    eager = sample(step, states, n=20, seed=5, max_length=8, begin=0, end=END).tokens
    np.testing.assert_array_equal(first, eager)


def test_a_cold_temperature_is_greedy():
    assert_follows(frequencies(temperature=0.01), [1, 0, 0, 0, 0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "n is 0"),
        ({"temperature": 0.0}, "temperature is 0.0"),
        ({"temperature": float("nan")}, "temperature is nan"),
        ({"top_k": 0}, "top_k is 0"),
        ({"top_p": 0.0}, "top_p is 0.0"),
        ({"top_p": 1.1}, "top_p is 1.1"),
    ],
)
def test_mistakes_are_named(options, message):
    step, states = prefix_model()
    with pytest.raises(ParameterError, match=message):
        sample(step, states, seed=0, max_length=2, **options)
