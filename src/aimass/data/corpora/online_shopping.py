"""Online shopping: Chinese reviews of ten kinds of goods, praise or complaint (SophonPlus, ChineseNlpCorpus).

The source has 62,774 reviews and no split. Here: white space and byte order marks at the ends are removed; the one empty review is
left out; of several equal reviews the first is kept when all agree in both labels, and none is kept when they do not (45
texts, such as a row of 好, stand under two kinds of goods or two sentiments). The 62,678 that are left are spread by the SHA-256 of the text over
`train` (8 of 10), `validation` and `test` (1 each), so that no text lies in two splits.

`label` is the kind of goods (ten), `fine_label` the sentiment, ``"1"`` praise, ``"0"`` complaint. The kinds are uneven: five have
10,000 reviews each, 热水器 575.
"""

import csv
import io

from aimass.data.corpus import split_by_hash
from aimass.data.records import LabelledText
from aimass.errors import DataError

from .reading import Contents, member, text, unzip

COUNTS = {"train": 50_012, "validation": 6_450, "test": 6_216}
SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}

_NAME = "online_shopping_10_cats.csv"


def read(files: Contents) -> dict[str, tuple[LabelledText, ...]]:
    """The three splits from the table in ``online_shopping_10_cats.zip``.

    Raises:
        DataError: when the table has another header, or a row another sentiment than 0 and 1.
    """
    body = text(member(unzip(files, "online_shopping_10_cats.zip"), _NAME), _NAME)
    rows = list(csv.reader(io.StringIO(body, newline="")))
    if not rows or rows[0] != ["cat", "label", "review"]:
        raise DataError(
            f"{_NAME}: the header is {','.join(rows[0]) if rows else ''!r}; expected cat,label,review"
        )
    found: dict[str, set[tuple[str, str]]] = {}
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != 3 or row[1] not in ("0", "1"):
            raise DataError(f"{_NAME}, row {number:,}: no category, sentiment and review in {row!r:.60}")
        category, sentiment, review = row
        found.setdefault(review.strip().strip("\ufeff").strip(), set()).add((category, sentiment))
    records = [
        LabelledText(review, *next(iter(labels)))
        for review, labels in found.items()
        if review and len(labels) == 1
    ]
    return split_by_hash(records, SHARES)
