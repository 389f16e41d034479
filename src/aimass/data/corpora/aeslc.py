"""AESLC: e-mails of a company and their subject lines (Zhang and Tetreault 2019; the Enron mails).

Splits: `train`, `validation` (the source's dev) and `test`, records sorted by file name. `subject` is the line that the writer
chose; in `validation` and `test` three annotators wrote one each (`annotations`), and results are reported against either. 913 e-mails of `train`
repeat the body of another one; none of `test` stands in `train`, but 108 stand in `validation` and `test`.
"""

import re

from aimass.data.records import Email
from aimass.errors import DataError

from .reading import Contents, text, tree

COUNTS = {"train": 14_436, "validation": 1_960, "test": 1_906}

_FOLDERS = {"train": "train", "validation": "dev", "test": "test"}
_MARK = re.compile(r"^@(subject|ann0|ann1|ann2)[ \t]*$", re.MULTILINE)
_ORDER = (["subject"], ["subject", "ann0", "ann1", "ann2"])


def read(files: Contents) -> dict[str, tuple[Email, ...]]:
    """The three splits from the archive's ``*.subject`` files.

    Raises:
        DataError: when a file has not a body and a subject, or its marks stand in another order.
    """
    emails: dict[str, list[Email]] = {split: [] for split in _FOLDERS}
    splits = {folder: split for split, folder in _FOLDERS.items()}
    for path, raw in sorted(tree(files).items()):
        folder, _, name = path.removeprefix("enron_subject_line/").partition("/")
        if folder not in splits or not name.endswith(".subject"):
            raise DataError(f"the archive holds an unexpected file {path!r}")
        emails[splits[folder]].append(_email(name, text(raw, path)))
    return {split: tuple(found) for split, found in emails.items()}


def _email(name: str, body: str) -> Email:
    pieces = [piece.strip() for piece in _MARK.split(body)]
    message, marks, (subject, *annotations) = pieces[0], pieces[1::2], pieces[2::2] or [""]
    if marks not in _ORDER or not message or not subject:
        raise DataError(
            f"{name}: marks {marks}; expected a body, @subject, and none or three of @ann0, @ann1, @ann2"
        )
    return Email(name.removesuffix(".subject"), message, subject, tuple(annotations))
