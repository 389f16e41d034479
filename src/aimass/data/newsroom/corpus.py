"""The newsroom as a whole: one seed, one world, twelve tasks."""

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import islice
from typing import Any

from aimass.data.corpus import Corpus
from aimass.errors import ParameterError

from .articles import Article
from .tasks import classification as _classification
from .tasks import dialogue as _dialogue
from .tasks import events as _events
from .tasks import language as _language
from .tasks import matching as _matching
from .tasks import questions as _questions
from .tasks import recommendation as _recommendation
from .tasks import relations as _relations
from .tasks import search as _search
from .tasks import summarisation as _summarisation
from .tasks import tagging as _tagging
from .tasks import translation as _translation
from .tasks.common import SPLITS, Source
from .world import World
from .writing import Shelf


class Newsroom:
    """A generated news world with labels for all tasks. Each task is made when it is first asked for.

    Every task is a :class:`~aimass.data.Corpus` with the splits ``train``, ``validation``, ``test``, and, but for
    recommendation, ``test_unseen_entities`` (names that no other split has) and ``test_unseen_phrasings`` (wordings that no other split has).

    Args:
        seed: of everything.
        vocab_size: about how many English words there are; 1,500 to a million and more.
        size: records of a training split (translation has three times as many); other splits are in proportion.
        label_noise: share of wrong labels in the training splits of classification and matching.
    """

    def __init__(self, seed: int = 0, vocab_size: int = 2000, size: int = 2400, label_noise: float = 0.0):
        if size < 100:
            raise ParameterError(f"size is {size}; the newsroom needs at least 100 records to split")
        if not 0.0 <= label_noise < 1.0:
            raise ParameterError(f"label_noise is {label_noise}; it is a share, from 0 to less than 1")
        self.seed, self.vocab_size, self.size, self.label_noise = seed, vocab_size, size, label_noise
        self.world = World(seed, vocab_size)
        self.unseen_world = World(seed, vocab_size, unseen=True)

    def source(self, task: str, split: str) -> Source:
        """Where the records of a split come from."""
        world = self.unseen_world if split == "test_unseen_entities" else self.world
        return Source(self.seed, task, split, world, Shelf(split == "test_unseen_phrasings"))

    def iter_articles(self, number: int, split: str = "train", first: int = 0) -> Iterator[Article]:
        """Articles `first` to `first + number - 1` of a split, each made when it is asked for."""
        source = self.source("articles", split)
        return (source.article(place) for place in range(first, first + number))

    def _corpus(self, task: str, make: Callable[..., Any], size: int = 0) -> Corpus:
        size = size or self.size
        rest = max(40, size // 6)
        made = {"train": make(self.source(task, "train"), size)}
        known = {record.identity for record in made["train"]}
        for split in SPLITS[1:]:
            drawn = make(self.source(task, split), rest + 10)
            made[split] = tuple(record for record in drawn if record.identity not in known)[:rest]
        return Corpus(f"newsroom {task}", made, licence="generated: no licence needed")

    @cached_property
    def translation(self) -> Corpus[_translation.Pair]:
        """Sentences in English and Chinese: 7,200 training pairs by default."""
        told: set = set()
        texts: set[str] = set()

        def make(source: Source, size: int) -> tuple[_translation.Pair, ...]:
            drawn = _translation.pairs(source.world, source.stream(), source.shelf, told)
            made = tuple(islice((pair for pair in drawn if pair.en not in texts), size))
            told.update(pair.facts for pair in made)
            texts.update(pair.en for pair in made)
            return made

        return self._corpus("translation", make, 3 * self.size)

    @cached_property
    def language_modelling(self) -> Corpus[_language.RunningText]:
        """The text of articles."""
        return self._corpus("language modelling", _language.records)

    @cached_property
    def tagging(self) -> Corpus[_tagging.TaggedSentence]:
        """English sentences with the names in them tagged."""
        return self._corpus("tagging", lambda source, size: _tagging.records(source, size, "en"))

    @cached_property
    def tagging_zh(self) -> Corpus[_tagging.TaggedSentence]:
        """Chinese sentences with the names in them tagged."""
        return self._corpus("tagging", lambda source, size: _tagging.records(source, size, "zh"))

    @cached_property
    def classification(self) -> Corpus[_classification.LabelledText]:
        """Articles and the desks that print them."""
        return self._corpus(
            "classification", lambda source, size: _classification.records(source, size, self._noise(source))
        )

    def _noise(self, source: Source) -> float:
        return self.label_noise if source.split == "train" else 0.0

    @cached_property
    def dialogue(self) -> Corpus[_dialogue.Dialogue]:
        """Conversations with the assistant of the news desk, in English."""
        return self._corpus("dialogue", _dialogue.records)

    @cached_property
    def dialogue_zh(self) -> Corpus[_dialogue.Dialogue]:
        """Conversations with the assistant of the news desk, in Chinese."""
        return self._corpus("dialogue", lambda source, size: _dialogue.records(source, size, "zh"))

    @cached_property
    def relations(self) -> Corpus[_relations.MarkedPair]:
        """English sentences with two marked names and their relation."""
        return self._corpus("relations", _relations.records)

    @cached_property
    def relations_zh(self) -> Corpus[_relations.MarkedPair]:
        """Chinese sentences with two marked names and their relation."""
        return self._corpus("relations", lambda source, size: _relations.records(source, size, "zh"))

    @cached_property
    def events(self) -> Corpus[_events.EventSentence]:
        """English sentences and the events told in them."""
        return self._corpus("events", _events.records)

    @cached_property
    def events_zh(self) -> Corpus[_events.EventSentence]:
        """Chinese sentences and the events told in them."""
        return self._corpus("events", lambda source, size: _events.records(source, size, "zh"))

    @cached_property
    def summarisation(self) -> Corpus[_summarisation.Summarised]:
        """Articles, their headlines and key sentences."""
        return self._corpus("summarisation", _summarisation.records)

    @cached_property
    def matching(self) -> Corpus[_matching.SentencePair]:
        """Pairs of sentences that report one event or two."""
        return self._corpus(
            "matching", lambda source, size: _matching.records(source, size, self._noise(source))
        )

    @cached_property
    def question_answering(self) -> Corpus[_questions.Question]:
        """Questions about English passages."""
        return self._corpus("questions", _questions.records)

    @cached_property
    def question_answering_zh(self) -> Corpus[_questions.Question]:
        """Questions about Chinese passages."""
        return self._corpus("questions", lambda source, size: _questions.records(source, size, "zh"))

    @cached_property
    def recommendation_articles(self) -> tuple[Article, ...]:
        """What the readers of the recommendation task can read."""
        return tuple(self.iter_articles(max(100, self.size // 4), "recommendation"))

    @cached_property
    def recommendation(self) -> Corpus[_recommendation.Impression]:
        """Lists of articles shown to readers, and what they clicked."""
        source = self.source("recommendation", "train")
        made = _recommendation.splits(source, self.recommendation_articles, self.size)
        return Corpus("newsroom recommendation", made, licence="generated: no licence needed")

    @cached_property
    def search(self) -> Corpus[_search.Query]:
        """Queries over collections of reports, each split with a collection of its own."""
        return self._corpus("search", _search.records, max(100, self.size // 4))


def load(seed: int = 0, vocab_size: int = 2000, size: int = 2400, label_noise: float = 0.0) -> Newsroom:
    """The newsroom of a seed; see :class:`Newsroom` for the arguments."""
    return Newsroom(seed, vocab_size, size, label_noise)
