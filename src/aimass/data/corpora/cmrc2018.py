"""CMRC 2018: questions on Chinese encyclopedia passages, answered by a span of the passage (Cui et al. 2019).

Splits: `validation` (the task's dev set, three answers a question) and `trial` (one answer). The 10,000 training questions are
not in the registry, because no checksum of them is at hand, and the test set was never published.

The source's offsets are not always true. Where the passage does not hold the answer at the offset, the nearest place that
holds it is taken; an answer that the passage does not hold word for word (193 of the 9,657 in
`validation`, never all three of a question) has no offset.
"""

import json
from typing import Any

from aimass.data.records import Answer, ReadingQuestion
from aimass.errors import DataError

from .reading import Contents, content, text

COUNTS = {"validation": 3_219, "trial": 1_002}

_FILES = {"validation": "cmrc2018_dev.json", "trial": "cmrc2018_trial.json"}


def read(files: Contents) -> dict[str, tuple[ReadingQuestion, ...]]:
    """Both splits from the SQuAD-like JSON files.

    Raises:
        DataError: when a file is no JSON of that form.
    """
    return {split: _questions(content(files, name), name) for split, name in _FILES.items()}


def _questions(raw: bytes, name: str) -> tuple[ReadingQuestion, ...]:
    try:
        articles = json.loads(text(raw, name))["data"]
        return tuple(
            _question(article["title"], paragraph["context"], item)
            for article in articles
            for paragraph in article["paragraphs"]
            for item in paragraph["qas"]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{name}: no SQuAD-like JSON ({error})") from error


def _question(title: str, context: str, item: dict[str, Any]) -> ReadingQuestion:
    answers = tuple(
        Answer(answer["text"], nearest(context, answer["text"], answer["answer_start"]))
        for answer in item["answers"]
    )
    return ReadingQuestion(item["id"], title, context, item["question"], answers)


def nearest(context: str, wanted: str, start: int) -> int | None:
    """The place nearest to `start` at which `context` holds `wanted`; of two equally near the first; None if there is none."""
    if not wanted:
        return None
    after = context.find(wanted, max(start, 0))
    before = context.rfind(wanted, 0, max(start, 0) + len(wanted) - 1)
    places = [place for place in (before, after) if place >= 0]
    return min(places, key=lambda place: (abs(place - start), place), default=None)
