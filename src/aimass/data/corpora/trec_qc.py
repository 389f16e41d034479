"""TREC question classification: what kind of answer a question asks for (Li and Roth 2002).

Splits: `train` and `test`, the official ones; ``with_validation()`` takes a validation split out of `train`. `label` is one
of 6 classes (ABBR, DESC, ENTY, HUM, LOC, NUM), `fine_label` one of 50 (``"HUM:ind"``), of which 42 occur in
`test`.

Oddities, kept as they are: 71 questions of `train` repeat another one, one question has two fine labels, and 10 questions of
`test` stand in `train`, too. One byte of the source is no ASCII; the files are read as Latin-1.
"""

from aimass.data.records import LabelledText
from aimass.errors import DataError

from .reading import Contents, lines, member, unzip

COUNTS = {"train": 5_452, "test": 500}
CLASSES = ("ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM")


def read(files: Contents) -> dict[str, tuple[LabelledText, ...]]:
    """Both splits from ``qc.zip``.

    Raises:
        DataError: when a line does not begin with a class and a colon.
    """
    members = unzip(files, "qc.zip")
    return {split: _questions(member(members, f"qc/{split}.txt"), split) for split in COUNTS}


def _questions(raw: bytes, split: str) -> tuple[LabelledText, ...]:
    questions = []
    for number, line in enumerate(lines(raw, split, "latin-1"), start=1):
        fine, _, question = line.partition(" ")
        label, colon, _ = fine.partition(":")
        if not colon or label not in CLASSES or not question.strip():
            raise DataError(f"trec_qc {split}, line {number:,}: no class and question in {line[:60]!r}")
        questions.append(LabelledText(question.strip(), label, fine))
    return tuple(questions)
