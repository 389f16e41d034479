"""Classification: which desk prints an article. Most articles tell two events in one sentence, and grammar tells which is the news."""

from dataclasses import dataclass

from ..lexicon import DESKS
from ..rng import Stream
from .common import Source


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text and its label.

    Attributes:
        text: the article in English.
        label: one of the six desks.
        zh: the article in Chinese.
    """

    text: str
    label: str
    zh: str

    @property
    def identity(self) -> str:
        """The text."""
        return self.text


def noisy(label: str, labels: tuple[str, ...], stream: Stream, noise: float) -> str:
    """The label, or another one in a share `noise` of cases."""
    if stream.below(1_000_000) < round(noise * 1_000_000):
        return stream.pick([other for other in labels if other != label])
    return label


def records(source: Source, size: int, label_noise: float = 0.0) -> tuple[LabelledText, ...]:
    """The articles of a split; a share `label_noise` of labels is wrong on purpose."""
    chance = source.stream(-1)
    made = []
    for number in range(size):
        article = source.article(number)
        label = noisy(article.desk, DESKS, chance, label_noise)
        made.append(LabelledText(article.en.text, label, article.zh.text))
    return tuple(made)
