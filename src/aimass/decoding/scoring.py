"""How likely a model finds given outputs, token by token."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from aimass.data.batches import pad
from aimass.data.vocabulary import BOS, EOS
from aimass.errors import ParameterError
from aimass.losses import token_nll


def target_nll(
    model, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]], *, batch_size: int = 64
) -> list[np.ndarray]:
    """Negative log-likelihood of every token of given targets, each after the true tokens before it.

    Args:
        model: an :class:`aimass.models.encoder_decoder.EncoderDecoder`.
        sources: ids of each source, without special ids.
        targets: ids of each target, without special ids.
        batch_size: pairs scored at once.

    Returns:
        Of each pair float32 ``[target_length + 1]``, natural logarithm; the last is of the end of sequence.

    Raises:
        ParameterError: for more or fewer targets than sources.
    """
    if len(sources) != len(targets):
        raise ParameterError(
            f"target_nll: {len(sources)} sources and {len(targets)} targets; give equally many"
        )

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32)] * 3, autograph=False)
    def run(source, target_in, target_out):
        return token_nll(target_out, model((source, target_in)))

    run = run.get_concrete_function()  # or TensorFlow warns of retracing where many models are scored
    found: list[np.ndarray] = [np.empty(0)] * len(sources)
    order = np.lexsort(([len(ids) for ids in sources], [len(ids) for ids in targets]))
    for start in range(0, len(order), batch_size):
        members = order[start : start + batch_size]
        source = pad([[*sources[i], EOS] for i in members])
        target_in, target_out = (
            pad([[BOS, *targets[i]] for i in members]),
            pad([[*targets[i], EOS] for i in members]),
        )
        for i, row in zip(
            members, run(*map(tf.constant, (source, target_in, target_out))).numpy(), strict=True
        ):
            found[i] = row[: len(targets[i]) + 1]
    return found
