import keras
import numpy as np
import pytest
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.layers import AttentionCell, AttentionRNN, MultiplicativeAttention, RecurrentStack

RANDOM = np.random.default_rng(0)
INPUTS = RANDOM.normal(size=(3, 5, 4)).astype("float32")
VALUES = RANDOM.normal(size=(3, 6, 7)).astype("float32")
MASK = np.arange(6) < np.array([6, 2, 4])[:, None]
CELLS = {
    "gru": lambda: keras.layers.GRUCell(8),
    "lstm": lambda: keras.layers.LSTMCell(8),
    "simple": lambda: keras.layers.SimpleRNNCell(8),
    "stacked": lambda: keras.layers.StackedRNNCells([keras.layers.GRUCell(5), keras.layers.LSTMCell(8)]),
}


def attention_rnn(cell, input_feeding=True):
    return AttentionRNN(AttentionCell(cell, MultiplicativeAttention(8, seed=0), 6, input_feeding, seed=1))


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("input_feeding", [False, True])
def test_any_keras_cell(name, input_feeding):
    """Step by step with the cell's and the attention's own calls, as the definition has it."""
    layer = attention_rnn(CELLS[name](), input_feeding)
    vectors, weights, _ = layer(INPUTS, VALUES, mask=MASK)
    cell, attention = layer.cell.cell, layer.cell.attention
    states, vector = cell.get_initial_state(batch_size=3), np.zeros((3, 6), "float32")
    for t in range(5):
        read = np.concatenate([INPUTS[:, t], vector], 1) if input_feeding else INPUTS[:, t]
        output, states = cell(read, states)
        context, row = attention(output[:, None], VALUES, mask=MASK)
        both = np.concatenate([context[:, 0], output], 1)
        kernel, bias = layer.cell.combine.get_weights()
        vector = np.tanh(both @ kernel + bias).astype("float32")
        np.testing.assert_allclose(vectors[:, t], vector, atol=1e-5)
        np.testing.assert_allclose(weights[:, t], row[:, 0], atol=1e-5)


def test_padding_of_the_memory_changes_nothing():
    layer = attention_rnn(keras.layers.GRUCell(8))
    changed = np.where(MASK[..., None], VALUES, 5.0)
    np.testing.assert_array_equal(layer(INPUTS, VALUES, mask=MASK)[0], layer(INPUTS, changed, mask=MASK)[0])


def test_a_stack_of_ours_in_a_graph_with_any_length():
    stack = RecurrentStack(8, "lstm", 2, seeds=range(4))
    stack.build((None, None, 4 + 6))
    layer = attention_rnn(stack)
    states = [np.zeros((3, stack.state_units), "float32")] * 2
    run = tf.function(
        lambda x: layer(x, VALUES, MASK, states)[0],
        input_signature=[tf.TensorSpec([None, None, 4])],
        autograph=False,
    )
    eager = layer(INPUTS, VALUES, MASK, states)[0]
    for length in (1, 3, 5):
        np.testing.assert_allclose(run(INPUTS[:, :length]), eager[:, :length], atol=1e-5)


@pytest.mark.parametrize("masked", [False, True])
def test_the_fused_loop_equals_the_general_one(masked, monkeypatch):
    """Values, and gradients of every argument and weight: by hand against TensorFlow's own."""
    stack = RecurrentStack(8, seeds=[0, 1])
    layer = attention_rnn(stack)
    state = RANDOM.normal(size=(3, 8)).astype("float32")
    probe = RANDOM.normal(size=(3, 5, 6)).astype("float32")
    # The last row of the memory is nothing but padding.
    mask = tf.constant(MASK & (np.arange(3) < 2)[:, None]) if masked else None

    def run():
        inputs, values, first = (tf.constant(x) for x in (INPUTS, VALUES, state))
        with tf.GradientTape() as tape:
            tape.watch([inputs, values, first])
            vectors, weights, last = layer(inputs, values, mask, [first])
            loss = tf.reduce_sum(vectors * probe) + tf.reduce_sum(last[0] ** 2)
        gradients = tape.gradient(loss, [inputs, values, first, *layer.trainable_variables])
        return [vectors, weights, last[0], *gradients]

    assert layer._is_fused()
    run()  # builds the weights
    for weight in layer.trainable_variables:  # biases, too
        weight.assign(RANDOM.normal(scale=0.4, size=weight.shape))
    fused = run()
    monkeypatch.setattr(AttentionRNN, "_is_fused", lambda self: False)
    general = run()
    assert len(fused) == 3 + 3 + 6
    for found, expected in zip(fused, general, strict=True):
        np.testing.assert_allclose(found, expected, atol=2e-5)


def test_learns_through_the_loop():
    layer = attention_rnn(keras.layers.GRUCell(8))
    layer(INPUTS, VALUES)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(INPUTS, VALUES)[0] ** 2)
    gradients = tape.gradient(loss, layer.trainable_variables)
    assert len(gradients) == 6
    assert all(np.abs(g).max() > 0 for g in gradients)


def test_config_round_trip():
    layer = attention_rnn(keras.layers.LSTMCell(8))
    again = AttentionRNN.from_config(layer.get_config())
    first = layer(INPUTS, VALUES)[0]
    again(INPUTS, VALUES)
    again.set_weights(layer.get_weights())
    np.testing.assert_array_equal(again(INPUTS, VALUES)[0], first)


def test_bad_arguments():
    with pytest.raises(ParameterError, match="units is 0"):
        AttentionCell(keras.layers.GRUCell(3), MultiplicativeAttention(3), 0)
    with pytest.raises(ParameterError, match="attention a Dense"):
        AttentionCell(keras.layers.GRUCell(3), keras.layers.Dense(3), 4)
