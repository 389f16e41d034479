"""Summarisation: an article's headline, and which sentence tells the news (in a third of the articles not the first)."""

from dataclasses import dataclass

from .common import Source


@dataclass(frozen=True, slots=True)
class Summarised:
    """An article and its summary.

    Attributes:
        sentences, sentences_zh: the article, sentence by sentence, in English and Chinese.
        key: which sentence tells the news, from 0.
        headline, headline_zh: the summary.
    """

    sentences: tuple[str, ...]
    sentences_zh: tuple[str, ...]
    key: int
    headline: str
    headline_zh: str

    @property
    def text(self) -> str:
        """The whole article in English."""
        return " ".join(self.sentences)

    @property
    def identity(self) -> str:
        """The text."""
        return self.text


def records(source: Source, size: int) -> tuple[Summarised, ...]:
    """The articles of a split."""
    made = []
    for number in range(size):
        article = source.article(number)
        en = tuple(line.en.text for line in article.lines)
        zh = tuple(line.zh.text for line in article.lines)
        made.append(Summarised(en, zh, article.key, article.headline_en, article.headline_zh))
    return tuple(made)
