"""CASIE: news on computer security with events, their words and participants (Satyapanich et al. 2020).

The source has 1,000 articles and no split. Here they are spread by the SHA-256 of the text over `train` (8 of 10),
`validation` and `test` (1 each); the one article that occurs twice stays in one split. 8,485 events of five subtypes, 22,701
arguments of 26 roles.

Mentions are checked against the text. In 32 articles every offset is one too small, because a character was lost at the front
of the text: 1,094 mentions are moved to the nearest place that holds their words. One mention (article 464) ends beyond
the text and is cut there. One event is of realis "General", read as "Generic". A closing ``</text>`` at the end of two
articles is removed. 24 articles have no title. Events and arguments are sorted by place.
"""

import json
from typing import Any

from aimass.data.corpus import split_by_hash
from aimass.data.records import Event, EventArgument, EventDocument, Mention
from aimass.errors import DataError

from .cmrc2018 import nearest
from .reading import Contents, text, tree

COUNTS = {"train": 810, "validation": 97, "test": 93}
SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}
EVENTS = 8_485
ARGUMENTS = 22_701
SUBTYPES = ("Databreach", "DiscoverVulnerability", "PatchVulnerability", "Phishing", "Ransom")

_FOLDER = "data/annotation/"


def read(files: Contents) -> dict[str, tuple[EventDocument, ...]]:
    """The three splits from the archive's annotations.

    Raises:
        DataError: when an annotation is no JSON of the form expected, or its words are not in the text.
    """
    documents = []
    for path, raw in tree(files).items():
        if not path.startswith(_FOLDER):
            continue
        key = path.removeprefix(_FOLDER).removesuffix(".json")
        try:
            documents.append(_document(key, json.loads(text(raw, path))))
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path}: not an annotation of the form expected ({error})") from error
    documents.sort(key=lambda document: int(document.key))
    return split_by_hash(documents, SHARES)


def _document(key: str, item: dict[str, Any]) -> EventDocument:
    body = item["content"].rstrip().removesuffix("</text>").rstrip()
    events = [
        _event(key, body, cluster, event)
        for cluster, hopper in enumerate(item["cyberevent"]["hopper"])
        for event in hopper["events"]
    ]
    info = item["info"]
    return EventDocument(
        key=key,
        title=info.get("title", ""),
        date=info.get("date", ""),
        url=info.get("link", ""),
        text=body,
        events=tuple(sorted(events, key=lambda event: (event.trigger.start, event.trigger.end))),
    )


def _event(key: str, body: str, cluster: int, item: dict[str, Any]) -> Event:
    arguments = [
        EventArgument(_mention(key, body, argument), argument["role"]["type"], argument["type"])
        for argument in item.get("argument", [])
    ]
    return Event(
        trigger=_mention(key, body, item["nugget"]),
        type=item["type"],
        subtype=item["subtype"],
        realis={"General": "Generic"}.get(item["realis"], item["realis"]),
        cluster=cluster,
        arguments=tuple(sorted(arguments, key=lambda found: (found.mention.start, found.mention.end))),
    )


def _mention(key: str, body: str, item: dict[str, Any]) -> Mention:
    start, words = item["startOffset"], item["text"]
    place = nearest(body, words, start)
    if place is None and start < len(body) and words.startswith(body[start:]):
        place, words = start, body[start:]
    if place is None:
        raise DataError(f"casie {key}: the text does not hold the words {words[:60]!r}")
    return Mention(place, place + len(words), words)
