"""A vocabulary: tokens to ids and back."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from aimass.errors import DataError, ParameterError

PAD, UNK, BOS, EOS = 0, 1, 2, 3
SPECIAL_TOKENS = ("<pad>", "<unk>", "<s>", "</s>")


class Vocabulary:
    """The tokens of a corpus by falling frequency, after the four special tokens.

    Ids 0 to 3 are padding, unknown, begin and end of sequence, here and in :class:`aimass.data.subwords.Subwords`.

    Args:
        tokens: distinct tokens, most frequent first, without the special ones.
        counts: how often each was seen, in the same order (optional; wanted by samplers that need a unigram distribution).

    Raises:
        ParameterError: if a token stands twice, or tokens and counts differ in length.
    """

    def __init__(self, tokens: Sequence[str], counts: Sequence[int] | None = None):
        if counts is not None and len(counts) != len(tokens):
            raise ParameterError(
                f"Vocabulary: {len(tokens)} tokens but {len(counts)} counts; give one count a token"
            )
        self.tokens: tuple[str, ...] = (*SPECIAL_TOKENS, *tokens)
        self.counts: tuple[int, ...] | None = None if counts is None else (0, 0, 0, 0, *map(int, counts))
        self._ids = {token: index for index, token in enumerate(self.tokens)}
        if len(self._ids) != len(self.tokens):
            twice = next(token for token, count in Counter(self.tokens).items() if count > 1)
            raise ParameterError(
                f"Vocabulary: token {twice!r} stands twice (special tokens: {', '.join(SPECIAL_TOKENS)})"
            )

    @classmethod
    def build(
        cls, sentences: Iterable[Sequence[str]], *, max_size: int | None = None, min_count: int = 1
    ) -> "Vocabulary":
        """Count tokens and keep the most frequent; ties are ordered by code point, so the result does not depend on order.

        Args:
            sentences: tokenised sentences.
            max_size: the size to keep, special tokens included.
            min_count: tokens seen less often are left out.
        """
        counts = Counter(token for sentence in sentences for token in sentence if token not in SPECIAL_TOKENS)
        kept = sorted(
            (item for item in counts.items() if item[1] >= min_count), key=lambda item: (-item[1], item[0])
        )
        if max_size is not None:
            if max_size < len(SPECIAL_TOKENS):
                raise ParameterError(
                    f"Vocabulary: max_size is {max_size}; the special tokens alone take {len(SPECIAL_TOKENS)}"
                )
            kept = kept[: max_size - len(SPECIAL_TOKENS)]
        return cls([token for token, _ in kept], [count for _, count in kept])

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: str) -> bool:
        return token in self._ids

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and (self.tokens, self.counts) == (other.tokens, other.counts)

    __hash__ = None

    def encode(self, tokens: Iterable[str], *, bos: bool = False, eos: bool = False) -> list[int]:
        """Ids of the tokens; what the vocabulary lacks becomes ``UNK``."""
        ids = [self._ids.get(token, UNK) for token in tokens]
        return [BOS] * bos + ids + [EOS] * eos

    def decode(self, ids: Iterable[int]) -> list[str]:
        """Tokens of the ids up to the first end of sequence; padding and begin are dropped.

        Raises:
            ParameterError: for an id outside the vocabulary.
        """
        tokens = []
        for index in map(int, ids):
            if not 0 <= index < len(self.tokens):
                raise ParameterError(f"Vocabulary: id {index} is outside 0..{len(self.tokens) - 1}")
            if index == EOS:
                break
            if index not in (PAD, BOS):
                tokens.append(self.tokens[index])
        return tokens

    def oov_rate(self, sentences: Iterable[Sequence[str]]) -> float:
        """Share of running tokens that the vocabulary lacks; 0 for no tokens."""
        known = Counter(token in self._ids for sentence in sentences for token in sentence)
        return known[False] / max(1, known.total())

    def save(self, path: str | os.PathLike) -> None:
        """Write the vocabulary as JSON, whole or not at all."""
        path = Path(path)
        partial = path.with_name(path.name + ".part")
        content = {"tokens": self.tokens[4:], "counts": self.counts and self.counts[4:]}
        partial.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        os.replace(partial, path)

    @classmethod
    def load(cls, path: str | os.PathLike) -> "Vocabulary":
        """Read what :meth:`save` wrote.

        Raises:
            DataError: if the file is missing or is not a vocabulary.
        """
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
            return cls(content["tokens"], content["counts"])
        except OSError as error:
            raise DataError(f"vocabulary {path}: {error.strerror}; give the path that save() wrote") from None
        except (ValueError, KeyError, TypeError):
            raise DataError(f"vocabulary {path}: not a vocabulary file; build it again with save()") from None
