import numpy as np
import pytest
import tensorflow as tf

from aimass.decoding import beam_search, draw, exact_search, greedy, length_penalty, sample, search
from aimass.decoding.continuations import best_continuations
from aimass.decoding.hypotheses import log_normalisers
from aimass.errors import ParameterError
from aimass.models import Seq2Seq
from tests.decoding.tiny import (
    BATCH,
    END,
    LIMIT,
    SOURCE_LENGTH,
    enumerate_outputs,
    outputs_of,
    prefix_model,
    replay,
)


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


@pytest.mark.parametrize("seed", range(3))
def test_what_a_beam_has_found_spares_exact_search_work_and_changes_nothing(seed):
    step, states = prefix_model(seed)
    opened = []

    def counting(tokens, states, memory, position):
        tf.py_function(lambda x: opened.append(x.shape[1]), [tokens], [])
        return step(tokens, states, memory, position)

    options = {"max_length": LIMIT, "begin": 0, "end": END, "n": 2}
    whole = exact_search(counting, states[:1], **options)
    work, known = sum(opened), float(whole.log_probs[0, 1])
    opened.clear()
    bounded = exact_search(counting, states[:1], known=known - 1e-4, **options)
    assert outputs_of(bounded, 0) == outputs_of(whole, 0)
    assert sum(opened) <= work
    # A bound above the best leaves nothing.
    nothing = exact_search(step, states[:1], known=float(whole.log_probs[0, 0]) + 0.1, **options)
    assert np.isneginf(nothing.log_probs).all()


def test_greedy_can_miss_what_a_beam_finds():
    # From the start, token 2 is likelier than token 3, but leads into a wide choice; 3 leads to a sure end.
    first = [0.0, 0.0, 0.6, 0.4]
    table = tf.math.log(tf.constant([first, [0.25] * 4, [0.25] * 4, [0.0, 1.0, 0.0, 0.0]]))
    step = lambda tokens, states, memory, position: (tf.gather(table, tokens), states)  # noqa: E731
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


def own_log_prob(model, source, tokens):
    """The model's log-probability of one output, by one call over all its tokens."""
    tokens = np.array([t for t in tokens if t])[None]
    log_probs = tf.nn.log_softmax(model((source, np.insert(tokens, 0, 2, axis=1)[:, :-1])))
    return float(tf.reduce_sum(tf.gather(log_probs, tokens, batch_dims=2)))


@pytest.mark.parametrize("attention", ["multiplicative", "additive", None])
def test_scores_are_the_models_own_log_probabilities(attention):
    model = Seq2Seq(12, 12, units=10, embedding_units=8, attention=attention, seed=5)
    source = np.array([[5, 6, 7, 3], [8, 9, 3, 0]])
    beams = [search(model, source, beam_size=size, max_length=6) for size in (1, 4)]
    for found in [*beams, draw(model, source, seed=1, n=3, max_length=6, temperature=2.0, top_k=5)]:
        for b, n in np.ndindex(*found.scores.shape):
            tokens = found.tokens[b, n].numpy().tolist()
            own = own_log_prob(model, source[b : b + 1], tokens)
            assert own == pytest.approx(float(found.log_probs[b, n]), abs=1e-4)
            assert not {1, 2} & set(tokens)
            assert 0 not in tokens[: tokens.index(3) if 3 in tokens else None]


def test_a_wide_beam_over_a_trained_models_steps_is_exact():
    model = Seq2Seq(12, 12, units=10, embedding_units=8, seed=5)
    source = np.array([[5, 6, 7, 3]])
    memory, states = model.begin(source, 3)
    states = [s[:, None] for s in states]
    exact = exact_search(model.step, states, memory, max_length=3, n=4, forbidden=(0, 1, 2))
    wide = search(model, source, beam_size=600, max_length=3, n=4)
    length = exact.tokens.shape[2]
    np.testing.assert_array_equal(exact.tokens[0], wide.tokens[0, :, :length])
    np.testing.assert_allclose(exact.scores, wide.scores, atol=1e-5)
    assert float(exact.log_probs[0, 0]) == pytest.approx(
        own_log_prob(model, source, exact.tokens[0, 0].numpy().tolist()), abs=1e-4
    )


def test_sentences_that_are_done_are_dropped_and_change_nothing():
    step, _ = prefix_model(3)
    states = tf.constant(np.random.default_rng(0).integers(0, 4001, [16, 1]), tf.int32)
    sizes = []

    def counting(tokens, states, memory, position):
        sizes.append(tokens.shape[0])
        np.testing.assert_array_equal(memory["row"][:, None] * tf.ones_like(tokens), states[..., 1])
        log_probs, first, attention = step(tokens, states[..., 0], (), position)
        return log_probs, tf.stack([first, states[..., 1]], axis=-1), attention

    rows = tf.range(16)
    both = tf.stack([states, rows[:, None]], axis=-1)
    options = {"max_length": 12, "begin": 0, "end": END}
    searches = [
        lambda step, *model: greedy(step, *model, **options),
        lambda step, *model: beam_search(step, *model, beam_size=3, n=2, alpha=0.5, **options),
        lambda step, *model: sample(step, *model, n=2, seed=4, **options),
    ]
    for run in searches:
        sizes.clear()
        together = run(counting, both, {"row": rows})
        assert sizes[0] == 16
        assert sizes[-1] < 15
        if run is searches[2]:
            continue
        for b in range(16):
            alone = run(step, states[b : b + 1], ())
            assert outputs_of(together, b) == [
                t + (0,) * (len(outputs_of(together, b)[0]) - len(t)) if END not in t else t
                for t in outputs_of(alone, 0)
            ]
            np.testing.assert_allclose(together.scores[b], alone.scores[0], atol=1e-5)


