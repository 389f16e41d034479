"""Language modelling: the text of articles."""

from dataclasses import dataclass

from .common import Source


@dataclass(frozen=True, slots=True)
class RunningText:
    """An article to be predicted word by word.

    Attributes:
        text: in English.
        zh: in Chinese.
    """

    text: str
    zh: str

    @property
    def identity(self) -> str:
        """The text."""
        return self.text


def records(source: Source, size: int) -> tuple[RunningText, ...]:
    """The articles of a split."""
    articles = (source.article(number) for number in range(size))
    return tuple(RunningText(article.en.text, article.zh.text) for article in articles)
