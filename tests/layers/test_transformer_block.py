import keras
import numpy as np
import pytest
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.layers.multi_head_attention import (
    FusedCrossAttention,
    FusedSelfAttention,
    softmax_where,
    write_position,
)
from aimass.layers.transformer_block import EPSILON, TransformerBlock, sinusoids

UNITS, HEADS = 12, 3
RANDOM = np.random.default_rng(0)
INPUTS = RANDOM.normal(size=(2, 5, UNITS)).astype("float32")
SOURCE = RANDOM.normal(size=(2, 4, UNITS)).astype("float32")
MASK = np.array([[True] * 5, [True, True, True, False, False]])
SOURCE_MASK = np.array([[True] * 4, [True, True, False, False]])


def block(**options):
    made = TransformerBlock(UNITS, HEADS, 20, **{"seed": 1} | options)
    made.build((None, None, UNITS))
    for weight in made.weights:  # biases and normalisations start at 0 and 1, where mistakes hide
        if weight.dtype == "float32":
            weight.assign(weight + 0.3 * RANDOM.normal(size=weight.shape))
    return made


# ---- an independent reference in float64


def dense(layer, x):
    return x @ layer.kernel.numpy().astype(float) + layer.bias.numpy()


def norm(layer, x):
    centred = x - x.mean(-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + EPSILON)
    return scaled * layer.gamma.numpy() + layer.beta.numpy()


def attention(query, keys, values, allowed):
    """Head by head and query by query: a loop over what the layers do with one product."""
    context = np.zeros_like(query)
    weights = np.zeros((len(query), HEADS, query.shape[1], keys.shape[1]))
    width = UNITS // HEADS
    for b, h, t in np.ndindex(len(query), HEADS, query.shape[1]):
        part = slice(h * width, (h + 1) * width)
        seen = np.flatnonzero(allowed[b, t])
        if len(seen):
            scores = np.exp(keys[b, seen, part] @ query[b, t, part] / np.sqrt(width))
            weights[b, h, t, seen] = scores / scores.sum()
            context[b, t, part] = weights[b, h, t, seen] @ values[b, seen, part]
    return context, weights


def reference(made, x, allowed, source=None, source_mask=None):
    """A block with cross-attention where there is a source."""
    x = x.astype(float)
    query, keys, values = np.split(dense(made.attention.projection, norm(made.attention_norm, x)), 3, axis=-1)
    context, weights = attention(query, keys, values, allowed)
    x = x + dense(made.attention.output_projection, context)
    if source is not None:
        cross = made.cross_attention
        keys, values = np.split(dense(cross.source_projection, source.astype(float)), 2, axis=-1)
        allowed = np.repeat(source_mask[:, None], x.shape[1], axis=1)
        query = dense(cross.query_projection, norm(made.cross_norm, x))
        context, weights = attention(query, keys, values, allowed)
        x = x + dense(cross.output_projection, context)
    hidden = np.maximum(dense(made.hidden, norm(made.feed_forward_norm, x)), 0)
    return x + dense(made.feed_forward, hidden), weights


@pytest.mark.parametrize("causal", [False, True])
def test_block_equals_the_reference(causal):
    made = block()
    allowed = MASK[:, None] & (np.tri(5, dtype=bool) if causal else True)
    allowed = np.broadcast_to(allowed, (2, 5, 5))
    found, _, weights = made(INPUTS, mask=MASK, causal=causal)
    np.testing.assert_allclose(found, reference(made, INPUTS, allowed)[0], atol=1e-5)
    assert weights is None


def test_block_with_cross_attention_equals_the_reference():
    made = block(cross_attention=True)
    allowed = np.broadcast_to(np.tri(5, dtype=bool), (2, 5, 5))
    found, _, weights = made(
        INPUTS, causal=True, source=made.source_keys_values(SOURCE), source_mask=SOURCE_MASK
    )
    expected, expected_weights = reference(made, INPUTS, allowed, SOURCE, SOURCE_MASK)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(weights, expected_weights, atol=1e-6)
    assert not np.any(weights[1, ..., 2:])


