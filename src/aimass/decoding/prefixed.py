"""Greedy search from a given beginning."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from aimass.data.batches import pad
from aimass.data.vocabulary import BOS, EOS, PAD, UNK
from aimass.decoding.hypotheses import Hypotheses, Step, forbid
from aimass.decoding.sequential import extend
from aimass.errors import ParameterError


def greedy_after(
    step: Step,
    states,
    memory,
    prefixes,
    *,
    max_length,
    begin: int = BOS,
    end: int = EOS,
    forbidden: tuple[int, ...] = (),
) -> Hypotheses:
    """Put out what is given, then the likeliest token at every step.

    Args:
        step, states, memory, max_length, begin, end, forbidden: see :func:`aimass.decoding.greedy`; what is given may hold forbidden tokens.
        prefixes: int32 ``[batch, prefix_length]``: how each output begins, padded with 0 on the right.

    Returns:
        One hypothesis a sentence, with its beginning; its log-probability is that of the whole.
    """
    width = tf.shape(prefixes)[1]
    prefixes = tf.pad(prefixes, [[0, 0], [0, 1]], constant_values=PAD)

    def given_or_likeliest(logits, position, rows):
        likeliest = tf.argmax(forbid(logits, forbidden), axis=-1, output_type=tf.int32)
        given = tf.gather(prefixes, tf.minimum(position, width), axis=1)  # [batch]
        given = tf.gather(given, rows)[:, None]
        return tf.where(tf.equal(given, PAD), likeliest, given)

    return extend(
        step, states, memory, given_or_likeliest, n=1, max_length=max_length, begin=begin, end=end, alignments=False
    )  # fmt: skip


class Continuer:
    """A trained model that goes on, by greedy search, from beginnings that it is given.

    The search is traced once, at the first call; keep the object to go on from other beginnings.

    Args:
        model: an :class:`aimass.models.encoder_decoder.EncoderDecoder`.
        batch_size: sentences decoded at once.
    """

    def __init__(self, model, *, batch_size: int = 64):
        if batch_size < 1:
            raise ParameterError(f"Continuer: batch_size is {batch_size}; it must be at least 1")
        self.batch_size = batch_size

        @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32)] * 2, autograph=False)
        def run(source, prefixes):
            limits = _lengths(prefixes) + 2 * _lengths(source) + 10
            step = model.stepper()
            memory, states = model.begin(source, tf.reduce_max(limits))
            states = tf.nest.map_structure(lambda state: state[:, None], states)
            found = greedy_after(step, states, memory, prefixes, max_length=limits, forbidden=(PAD, UNK, BOS))
            return found.tokens[:, 0]

        self._run = run

    def __call__(
        self, sources: Sequence[Sequence[int]], prefixes: Sequence[Sequence[int]] | None = None
    ) -> list[list[int]]:
        """Outputs with the beginnings that they were given.

        Args:
            sources: ids of each source, without special ids.
            prefixes: ids of each output's beginning, without special ids; ``None`` gives no output a beginning.

        Returns:
            Ids of each output, its beginning included, up to its end of sequence, which is left out. An output has at most twice as many
            tokens as its source, and 10 more, after its beginning.

        Raises:
            ParameterError: for more or fewer prefixes than sources.
        """
        prefixes = [[] for _ in sources] if prefixes is None else prefixes
        if len(prefixes) != len(sources):
            raise ParameterError(
                f"Continuer: {len(sources)} sources and {len(prefixes)} prefixes; give equally many"
            )
        outputs: list[list[int]] = [[] for _ in sources]
        order = np.lexsort(([len(ids) for ids in sources], [len(ids) for ids in prefixes]))
        for start in range(0, len(order), self.batch_size):
            members = order[start : start + self.batch_size]
            source, given = pad([[*sources[i], EOS] for i in members]), pad([prefixes[i] for i in members])
            for i, row in zip(members, self._run(source, given).numpy().tolist(), strict=True):
                outputs[i] = row[: row.index(EOS)] if EOS in row else [token for token in row if token != PAD]
        return outputs


def _lengths(ids):
    return tf.reduce_sum(tf.cast(tf.not_equal(ids, PAD), tf.int32), axis=1)
