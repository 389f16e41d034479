"""Graded pairs of words: WordSim-353 (Finkelstein et al. 2002) and SimLex-999 (Hill et al. 2015).

Splits: `wordsim353`, which grades any relation between two words, and `simlex999`, which grades likeness alone. Scores are mean
grades from 0 to 10. WordSim-353 holds one pair twice with two scores (money, cash), as published.
"""

from aimass.data.records import WordPair
from aimass.errors import DataError

from .reading import Contents, columns, content, lines

COUNTS = {"wordsim353": 353, "simlex999": 999}

_FILES = {"wordsim353": "wordsim353.tsv", "simlex999": "simlex999.txt"}


def read(files: Contents) -> dict[str, tuple[WordPair, ...]]:
    """Both sets from their tables.

    Raises:
        DataError: when a row has not two words and a score from 0 to 10.
    """
    return {split: _pairs(content(files, name), name) for split, name in _FILES.items()}


def _pairs(raw: bytes, name: str) -> tuple[WordPair, ...]:
    pairs = []
    for number, line in enumerate(lines(raw, name), start=1):
        if line.startswith("#") or not line.strip():
            continue
        place = f"{name}, line {number:,}"
        first, second, score = columns(line, 3, place, "\t")
        try:
            pairs.append(WordPair(first, second, float(score)))
        except ValueError as error:
            raise DataError(f"{place}: score {score!r} is no number") from error
        if not 0 <= pairs[-1].score <= 10:
            raise DataError(f"{place}: score {score} is not from 0 to 10")
    return tuple(pairs)
