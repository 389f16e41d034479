"""ATIS: requests to a flight information service, with intent and slots (Hemphill et al. 1990; split of Goo et al. 2018).

Splits: `train`, `validation`, `test`. Intents stand without the source's prefix ``atis_``; two intents of one request are
joined by ``#`` (``"flight#airfare"``). Lower case, digits kept.

Unseen in training: the intent `airfare#flight_time` and the slot `I-return_date.day_number` in `validation`; in `test` the
intents `day_name`, `airfare#flight`, `flight_no#airline` and `flight#airline`, and six slot labels. 10 requests of `test` stand in
`train`, too. No model that chooses
among training labels can get these right.
"""

from aimass.data.records import SlotUtterance

from . import slot_filling
from .reading import Contents

COUNTS = {"train": 4_478, "validation": 500, "test": 893}


def read(files: Contents) -> dict[str, tuple[SlotUtterance, ...]]:
    """The three splits from the nine files; see :func:`aimass.data.corpora.slot_filling.read`."""
    return slot_filling.read(files, prefix="atis_")
