"""Subword vocabularies, by SentencePiece (Kudo & Richardson 2018)."""

import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import sentencepiece

from aimass.data.vocabulary import BOS, EOS, PAD, UNK
from aimass.errors import DataError, ParameterError


class Subwords:
    """A trained subword model with the same special ids as :class:`aimass.data.vocabulary.Vocabulary`.

    Args:
        model: the bytes of a SentencePiece model.

    Raises:
        DataError: if the bytes are not such a model.
    """

    def __init__(self, model: bytes):
        self.model = model
        try:
            self._processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        except RuntimeError:
            raise DataError(
                "subwords: the bytes given are not a SentencePiece model; train or load one"
            ) from None

    @classmethod
    def train(
        cls,
        texts: Iterable[str],
        vocab_size: int,
        *,
        model_type: str = "unigram",
        character_coverage: float = 1.0,
    ) -> "Subwords":
        """Train on raw sentences, of one language or of several that share the vocabulary.

        One thread is used, so that the same texts give the same model. Where the texts have fewer distinct pieces than
        ``vocab_size`` asks for, the unigram model is as large as they allow: read the size off :attr:`vocab_size`.

        Args:
            texts: raw sentences; empty ones are skipped.
            vocab_size: number of pieces, the four special ones included.
            model_type: ``"unigram"`` (Kudo 2018) or ``"bpe"`` (Sennrich et al. 2016).
            character_coverage: share of running characters that get a piece; 0.9995 is usual for Chinese.

        Raises:
            ParameterError: for an unknown model type, a vocabulary too small for the characters, or no text.
        """
        if model_type not in ("unigram", "bpe"):
            raise ParameterError(f"subwords: model_type is {model_type!r}; expected 'unigram' or 'bpe'")
        kept = [text for text in texts if text.strip()]
        if not kept:
            raise ParameterError(
                "subwords: no text to train on; give at least one sentence that is not empty"
            )
        model = io.BytesIO()
        try:
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=iter(kept),
                model_writer=model,
                vocab_size=vocab_size,
                model_type=model_type,
                character_coverage=character_coverage,
                normalization_rule_name="identity",  # or full-width punctuation would come back as ASCII
                hard_vocab_limit=False,
                num_threads=1,
                pad_id=PAD,
                unk_id=UNK,
                bos_id=BOS,
                eos_id=EOS,
                minloglevel=2,
            )
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[-1]
            raise ParameterError(
                f"subwords: no model of vocab_size {vocab_size} from {len(kept)} sentences: {reason}"
            ) from None
        return cls(model.getvalue())

    @property
    def vocab_size(self) -> int:
        """Number of pieces, the special ones included."""
        return self._processor.get_piece_size()

    def encode(
        self, texts: Sequence[str], *, bos: bool = False, eos: bool = False, alpha: float | None = None
    ) -> list[list[int]]:
        """Ids of the pieces of each text.

        Args:
            texts: raw sentences.
            bos: put the begin of sequence before each.
            eos: put the end of sequence after each.
            alpha: sample a segmentation with this smoothing (subword regularisation, Kudo 2018) instead of the best one; the
                draw follows SentencePiece's own generator.
        """
        if isinstance(texts, str):
            raise ParameterError("subwords: encode takes a list of texts; got one string, put it in a list")
        sampling = {} if alpha is None else {"enable_sampling": True, "alpha": alpha, "nbest_size": -1}
        return self._processor.encode(
            list(texts), out_type=int, add_bos=bos, add_eos=eos, num_threads=1, **sampling
        )

    def decode(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """Texts of the id sequences, each up to its first end of sequence; special ids are dropped.

        Raises:
            ParameterError: for an id outside the vocabulary.
        """
        return [self._processor.decode(self._until_end(sequence)) for sequence in sequences]

    def pieces(self, text: str) -> list[str]:
        """The pieces of a text as strings, for display; ``▁`` marks the start of a word."""
        return self._processor.encode(text, out_type=str)

    def id_to_piece(self, index: int) -> str:
        """The piece of an id."""
        return self._processor.id_to_piece(int(index))

    def _until_end(self, sequence: Iterable[int]) -> list[int]:
        ids = []
        for index in map(int, sequence):
            if index == EOS:
                break
            if not 0 <= index < self.vocab_size:
                raise ParameterError(f"subwords: id {index} is outside 0..{self.vocab_size - 1}")
            if index not in (PAD, BOS):
                ids.append(index)
        return ids

    def save(self, path: str | os.PathLike) -> None:
        """Write the model, whole or not at all."""
        path = Path(path)
        partial = path.with_name(path.name + ".part")
        partial.write_bytes(self.model)
        os.replace(partial, path)

    @classmethod
    def load(cls, path: str | os.PathLike) -> "Subwords":
        """Read what :meth:`save` wrote.

        Raises:
            DataError: if the file is missing or is not a SentencePiece model.
        """
        try:
            return cls(Path(path).read_bytes())
        except OSError as error:
            raise DataError(f"subwords {path}: {error.strerror}; give the path that save() wrote") from None
        except DataError:
            raise DataError(f"subwords {path}: not a SentencePiece model; train it again") from None
