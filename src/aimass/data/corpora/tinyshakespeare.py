"""Tiny Shakespeare: 40,000 lines of plays for character language models (Karpathy 2015).

Splits: `train`, the first nine tenths of the characters, and `validation`, the rest; one record each. This is the usual cut
(int(0.9 n) characters). 1,115,394 characters of 65 kinds.
"""

from aimass.data.records import TextDocument

from .reading import Contents, content, text

COUNTS = {"train": 1, "validation": 1}
CHARACTERS = {"train": 1_003_854, "validation": 111_540}


def read(files: Contents) -> dict[str, tuple[TextDocument, ...]]:
    """Both splits from ``input.txt``."""
    body = text(content(files, "input.txt"), "input.txt")
    cut = len(body) * 9 // 10
    return {
        "train": (TextDocument("train", body[:cut]),),
        "validation": (TextDocument("validation", body[cut:]),),
    }
