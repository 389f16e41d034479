import numpy as np
import pytest

from aimass.data.automata import evolve, neighbourhoods, random_lattices, rule_table, step
from aimass.errors import ParameterError


def test_rule_110_has_the_outputs_that_its_number_spells():
    # 01101110 in binary, for the neighbourhoods 111, 110, 101, 100, 011, 010, 001, 000.
    assert rule_table(110)[::-1].tolist() == [0, 1, 1, 0, 1, 1, 1, 0]
    assert neighbourhoods()[6].tolist() == [1, 1, 0]


def test_rules_170_and_240_shift_the_lattice_and_204_keeps_it():
    lattice = np.array([1, 0, 0, 1, 1], dtype=np.uint8)
    assert step(lattice, 170).tolist() == [0, 0, 1, 1, 1]
    assert step(lattice, 240).tolist() == [1, 1, 0, 0, 1]
    assert step(lattice, 204).tolist() == lattice.tolist()


def test_rule_90_from_one_cell_is_pascals_triangle_modulo_two():
    lattice = np.zeros(33, dtype=np.uint8)
    lattice[16] = 1
    rows = evolve(lattice, 90, 15)
    assert rows.shape == (16, 33)
    for n, row in enumerate(rows):
        expected = np.zeros(33, dtype=np.uint8)
        coefficient = 1
        for k in range(n + 1):
            expected[16 - n + 2 * k] = coefficient % 2
            coefficient = coefficient * (n - k) // (k + 1)
        assert row.tolist() == expected.tolist()


def test_a_batch_evolves_as_its_lattices_do():
    lattices = random_lattices(3, 11, seed=1)
    together = evolve(lattices, 110, 4)
    assert together.shape == (3, 5, 11)
    for lattice, history in zip(lattices, together, strict=True):
        assert (evolve(lattice, 110, 4) == history).all()


def test_random_lattices_follow_their_seed():
    assert (random_lattices(5, 20, 3) == random_lattices(5, 20, 3)).all()
    assert (random_lattices(5, 20, 3) != random_lattices(5, 20, 4)).any()


@pytest.mark.parametrize(
    "call",
    [
        lambda: rule_table(256),
        lambda: rule_table(True),
        lambda: step(np.array([0, 2]), 110),
        lambda: step(np.zeros((3, 0)), 110),
        lambda: evolve(np.zeros(4), 110, -1),
    ],
)
def test_nonsense_is_refused(call):
    with pytest.raises(ParameterError):
        call()
