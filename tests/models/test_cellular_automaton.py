import keras
import numpy as np
import pytest

from aimass.data.automata import evolve, neighbourhoods, random_lattices, rule_table, step
from aimass.errors import ParameterError
from aimass.models.cellular_automaton import CellularAutomaton


def trained(rule=110, **options):
    model = CellularAutomaton(seed=0, **options)
    model.compile(keras.optimizers.Adam(0.03), keras.losses.BinaryCrossentropy(from_logits=True))
    lattices = random_lattices(64, 32, seed=0).astype("float32")
    model.fit(lattices, step(lattices, rule), batch_size=16, epochs=40, verbose=0)
    return model


@pytest.fixture(scope="module")
def rule_110():
    return trained()


def test_it_learns_rule_110_and_runs_freely_on_another_width(rule_110):
    lattices = random_lattices(4, 51, seed=9)
    assert (rule_110.evolve(lattices, 30) == evolve(lattices, 110, 30)).all()


def test_without_a_hidden_layer_it_does_not(rule_110):
    lattices = random_lattices(4, 51, seed=9)
    linear = trained(units=0)
    assert (linear.evolve(lattices, 1) != evolve(lattices, 110, 1)).any()
    assert [tuple(weight.shape) for weight in linear.weights] == [(3, 1, 1), (1,)]


def test_ends_of_the_lattice_are_neighbours():
    model = CellularAutomaton(units=0)
    model.build((None, 5))
    model.set_weights(
        [np.array([1.0, 0.0, 0.0]).reshape(3, 1, 1), np.array([-0.5])]
    )  # copies the left neighbour
    lattice = np.array([[1, 0, 0, 0, 0], [0, 0, 0, 0, 1]])
    assert (model.predict(lattice, verbose=0) > 0).astype(int).tolist() == [[0, 1, 0, 0, 0], [1, 0, 0, 0, 0]]


def test_hand_made_weights_hold_any_rule():
    """One hidden unit for each neighbourhood, which fires for it alone: the table written as a network."""
    cells = neighbourhoods().astype("float32") * 2 - 1
    for rule in (30, 90, 110, 184):
        model = CellularAutomaton(units=8)
        model.build((None, 8))
        hidden = [
            2 * cells.T[:, None, :],
            1 - cells.sum(axis=1) - 3,
        ]  # 1 where all three cells fit, else at most -1
        model.set_weights([*hidden, rule_table(rule).astype("float32").reshape(1, 8, 1), np.array([-0.5])])
        lattices = random_lattices(3, 17, seed=rule)
        assert (model.evolve(lattices, 5) == evolve(lattices, rule, 5)).all()


def test_it_is_saved_and_loaded(rule_110, tmp_path):
    rule_110.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    lattices = random_lattices(2, 20, seed=1)
    assert np.array_equal(loaded.predict(lattices, verbose=0), rule_110.predict(lattices, verbose=0))


def test_the_seed_decides_the_weights():
    first, again, other = (CellularAutomaton(seed=seed) for seed in (1, 1, 2))
    for model in (first, again, other):
        model.build((None, 8))
    assert np.array_equal(first.get_weights()[0], again.get_weights()[0])
    assert not np.array_equal(first.get_weights()[0], other.get_weights()[0])


@pytest.mark.parametrize("options", [{"kernel_size": 2}, {"units": -1}])
def test_nonsense_is_refused(options):
    with pytest.raises(ParameterError, match="expected"):
        CellularAutomaton(**options)
