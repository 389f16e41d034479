from itertools import product

import numpy as np
import pytest
import tensorflow as tf

from aimass.decoding import beam_search, exact_search, greedy, length_penalty, model_step, search
from aimass.decoding.beam import _top_k
from aimass.errors import ParameterError
from aimass.models import Seq2Seq

END, BATCH, VOCAB, LIMIT = 1, 3, 4, 3


def prefix_model(seed=0, vocab_size=VOCAB, sharpness=2.0):
    """A step whose distribution depends on the whole prefix and the sentence: its state is a hash of what was read."""
    table = np.random.default_rng(seed).normal(size=(4001, vocab_size)).astype("float32") * sharpness
    log_probs = tf.nn.log_softmax(tf.constant(table))

    def step(tokens, states, position):
        states = (states * 31 + tokens + 7) % 4001
        return tf.gather(log_probs, states), states

    return step, tf.constant([[11], [222], [3333]])


def enumerate_outputs(step, state, limit=LIMIT, vocab_size=VOCAB):
    """Every output of one sentence with its log-probability, best first; by trying all."""
    outputs = {}
    for length in range(1, limit + 1):
        for tokens in product(range(vocab_size), repeat=length):
            if END in tokens[:-1] or (length < limit and tokens[-1] != END):
                continue
            total, states, last = 0.0, state[None], 0
            for token in tokens:
                log_probs, states = step(tf.constant([[last]]), states, 0)
                total += float(log_probs[0, 0, token])
                last = token
            outputs[tokens] = total
    return sorted(outputs.items(), key=lambda item: -item[1])


def outputs_of(hypotheses, sentence):
    """Tokens up to the end, as tuples."""
    rows = []
    for row in hypotheses.tokens[sentence].numpy().tolist():
        rows.append(tuple(row[: row.index(END) + 1] if END in row else row))
    return rows


