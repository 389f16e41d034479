import keras
import numpy as np
import pytest
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.layers import FusedGRU
from aimass.layers.recurrence import reverse_sequences

UNITS, FEATURES = 5, 4
LENGTHS = np.array([7, 3, 1])
MASK = np.arange(7) < LENGTHS[:, None]


def inputs(seed=0):
    return np.random.default_rng(seed).normal(size=(3, 7, FEATURES)).astype("float32")


def pair(bidirectional):
    """Ours and Keras's layer, with the same weights; Keras's returns (states, one final state per direction)."""
    theirs = keras.layers.GRU(UNITS, return_sequences=True, return_state=True)
    if bidirectional:
        theirs = keras.layers.Bidirectional(theirs)
    theirs(inputs())
    random = np.random.default_rng(1)
    theirs.set_weights([random.normal(scale=0.5, size=w.shape) for w in theirs.get_weights()])
    ours = FusedGRU(UNITS, bidirectional)
    ours(inputs())
    ours.set_weights(theirs.get_weights())
    return ours, theirs


@pytest.mark.parametrize("bidirectional", [False, True])
def test_equals_keras(bidirectional):
    ours, theirs = pair(bidirectional)
    states, final = ours(inputs(), mask=MASK)
    expected, *expected_final = theirs(inputs(), mask=MASK)
    np.testing.assert_allclose(states[MASK], expected[MASK], atol=1e-6)
    np.testing.assert_allclose(final, tf.concat(expected_final, axis=-1), atol=1e-6)
    assert not np.any(states.numpy()[~MASK])


@pytest.mark.parametrize("bidirectional", [False, True])
def test_gradient_equals_keras(bidirectional):
    ours, theirs = pair(bidirectional)
    x = tf.constant(inputs())
    weight = (
        np.random.default_rng(2).normal(size=(3, 7, (1 + bidirectional) * UNITS)).astype("float32")
        * MASK[..., None]
    )

    def gradients(layer):
        with tf.GradientTape() as tape:
            tape.watch(x)
            states, *final = layer(x, mask=MASK)
            loss = tf.reduce_sum(states * weight) + sum(tf.reduce_sum(tf.sin(f)) for f in final)
        return tape.gradient(loss, [x, *[v.value for v in layer.trainable_variables]])

    for found, expected in zip(gradients(ours), gradients(theirs), strict=True):
        np.testing.assert_allclose(found, expected, atol=2e-5)


def test_steps_equal_the_whole():
    layer = FusedGRU(UNITS, seed=0)
    start = np.random.default_rng(3).normal(size=(3, UNITS)).astype("float32")
    states, final = layer(inputs(), initial_state=start)
    state = tf.constant(start)
    for t in range(7):
        state = layer.step(inputs()[:, t], state)
        np.testing.assert_allclose(state, states[:, t], atol=1e-6)
    np.testing.assert_allclose(state, final, atol=1e-6)


def test_gradient_reaches_the_initial_state():
    layer = FusedGRU(UNITS, seed=0)
    layer(inputs())
    start = tf.constant(np.random.default_rng(3).normal(size=(3, UNITS)), tf.float32)
    theoretical, numerical = tf.test.compute_gradient(
        lambda h: layer(inputs(), mask=MASK, initial_state=h)[0], [start], delta=1e-2
    )
    np.testing.assert_allclose(theoretical[0], numerical[0], atol=2e-3)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_what_stands_at_padding_changes_nothing(bidirectional):
    layer = FusedGRU(UNITS, bidirectional, seed=0)
    changed = np.where(MASK[..., None], inputs(), 1e3).astype("float32")
    for found, expected in zip(layer(changed, mask=MASK), layer(inputs(), mask=MASK), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_a_row_of_padding_keeps_its_initial_state():
    layer = FusedGRU(UNITS, True, seed=0)
    start = np.full((3, 2 * UNITS), 0.25, "float32")
    _, final = layer(inputs(), mask=np.zeros((3, 7), bool), initial_state=start)
    np.testing.assert_array_equal(final, start)


def test_a_bidirectional_layer_has_no_single_step():
    layer = FusedGRU(UNITS, True)
    layer(inputs())
    with pytest.raises(ParameterError, match="bidirectional"):
        layer.step(inputs()[:, 0], np.zeros((3, UNITS), "float32"))


def test_reversed_sequences_are_tensorflows():
    values, lengths = tf.constant(inputs()), tf.constant([7, 0, 3])
    reverse = {"ours": reverse_sequences, "theirs": lambda x, n: tf.reverse_sequence(x, n, seq_axis=1)}
    found = {}
    for name, function in reverse.items():
        with tf.GradientTape() as tape:
            tape.watch(values)
            out = function(values, lengths)
            total = tf.reduce_sum(out * tf.random.stateless_normal(out.shape, [0, 1]))
        found[name] = out, tape.gradient(total, values)
    for ours, theirs in zip(*found.values(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
