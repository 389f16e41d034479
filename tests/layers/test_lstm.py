import keras
import numpy as np
import pytest
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.layers import FusedLSTM
from aimass.layers.lstm_recurrence import lstm_step, state_dtype

UNITS, FEATURES, TIME, BATCH = 5, 4, 7, 3
RANDOM = np.random.default_rng(0)
INPUTS = RANDOM.normal(size=(BATCH, TIME, FEATURES)).astype("float32")
START = [RANDOM.normal(scale=0.5, size=(BATCH, UNITS)).astype("float32") for _ in range(2)]


def pair():
    """Ours and Keras's layer, with the same weights."""
    theirs = keras.layers.LSTM(UNITS, return_sequences=True, return_state=True)
    theirs(INPUTS)
    random = np.random.default_rng(1)
    theirs.set_weights([random.normal(scale=0.5, size=w.shape) for w in theirs.get_weights()])
    ours = FusedLSTM(UNITS)
    ours(INPUTS)
    ours.set_weights(theirs.get_weights())
    return ours, theirs


def reference(weights, inputs, state):
    """The textbook's equations in float64."""
    kernel, recurrent, bias = (w.astype("float64") for w in weights)
    hidden, cell = (s.astype("float64") for s in state)

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    outputs = []
    for x in inputs.astype("float64").transpose(1, 0, 2):
        i, f, g, o = np.split(x @ kernel + hidden @ recurrent + bias, 4, axis=1)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
        hidden = sigmoid(o) * np.tanh(cell)
        outputs.append(hidden)
    return np.stack(outputs, axis=1), hidden, cell


