"""Search: queries over a collection of reports, with graded relevance.

A query names someone in the news by a word that may be the name of several, and what happened by a word that the reports do not use.
"""

from dataclasses import dataclass

from ..articles import Article
from ..lexicon.questions import SEARCHED
from ..rng import Stream
from ..world import Entity, Event
from .common import Source


@dataclass(frozen=True, slots=True)
class Document:
    """A report in the collection of its split.

    Attributes:
        text, zh: in English and Chinese.
        headline: above it.
    """

    text: str
    zh: str
    headline: str


@dataclass(frozen=True, slots=True)
class Query:
    """A query and what answers it.

    Attributes:
        text: what the reader typed.
        relevance: (number of the document, grade): 2, its news is the event that was sought; 1, it tells it in passing, or reports
            an event of the same type with one of the same names. All others: 0.
        documents: the collection that is searched.
    """

    text: str
    relevance: tuple[tuple[int, int], ...]
    documents: tuple[Document, ...]

    @property
    def identity(self) -> str:
        """The query and what it seeks."""
        return f"{self.text} {self.relevance}"


def _grade(article: Article, event: Event) -> int:
    if article.main is event:
        return 2
    if article.background is not None and article.background is event:
        return 1
    names = {entity.key for entity in event.entities}
    same = article.main.type == event.type and any(e.key in names for e in article.main.entities)
    return int(same)


def records(source: Source, size: int) -> tuple[Query, ...]:
    """The queries of a split over its own collection of twice as many reports (at most 600)."""
    stream = source.stream(-1)
    reports = min(600, 2 * size)
    happened = [source.world.event(stream) for _ in range(max(2, reports // 2))]
    articles = [
        source.reporter.article(source.stream(number), number, stream.pick(happened))
        for number in range(reports)
    ]
    documents = tuple(Document(a.en.text, a.zh.text, a.headline_en) for a in articles)
    made = []
    for number in range(size):
        event = articles[stream.below(reports)].main
        query = _typed(source.stream(reports + number), event)
        grades = [(place, _grade(article, event)) for place, article in enumerate(articles)]
        made.append(Query(query, tuple(pair for pair in grades if pair[1]), documents))
    return tuple(made)


def _typed(stream: Stream, event: Event) -> str:
    entity: Entity = stream.pick(event.entities)
    name = entity.en_short if stream.percent(75) else entity.en
    words = [name.lower(), stream.pick(SEARCHED[event.type])]
    return " ".join(words if stream.percent(70) else words[::-1])
