import numpy as np
import pytest

from aimass.errors import ParameterError
from aimass.layers import FusedGRU, RecurrentStack

RANDOM = np.random.default_rng(0)
INPUTS = RANDOM.normal(size=(3, 5, 4)).astype("float32")


def test_one_layer_is_that_layer():
    stack, layer = RecurrentStack(6, seeds=[1, 2]), FusedGRU(6, seed=1)
    found, (final,) = stack(INPUTS)
    expected, expected_final = layer(INPUTS)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(final, expected_final)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
@pytest.mark.parametrize("residual", [False, True])
def test_steps_equal_the_whole(cell, residual):
    stack = RecurrentStack(6, cell, 3, residual=residual, seeds=range(6))
    whole, finals = stack(INPUTS)
    states = [np.zeros((3, stack.state_units), "float32")] * 3
    for t in range(INPUTS.shape[1]):
        outputs, states = stack.step(INPUTS[:, t], states)
        np.testing.assert_allclose(outputs, whole[:, t], atol=1e-5)
    for state, final in zip(states, finals, strict=True):
        np.testing.assert_allclose(state, final, atol=1e-5)


def test_residual_adds_a_layers_input():
    plain, residual = (RecurrentStack(6, "gru", 2, residual=r, seeds=range(4)) for r in (False, True))
    first, _ = plain.readers[0](INPUTS) if plain(INPUTS) else None
    np.testing.assert_allclose(residual(INPUTS)[0], plain(INPUTS)[0] + first, atol=1e-6)


def test_dropout_is_one_mask_for_all_steps():
    stack = RecurrentStack(6, dropout_rate=0.5, seeds=[0, 1])
    dropped = stack.dropouts[0](np.ones((2, 7, 50), "float32"), training=True).numpy()
    assert 0 < dropped[:, 0].mean() < 2
    assert (dropped == dropped[:, :1]).all()


def test_widths():
    stack = RecurrentStack(6, "lstm", bidirectional=True, seeds=[0, 1])
    outputs, (final,) = stack(INPUTS)
    assert outputs.shape == (3, 5, stack.output_units) == (3, 5, 12)
    assert final.shape == (3, stack.state_units) == (3, 24)


def test_bad_arguments():
    with pytest.raises(ParameterError, match="cell is 'tanh'"):
        RecurrentStack(6, "tanh")
    with pytest.raises(ParameterError, match="3 seeds for 2 layers"):
        RecurrentStack(6, num_layers=2, seeds=[1, 2, 3])
