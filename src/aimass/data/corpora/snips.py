"""SNIPS: requests to a voice assistant, 7 intents and 39 slots (Coucke et al. 2018; split of Goo et al. 2018).

Splits: `train`, `validation`, `test`. Lower case, tokens as in the source (doubled spaces are no tokens). Every intent and slot of
`validation` and `test` occurs in `train`; 25 requests of `test` stand in `train`, too.
"""

from aimass.data.records import SlotUtterance

from . import slot_filling
from .reading import Contents

COUNTS = {"train": 13_084, "validation": 700, "test": 700}


def read(files: Contents) -> dict[str, tuple[SlotUtterance, ...]]:
    """The three splits from the nine files; see :func:`aimass.data.corpora.slot_filling.read`."""
    return slot_filling.read(files)
