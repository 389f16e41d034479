"""From raw sentences to raw translations."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from aimass.data.batches import pad
from aimass.data.subwords import Subwords
from aimass.data.vocabulary import BOS, EOS, PAD, UNK
from aimass.decoding.beam import beam_search
from aimass.decoding.greedy import greedy
from aimass.decoding.hypotheses import Hypotheses
from aimass.errors import ParameterError


def search(
    model, source, *, beam_size: int = 1, alpha: float = 0.0, max_length=None, n: int | None = None
) -> Hypotheses:
    """Search a :class:`aimass.models.Seq2Seq` for the best outputs to padded sources; it can be traced.

    Padding, begin and unknown token are never put out; log-probabilities are the model's own.

    Args:
        model: the model.
        source: int ``[batch, source_length]``, each with its end of sequence, padded with 0.
        beam_size: 1 is greedy search.
        alpha: of the length penalty, see :func:`aimass.decoding.beam_search`.
        max_length: see :func:`aimass.decoding.beam_search`; ``None`` means twice the source's length and 10.
        n: hypotheses wanted for each sentence, see :func:`aimass.decoding.beam_search`.
    """
    if max_length is None:
        max_length = 2 * tf.reduce_sum(tf.cast(tf.not_equal(source, PAD), tf.int32), axis=1) + 10
    memory, states = model.begin(source, tf.reduce_max(max_length))
    states = tf.nest.map_structure(lambda state: state[:, None], states)
    step = model_step(model, memory)
    if beam_size == 1:
        return greedy(step, states, max_length=max_length)
    return beam_search(step, states, beam_size=beam_size, max_length=max_length, alpha=alpha, n=n)


def model_step(model, memory):
    """The step of a :class:`aimass.models.Seq2Seq` that has read its sources, for any search of this package.

    Args:
        model: the model.
        memory: what ``model.encode`` returned beside the states.
    """

    size = model.output_matrix.shape[0]
    allowed = tf.constant([-float("inf") if i in (PAD, UNK, BOS) else 0.0 for i in range(size)])

    def step(tokens, states, position):
        log_probs, states, _ = model.step(tokens, states, memory, position)
        return log_probs + allowed, states

    return step


class Translator:
    """A trained model together with its subwords: raw sentences in, raw sentences out.

    The search is traced once, at the first call; keep the object to translate again, also while the model trains on.

    Args:
        model: a :class:`aimass.models.Seq2Seq`.
        source_subwords: of the source.
        target_subwords: of the target; the source's when ``None``.
        beam_size: 1 is greedy search.
        alpha: of the length penalty (Wu et al. 2016).
        batch_size: sentences decoded at once; fewer where they are long.
    """

    def __init__(
        self,
        model,
        source_subwords: Subwords,
        target_subwords: Subwords | None = None,
        *,
        beam_size: int = 5,
        alpha: float = 1.0,
        batch_size: int = 64,
    ):
        if batch_size < 1:
            raise ParameterError(f"Translator: batch_size is {batch_size}; it must be at least 1")
        self.source_subwords = source_subwords
        self.target_subwords = target_subwords or source_subwords
        self.batch_size = batch_size

        @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32)], autograph=False)
        def run(source):
            return search(model, source, beam_size=beam_size, alpha=alpha, n=1)

        self._run = run

    def __call__(self, sentences: Sequence[str]) -> list[str]:
        """Translate each sentence; an empty one gives an empty one.

        An output has at most twice as many pieces as its source and 10 more. Characters that the subwords never saw are read
        as unknown.
        """
        if isinstance(sentences, str):
            raise ParameterError("Translator: it takes a list of sentences; got one string, put it in a list")
        encoded = self.source_subwords.encode(list(sentences))
        outputs = [""] * len(encoded)
        for members in self._batches([len(ids) for ids in encoded]):
            source = pad([[*encoded[i], EOS] for i in members])
            best = self._run(tf.constant(source)).tokens[:, 0].numpy()
            for i, text in zip(members, self.target_subwords.decode(best), strict=True):
                outputs[i] = text
        return outputs

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
