import keras
import numpy as np
import pytest
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.layers import MaskedLSTM

RANDOM = np.random.default_rng(0)
INPUTS = RANDOM.normal(size=(4, 6, 5)).astype("float32")
LENGTHS = np.array([6, 3, 1, 5])
MASK = np.arange(6) < LENGTHS[:, None]


def twin(bidirectional):
    """Ours, and Keras's with the same weights."""
    layer = MaskedLSTM(7, bidirectional, seed=1)
    layer.build(INPUTS.shape)
    keras_layer = keras.layers.LSTM(7, return_sequences=True, return_state=True)
    if bidirectional:
        keras_layer = keras.layers.Bidirectional(keras_layer)
    keras_layer.build(INPUTS.shape)
    weights = zip(layer.kernels, layer.recurrent_kernels, layer.biases, strict=True)
    keras_layer.set_weights([w.numpy() for each in weights for w in each])
    return layer, keras_layer


@pytest.mark.parametrize("bidirectional", [False, True])
def test_equals_keras_on_padded_rows(bidirectional):
    layer, peer = twin(bidirectional)
    states, final = layer(INPUTS, mask=MASK)
    expected, *expected_final = peer(INPUTS, mask=tf.constant(MASK))
    np.testing.assert_allclose(states, expected * MASK[..., None], atol=1e-5)
    np.testing.assert_allclose(final, tf.concat(expected_final, 1), atol=1e-5)


def test_gradients_equal_keras():
    layer, peer = twin(True)

    def gradients(reader, inputs, weights):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            states, *final = reader(inputs, mask=tf.constant(MASK))
            loss = tf.reduce_sum(tf.sin(states) * MASK[..., None]) + tf.reduce_sum(tf.concat(final, 1) ** 2)
        return tape.gradient(loss, [inputs, *weights])

    ours = [
        w for each in zip(layer.kernels, layer.recurrent_kernels, layer.biases, strict=True) for w in each
    ]
    found = gradients(layer, tf.constant(INPUTS), [w.value for w in ours])
    expected = gradients(peer, tf.constant(INPUTS), [w.value for w in peer.trainable_weights])
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


def test_padding_changes_nothing():
    layer, _ = twin(True)
    changed = np.where(MASK[..., None], INPUTS, 9.0)
    for a, b in zip(layer(INPUTS, mask=MASK), layer(changed, mask=MASK), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_row_of_padding_keeps_the_initial_state():
    layer, _ = twin(False)
    initial = RANDOM.normal(size=(4, 14)).astype("float32")
    states, final = layer(INPUTS, mask=np.zeros_like(MASK), initial_state=initial)
    assert not np.any(states)
    np.testing.assert_allclose(final, initial, atol=1e-6)


def test_steps_equal_the_whole():
    layer, _ = twin(False)
    state = initial = RANDOM.normal(size=(4, 14)).astype("float32")
    states, final = layer(INPUTS, initial_state=initial)
    for t in range(INPUTS.shape[1]):
        state = layer.step(INPUTS[:, t], state)
        np.testing.assert_allclose(state[:, :7], states[:, t], atol=1e-5)
    np.testing.assert_allclose(state, final, atol=1e-5)


def test_bad_arguments():
    with pytest.raises(ParameterError, match="units is 0"):
        MaskedLSTM(0)
    with pytest.raises(ParameterError, match="no single step"):
        twin(True)[0].step(INPUTS[:, 0], np.zeros((4, 14), "float32"))
