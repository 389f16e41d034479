import numpy as np
import pytest

from aimass.data.windows import one_hot, windows
from aimass.errors import ParameterError


def test_each_window_is_followed_by_what_comes_next():
    contexts, following = windows(np.array([5, 6, 7, 8, 9]), 2)
    assert contexts.tolist() == [[5, 6], [6, 7], [7, 8]]
    assert following.tolist() == [7, 8, 9]


def test_one_hot_sets_one_place_for_each_element():
    hot = one_hot(np.array([[2, 0], [1, 1]]), 3)
    assert hot.dtype == np.float32
    assert hot.tolist() == [[0, 0, 1, 1, 0, 0], [0, 1, 0, 0, 1, 0]]


@pytest.mark.parametrize(
    "call",
    [
        lambda: windows(np.arange(3), 3),
        lambda: windows(np.arange(3), 0),
        lambda: windows(np.zeros((2, 2)), 1),
        lambda: one_hot(np.array([[3]]), 3),
        lambda: one_hot(np.array([[-1]]), 3),
        lambda: one_hot(np.array([1, 2]), 3),
    ],
)
def test_nonsense_is_refused(call):
    with pytest.raises(ParameterError, match="expected"):
        call()
