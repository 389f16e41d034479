import keras
import numpy as np
import pytest

from aimass.data.planar import xor
from aimass.errors import ParameterError
from aimass.evaluation.linearity import numerical_rank
from aimass.models.mlp import MLP

POINTS, LABELS = xor(200, seed=0)


def fit(model, epochs=40):
    labels = (
        np.repeat(LABELS[:, None, None], len(model.seeds), axis=1) if model.side_by_side else LABELS[:, None]
    )
    model.compile(
        keras.optimizers.Adam(0.03, epsilon=1e-9), keras.losses.BinaryCrossentropy(from_logits=True)
    )
    model.fit(POINTS, labels, batch_size=50, epochs=epochs, verbose=0, shuffle=False)
    return model


def accuracy(model):
    logits = model(POINTS).numpy()
    return ((logits[..., 0] > 0).T == LABELS).mean(axis=-1)


@pytest.fixture(scope="module")
def three():
    return fit(MLP(1, units=8, seed=[1, 2, 3]))


def test_it_solves_xor_and_without_activations_it_does_not(three):
    assert (accuracy(three) > 0.95).all()
    assert accuracy(fit(MLP(1, units=8, activation="linear", seed=1))) < 0.8


def test_networks_side_by_side_are_as_if_alone():
    """Rounding differs between the two, and training magnifies it: hence few epochs."""
    together, alone = (fit(MLP(1, units=8, seed=seed), epochs=5)(POINTS) for seed in ([1, 2, 3], 2))
    assert together.shape == (200, 3, 1)
    assert np.allclose(together[:, 1], alone, atol=1e-4)
    assert not np.allclose(together[:, 0], alone, atol=0.1)


def test_a_linear_network_is_one_map_of_rank_two():
    model = MLP(3, units=16, num_layers=3, activation="linear", seed=[4, 5])
    logits = model(POINTS)
    kernel, bias = model.collapsed()
    assert kernel.shape == (2, 2, 3)
    for n in range(2):
        assert np.allclose(POINTS @ kernel[n] + bias[n], logits[:, n], atol=1e-5)
        assert numerical_rank(model.hidden(POINTS)[-1][:, n]) == 2


def test_one_linear_network_collapses_without_the_axis_of_networks():
    model = MLP(3, num_layers=1, activation="linear", seed=0)
    logits = model(POINTS)
    kernel, bias = model.collapsed()
    assert (kernel.shape, bias.shape) == ((2, 3), (3,))
    assert np.allclose(POINTS @ kernel + bias, logits, atol=1e-5)


def test_hidden_layers_are_those_that_lead_to_the_logits():
    model = MLP(2, units=5, num_layers=2, seed=0)
    first, second = model.hidden(POINTS)
    assert first.shape == second.shape == (200, 5)
    weights, bias = model.dense[-1].get_weights()
    assert np.allclose(second @ weights[0] + bias[0], model(POINTS), atol=1e-5)
    assert np.min(first) >= 0


def test_without_hidden_layers_it_is_one_weighted_sum():
    model = MLP(1, num_layers=0, seed=0)
    assert model(POINTS).shape == (200, 1)
    assert [tuple(weight.shape) for weight in model.weights] == [(1, 2, 1), (1, 1)]
    assert model.hidden(POINTS) == []


def test_dropout_acts_in_training_only():
    model = MLP(1, dropout_rate=0.5, seed=0)
    assert np.array_equal(model(POINTS), model(POINTS))
    assert not np.array_equal(model(POINTS, training=True), model(POINTS))


@pytest.mark.parametrize("seed", [7, [7, 8]])
def test_it_is_saved_and_loaded(seed, tmp_path):
    model = MLP(2, units=4, seed=seed)
    before = model(POINTS)
    model.save(tmp_path / "model.keras")
    assert np.array_equal(keras.saving.load_model(tmp_path / "model.keras")(POINTS), before)


@pytest.mark.parametrize("options", [{"units": 0}, {"num_layers": -1}, {"dropout_rate": 1.0}, {"seed": []}])
def test_nonsense_is_refused(options):
    with pytest.raises(ParameterError, match=r"expected|give one"):
        MLP(1, **options)


def test_sequences_are_refused():
    with pytest.raises(ParameterError, match=r"expected \[batch, features\]"):
        MLP(1).build((None, 4, 2))


def test_a_curved_network_does_not_collapse(three):
    with pytest.raises(ParameterError, match="linear"):
        three.collapsed()