@pytest.mark.parametrize("seed", range(4))
def test_a_beam_of_one_is_greedy(seed):
    step, states = prefix_model(seed)
    first = greedy(step, states, max_length=6, begin=0, end=END)
    second = beam_search(step, states, beam_size=1, max_length=6, begin=0, end=END, alpha=0.7)
    for b in range(BATCH):
        assert outputs_of(first, b) == outputs_of(second, b)
    np.testing.assert_allclose(first.log_probs, second.log_probs, atol=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_a_beam_that_holds_all_is_exact(seed):
    step, states = prefix_model(seed)
    wide = beam_search(step, states, beam_size=60, max_length=LIMIT, begin=0, end=END)
    for b in range(BATCH):
        expected = enumerate_outputs(step, states[b])
        count = len(expected)
        assert count < 60
        assert outputs_of(wide, b)[:count] == [tokens for tokens, _ in expected]
        np.testing.assert_allclose(wide.scores[b, :count], [score for _, score in expected], atol=1e-5)
        assert np.isneginf(wide.scores[b, count:]).all()
        exact = exact_search(step, states[b : b + 1], max_length=LIMIT, n=5, begin=0, end=END, width=3)
        assert outputs_of(exact, 0) == [tokens for tokens, _ in expected[:5]]
        np.testing.assert_allclose(exact.scores[0], [score for _, score in expected[:5]], atol=1e-5)


def test_greedy_can_miss_what_a_beam_finds():
    # From the start, token 2 is likelier than token 3, but leads into a wide choice; 3 leads to a sure end.
    first = [0.0, 0.0, 0.6, 0.4]
    table = tf.math.log(tf.constant([first, [0.25] * 4, [0.25] * 4, [0.0, 1.0, 0.0, 0.0]]))
    step = lambda tokens, states, position: (tf.gather(table, tokens), states)  # noqa: E731
    states = tf.zeros([1, 1])
    found = greedy(step, states, max_length=2, begin=0, end=END)
    assert float(tf.exp(found.log_probs[0, 0])) == pytest.approx(0.15)
    wide = beam_search(step, states, beam_size=2, max_length=2, begin=0, end=END)
    assert outputs_of(wide, 0)[0] == (3, 1)
    assert float(tf.exp(wide.log_probs[0, 0])) == pytest.approx(0.4)


def test_length_penalty_divides_the_scores_and_orders_by_them():
    step, states = prefix_model(2)
    found = beam_search(step, states, beam_size=60, max_length=LIMIT, begin=0, end=END, alpha=1.5)
    for b in range(BATCH):
        expected = enumerate_outputs(step, states[b])
        scored = sorted((-s / float(length_penalty(len(t), 1.5)), t) for t, s in expected)
        assert outputs_of(found, b)[: len(scored)] == [tokens for _, tokens in scored]
        np.testing.assert_allclose(found.scores[b, : len(scored)], [-s for s, _ in scored], atol=1e-5)
    assert float(length_penalty(1, 1.5)) == 1.0


@pytest.mark.parametrize("alpha", [0.0, 1.0, 2.5])
@pytest.mark.parametrize("seed", range(4))
def test_fewer_outputs_end_earlier_and_are_the_same(seed, alpha):
    step, states = prefix_model(seed)
    whole = beam_search(step, states, beam_size=4, max_length=9, begin=0, end=END, alpha=alpha)
    for n in (1, 3):
        part = beam_search(step, states, beam_size=4, max_length=9, begin=0, end=END, alpha=alpha, n=n)
        assert part.tokens.shape[:2] == (BATCH, n)
        for b in range(BATCH):
            assert outputs_of(part, b) == outputs_of(whole, b)[:n]
    assert part.tokens.shape[2] <= whole.tokens.shape[2]


@pytest.mark.parametrize(("size", "k"), [(1024, 5), (1500, 1), (4000, 70)])
def test_chunked_top_k_equals_top_k(size, k):
    values = tf.random.stateless_normal([3, 2, size], [size, k])
    for found, expected in zip(_top_k(values, k), tf.math.top_k(values, k), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_each_sentence_has_its_own_maximum():
    step, states = prefix_model(0)
    limits = np.array([1, 4, 0])
    for found in (
        greedy(step, states, max_length=limits, begin=0, end=99),
        beam_search(step, states, beam_size=2, max_length=limits, begin=0, end=99),
    ):
        alone = beam_search(step, states[1:2], beam_size=found.tokens.shape[1], max_length=4, begin=0, end=99)
        np.testing.assert_array_equal(found.tokens[1], alone.tokens[0])
        assert not np.any(found.tokens[0, :, 1:])
        assert not np.any(found.tokens[2])
        assert float(found.log_probs[2, 0]) == 0.0


def test_scores_are_the_models_own_log_probabilities():
    model = Seq2Seq(12, 12, units=10, embedding_units=8, seed=5)
    source = np.array([[5, 6, 7, 3], [8, 9, 3, 0]])
    for beam_size in (1, 4):
        found = search(model, source, beam_size=beam_size, max_length=6)
        for b, n in np.ndindex(2, beam_size):
            tokens = found.tokens[b, n].numpy()
            tokens = tokens[tokens != 0][None]
            log_probs = tf.nn.log_softmax(model((source[b : b + 1], np.insert(tokens, 0, 2, axis=1)[:, :-1])))
            own = tf.gather(log_probs, tokens, batch_dims=2)
            assert float(tf.reduce_sum(own)) == pytest.approx(float(found.log_probs[b, n]), abs=1e-4)
            assert not {0, 1, 2} & set(tokens[0].tolist())
    memory, states = model.encode(source[:1])
    exact = exact_search(model_step(model, memory), [s[:, None] for s in states], max_length=3)
    wide = search(model, source[:1], beam_size=600, max_length=3)
    length = exact.tokens.shape[2]
    np.testing.assert_array_equal(exact.tokens[0, 0], wide.tokens[0, 0, :length])
    assert not np.any(wide.tokens[0, 0, length:])


def test_padding_of_the_batch_changes_no_output():
    model = Seq2Seq(12, 12, units=10, embedding_units=8, seed=5)
    source = np.array([[5, 6, 7, 3], [8, 9, 3, 0]])
    together = search(model, source, beam_size=3)
    alone = search(model, source[1:, :3], beam_size=3)
    width = alone.tokens.shape[2]
    np.testing.assert_array_equal(together.tokens[1, :, :width], alone.tokens[0])
    np.testing.assert_allclose(together.scores[1], alone.scores[0], atol=1e-4)


def test_mistakes_are_named():
    step, states = prefix_model()
    with pytest.raises(ParameterError, match="beam_size is 0"):
        beam_search(step, states, beam_size=0, max_length=3)
    with pytest.raises(ParameterError, match="n is 3"):
        beam_search(step, states, beam_size=2, max_length=3, n=3)
    with pytest.raises(ParameterError, match="one sentence at a time"):
        exact_search(step, states, max_length=3)
    with pytest.raises(ParameterError, match="no proof yet"):
        exact_search(step, states[:1], max_length=20, end=99, max_expansions=10)
