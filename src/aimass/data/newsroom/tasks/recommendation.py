"""Recommendation: simulated readers choose what to read next.

A reader likes some desks, follows a few names, and in each session is after one kind of event; everyone is drawn to what stands at the
top of the list and to what is popular. Which article is clicked is drawn from weights that follow from all this; they are kept
with the record, so that the best possible ranking is known.
"""

from dataclasses import dataclass

from ..articles import Article
from ..lexicon import EVENTS
from ..rng import mix
from ..world import Entity
from .common import Source

SPLITS = ("train", "validation", "test", "test_unseen_readers")
SHOWN = 8
_POSITION = (8, 6, 5, 4, 4, 3, 3, 3)


@dataclass(frozen=True, slots=True)
class Impression:
    """A list of articles that was shown and the one that was clicked.

    Attributes:
        reader: number of the reader.
        session: number of the visit; wishes change between visits.
        history: articles that the reader clicked before, oldest first (numbers in ``news.recommendation_articles``).
        candidates: the eight articles shown, from the top.
        clicked: place in `candidates` of the one that was clicked.
        weights: how likely each was to be clicked, unnormalised: gold, not for training.
    """

    reader: int
    session: int
    history: tuple[int, ...]
    candidates: tuple[int, ...]
    clicked: int
    weights: tuple[int, ...]

    @property
    def identity(self) -> str:
        """Reader, history and list."""
        return f"{self.reader} {self.history} {self.candidates}"


def popularity(seed: int, number: int) -> int:
    """How much an article draws everybody: 1 to 4."""
    return (1, 1, 1, 2, 2, 4)[mix(seed, 77, number) % 6]


class _Reader:
    """Latent tastes, and the sessions in which they show."""

    def __init__(self, source: Source, articles: tuple[Article, ...], number: int):
        self.source, self.articles, self.number = source, articles, number
        self.stream = source.stream(number)
        desks = self.stream.shuffled(tuple(dict.fromkeys(schema.desk for schema in EVENTS.values())))
        self.desks = desks[:2]
        self.follows = {self._someone().key for _ in range(4)}
        self.history: list[int] = []

    def _someone(self) -> Entity:
        return self.stream.pick(self.stream.pick(self.articles).main.entities)

    def weight(self, number: int, place: int, wish: str) -> int:
        article = self.articles[number]
        weight = _POSITION[place] * popularity(self.source.seed, number)
        if article.desk in self.desks:
            weight *= 8
        if any(entity.key in self.follows for entity in article.main.entities):
            weight *= 16
        if article.main.type == wish:
            weight *= 40
        return weight

    def impression(self, session: int, wish: str, wished: list[int]) -> Impression:
        stream = self.stream
        shown: list[int] = [stream.pick(wished)] if wished else []
        while len(shown) < SHOWN:
            number = stream.below(len(self.articles))
            if number not in shown:
                shown.append(number)
        shown = stream.shuffled(shown)
        weights = tuple(self.weight(number, place, wish) for place, number in enumerate(shown))
        mark = (stream.below(1 << 30) * sum(weights)) >> 30
        clicked = 0
        while mark >= weights[clicked]:
            mark -= weights[clicked]
            clicked += 1
        made = Impression(self.number, session, tuple(self.history[-20:]), tuple(shown), clicked, weights)
        self.history.append(shown[clicked])
        return made


def read(
    source: Source, articles: tuple[Article, ...], readers: range, sessions: int
) -> tuple[list[Impression], ...]:
    """What these readers were shown: the impressions of each session, in turn."""
    by_type: dict[str, list[int]] = {}
    for number, article in enumerate(articles):
        by_type.setdefault(article.main.type, []).append(number)
    seen: tuple[list[Impression], ...] = tuple([] for _ in range(sessions))
    for number in readers:
        reader = _Reader(source, articles, number)
        for session in range(sessions):
            wish = reader.stream.pick(tuple(EVENTS))
            for _ in range(4):
                seen[session].append(reader.impression(session, wish, by_type.get(wish, [])))
    return seen


def splits(source: Source, articles: tuple[Article, ...], size: int) -> dict[str, tuple[Impression, ...]]:
    """Impressions by split: earlier sessions train, later ones test, and some readers are new in the test.

    Args:
        source: where chance comes from.
        articles: what there is to read.
        size: about how many training impressions.
    """
    sessions = 6
    number = max(4, size // (4 * (sessions - 2)))
    known = read(source, articles, range(number), sessions)
    new = read(source, articles, range(number, number + max(2, number // 8)), sessions)
    return {
        "train": tuple(one for session in known[:-2] for one in session),
        "validation": tuple(known[-2]),
        "test": tuple(known[-1]),
        "test_unseen_readers": tuple(one for session in new for one in session),
    }
