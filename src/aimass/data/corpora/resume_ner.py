"""Resume NER: Chinese résumés with eight kinds of names (Zhang and Yang 2018).

Splits: `train`, `validation` (the authors' dev) and `test`. Tokens are characters; tags are BMES: B- begins a name of two or
more characters, M- continues and E- ends it, S- is a name of one character, O is outside.
13,438, 1,497 and 1,630 names. 4 sentences of `test` stand in `train`, too.
"""

from aimass.data.records import TaggedSentence

from .reading import Contents, columns, content, lines

COUNTS = {"train": 3_821, "validation": 463, "test": 477}
CHARACTERS = {"train": 124_099, "validation": 13_890, "test": 15_100}

_FILES = {"train": "train.char.bmes", "validation": "dev.char.bmes", "test": "test.char.bmes"}


def read(files: Contents) -> dict[str, tuple[TaggedSentence, ...]]:
    """The three splits from ``<split>.char.bmes``.

    Raises:
        DataError: when a line has not a character and a tag.
    """
    return {split: _sentences(content(files, name), name) for split, name in _FILES.items()}


def _sentences(raw: bytes, name: str) -> tuple[TaggedSentence, ...]:
    sentences = []
    rows: list[list[str]] = []
    for number, line in enumerate([*lines(raw, name), ""], start=1):
        if line.strip():
            rows.append(columns(line, 2, f"{name}, line {number:,}", " "))
        elif rows:
            tokens, tags = zip(*rows, strict=True)
            sentences.append(TaggedSentence(tokens, tags))
            rows = []
    return tuple(sentences)
