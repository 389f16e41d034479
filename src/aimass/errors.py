"""The errors that a user can cause and mend.

The command line prints the message of an :class:`AimassError` as one line and exits with status 2; no traceback of ours is
shown for a user's mistake. A message says what was wrong, where, and what to do.
"""


class AimassError(Exception):
    """A mistake in the input or its surroundings, with a message of one line that says how to mend it."""


class DataError(AimassError):
    """A corpus is missing, damaged or not in the form expected."""


class ChapterError(AimassError):
    """A chapter is unknown, or its notebook is damaged."""


class ParameterError(AimassError):
    """A parameter is unknown or has the wrong type or value."""


class ClaimError(AimassError):
    """A claim is made twice, is not listed, or rests on a bound that proves nothing."""
