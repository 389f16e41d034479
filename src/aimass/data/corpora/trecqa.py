"""TREC QA: which sentences of a newspaper answer a question (Wang et al. 2007, in the form of Yao et al. 2013).

Splits: `train`, `validation` (the source's dev) and `test`; a record is a question with all its candidates, 4,718, 1,148 and
1,517 in all. Sentences are tokenised, numbers replaced by ``<num>``, and those of 40 tokens and more left out. Papers count
94, 82 and 100 questions: the eight that lost all their candidates are not in the files. Positive candidates stand
before negative ones, so that a model that keeps the given order on ties scores too well: shuffle, or break ties against it.

``load("trecqa", clean=True)`` keeps the questions that have a right and a wrong candidate, as "clean" results do (Rao et al.
2016): 78, 65 and 68.
"""

import csv
import io

from aimass.data.records import AnswerSelection, Candidate
from aimass.errors import DataError

from .reading import Contents, content, text

COUNTS = {"train": 93, "validation": 81, "test": 95}
CLEAN_COUNTS = {"train": 78, "validation": 65, "test": 68}
CANDIDATES = {"train": 4_718, "validation": 1_148, "test": 1_517}

_FILES = {"train": "train.csv", "validation": "dev.csv", "test": "test.csv"}


def read(files: Contents, *, clean: bool = False) -> dict[str, tuple[AnswerSelection, ...]]:
    """The three splits from the CSV files.

    Args:
        files: the three files.
        clean: only questions that have a right and a wrong candidate.

    Raises:
        DataError: when a table has another header, or a row no label 0 or 1.
    """
    return {split: _questions(content(files, name), name, clean) for split, name in _FILES.items()}


def _questions(raw: bytes, name: str, clean: bool) -> tuple[AnswerSelection, ...]:
    rows = list(csv.reader(io.StringIO(text(raw, name), newline="")))
    if not rows or rows[0] != ["qtext", "label", "atext"]:
        raise DataError(
            f"{name}: the header is {','.join(rows[0]) if rows else ''!r}; expected qtext,label,atext"
        )
    candidates: dict[str, list[Candidate]] = {}
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != 3 or row[1] not in ("0", "1"):
            raise DataError(f"{name}, row {number:,}: no question, label and sentence in {row!r:.60}")
        question, label, sentence = row
        candidates.setdefault(question, []).append(Candidate(sentence, label == "1"))
    return tuple(
        AnswerSelection(question, tuple(found))
        for question, found in candidates.items()
        if not clean or len({candidate.correct for candidate in found}) == 2
    )
