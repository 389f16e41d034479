"""Tokenisation of running text, English and Chinese.

Models that read subwords (:mod:`aimass.data.subwords`) take raw text and need nothing from here; word models, classical
baselines and metrics do.
"""

import logging
import re
import unicodedata
from functools import cache

from aimass.errors import ParameterError

# A run of letters, digits and inner apostrophes, points, commas or hyphens ("don't", "3.5", "vice-president"), or one other sign.
_WORD = re.compile(r"\w+(?:['’.,-]\w+)*|[^\w\s]")
_HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿\U00020000-\U0002fa1f]")
# For characters: one Han character, or one word of another script, or one sign.
_CHARACTER = re.compile(_HAN.pattern + r"|[^\W㐀-䶿一-鿿豈-﫿\U00020000-\U0002fa1f]+|[^\w\s]")


def normalize(text: str) -> str:
    """Compose accents (Unicode NFC), turn every run of white space into one space, and strip the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def has_chinese(text: str) -> bool:
    """Whether the text holds at least one Han character."""
    return _HAN.search(text) is not None


def tokenize(text: str, *, language: str = "en", unit: str = "word", lowercase: bool = False) -> list[str]:
    """Split text into tokens.

    Args:
        text: raw text.
        language: ``"en"`` splits at white space and signs; ``"zh"`` segments words with jieba (HMM for unseen words off, so
            that a token depends on the dictionary alone).
        unit: ``"word"``, or ``"character"``: each Han character is a token, words of other scripts stay whole.
        lowercase: fold case first.

    Returns:
        The tokens in order; white space is dropped, signs are tokens of their own.

    Raises:
        ParameterError: for an unknown language or unit.
    """
    if language not in ("en", "zh"):
        raise ParameterError(f"tokenize: language is {language!r}; expected 'en' or 'zh'")
    if unit not in ("word", "character"):
        raise ParameterError(f"tokenize: unit is {unit!r}; expected 'word' or 'character'")
    text = normalize(text.lower() if lowercase else text)
    if unit == "character":
        return _CHARACTER.findall(text)
    if language == "zh":
        return [token for token in _segmenter().cut(text, HMM=False) if not token.isspace()]
    return _WORD.findall(text)


@cache
def _segmenter():
    """A jieba tokenizer of our own: loaded once, at first use, without its log lines."""
    import jieba

    jieba.setLogLevel(logging.WARNING)
    segmenter = jieba.Tokenizer()
    segmenter.initialize()
    return segmenter
