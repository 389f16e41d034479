"""SemEval-2010 task 8: the relation between two marked nominals (Hendrickx et al. 2010).

Splits: `train` and `test`, the official ones; ``with_validation()`` takes a validation split out of `train`. Nine relations,
each in two directions, and Other: 19 labels, of which ``Entity-Destination(e2,e1)`` occurs once in each split. 14 sentences stand in both splits. The official
score is macro F1 over the nine relations, direction counted, Other left out.

Tokens come from :func:`aimass.data.text.tokenize` on the pieces of text between the marks, so that a nominal never shares a token
with its surroundings, even where the source glues a mark to a word (seven sentences).
"""

import re

from aimass.data.records import RelationExample
from aimass.data.text import tokenize
from aimass.errors import DataError

from .reading import Contents, content, text

COUNTS = {"train": 8_000, "test": 2_717}
RELATIONS = (
    "Cause-Effect",
    "Component-Whole",
    "Content-Container",
    "Entity-Destination",
    "Entity-Origin",
    "Instrument-Agency",
    "Member-Collection",
    "Message-Topic",
    "Product-Producer",
)
OTHER = "Other"

_FILES = {"train": "TRAIN_FILE.TXT", "test": "TEST_FILE_FULL.TXT"}
_SENTENCE = re.compile(r'(\d+)\t"(.*?)<e1>(.+?)</e1>(.*?)<e2>(.+?)</e2>(.*)"\s*')
_LABEL = re.compile(rf"(?:{'|'.join(RELATIONS)})\((?:e1,e2|e2,e1)\)|{OTHER}")


def read(files: Contents) -> dict[str, tuple[RelationExample, ...]]:
    """Both splits from the organisers' files.

    Raises:
        DataError: when an example has not its two marks in order, or an unknown label.
    """
    return {split: _examples(text(content(files, name), name), name) for split, name in _FILES.items()}


def _examples(body: str, name: str) -> tuple[RelationExample, ...]:
    return tuple(_example(block, name) for block in re.split(r"\n\s*\n", body.strip()))


def _example(block: str, name: str) -> RelationExample:
    sentence, label, comment = [*block.split("\n"), "", ""][:3]
    found = _SENTENCE.fullmatch(sentence)
    if found is None:
        raise DataError(f"{name}: no number, <e1> and <e2> in {sentence[:60]!r}")
    if _LABEL.fullmatch(label.strip()) is None:
        raise DataError(f"{name}, example {found[1]}: unknown label {label.strip()[:60]!r}")
    tokens: list[str] = []
    bounds = []
    for piece in found.groups()[1:]:
        tokens.extend(tokenize(piece))
        bounds.append(len(tokens))
    return RelationExample(
        number=int(found[1]),
        tokens=tuple(tokens),
        head=(bounds[0], bounds[1]),
        tail=(bounds[2], bounds[3]),
        label=label.strip(),
        comment=comment.removeprefix("Comment:").strip(),
    )
