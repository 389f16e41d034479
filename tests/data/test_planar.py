import numpy as np
import pytest

from aimass.data.planar import two_spirals, xor
from aimass.errors import ParameterError


def test_xor_labels_opposite_corners_alike():
    points, labels = xor(400, noise=0.0)
    assert points.dtype == np.float32
    assert set(map(tuple, points)) == {(-1, -1), (-1, 1), (1, -1), (1, 1)}
    assert (labels == (points[:, 0] * points[:, 1] < 0)).all()
    assert labels.sum() == 200


def test_noise_spreads_the_corners():
    points, _ = xor(4000, noise=0.3)
    assert np.std(points - np.sign(points)) == pytest.approx(0.3, abs=0.02)


def test_second_arm_is_the_first_turned_by_half_a_circle():
    points, arm = two_spirals(2000, turns=2.0, noise=0.0)
    radius = np.hypot(*points.T)
    angle = np.arctan2(points[:, 1], points[:, 0])
    expected = 2 * np.pi * 2.0 * (radius - 0.2) / 1.8 + np.pi * arm
    assert np.allclose(np.exp(1j * angle), np.exp(1j * expected), atol=1e-4)
    assert radius.min() > 0.19
    assert radius.max() < 2.01
    assert arm.sum() == 1000


def test_seeds_decide():
    for make in (xor, two_spirals):
        first, again, other = make(50, seed=1), make(50, seed=1), make(50, seed=2)
        assert (first[0] == again[0]).all()
        assert (first[0] != other[0]).any()


@pytest.mark.parametrize(
    "call", [lambda: xor(3), lambda: xor(10, noise=-1), lambda: two_spirals(10, turns=0)]
)
def test_nonsense_is_refused(call):
    with pytest.raises(ParameterError, match="expected"):
        call()
