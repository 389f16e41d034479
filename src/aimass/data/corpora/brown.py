"""The Brown corpus: a million words of American English of 1961, tagged by hand (Francis and Kučera 1979).

One split, `all`: the sentences of the 500 texts in corpus order (ca01 to cr09). 1,161,192 tokens, 56,057 distinct. No
official split exists for tagging: ``corpus.with_validation(source="all")`` takes one out by hash. For language modelling
:func:`bengio_split` makes the one of Bengio et al. (2003).
"""

import re
from collections import Counter
from dataclasses import dataclass

from aimass.data.corpus import Corpus
from aimass.data.records import BrownSentence
from aimass.errors import DataError, ParameterError

from .reading import Contents, text, unzip

COUNTS = {"all": 57_340}
TOKENS = 1_161_192
PARAGRAPHS = 15_667

_TEXT = re.compile(r"^brown/(c[a-r]\d\d)$")
_BREAK = re.compile(r"\n[ \t\r]*\n")
_GENRES = {
    "a": "news",
    "b": "editorial",
    "c": "reviews",
    "d": "religion",
    "e": "hobbies",
    "f": "lore",
    "g": "belles_lettres",
    "h": "government",
    "j": "learned",
    "k": "fiction",
    "l": "mystery",
    "m": "science_fiction",
    "n": "adventure",
    "p": "romance",
    "r": "humor",
}

RARE = "<rare>"
PARAGRAPH = "<p>"
DOCUMENT = "<text>"


def read(files: Contents) -> dict[str, tuple[BrownSentence, ...]]:
    """All sentences from ``brown.zip``.

    Raises:
        DataError: when the archive holds none of the texts, or a token has no tag.
    """
    members = unzip(files, "brown.zip")
    texts = sorted((found[1], raw) for name, raw in members.items() if (found := _TEXT.match(name)))
    if not texts:
        raise DataError("brown.zip holds no text of the form brown/ca01")
    return {
        "all": tuple(
            sentence for document, raw in texts for sentence in _sentences(document, text(raw, document))
        )
    }


def _sentences(document: str, body: str) -> list[BrownSentence]:
    genre = _GENRES[document[1]]
    sentences = []
    paragraphs = [found for found in _BREAK.split(body) if found.strip()]
    for number, paragraph in enumerate(paragraphs):
        for line in paragraph.split("\n"):
            pairs = [token.rpartition("/") for token in line.split()]
            if not pairs:
                continue
            if any(not word or not tag for word, _, tag in pairs):
                raise DataError(f"brown {document}: a token without word or tag in {line.strip()[:60]!r}")
            tokens = tuple(word for word, _, _ in pairs)
            tags = tuple(tag for _, _, tag in pairs)
            sentences.append(BrownSentence(tokens, tags, document, genre, number))
    return sentences


@dataclass(frozen=True)
class LanguageModelSplit:
    """A corpus cut into three stretches of tokens, rare words merged.

    Attributes:
        train: the first tokens of the corpus.
        validation: those that follow.
        test: the rest.
        vocabulary: the distinct tokens of the three together, the merged one included, by falling frequency, then by name.
    """

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]
    vocabulary: tuple[str, ...]


def bengio_split(
    corpus: "Corpus[BrownSentence]",
    *,
    sizes: tuple[int, int] = (800_000, 200_000),
    rare_below: int = 4,
    marks: bool = True,
    count_on: str = "all",
) -> LanguageModelSplit:
    """The Brown corpus as Bengio et al. (2003), section 4, cut it: 800,000 tokens, 200,000, and the rest.

    They report 1,181,041 tokens, 47,578 distinct, and V = 16,383 after words of frequency 3 or less became one. This
    distribution is another one: with its marks of texts and paragraphs it has 1,177,359 tokens (177,359 to test on), 56,059
    distinct, and V = 17,907. Perplexities on it are therefore near to theirs in kind, not the same measure; the larger V makes
    the task a little harder here.

    Args:
        corpus: what ``load("brown")`` returns.
        sizes: tokens to train on and to validate on.
        rare_below: words seen fewer times than this become `RARE`.
        marks: put `DOCUMENT` before each text and `PARAGRAPH` before each paragraph, as the paper does.
        count_on: where words are counted: ``"all"`` as the paper seems to do, or ``"train"``, which lets nothing of the test
            text decide (V = 14,039).

    Raises:
        ParameterError: for an unknown `count_on` or sizes beyond the corpus.
    """
    if count_on not in ("all", "train"):
        raise ParameterError(f"bengio_split: count_on is {count_on!r}; expected 'all' or 'train'")
    tokens = _running(corpus["all"], marks)
    first, second = sizes[0], sizes[0] + sizes[1]
    if not 0 < first < second < len(tokens):
        raise ParameterError(
            f"bengio_split: sizes {sizes} do not leave a test part of {len(tokens):,} tokens"
        )
    counted = Counter(tokens if count_on == "all" else tokens[:first])
    kept = {word for word, count in counted.items() if count >= rare_below}
    merged = tuple(word if word in kept else RARE for word in tokens)
    ranked = sorted(Counter(merged).items(), key=lambda item: (-item[1], item[0]))
    return LanguageModelSplit(
        merged[:first], merged[first:second], merged[second:], tuple(word for word, _ in ranked)
    )


def _running(sentences: tuple[BrownSentence, ...], marks: bool) -> list[str]:
    tokens: list[str] = []
    document, paragraph = "", -1
    for sentence in sentences:
        if marks and sentence.document != document:
            tokens.append(DOCUMENT)
            paragraph = -1
        if marks and sentence.paragraph != paragraph:
            tokens.append(PARAGRAPH)
        document, paragraph = sentence.document, sentence.paragraph
        tokens.extend(sentence.tokens)
    return tokens