@pytest.mark.parametrize("size", [5, 12, 1500, 1511])
@pytest.mark.parametrize("count", [1, 4, 70])
def test_best_continuations_are_those_of_a_full_sort(size, count):
    logits = 3 * tf.random.stateless_normal([3, 2, size], [size, 1])
    log_probs = tf.constant([[-1.0, -1.5], [-2.0, -float("inf")], [-70.0, -69.0]])
    own = tf.nn.log_softmax(tf.cast(logits, tf.float64)).numpy()
    best = np.argsort(-own[0, 0])
    forbidden = (int(best[0]), int(best[2]), 3)  # among them the very best
    gained, tokens, parents = best_continuations(logits, log_probs, count, forbidden)
    own[:, :, forbidden] = -np.inf
    totals = (own + log_probs.numpy()[..., None]).reshape(3, -1)
    for b in range(3):
        order = np.argsort(-totals[b], kind="stable")[:count]
        order = order[np.isfinite(totals[b][order])]
        assert tokens[b, : len(order)].numpy().tolist() == (order % size).tolist()
        assert parents[b, : len(order)].numpy().tolist() == (order // size).tolist()
        np.testing.assert_allclose(gained[b, : len(order)], own[b].reshape(-1)[order], atol=2e-6)
        assert not np.any(np.isfinite((gained[b] + tf.gather(log_probs[b], parents[b]))[len(order) :]))


def test_logits_need_not_be_normalised():
    step, states = prefix_model(2)

    def shifted(tokens, states, memory, position):
        logits, states, attention = step(tokens, states, memory, position)
        return logits + tf.cast(position, tf.float32) * 7 - 3, states, attention

    options = {"max_length": 5, "begin": 0, "end": END}
    for run in (
        lambda step: greedy(step, states, **options),
        lambda step: beam_search(step, states, beam_size=3, alpha=0.5, **options),
        lambda step: sample(step, states, n=2, seed=1, **options),
        lambda step: exact_search(step, states[:1], n=3, **options),
    ):
        found, same = run(shifted), run(step)
        np.testing.assert_array_equal(found.tokens, same.tokens)
        np.testing.assert_allclose(found.scores, same.scores, atol=1e-5)


def test_alignments_are_the_weights_that_led_to_each_token():
    step, states = prefix_model(1)
    options = {"max_length": 6, "begin": 0, "end": END, "alignments": True}
    for found in (
        greedy(step, states, **options),
        beam_search(step, states, beam_size=4, n=3, alpha=1.0, **options),
        sample(step, states, n=3, seed=0, **options),
    ):
        assert found.alignments.shape == (*found.tokens.shape, SOURCE_LENGTH)
        for b, n in np.ndindex(*found.scores.shape):
            tokens = outputs_of(found, b)[n]
            log_prob, looked = replay(step, states[b], tokens)
            assert log_prob == pytest.approx(float(found.log_probs[b, n]), abs=1e-5)
            used = np.array(tokens) != 0  # token 0 is padding to the search
            np.testing.assert_allclose(found.alignments[b, n, : len(tokens)][used], looked[used], atol=1e-6)
            assert not np.any(found.alignments[b, n, len(tokens) :])


@pytest.mark.parametrize("alignments", [False, True])
def test_traced_searches_are_the_eager_ones(alignments):
    model = Seq2Seq(12, 12, units=10, embedding_units=8, seed=5)
    source = tf.constant([[5, 6, 7, 3], [8, 9, 3, 0], [4, 3, 0, 0]])
    signature = [tf.TensorSpec([None, None], tf.int32)]
    for function in (
        lambda source: search(model, source, alignments=alignments),
        lambda source: search(
            model, source, beam_size=3, n=2, alpha=1.0, coverage=0.2, alignments=alignments
        ),
        lambda source: draw(model, source, n=2, seed=1, top_p=0.9, alignments=alignments),
    ):
        traced = tf.function(function, input_signature=signature, autograph=False)(source)
        eager = function(source)
        assert (traced.alignments is None) == (not alignments)
        np.testing.assert_array_equal(traced.tokens, eager.tokens)
        for first, second in zip(traced[1:], eager[1:], strict=True):
            if first is not None:
                np.testing.assert_allclose(first, second, atol=1e-4)


def test_nothing_is_put_out_where_nothing_may_be():
    model = Seq2Seq(12, 12, units=10, embedding_units=8, seed=5)
    for beam_size in (1, 2):
        options = {"beam_size": beam_size, "max_length": 0, "alignments": True}
        run = tf.function(lambda source, options=options: search(model, source, **options), autograph=False)
        found = run(tf.constant([[5, 3]]))
        assert found.tokens.shape == (1, beam_size, 0)
        assert float(found.scores[0, 0]) == 0.0


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


@pytest.mark.parametrize("spread", [0.1, 30.0, 1e4])
def test_log_normalisers_are_those_of_float64(spread):
    logits = (np.random.default_rng(0).normal(size=(3, 5, 700)) * spread).astype("float32")
    logits[0, 0], logits[0, 1, 0] = 4.0, -np.inf  # all alike; impossible
    exact = logits.astype("float64").max(-1)
    exact += np.log(np.exp(logits - exact[..., None]).sum(-1))
    np.testing.assert_allclose(log_normalisers(tf.constant(logits)), exact, rtol=1e-6, atol=2e-6)
