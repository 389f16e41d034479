import keras
import numpy as np
import pytest
import tensorflow as tf

from aimass.data.long_range import adding_problem, temporal_order
from aimass.errors import ParameterError
from aimass.models.recurrent_ensemble import RecurrentEnsemble
from aimass.optimizers.side_by_side import SideBySideSGD

LENGTH, UNITS = 12, 6
NUMBERS, SUMS = adding_problem(64, LENGTH, seed=3)
SYMBOLS, CLASSES = temporal_order(64, LENGTH, seed=3)
MSE = keras.losses.mean_squared_error


def cross_entropy(targets, outputs):
    return keras.losses.sparse_categorical_crossentropy(targets, outputs, from_logits=True)


def keras_network(ensemble, run, num_outputs, features):
    """One network of the ensemble as Keras's own layers."""
    layer = {
        "tanh": lambda: keras.layers.SimpleRNN(UNITS),
        "linear": lambda: keras.layers.SimpleRNN(UNITS, activation=None),
        "gru": lambda: keras.layers.GRU(UNITS),
        "lstm": lambda: keras.layers.LSTM(UNITS),
    }[ensemble.cell]()
    network = keras.Sequential([keras.Input((LENGTH, features)), layer, keras.layers.Dense(num_outputs)])
    network.set_weights([weight[run] for weight in ensemble.get_weights()])
    return network


@pytest.mark.parametrize("cell", ["tanh", "linear", "gru", "lstm"])
def test_each_network_learns_as_if_alone(cell):
    rates, norms = [0.05, 0.1, 0.2], [None, 0.5, 0.05]
    ensemble = RecurrentEnsemble(UNITS, 1, cell, [4, 5, 5], gain=0.9)
    ensemble.build((None, LENGTH, 2))
    alone = [keras_network(ensemble, run, 1, 2) for run in range(3)]
    ensemble.compile(SideBySideSGD(rates, global_clipnorm=norms), keras.losses.MeanSquaredError())
    ensemble.fit(
        NUMBERS, np.repeat(SUMS[:, None], 3, axis=1), batch_size=16, epochs=2, verbose=0, shuffle=False
    )
    for run, network in enumerate(alone):
        network.compile(keras.optimizers.SGD(rates[run], global_clipnorm=norms[run]), "mse")
        network.fit(NUMBERS, SUMS, batch_size=16, epochs=2, verbose=0, shuffle=False)
        for together, single in zip(ensemble.get_weights(), network.get_weights(), strict=True):
            np.testing.assert_allclose(together[run], single, rtol=1e-4, atol=2e-6)


def test_networks_may_read_different_sequences():
    ensemble = RecurrentEnsemble(UNITS, 4, "tanh", [1, 1])
    both = np.stack([SYMBOLS[:8], SYMBOLS[8:16]], axis=1)  # [batch, networks, time, features]
    outputs = ensemble(both).numpy()
    np.testing.assert_allclose(outputs[:, 0], ensemble(SYMBOLS[:8])[:, 0], atol=1e-6)
    np.testing.assert_allclose(outputs[:, 1], ensemble(SYMBOLS[8:16])[:, 1], atol=1e-6)
    assert outputs.shape == (8, 2, 4)


@pytest.mark.parametrize("cell", ["tanh", "linear"])
def test_the_gradient_by_hand_is_that_of_the_unrolled_loop(cell):
    ensemble = RecurrentEnsemble(UNITS, 1, cell, [1, 2], gain=1.1)
    ensemble.build((None, LENGTH, 2))
    found = []
    for unrolled in (False, True):
        with tf.GradientTape() as tape:
            if unrolled:
                outputs = ensemble._answer(ensemble._unroll(ensemble._project(NUMBERS))[-1])
            else:
                outputs = ensemble(NUMBERS)
            total = tf.reduce_sum(tf.square(outputs - SUMS[:, None]))
        found.append(tape.gradient(total, [w.value for w in ensemble.trainable_variables]))
    for by_hand, by_tape in zip(*found, strict=True):
        np.testing.assert_allclose(by_hand, by_tape, rtol=1e-4, atol=1e-3)


def test_the_gradient_through_time_of_a_linear_network_is_a_product_of_matrices():
    """Against float64: d loss / d h_t = 2 (y - target) V^T W^T ... W^T."""
    ensemble = RecurrentEnsemble(UNITS, 1, "linear", [7, 8], gain=0.8)
    ensemble.build((None, LENGTH, 2))
    norms = ensemble.gradients_through_time(NUMBERS[:5], SUMS[:5], MSE)  # [time, networks, batch]
    assert norms.shape == (LENGTH, 2, 5)
    for run in range(2):
        kernel, recurrent, bias, output, shift = (w[run].astype("float64") for w in ensemble.get_weights())
        state = np.zeros((5, UNITS))
        for t in range(LENGTH):
            state = NUMBERS[:5, t] @ kernel + bias + state @ recurrent
        gradient = 2 * (state @ output + shift - SUMS[:5]) @ output.T  # [batch, units]
        for t in reversed(range(LENGTH)):
            np.testing.assert_allclose(norms[t, run], np.linalg.norm(gradient, axis=1), rtol=1e-4)
            gradient = gradient @ recurrent.T
    # All singular values of the recurrent weights are the gain: each step back costs exactly this factor.
    np.testing.assert_allclose(norms[:-1] / norms[1:], 0.8, rtol=1e-4)


