"""Several encoder-decoders that decide on each token together."""

from collections.abc import Sequence
from functools import partial

import tensorflow as tf

from aimass.errors import ParameterError
from aimass.models.encoder_decoder import EncoderDecoder

MEANS = ("probabilities", "log_probabilities")


class Ensemble:
    """Trained models with one target vocabulary, as one model for the searches of :mod:`aimass.decoding` (Sutskever et al. 2014).

    Each model reads the source and the output so far; the next token's probability is the mean of theirs. The models may be of several
    families and sizes; they must have been trained with the same subwords, of which only the number can be checked here.

    Args:
        models: :class:`aimass.models.EncoderDecoder` models, at least one.
        mean: ``"probabilities"``: the arithmetic mean, ``log(mean(softmax(logits)))``; ``"log_probabilities"``: the geometric one,
            normalised again, which a token passes only if no model thinks it impossible.

    Attributes:
        models: the models.
        target_vocab_size: of all of them.

    Raises:
        ParameterError: for no models, target vocabularies of several sizes, or an unknown mean.
    """

    def __init__(self, models: Sequence[EncoderDecoder], mean: str = "probabilities"):
        self.models = list(models)
        if not self.models:
            raise ParameterError("Ensemble: no models are given; give at least one")
        sizes = [model.target_vocab_size for model in self.models]
        if len(set(sizes)) > 1:
            raise ParameterError(
                f"Ensemble: the models' target vocabularies have {', '.join(map(str, sizes))} entries; train all with the same subwords"
            )
        if mean not in MEANS:
            raise ParameterError(f"Ensemble: mean is {mean!r}; expected one of {', '.join(map(repr, MEANS))}")
        self.mean, self.target_vocab_size = mean, sizes[0]

    def begin(self, source, max_length):
        """Read sources before a search.

        Args:
            source: int ``[batch, source_length]``.
            max_length: int32 scalar: most steps that the search will take.

        Returns:
            A tuple ``(memory, states)`` for :meth:`step`, each a list with one entry a model.
        """
        begun = [model.begin(source, max_length) for model in self.models]
        return [memory for memory, _ in begun], [states for _, states in begun]

    def stepper(self):
        """:meth:`step` for one search, see :meth:`aimass.models.EncoderDecoder.stepper`."""
        return partial(self.step, steppers=[model.stepper() for model in self.models])

    def step(self, tokens, states, memory, position=0, steppers=None):
        """One step of all decoders.

        Args:
            tokens: int ``[batch, beam]``: the last token of each hypothesis.
            states: of each model a nest of tensors ``[batch, beam, ...]``.
            memory: from :meth:`begin`.
            position: how many tokens stand before ``tokens``.
            steppers: the models' own, if they are made already.

        Returns:
            A tuple: float32 logits ``[batch, beam, target_vocab_size]`` of the next token, the new states, and the mean of the
            attentions' weights on the source, float32 ``[batch, beam, source_length]``, or ``None`` where a model has none.
        """
        steppers = steppers or [model.step for model in self.models]
        steps = [
            step(tokens, own_states, own_memory, position)
            for step, own_states, own_memory in zip(steppers, states, memory, strict=True)
        ]
        logits, states, weights = (list(parts) for parts in zip(*steps, strict=True))
        attention = None if any(w is None for w in weights) else tf.add_n(weights) / len(weights)
        return self._combined(tf.stack(logits)), states, attention

    def _combined(self, logits):
        """One distribution from those of the models, ``[models, batch, beam, target_vocab_size]``."""
        if self.mean == "probabilities":
            return tf.reduce_logsumexp(tf.nn.log_softmax(logits), axis=0) - tf.math.log(
                float(len(self.models))
            )
        return tf.reduce_mean(logits, axis=0)
