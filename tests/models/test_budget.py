import pytest

from aimass.errors import ParameterError
from aimass.models.budget import size_for_budget


class Counted:
    def __init__(self, size):
        self.size = size

    def count_params(self):
        return 100 + self.size**2


def test_the_nearest_size_is_found():
    assert size_for_budget(Counted, 100 + 50**2) == 50
    assert size_for_budget(Counted, 100 + 50**2 + 40) == 50
    assert size_for_budget(Counted, 100 + 51**2 - 40) == 51
    assert size_for_budget(Counted, 100 + 50**2, low=4, step=8) == 52


def test_a_budget_out_of_reach_is_refused():
    with pytest.raises(ParameterError, match="no size from 1 to 10"):
        size_for_budget(Counted, 1000, high=10)
    with pytest.raises(ParameterError, match="size 100 has 10,100"):
        size_for_budget(Counted, 1000, low=100)
