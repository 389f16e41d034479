"""Tagging: names of people, companies, cities, products and teams, in English words and Chinese characters.

Half of the names are given in short, and a short name may be that of a person, a company, a city, a product or a team: only
what is said of it tells.
"""

from dataclasses import dataclass

from ..writing import Desk
from .common import Source, tagged
from .translation import sentence


@dataclass(frozen=True, slots=True)
class TaggedSentence:
    """A sentence with one label a token.

    Attributes:
        tokens: words, or characters for Chinese.
        tags: BIO tags of PER, ORG, LOC, PROD, TEAM.
        language: ``"en"`` or ``"zh"``.
    """

    tokens: tuple[str, ...]
    tags: tuple[str, ...]
    language: str

    @property
    def identity(self) -> str:
        """The tokens."""
        return " ".join(self.tokens)


def records(source: Source, size: int, language: str) -> tuple[TaggedSentence, ...]:
    """The sentences of a split in one language."""
    desk = Desk(source.world, source.shelf, short=50)
    made = []
    for number in range(size):
        text = sentence(source.stream(number), desk, source.world).written(language)
        made.append(TaggedSentence(*tagged(text, language), language))
    return tuple(made)
