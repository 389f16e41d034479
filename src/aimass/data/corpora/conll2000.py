"""CoNLL-2000 chunking: sentences of the Wall Street Journal with base phrases (Tjong Kim Sang and Buchholz 2000).

Splits: `train` (WSJ sections 15 to 18, 211,727 tokens) and `test` (section 20, 47,377 tokens). Tags are BIO chunk tags; `pos`
holds the part-of-speech tags of the Brill tagger. There is no official validation split; ``with_validation()`` takes one
out of `train`. 13 sentences stand in both
splits.
"""

from aimass.data.records import TaggedSentence

from .reading import Contents, columns, lines, member, unzip

COUNTS = {"train": 8_936, "test": 2_012}
TOKENS = {"train": 211_727, "test": 47_377}


def read(files: Contents) -> dict[str, tuple[TaggedSentence, ...]]:
    """Both splits from ``conll2000.zip``.

    Raises:
        DataError: when a line has not three columns.
    """
    members = unzip(files, "conll2000.zip")
    return {split: _sentences(member(members, f"conll2000/{split}.txt"), split) for split in COUNTS}


def _sentences(raw: bytes, split: str) -> tuple[TaggedSentence, ...]:
    sentences = []
    rows: list[list[str]] = []
    for number, line in enumerate([*lines(raw, split), ""], start=1):
        if line.strip():
            rows.append(columns(line, 3, f"conll2000 {split}, line {number:,}"))
        elif rows:
            tokens, pos, tags = zip(*rows, strict=True)
            sentences.append(TaggedSentence(tokens, tags, pos))
            rows = []
    return tuple(sentences)
