"""Running text as blocks of word ids, from memory or from files larger than memory.

A text is read line by line; a line is a sentence, or any stretch across whose ends no two words are neighbours. Blocks have one shape, so that a
program is compiled once, and never end: pass follows pass over the text without a seam. Everything drawn is a function of the
seed and the number of the pass, so that a training that was interrupted goes on with the very blocks that it would have seen.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, repeat
from pathlib import Path

import numpy as np

from aimass.data.text import tokenize
from aimass.data.vocabulary import PAD, UNK, Vocabulary
from aimass.errors import DataError, ParameterError

CHUNK = 1 << 20  # tokens that are held, drawn and cut at a time
Paths = str | os.PathLike | Sequence[str | os.PathLike]


def read_lines(paths: Paths, tokenize: Callable[[str], list[str]] = str.split) -> Iterator[list[str]]:
    """The tokens of each line of UTF-8 text files, one after the other.

    Raises:
        DataError: when a file cannot be read or is not UTF-8.
    """
    for path in [paths] if isinstance(paths, str | os.PathLike) else paths:
        try:
            with open(path, encoding="utf-8") as file:
                for line in file:
                    yield tokenize(line)
        except OSError as error:
            raise DataError(f"text {path}: {error.strerror}; give a text file, one sentence a line") from None
        except UnicodeDecodeError as error:
            raise DataError(f"text {path}: not UTF-8 at byte {error.start:,}; convert it first") from None


_ENDS = frozenset(".!?;。！？；…")


def sentences(texts: Iterable[str], language: str = "en") -> Iterator[list[str]]:
    """The words of texts, in lower case, sentence by sentence; signs are left out, sentences of one word too.

    Args:
        texts: raw.
        language: ``"en"`` or ``"zh"``, see :func:`aimass.data.text.tokenize`.
    """
    for text in texts:
        words: list[str] = []
        for token in [*tokenize(text, language=language, lowercase=True), "."]:
            if token in _ENDS:
                if len(words) > 1:
                    yield words
                words = []
            elif any(sign.isalnum() for sign in token):
                words.append(token)


def keep_probability(counts: Sequence[int], threshold: float) -> np.ndarray:
    """How often an occurrence of each word is kept by word2vec's subsampling of frequent words, float32 ``[len(counts)]``.

    With f the word's share of the text, the program of 2013 keeps ``sqrt(t / f) + t / f``, at most 1; the paper (Mikolov et al. 2013b,
    eq. 5) prints ``sqrt(t / f)`` alone. A threshold of 0 keeps all.
    """
    counts = np.asarray(counts, "float64")
    share = np.maximum(counts, 1.0) / max(1.0, counts.sum())
    kept = np.sqrt(threshold / share) + threshold / share if threshold else np.ones_like(share)
    return np.minimum(1.0, kept).astype("float32")


def _chunks(sentences: Iterable[Sequence[str]], vocabulary: Vocabulary) -> Iterator[np.ndarray]:
    """Word ids of sentences, unknown words left out, with a PAD after each sentence: int32 arrays of a million ids or so."""
    known = {token: index for index, token in enumerate(vocabulary.tokens) if index > UNK}
    held: list[int] = []

    def cut():
        ids = np.array(held, "int32")
        return ids[ids != UNK]

    for sentence in sentences:
        held += map(known.get, sentence, repeat(UNK))
        held.append(PAD)
        if len(held) >= CHUNK:
            yield cut()
            held = []
    if held:
        yield cut()


@dataclass(frozen=True)
class TextStream:
    """Blocks of running text, for word vectors.

    Make one by :meth:`from_files` or :meth:`from_sentences`.

    Attributes:
        chunks: a function that begins a pass: it returns an iterator over int32 ids with a 0 after each sentence.
        vocabulary: with counts.
        subsample: the threshold of :func:`keep_probability`.
        seed: of what is dropped.
    """

    chunks: Callable[[], Iterator[np.ndarray]]
    vocabulary: Vocabulary
    subsample: float = 1e-3
    seed: int = 0

    def __post_init__(self):
        if self.vocabulary.counts is None or not sum(self.vocabulary.counts):
            raise DataError(
                "text stream: the vocabulary holds no counts of words; build it from a text that is not empty"
            )
        if self.subsample < 0:
            raise ParameterError(f"text stream: subsample is {self.subsample}; expected 0 (keep all) or more")

    @classmethod
    def from_sentences(
        cls, sentences: Iterable[Sequence[str]], vocabulary: Vocabulary, **options
    ) -> "TextStream":
        """A stream over tokenised sentences, held in memory as ids (4 bytes a token)."""
        held = tuple(_chunks(sentences, vocabulary))
        return cls(lambda: iter(held), vocabulary, **options)

    @classmethod
    def from_files(
        cls,
        paths: Paths,
        vocabulary: Vocabulary,
        *,
        tokenize: Callable[[str], list[str]] = str.split,
        cache: str | os.PathLike | None = None,
        **options,
    ) -> "TextStream":
        """A stream over text files of any size, one sentence a line; never more than a million tokens are in memory.

        Args:
            paths: one file or several.
            vocabulary: see :meth:`Vocabulary.build` over :func:`read_lines`.
            tokenize: a line to tokens.
            cache: a file to leave the ids in (4 bytes a token), so that later passes read these and not the text. One
                that is there is used as it is.
            options: ``subsample``, ``seed``.
        """
        if cache is None:
            return cls(lambda: _chunks(read_lines(paths, tokenize), vocabulary), vocabulary, **options)
        cache = Path(cache)
        if not cache.is_file():
            partial = cache.with_name(cache.name + ".part")
            with open(partial, "wb") as file:
                for chunk in _chunks(read_lines(paths, tokenize), vocabulary):
                    file.write(chunk.tobytes())
            os.replace(partial, cache)
        if cache.stat().st_size % 4:
            raise DataError(f"text stream: {cache} is damaged; delete it to have it made again")
        return cls(lambda: _stored(cache), vocabulary, **options)

    @property
    def expected_tokens(self) -> float:
        """Tokens that subsampling is expected to leave of one pass."""
        counts = np.asarray(self.vocabulary.counts, "float64")
        return float(counts @ keep_probability(counts, self.subsample))

    def steps(self, block_size: int, blocks: int, passes: int = 1) -> int:
        """Steps of so many blocks that make up so many passes over the text, as near as whole steps come, and at least one a pass."""
        return passes * max(1, round(self.expected_tokens / (block_size * blocks)))

    def one_pass(self, number: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """A pass after subsampling: pairs of int32 arrays, word ids and the numbers of their sentences (which start at 0)."""
        keep = keep_probability(self.vocabulary.counts, self.subsample)
        keep[PAD] = 1.0
        sentence = 0
        for place, ids in enumerate(self.chunks()):
            chance = np.random.default_rng([self.seed, number, place]).random(len(ids), dtype=np.float32)
            ids = ids[chance < keep[ids]]
            ends = ids == PAD
            numbers = sentence + np.cumsum(ends, dtype=np.int32)
            sentence = int(numbers[-1]) if len(numbers) else sentence
            yield ids[~ends], numbers[~ends]

    def blocks(
        self, block_size: int, window: int, first_pass: int = 0
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Blocks without end: ids and sentence numbers, int32 ``[block_size + 2 * window]``; the ends overlap by ``2 * window``.

        The very first block begins with ``window`` places of padding, whose sentence number is negative.

        Raises:
            ParameterError: for a block size or window below 1.
            DataError: when a pass yields no word.
        """
        if block_size < 1 or window < 1:
            raise ParameterError(
                f"text stream: block_size is {block_size}, window is {window}; expected 1 or more"
            )
        ids, numbers = np.zeros(window, "int32"), np.full(window, -1, "int32")
        whole, number = block_size + 2 * window, first_pass
        while True:
            seen, last = 0, int(numbers.max(initial=-1)) + 1
            for more, sentences in self.one_pass(number):
                seen += len(more)
                ids = np.concatenate([ids, more])
                numbers = np.concatenate([numbers, sentences + last])
                usable = max(0, (len(ids) - 2 * window) // block_size)
                for start in range(0, usable * block_size, block_size):
                    yield ids[start : start + whole], numbers[start : start + whole]
                ids, numbers = ids[usable * block_size :], numbers[usable * block_size :]
                if numbers.size and numbers[-1] > 1 << 30:  # long before int32 runs out
                    numbers, last = numbers - numbers[0], last - int(numbers[0])
            if not seen:
                raise DataError(
                    "text stream: a pass over the text found no word of the vocabulary; is the text empty?"
                )
            number += 1

    def batches(
        self, block_size: int, window: int, blocks: int, first_step: int = 0
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Steps without end, each of so many blocks: ids and sentence numbers ``[blocks, block_size + 2 * window]``, int32.

        Args:
            block_size, window: of a block.
            blocks: of a step.
            first_step: how many steps to leave out, as when a training goes on.
        """
        if blocks < 1:
            raise ParameterError(f"text stream: {blocks} blocks a step; expected 1 or more")
        found = islice(self.blocks(block_size, window), first_step * blocks, None)
        while True:
            ids, numbers = zip(*islice(found, blocks), strict=True)
            yield np.stack(ids), np.stack(numbers)

    def dataset(self, block_size: int, window: int, blocks: int, first_step: int = 0):
        """:meth:`batches` as an infinite ``tf.data.Dataset``; give ``fit`` ``steps_per_epoch=stream.steps(block_size, blocks)``."""
        import tensorflow as tf

        spec = tf.TensorSpec([blocks, block_size + 2 * window], tf.int32)
        dataset = tf.data.Dataset.from_generator(
            lambda: self.batches(block_size, window, blocks, first_step), output_signature=(spec, spec)
        )
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY))
        options = tf.data.Options()
        # There is nothing to tune, and the thread that would do it can make every step wait for some 50 ms.
        options.autotune.enabled = False
        return dataset.prefetch(4).with_options(options)


def _stored(cache: Path) -> Iterator[np.ndarray]:
    """The ids in a cache file, a chunk at a time."""
    if not cache.stat().st_size:
        return
    ids = np.memmap(cache, "int32", "r")
    for start in range(0, len(ids), CHUNK):
        yield np.asarray(ids[start : start + CHUNK])
