import numpy as np
import pytest

from aimass.errors import ParameterError
from aimass.evaluation.cost import exponent, interleaved_seconds, ratio


def test_steps_are_timed_in_turn():
    calls = []
    taken = interleaved_seconds(
        {"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, rounds=3, warm_up=2
    )
    assert calls == ["a", "a", "b", "b"] + ["a", "b"] * 3
    assert {name: len(values) for name, values in taken.items()} == {"a": 3, "b": 3}
    assert all((values >= 0).all() for values in taken.values())


def test_ratio_of_medians_within_its_interval():
    random = np.random.default_rng(0)
    found = ratio(2 * random.uniform(1, 1.2, 40), random.uniform(1, 1.2, 40))
    assert found.low < found.value < found.high
    assert found.low < 2 < found.high
    assert ratio([3.0, 3.0], [1.0, 1.0]) == ratio([3.0, 3.0], [1.0, 1.0])
    assert ratio([3.0, 3.0], [1.0, 1.0]).value == 3


@pytest.mark.parametrize("power", [0.0, 1.0, 2.5])
def test_exponent_of_a_power_law(power):
    sizes = np.array([10.0, 30.0, 1000.0])
    assert exponent(sizes, 7 * sizes**power) == pytest.approx(power, abs=1e-9)


@pytest.mark.parametrize(
    "call",
    [
        lambda: interleaved_seconds({}),
        lambda: interleaved_seconds({"a": print}, rounds=0),
        lambda: ratio([1.0], [1.0, 2.0]),
        lambda: exponent([1.0, 1.0], [1.0, 2.0]),
        lambda: exponent([1.0, 2.0], [0.0, 2.0]),
        lambda: exponent([1.0, 2.0], [1.0]),
    ],
)
def test_mistakes_are_told(call):
    with pytest.raises(ParameterError):
        call()
