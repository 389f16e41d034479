"""Multi30K: captions of photographs in English, German and French (Elliott et al. 2016, 2017).

Splits: `train`, `validation`, and `test`, which is the test set of 2016 (Flickr). Raw text, cased, not tokenised. The German
and French captions of one record translate its English one. White space at the ends of 82 captions is removed. 9 English captions of `train` repeat another
one; none of `test` stands in `train`.
"""

import gzip
import zlib

from aimass.data.records import TranslationPair
from aimass.errors import DataError

from .reading import Contents, content, lines, same_length

COUNTS = {"train": 29_000, "validation": 1_014, "test": 1_000}

_STEMS = {"train": "train", "validation": "val", "test": "test_2016_flickr"}
_LANGUAGES = ("en", "de", "fr")


def read(files: Contents) -> dict[str, tuple[TranslationPair, ...]]:
    """The three splits from the nine files ``<split>.<language>.gz``.

    Raises:
        DataError: when the three languages of a split have different numbers of lines, or a line is empty.
    """
    return {split: _split(files, stem) for split, stem in _STEMS.items()}


def _split(files: Contents, stem: str) -> tuple[TranslationPair, ...]:
    captions = {language: _captions(files, f"{stem}.{language}.gz") for language in _LANGUAGES}
    same_length({f"{stem}.{language}.gz": len(found) for language, found in captions.items()}, "languages")
    return tuple(
        TranslationPair(en, de, fr)
        for en, de, fr in zip(captions["en"], captions["de"], captions["fr"], strict=True)
    )


def _captions(files: Contents, name: str) -> list[str]:
    try:
        raw = gzip.decompress(content(files, name))
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{name} is no gzip file ({error})") from error
    captions = [line.strip() for line in lines(raw, name)]
    if "" in captions:
        raise DataError(
            f"{name}: line {captions.index('') + 1:,} is empty, so that the languages do not align"
        )
    return captions
