"""What all tasks share: where a split's chance, names and wordings come from, and words of a text."""

import re
from dataclasses import dataclass
from functools import cached_property

from ..articles import Article, Reporter
from ..rng import Stream, mix, named
from ..world import Entity, World
from ..writing import Shelf, Text

SPLITS = ("train", "validation", "test", "test_unseen_entities", "test_unseen_phrasings")
_WORD = re.compile(r"\d[\d,.]*\d|\w+|[^\w\s]")
_LABELS = {"person": "PER", "company": "ORG", "city": "LOC", "product": "PROD", "team": "TEAM"}


@dataclass(frozen=True)
class Source:
    """Where the records of one split of one task come from.

    Attributes:
        seed: of the newsroom.
        task, split: whose chance this is; no two share a stream.
        world: the names that may occur.
        shelf: the wordings that may occur.
    """

    seed: int
    task: str
    split: str
    world: World
    shelf: Shelf

    def stream(self, number: int = 0) -> Stream:
        """The chance of record `number`."""
        return Stream(self.seed, named(self.task), named(self.split), number)

    @cached_property
    def reporter(self) -> Reporter:
        """Writes the articles of this split."""
        return Reporter(self.world, self.shelf)

    def article(self, number: int) -> Article:
        """Article `number` of this split."""
        return self.reporter.article(self.stream(number), number)

    def key(self) -> int:
        """A number that stands for the split."""
        return mix(self.seed, named(self.task), named(self.split))


def words(text: str, language: str) -> list[tuple[str, int]]:
    """Tokens and where they begin: words and signs of English, characters of Chinese (numbers kept whole)."""
    if language == "en":
        return [(match[0], match.start()) for match in _WORD.finditer(text)]
    return [(match[0], match.start()) for match in re.finditer(r"\d[\d.]*|\S", text)]


def tagged(text: Text, language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tokens and BIO tags of the names in a text: PER, ORG, LOC, PROD, TEAM."""
    pieces = words(text.text, language)
    tags = ["O"] * len(pieces)
    starts = {start: place for place, (_, start) in enumerate(pieces)}
    for mention in text.mentions:
        if isinstance(mention.of, Entity):
            place = starts[mention.start]
            label, begin = _LABELS[mention.of.kind], "B-"
            while place < len(pieces) and pieces[place][1] < mention.end:
                tags[place] = begin + label
                begin = "I-"
                place += 1
    return tuple(token for token, _ in pieces), tuple(tags)
