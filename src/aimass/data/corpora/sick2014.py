"""SICK: pairs of sentences graded for relatedness and entailment (Marelli et al. 2014).

Splits: `train`, `validation` (the task's trial data) and `test`, as in SemEval-2014 task 1.
Some pairs were graded more than once: 30 of `train` repeat another one, and 49 stand in `train` and `test`, with other grades.
"""

from aimass.data.records import SentencePair
from aimass.errors import DataError

from .reading import Contents, columns, content, lines

COUNTS = {"train": 4_500, "validation": 500, "test": 4_927}

_FILES = {"train": "SICK_train.txt", "validation": "SICK_trial.txt", "test": "SICK_test_annotated.txt"}
_HEADER = ["pair_ID", "sentence_A", "sentence_B", "relatedness_score", "entailment_judgment"]
_JUDGEMENTS = ("ENTAILMENT", "NEUTRAL", "CONTRADICTION")


def read(files: Contents) -> dict[str, tuple[SentencePair, ...]]:
    """The three splits from the task's tables.

    Raises:
        DataError: when a table has another header, or a row no grade from 1 to 5.
    """
    return {split: _pairs(content(files, name), name) for split, name in _FILES.items()}


def _pairs(raw: bytes, name: str) -> tuple[SentencePair, ...]:
    header, *rows = lines(raw, name)
    if header.split("\t") != _HEADER:
        raise DataError(f"{name}: the header is {header[:80]!r}; expected {' '.join(_HEADER)}")
    pairs = []
    for number, row in enumerate(rows, start=2):
        place = f"{name}, line {number:,}"
        key, first, second, grade, judgement = columns(row, 5, place, "\t")
        try:
            pair = SentencePair(int(key), first, second, float(grade), judgement)
        except ValueError as error:
            raise DataError(f"{place}: number {key!r} or grade {grade!r} is none") from error
        if not 1 <= pair.relatedness <= 5 or judgement not in _JUDGEMENTS:
            raise DataError(f"{place}: grade {grade} or judgement {judgement!r} is out of range")
        pairs.append(pair)
    return tuple(pairs)
