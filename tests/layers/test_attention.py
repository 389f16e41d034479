import keras
import numpy as np
import pytest
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.layers import (
    AdditiveAttention,
    MultiplicativeAttention,
    PositionOnlyAttention,
    ScaledDotProductAttention,
    masked_softmax,
)

BATCH, TARGET, SOURCE, QUERY, VALUE, UNITS = 3, 4, 6, 5, 7, 5
MASK = np.arange(SOURCE) < np.array([6, 2, 0])[:, None]
LAYERS = {
    "additive": lambda: AdditiveAttention(UNITS, seed=0),
    "general": lambda: MultiplicativeAttention(UNITS, seed=0),
    "scaled": lambda: ScaledDotProductAttention(UNITS, seed=0),
    "position": lambda: PositionOnlyAttention(3, 5),
}


def tensors(seed=0):
    random = np.random.default_rng(seed)
    query = random.normal(size=(BATCH, TARGET, QUERY)).astype("float32")
    return query, random.normal(size=(BATCH, SOURCE, VALUE)).astype("float32")


def built(name):
    layer = LAYERS[name]()
    layer(*tensors())
    random = np.random.default_rng(9)
    layer.set_weights([random.normal(size=w.shape) for w in layer.get_weights()])
    return layer


def reference_scores(name, weights, query, values):
    """The scores by loops in float64, from the papers' equations."""
    scores = np.zeros((BATCH, TARGET, SOURCE))
    for b, t, s in np.ndindex(scores.shape):
        q, h = query[b, t].astype("float64"), values[b, s].astype("float64")
        if name == "additive":
            scores[b, t, s] = np.tanh(q @ weights[0] + h @ weights[1]) @ weights[2][:, 0]
        elif name == "general":
            scores[b, t, s] = q @ (h @ weights[0])
        elif name == "scaled":
            scores[b, t, s] = (q @ weights[0]) @ (h @ weights[1]) / np.sqrt(UNITS)
        else:
            scores[b, t, s] = weights[0][min(t, 2), min(s, 4)]
    return scores


@pytest.mark.parametrize("name", LAYERS)
def test_equals_the_equations(name):
    layer, (query, values) = built(name), tensors()
    context, weights = layer(query, values, mask=MASK)
    scores = reference_scores(name, [w.astype("float64") for w in layer.get_weights()], query, values)
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True)) * MASK[:, None]
    expected = exponentials / np.maximum(exponentials.sum(axis=-1, keepdims=True), 1e-300)
    np.testing.assert_allclose(weights, expected, atol=2e-5)
    np.testing.assert_allclose(context, expected @ values, atol=1e-4)


@pytest.mark.parametrize("name", LAYERS)
def test_padding_has_weight_zero_and_all_padding_gives_zero(name):
    context, weights = built(name)(*tensors(), mask=MASK)
    assert not np.any(weights.numpy()[~np.repeat(MASK[:, None], TARGET, axis=1)])
    np.testing.assert_allclose(
        tf.reduce_sum(weights, axis=-1), np.repeat([[1], [1], [0]], TARGET, axis=1), atol=1e-6
    )
    assert not np.any(context[2])


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_are_finite_where_all_is_padding(name):
    layer, (query, values) = built(name), map(tf.constant, tensors())
    with tf.GradientTape() as tape:
        tape.watch([query, values])
        loss = tf.reduce_sum(layer(query, values, mask=MASK)[0] ** 2)
    found = tape.gradient(loss, [query, values, *layer.trainable_weights], unconnected_gradients="zero")
    assert all(np.isfinite(tf.convert_to_tensor(g)).all() for g in found)
    assert not np.any(found[1].numpy()[~MASK])


@pytest.mark.parametrize("name", LAYERS)
def test_one_query_at_a_time_equals_all_at_once(name):
    layer, (query, values) = built(name), tensors()
    whole, _ = layer(query, values, mask=MASK)
    keys = layer.keys(values)
    for t in range(TARGET):
        part, _ = layer.attend(query[:, t : t + 1], keys, values, MASK, offset=t)
        np.testing.assert_allclose(part[:, 0], whole[:, t], atol=1e-5)


def test_dot_scores_equal_keras():
    query, values = tensors()
    values = values[..., :QUERY]
    theirs, weights = keras.layers.Attention()(
        [query, values], mask=[None, MASK[:2].repeat(2, 0)[:3]], return_attention_scores=True
    )
    context, found = MultiplicativeAttention(QUERY, score="dot")(
        query, values, mask=MASK[:2].repeat(2, 0)[:3]
    )
    np.testing.assert_allclose(found, weights, atol=1e-6)
    np.testing.assert_allclose(context, theirs, atol=1e-5)


def test_additive_scores_equal_keras_where_nothing_is_projected():
    query, values = tensors()
    values = values[..., :UNITS]
    layer = AdditiveAttention(UNITS)
    layer(query, values)
    layer.set_weights([np.eye(UNITS), np.eye(UNITS), np.ones((UNITS, 1))])
    theirs = keras.layers.AdditiveAttention(use_scale=False)([query, values])
    np.testing.assert_allclose(layer(query, values)[0], theirs, atol=1e-5)


def test_softmax_is_float32_and_does_not_overflow():
    scores = tf.constant([[[6e4, 6e4, -6e4]]], tf.float16)
    weights = masked_softmax(scores, tf.constant([[True, True, False]]))
    assert weights.dtype == tf.float32
    np.testing.assert_array_equal(weights, [[[0.5, 0.5, 0.0]]])


def test_positions_see_no_content():
    layer = built("position")
    first, second = (layer(*tensors(seed), mask=MASK)[1] for seed in (0, 1))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: MultiplicativeAttention(UNITS, score="cosine"), "expected 'general' or 'dot'"),
        (lambda: MultiplicativeAttention(UNITS, score="dot")(*tensors()), "score='general'"),
        (lambda: MultiplicativeAttention(UNITS + 1)(*tensors()), "expected units"),
        (lambda: AdditiveAttention(0), "at least 1"),
        (lambda: PositionOnlyAttention(0), "at least 1"),
        (
            lambda: AdditiveAttention(3)(np.zeros((2, 5), "float32"), tensors()[1]),
            r"expected \[batch, length, units\]",
        ),
    ],
)
def test_mistakes_are_named(make, words):
    with pytest.raises(ParameterError, match=words):
        make()
