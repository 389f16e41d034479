import inspect

import pytest

from aimass import errors
from aimass.errors import AimassError

CLASSES = [each for _, each in inspect.getmembers(errors, inspect.isclass)]


def test_every_error_of_a_user_is_of_one_family_and_says_what_it_is_for():
    assert len(CLASSES) >= 5
    for each in CLASSES:
        assert issubclass(each, AimassError)
        assert each.__doc__


@pytest.mark.parametrize("kind", CLASSES)
def test_all_can_be_caught_as_one_and_keep_their_message(kind):
    with pytest.raises(AimassError, match="what, where, and what to do"):
        raise kind("what, where, and what to do")


def test_none_is_mistaken_for_a_fault_of_the_program():
    for each in CLASSES:
        assert not issubclass(each, (ValueError, TypeError, OSError, RuntimeError))