@pytest.mark.parametrize("state", [None, START])
def test_equals_keras(state):
    ours, theirs = pair()
    outputs, final = ours(INPUTS, initial_state=state)
    expected, *expected_final = theirs(INPUTS, initial_state=state)
    np.testing.assert_allclose(outputs, expected, atol=1e-6)
    for found, wanted in zip(final, expected_final, strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_equals_numpy():
    ours, _ = pair()
    outputs, final = ours(INPUTS, initial_state=START)
    expected = reference(ours.get_weights(), INPUTS, START)
    for found, wanted in zip([outputs, *final], expected, strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_float64_equals_numpy_to_the_last_digits():
    ours = FusedLSTM(UNITS, seed=0, dtype="float64")
    outputs, final = ours(INPUTS.astype("float64"), initial_state=[s.astype("float64") for s in START])
    expected = reference(ours.get_weights(), INPUTS, START)
    for found, wanted in zip([outputs, *final], expected, strict=True):
        assert found.dtype == tf.float64
        np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_gradient_equals_keras():
    ours, theirs = pair()
    x, start = tf.constant(INPUTS), [tf.constant(s) for s in START]
    weight = np.random.default_rng(2).normal(size=(BATCH, TIME, UNITS)).astype("float32")

    def gradients(layer):
        with tf.GradientTape() as tape:
            tape.watch([x, *start])
            outputs, *final = layer(x, initial_state=start)
            loss = tf.reduce_sum(outputs * weight)
            loss += sum(tf.reduce_sum(tf.sin(2.0 * s)) for s in tf.nest.flatten(final))
        return tape.gradient(loss, [x, *start, *[v.value for v in layer.trainable_variables]])

    for found, expected in zip(gradients(ours), gradients(theirs), strict=True):
        np.testing.assert_allclose(found, expected, atol=3e-5)


def test_gradient_at_the_final_state_alone():
    """Truncated training reads the outputs only; other models read the state only. Both gradients must stand alone."""
    layer, theirs = pair()
    with tf.GradientTape() as tape:
        _, (_, cell) = layer(INPUTS)
        loss = tf.reduce_sum(cell)
    with tf.GradientTape() as their_tape:
        their_loss = tf.reduce_sum(theirs(INPUTS)[2])
    found = tape.gradient(loss, [v.value for v in layer.trainable_variables])
    expected = their_tape.gradient(their_loss, [v.value for v in theirs.trainable_variables])
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, atol=3e-5)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("compiled", [False, True])
def test_two_halves_are_one_whole(policy, compiled):
    layer = FusedLSTM(UNITS, seed=0, dtype=policy)
    layer(INPUTS)
    run = tf.function(layer, reduce_retracing=True) if compiled else layer
    outputs, final = run(INPUTS, initial_state=START)
    first, state = run(INPUTS[:, :3], initial_state=START)
    second, last = run(INPUTS[:, 3:], initial_state=state)
    tolerance = 1e-6 if policy == "float32" else 4e-3  # a product of another shape is rounded otherwise
    together = tf.cast(tf.concat([first, second], axis=1), tf.float32)
    np.testing.assert_allclose(together, tf.cast(outputs, tf.float32), atol=tolerance)
    for found, wanted in zip(last, final, strict=True):
        assert found.dtype == tf.float32
        np.testing.assert_allclose(found, wanted, atol=tolerance)


def test_unknown_batch_and_time():
    layer = FusedLSTM(UNITS, seed=0)
    layer(INPUTS)
    run = tf.function(layer, input_signature=[tf.TensorSpec([None, None, FEATURES])])
    for batch, time in ((1, 1), (2, 7), (3, 4)):
        found = run(INPUTS[:batch, :time])
        expected = layer(INPUTS[:batch, :time])
        for a, b in zip(tf.nest.flatten(found), tf.nest.flatten(expected), strict=True):
            np.testing.assert_allclose(a, b, atol=1e-6)


def test_bfloat16_is_near():
    layer, _ = pair()
    rough = FusedLSTM(UNITS, dtype="mixed_bfloat16")
    rough(INPUTS)
    rough.set_weights(layer.get_weights())
    assert all(w.dtype == "float32" for w in rough.weights if w.trainable)
    outputs, _ = rough(INPUTS)
    assert outputs.dtype == tf.bfloat16
    np.testing.assert_allclose(tf.cast(outputs, tf.float32), layer(INPUTS)[0], atol=0.03)
    assert state_dtype("bfloat16") == tf.float32
    assert state_dtype(tf.float64) == tf.float64


def test_one_step_alone():
    layer, _ = pair()
    kernel, recurrent, bias = map(tf.constant, layer.get_weights())
    projected = tf.transpose(INPUTS[:, 0] @ kernel + bias)
    hidden, cell, _ = lstm_step(
        projected, tf.transpose(START[0]), tf.transpose(START[1]), tf.transpose(recurrent)
    )
    _, (expected, expected_cell) = layer(INPUTS[:, :1], initial_state=START)
    np.testing.assert_allclose(tf.transpose(hidden), expected, atol=1e-6)
    np.testing.assert_allclose(tf.transpose(cell), expected_cell, atol=1e-6)


def test_dropped_recurrent_weights_are_the_same_in_all_steps():
    layer = FusedLSTM(UNITS, recurrent_dropout=0.5, seed=3)
    quiet = layer(INPUTS)[0]
    np.testing.assert_array_equal(quiet, layer(INPUTS)[0])
    kept = layer.seed_generator.state.numpy()
    loud = layer(INPUTS, training=True)[0]
    assert not np.allclose(loud, quiet)
    layer.seed_generator.state.assign(kept)
    dropped = keras.random.dropout(layer.recurrent_kernel, 0.5, seed=layer.seed_generator)
    layer.recurrent_kernel.assign(dropped)
    np.testing.assert_allclose(layer(INPUTS)[0], loud, atol=1e-6)


def test_the_forget_gate_starts_open():
    layer = FusedLSTM(UNITS, seed=0)
    layer(INPUTS)
    np.testing.assert_array_equal(layer.bias, np.repeat([0.0, 1.0, 0.0, 0.0], UNITS))


def test_bad_arguments():
    with pytest.raises(ParameterError, match="units is 0"):
        FusedLSTM(0)
    with pytest.raises(ParameterError, match="recurrent_dropout is 1"):
        FusedLSTM(3, recurrent_dropout=1.0)
    with pytest.raises(ParameterError, match=r"shape \(3, 4\)"):
        FusedLSTM(3)(INPUTS[:, 0])
    with pytest.raises(ParameterError, match="without padding"):
        FusedLSTM(3)(INPUTS, mask=np.ones((BATCH, TIME), bool))