@pytest.mark.parametrize("causal", [False, True])
def test_a_prefix_read_before_equals_one_text(causal):
    """Rows with padding in the prefix equal one text that has none."""
    made = block()
    _, prefix, _ = made(SOURCE, mask=SOURCE_MASK, causal=causal)
    found, _, weights = made(INPUTS, causal=True, source=prefix, source_mask=SOURCE_MASK)
    for row, length in enumerate(SOURCE_MASK.sum(axis=1)):
        text = np.concatenate([SOURCE[row : row + 1, :length], INPUTS[row : row + 1]], axis=1)
        allowed = np.tri(length + 5, dtype=bool)
        if not causal:
            allowed[:length, :length] = True
        expected, expected_weights = reference(made, text, allowed[None])
        np.testing.assert_allclose(found[row], expected[0, length:], atol=1e-5)
        np.testing.assert_allclose(
            weights[row, ..., :length], expected_weights[0, :, length:, :length], atol=1e-6
        )


def test_self_attention_equals_keras_with_the_same_weights():
    made = FusedSelfAttention(UNITS, HEADS, seed=1)
    peer = keras.layers.MultiHeadAttention(HEADS, UNITS // HEADS)
    peer(INPUTS, INPUTS)
    made.build(INPUTS.shape)
    made.projection.bias.assign(RANDOM.normal(size=3 * UNITS))
    kernels = np.split(made.projection.kernel.numpy(), 3, axis=1)
    biases = np.split(made.projection.bias.numpy(), 3)
    weights = []
    for kernel, bias in zip(kernels, biases, strict=True):
        weights += [kernel.reshape(UNITS, HEADS, -1), bias.reshape(HEADS, -1)]
    output = made.output_projection
    peer.set_weights([*weights, output.kernel.numpy().reshape(HEADS, -1, UNITS), output.bias.numpy()])
    allowed = MASK[:, None] & np.tri(5, dtype=bool)
    expected, expected_scores = peer(INPUTS, INPUTS, attention_mask=allowed, return_attention_scores=True)
    found, _, scores = made(INPUTS, allowed=tf.constant(allowed[:, None]))
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(scores, expected_scores, atol=1e-5)


def test_cross_attention_equals_keras_with_the_same_weights():
    made = FusedCrossAttention(UNITS, HEADS, seed=1)
    made.build(INPUTS.shape)
    peer = keras.layers.MultiHeadAttention(HEADS, UNITS // HEADS)
    peer(INPUTS, SOURCE)
    query, source, output = made.query_projection, made.source_projection, made.output_projection
    weights = [query.kernel.numpy().reshape(UNITS, HEADS, -1), np.zeros((HEADS, UNITS // HEADS))]
    for kernel in np.split(source.kernel.numpy(), 2, axis=1):
        weights += [kernel.reshape(UNITS, HEADS, -1), np.zeros((HEADS, UNITS // HEADS))]
    peer.set_weights([*weights, output.kernel.numpy().reshape(HEADS, -1, UNITS), np.zeros(UNITS)])
    expected = peer(INPUTS, SOURCE, attention_mask=SOURCE_MASK[:, None])
    found, _ = made(INPUTS, made.keys_values(SOURCE), mask=SOURCE_MASK)
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("look", ["nowhere", "cross", "prefix"])
def test_steps_with_a_cache_equal_the_whole(look):
    made = block(cross_attention=look == "cross")
    source, options = None, {}
    if look == "cross":
        source = made.source_keys_values(SOURCE)
    elif look == "prefix":
        source = made(SOURCE, mask=SOURCE_MASK)[1]
    if source is not None:
        options = {"source": source, "source_mask": tf.constant(SOURCE_MASK)}
    beams = np.stack(
        [INPUTS, INPUTS[..., ::-1]], axis=1
    )  # [batch, beam, length, units]: two different hypotheses
    whole = [made(np.ascontiguousarray(beams[:, i]), causal=True, **options) for i in range(2)]
    cache = tf.nest.map_structure(lambda x: tf.repeat(x[:, None], 2, axis=1), made.empty_cache(2, 7))
    for t in range(5):
        outputs, cache, weights = made.step(tf.constant(beams[:, :, t]), cache, t, **options)
        for i, (expected, own, expected_weights) in enumerate(whole):
            np.testing.assert_allclose(outputs[:, i], expected[:, t], atol=1e-5)
            for kept, given in zip(cache, own, strict=True):
                np.testing.assert_allclose(kept[:, i, :, t], given[:, :, t], atol=1e-6)
            if source is not None:
                np.testing.assert_allclose(weights[:, :, i], expected_weights[:, :, t], atol=1e-6)


def test_a_position_is_written_alone():
    cache = tf.constant(RANDOM.normal(size=(2, 3, 2, 4, 5)), tf.float32)
    new = RANDOM.normal(size=(2, 3, 2, 5)).astype("float32")
    expected = cache.numpy()
    expected[:, :, :, 2] = new
    np.testing.assert_array_equal(write_position(cache, new, 2), expected)


def test_softmax_is_exact_where_nothing_is_allowed():
    scores = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], "float16")
    found = softmax_where(scores, np.array([[True, True, False], [False, False, False]])).numpy()
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[0], [1 / (1 + np.e), np.e / (1 + np.e), 0], rtol=1e-5)
    np.testing.assert_array_equal(found[1], 0)


def test_sinusoids_are_those_of_the_paper():
    found = sinusoids(tf.range(50), 7).numpy()
    for position, column in np.ndindex(*found.shape):
        angle = position / 10000 ** (2 * (column // 2) / 7)
        assert found[position, column] == pytest.approx([np.sin, np.cos][column % 2](angle), abs=1e-5)
    np.testing.assert_array_equal(sinusoids(49, 7), found[49])


def test_normalisation_and_softmax_are_in_float32():
    made = block(dtype="mixed_bfloat16")
    # A bfloat16 has 8 bits: around 1000 it can't tell these numbers' mean from them.
    found = made.attention_norm(tf.constant(1000 + 8 * INPUTS, tf.bfloat16))
    rounded = tf.cast(tf.constant(1000 + 8 * INPUTS, tf.bfloat16), tf.float32).numpy().astype(float)
    np.testing.assert_allclose(tf.cast(found, tf.float32), norm(made.attention_norm, rounded), atol=0.03)
    outputs, (keys, _), _ = made(INPUTS, causal=True)
    assert outputs.dtype == keys.dtype == tf.bfloat16
    assert made.attention(INPUTS)[2].dtype == tf.float32


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"num_heads": 5}, "units is 12 and num_heads is 5"),
        ({"num_heads": 0}, "num_heads is 0"),
        ({"feed_forward_units": 0}, "feed_forward_units is 0"),
        ({"dropout_rate": 1.0}, "dropout_rate is 1.0"),
    ],
)
def test_mistakes_are_named(options, words):
    with pytest.raises(ParameterError, match=words):
        TransformerBlock(**({"units": UNITS, "num_heads": HEADS, "feed_forward_units": 8} | options))


@pytest.mark.parametrize(
    ("made", "inputs"),
    [
        (FusedSelfAttention(UNITS, HEADS), (INPUTS[..., :6],)),
        (FusedCrossAttention(UNITS, HEADS), (INPUTS[0], ())),
        (TransformerBlock(UNITS, HEADS, 8), (INPUTS[0],)),
    ],
)
def test_wrong_shapes_are_named(made, inputs):
    with pytest.raises(ParameterError, match=r"expected \[batch, length, 12\]"):
        made(*inputs)
