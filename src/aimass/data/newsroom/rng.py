"""Chance that is the same everywhere: integers only, seeded by integers only.

`random.Random.getrandbits` of an integer seed is the same on every platform and Python version; `choice`, `shuffle` and
anything that goes through floating point may not be. So all of the newsroom draws through :class:`Stream`.
"""

import hashlib
import random
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")
_MASK = (1 << 64) - 1


def mix(*numbers: int) -> int:
    """A number of 64 bits that depends on all of `numbers` (splitmix64 finaliser, chained)."""
    state = 0x9E3779B97F4A7C15
    for number in numbers:
        state = (state + (number & _MASK) * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
    return state


def named(name: str) -> int:
    """A number of 64 bits for a name (the first bytes of its SHA-256), to keep streams of one seed apart."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")


class Stream:
    """A stream of random choices.

    Args:
        numbers: what seeds it; the same numbers give the same stream.
    """

    __slots__ = ("_bits", "_random")

    def __init__(self, *numbers: int):
        self._random = random.Random(mix(*numbers))
        self._bits = self._random.getrandbits

    def reseed(self, *numbers: int) -> None:
        """Begin again as the stream of these numbers."""
        self._random.seed(mix(*numbers))

    def below(self, bound: int) -> int:
        """A whole number from 0 to `bound` - 1, each as likely (to one part in 2**32 / `bound`)."""
        return (self._bits(32) * bound) >> 32

    def percent(self, share: int) -> bool:
        """True in `share` of a hundred cases."""
        return self._bits(32) * 100 >> 32 < share

    def pick(self, items: Sequence[Item]) -> Item:
        """One of the items, each as likely."""
        return items[(self._bits(32) * len(items)) >> 32]

    def zipf(self, bound: int) -> int:
        """A rank from 0 to `bound` - 1, likely about in proportion to 1 / (rank + 1).

        A power of two is drawn first and then a number up to the next one; the halves of the largest power that lie beyond
        `bound` are drawn again.
        """
        if bound <= 1:
            return 0
        levels = bound.bit_length()
        while True:
            level = self.below(levels)
            rank = (1 << level) - 1 + self.below(1 << level)
            if rank < bound:
                return rank

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        """The items in a random order (Fisher and Yates)."""
        order = list(items)
        for last in range(len(order) - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order
