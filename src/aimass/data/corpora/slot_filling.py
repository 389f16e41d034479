"""What ATIS and SNIPS share: three files a split, aligned line by line (the form of Goo et al. 2018)."""

from aimass.data.records import SlotUtterance
from aimass.errors import DataError

from .reading import Contents, content, lines, same_length

_STEMS = {"train": "train", "validation": "valid", "test": "test"}


def read(files: Contents, prefix: str = "") -> dict[str, tuple[SlotUtterance, ...]]:
    """The three splits from ``<split>.seq.in``, ``<split>.seq.out`` and ``<split>.label``.

    Args:
        files: the nine files.
        prefix: what to cut off the front of each intent.

    Raises:
        DataError: when the files of a split have different numbers of lines, an utterance not as many slots as tokens, or a
            slot goes on (``I-x``) that has not begun.
    """
    return {split: _split(files, stem, prefix) for split, stem in _STEMS.items()}


def _split(files: Contents, stem: str, prefix: str) -> tuple[SlotUtterance, ...]:
    names = [f"{stem}.{end}" for end in ("seq.in", "seq.out", "label")]
    rows = {name: lines(content(files, name), name) for name in names}
    same_length({name: len(found) for name, found in rows.items()}, "files")
    utterances = []
    for number, (words, labels, intent) in enumerate(zip(*rows.values(), strict=True), start=1):
        tokens, slots = tuple(words.split()), tuple(labels.split())
        place = f"{stem}, line {number:,}"
        if len(tokens) != len(slots) or not tokens:
            raise DataError(f"{place}: {len(tokens)} tokens and {len(slots)} slots")
        _check_slots(slots, place)
        intents = [one.removeprefix(prefix) for one in intent.strip().split("#")]
        utterances.append(SlotUtterance(tokens, slots, "#".join(intents)))
    return tuple(utterances)


def _check_slots(slots: tuple[str, ...], place: str) -> None:
    before = "O"
    for slot in slots:
        if slot != "O" and slot[:2] not in ("B-", "I-"):
            raise DataError(f"{place}: slot {slot!r} is not in BIO form")
        if slot.startswith("I-") and before[2:] != slot[2:]:
            raise DataError(f"{place}: {slot!r} goes on after {before!r}")
        before = slot
