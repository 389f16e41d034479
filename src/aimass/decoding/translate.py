"""From raw sentences to raw translations."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from aimass.data.batches import pad
from aimass.data.subwords import Subwords
from aimass.data.vocabulary import EOS, PAD
from aimass.decoding.hypotheses import Hypotheses
from aimass.decoding.search import draw, search
from aimass.errors import ParameterError


class Translation(NamedTuple):
    """One output for one sentence.

    Attributes:
        text: the translation.
        score: what the search ranked by; the log-probability if it was sampled.
        log_prob: of all its pieces, the end included.
        pieces: its subwords, the end of sequence included if it was reached.
        source_pieces: the subwords of the source, the end of sequence included.
        alignment: float32 ``[len(pieces), len(source_pieces)]``: the attention's weights; ``None`` unless asked for.
    """

    text: str
    score: float
    log_prob: float
    pieces: list[str]
    source_pieces: list[str]
    alignment: np.ndarray | None = None


class Translator:
    """A trained model together with its subwords: raw sentences in, raw sentences out.

    An output has at most twice as many pieces as its source and 10 more. Characters that the subwords never saw are read as
    unknown. A sentence without any piece has the empty translation, at score 0. Each kind of search is traced once, at its
    first call; keep the object to translate again, also while the model trains on.

    Args:
        model: an :class:`aimass.models.EncoderDecoder`, or anything with its ``begin`` and ``step``.
        source_subwords: of the source.
        target_subwords: of the target; the source's when ``None``.
        beam_size: 1 is greedy search.
        alpha: of the length penalty (Wu et al. 2016).
        coverage: of the coverage penalty (Wu et al. 2016); it needs a model with attention.
        batch_size: sentences decoded at once; fewer where they are long.
        workers: batches decoded side by side; the outputs are the same. A step is many small operations, which gain little from a
            second thread each: on a CPU as many workers as cores, with
            ``tf.config.threading.set_intra_op_parallelism_threads(1)``, are about twice as quick as one worker.

    Raises:
        ParameterError: if ``batch_size`` or ``workers`` is below 1; at the first call, for what the search does not accept.
    """

    def __init__(
        self,
        model,
        source_subwords: Subwords,
        target_subwords: Subwords | None = None,
        *,
        beam_size: int = 5,
        alpha: float = 1.0,
        coverage: float = 0.0,
        batch_size: int = 64,
        workers: int = 1,
    ):
        if batch_size < 1 or workers < 1:
            raise ParameterError(
                f"Translator: batch_size is {batch_size} and workers is {workers}; both must be at least 1"
            )
        self.model = model
        self.source_subwords = source_subwords
        self.target_subwords = target_subwords or source_subwords
        self.batch_size, self.workers = batch_size, workers
        self._options = {"beam_size": beam_size, "alpha": alpha, "coverage": coverage}
        if beam_size == 1:
            self._options["alpha"] = 0.0  # it ranks nothing: one output is left
        self._traced: dict[tuple, Callable] = {}

    def __call__(self, sentences: Sequence[str]) -> list[str]:
        """Translate each sentence; an empty one gives an empty one."""
        return [outputs[0].text for outputs in self.n_best(sentences, 1)]

    def n_best(
        self, sentences: Sequence[str], n: int, *, alignments: bool = False
    ) -> list[list[Translation]]:
        """The ``n`` best translations of each sentence, best first; fewer where the beam holds fewer.

        Args:
            sentences: raw.
            n: at most ``beam_size``.
            alignments: also give the attention's weights.
        """
        options = {**self._options, "n": n, "alignments": alignments}
        run = self._trace(search, options)
        return self._translate(sentences, lambda source, number: run(source))

    def sample(
        self, sentences: Sequence[str], n: int = 1, *, seed: int, alignments: bool = False, **cuts
    ) -> list[list[Translation]]:
        """``n`` random translations of each sentence, in the order drawn.

        Args:
            sentences: raw.
            n: samples of a sentence.
            seed: the same seed, sentences and batch size give the same samples.
            alignments: also give the attention's weights.
            **cuts: ``temperature``, ``top_k``, ``top_p`` of :func:`aimass.decoding.sample`.
        """
        run = self._trace(draw, {"n": n, "alignments": alignments, **cuts})
        # Every batch draws numbers of its own.
        seeds = np.random.default_rng(seed).integers(2**31, size=len(sentences), dtype=np.int32)
        return self._translate(sentences, lambda source, number: run(source, tf.constant(seeds[number])))

    def _trace(self, function, options) -> Callable:
        """The function with these options, traced once."""
        key = (function, *sorted(options.items()))
        if key not in self._traced:
            ids, seed = tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([], tf.int32)

            def run(source, *seeds):
                extra = {"seed": seeds[0]} if seeds else {}
                return function(self.model, source, **options, **extra)

            signature = [ids, seed] if function is draw else [ids]
            traced = tf.function(run, input_signature=signature, autograph=False)
            self._traced[key] = traced.get_concrete_function()  # here, and not by several workers at once
        return self._traced[key]

    def _translate(self, sentences, run) -> list[list[Translation]]:
        if isinstance(sentences, str):
            raise ParameterError("Translator: it takes a list of sentences; got one string, put it in a list")
        encoded = self.source_subwords.encode(list(sentences))
        outputs = [[Translation("", 0.0, 0.0, [], [])] for _ in encoded]
        batches = list(self._batches([len(ids) for ids in encoded]))

        def found(number):
            source = pad([[*encoded[i], EOS] for i in batches[number]])
            return Hypotheses(*(x if x is None else x.numpy() for x in run(tf.constant(source), number)))

        with ThreadPoolExecutor(self.workers) as pool:
            for members, hypotheses in zip(batches, pool.map(found, range(len(batches))), strict=True):
                for row, i in enumerate(members):
                    outputs[i] = self._read(hypotheses, row, [*encoded[i], EOS])
        return outputs

    def _read(self, found: Hypotheses, row: int, source: list[int]) -> list[Translation]:
        """The outputs of one row of a batch."""
        source_pieces = [self.source_subwords.id_to_piece(i) for i in source]
        translations = []
        for k, text in enumerate(self.target_subwords.decode(found.tokens[row])):
            if np.isneginf(found.scores[row, k]):
                continue
            ids = [i for i in found.tokens[row, k].tolist() if i != PAD]
            alignment = None
            if found.alignments is not None:
                alignment = found.alignments[row, k, : len(ids), : len(source)]
            pieces = [self.target_subwords.id_to_piece(i) for i in ids]
            score, log_prob = float(found.scores[row, k]), float(found.log_probs[row, k])
            translations.append(Translation(text, score, log_prob, pieces, source_pieces, alignment))
        return translations

    def _batches(self, lengths):
        """Indices of the sentences that are not empty, in batches of about one length, longest first."""
        order = [i for i in np.argsort(lengths, kind="stable")[::-1].tolist() if lengths[i]]
        while order:
            size = max(1, min(self.batch_size, 64 * self.batch_size // lengths[order[0]]))
            yield order[:size]
            order = order[size:]


def translate(
    model,
    sentences: Sequence[str],
    source_subwords: Subwords,
    target_subwords: Subwords | None = None,
    **options,
) -> list[str]:
    """Translate raw sentences once; see :class:`Translator` for the options, and to translate more than once."""
    return Translator(model, source_subwords, target_subwords, **options)(sentences)