@pytest.mark.parametrize("cell", ["tanh", "gru", "lstm"])
def test_the_gradient_through_time_is_what_a_push_at_the_state_does(cell):
    """The gradient with respect to the last state but one, by differences in float64-sized steps of a float32 loss."""
    ensemble = RecurrentEnsemble(UNITS, 1, cell, [9])
    ensemble.build((None, LENGTH, 2))
    norms = ensemble.gradients_through_time(NUMBERS[:1], SUMS[:1], MSE)
    projected = ensemble._project(NUMBERS[:1])
    before = ensemble._unroll(projected)[-2]
    step = getattr(ensemble, f"_step_{cell}")

    def loss(state):
        return float(tf.square(ensemble._answer(step(projected[:, -1], state)) - SUMS[:1, None])[0, 0, 0])

    slopes = [
        (loss(before + 0.01 * push) - loss(before - 0.01 * push)) / 0.02
        for push in tf.eye(before.shape[-1])[:, None, None]
    ]
    assert norms[-2, 0, 0] == pytest.approx(np.linalg.norm(slopes), rel=1e-2)


def test_an_open_gate_keeps_the_gradient():
    reach = [
        RecurrentEnsemble(UNITS, 4, "lstm", [1], gate_bias=bias).gradients_through_time(
            SYMBOLS, CLASSES, cross_entropy
        )
        for bias in (0.0, 4.0)
    ]
    shut, wide = (np.median(norms[0] / norms[-1]) for norms in reach)
    assert shut < 0.1 < wide


def test_a_penalty_shrinks_the_weights_of_its_network_alone():
    plain = RecurrentEnsemble(UNITS, 4, "tanh", [1, 1])
    held = RecurrentEnsemble(UNITS, 4, "tanh", [1, 1], l2=[0.0, 0.1])
    for ensemble in (plain, held):
        ensemble.compile(
            SideBySideSGD([0.1, 0.1]), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        )
        ensemble.fit(
            SYMBOLS, np.repeat(CLASSES[:, None], 2, axis=1), batch_size=64, epochs=1, verbose=0, shuffle=False
        )
    free, start = plain.recurrent_kernel.numpy(), RecurrentEnsemble(UNITS, 4, "tanh", [1])
    start.build((None, LENGTH, 6))
    penalised = held.recurrent_kernel.numpy()
    np.testing.assert_allclose(penalised[0], free[0], atol=1e-7)
    np.testing.assert_allclose(
        penalised[1], free[1] - 0.1 * 2 * 0.1 * start.recurrent_kernel.numpy()[0], atol=1e-6
    )


def test_losses_of_are_means_and_infinite_where_lost():
    ensemble = RecurrentEnsemble(UNITS, 1, "tanh", [1, 2])
    outputs = ensemble(NUMBERS).numpy()
    found = ensemble.losses_of(NUMBERS, SUMS, MSE, batch_size=10)
    np.testing.assert_allclose(found, ((outputs - SUMS[:, None]) ** 2).mean(axis=(0, 2)), rtol=1e-5)
    weights = ensemble.get_weights()
    weights[0][1] = np.nan
    ensemble.set_weights(weights)
    lost = ensemble.losses_of(NUMBERS, SUMS, MSE)
    assert lost[0] == pytest.approx(found[0], rel=1e-5)
    assert np.isinf(lost[1])


@pytest.mark.parametrize("cell", ["tanh", "gru", "lstm"])
def test_it_is_saved_and_loaded(cell, tmp_path):
    ensemble = RecurrentEnsemble(UNITS, 4, cell, [1, 2], gain=1.2, gate_bias=1.0, l2=[0.0, 0.1])
    before = ensemble(SYMBOLS).numpy()
    ensemble.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert np.array_equal(loaded(SYMBOLS), before)
    assert loaded.get_config() == ensemble.get_config()


@pytest.mark.parametrize(
    "options",
    [
        {"units": 0},
        {"num_outputs": 0},
        {"cell": "rnn"},
        {"seeds": []},
        {"seeds": [1, 2], "l2": [0.1]},
        {"l2": [-1.0]},
    ],
)
def test_nonsense_is_refused(options):
    with pytest.raises(ParameterError, match="expected"):
        RecurrentEnsemble(**{"units": 4, "num_outputs": 1, **options})


@pytest.mark.parametrize("shape", [(4, 2), (4, 3, LENGTH, 2)])
def test_inputs_of_another_rank_are_refused(shape):
    with pytest.raises(ParameterError, match=r"expected \[batch, time, features\]"):
        RecurrentEnsemble(4, 1, seeds=[1, 2]).build(shape)
