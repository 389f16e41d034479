"""How much each token of a source had to do with each token of a target: by attention's weights, by leaving out, by gradient.

All three take pairs of ids and give, of each pair, float32 ``[target_length + 1, source_length]``: a row for each target token, the last of the end of
sequence; a column for each source token. (The end of the source is read, too, but has no column.)
"""

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from aimass.data.batches import pad
from aimass.data.vocabulary import BOS, EOS
from aimass.errors import ParameterError
from aimass.losses import token_nll
from aimass.models.encoder_decoder import EncoderDecoder
from aimass.models.seq2seq import Seq2Seq

Ids = Sequence[Sequence[int]]


def attention_weights(model: EncoderDecoder, sources: Ids, targets: Ids) -> list[np.ndarray]:
    """The weights of a model's attention while it predicts each target token.

    Args:
        model: with attention on its source.
        sources, targets: ids, without special ids; as many targets as sources, and no source empty.

    Returns:
        See the module. A row sums to one, less the weight on the end of the source.

    Raises:
        ParameterError: for an empty source, unequal numbers, or a model without attention.
    """
    run = _traced(lambda source, target_in, target_out: model.alignments((source, target_in)))
    return [
        run(*_batch([source], target)).numpy()[0, :, : len(source)]
        for source, target in _pairs("attention_weights", sources, targets)
    ]


def leave_one_out(model: EncoderDecoder, sources: Ids, targets: Ids) -> list[np.ndarray]:
    """By how much each target token becomes less likely when one source token is taken out (Li et al. 2016).

    The source without the token is one shorter: nothing stands in its place.

    Args:
        model: any encoder-decoder.
        sources, targets: ids, without special ids; as many targets as sources, and no source empty.

    Returns:
        See the module; in nats, ``log p(y_t | y_<t, x) - log p(y_t | y_<t, x without x_j)``. Negative where a token stood in the way.

    Raises:
        ParameterError: for an empty source, or unequal numbers.
    """
    run = _traced(lambda source, target_in, target_out: token_nll(target_out, model((source, target_in))))
    found = []
    for source, target in _pairs("leave_one_out", sources, targets):
        less = [[*source[:j], *source[j + 1 :]] for j in range(len(source))]
        nll = run(*_batch([*less, source], target)).numpy()  # [source_length + 1, target_length + 1]
        found.append((nll[:-1] - nll[-1]).T)
    return found


def gradient_times_embedding(model: Seq2Seq, sources: Ids, targets: Ids) -> list[np.ndarray]:
    """How much each target token's log-probability falls, to first order, when one source embedding shrinks to zero.

    The gradient with respect to the embedding, times the embedding, summed over its units (Denil et al. 2014).

    Args:
        model: a recurrent encoder-decoder.
        sources, targets: ids, without special ids; as many targets as sources, and no source empty.

    Returns:
        See the module; in nats.

    Raises:
        ParameterError: for an empty source, or unequal numbers.
    """

    def products(source, target_in, target_out):
        embedded = tf.cast(model.source_embedding(source), tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(embedded)
            memory, states = model.encode_embedded(
                tf.cast(embedded, model.compute_dtype), tf.not_equal(source, 0)
            )
            features, _ = model.decode(target_in, memory, states)
            nll = token_nll(target_out, model.logits(model.output_vectors(features)))
            own = tf.reduce_sum(tf.linalg.diag_part(nll))
        return -tf.reduce_sum(tape.gradient(own, embedded) * embedded, axis=-1)

    run = _traced(products)
    # A copy of the pair for each target token, so that one pass gives the gradients of all.
    return [
        run(*_batch([source] * (len(target) + 1), target)).numpy()[:, : len(source)]
        for source, target in _pairs("gradient_times_embedding", sources, targets)
    ]


def _traced(function: Callable) -> Callable:
    """The function of three id arrays, traced once for all shapes."""
    ids = tf.TensorSpec([None, None], tf.int32)
    return tf.function(function, input_signature=[ids] * 3, autograph=False).get_concrete_function()


def _batch(sources, target):
    """Several sources, and as many copies of one target, as a model reads them."""
    target_in, target_out = (pad([ids] * len(sources)) for ids in ([BOS, *target], [*target, EOS]))
    return [tf.constant(ids) for ids in (pad([[*ids, EOS] for ids in sources]), target_in, target_out)]


def _pairs(name, sources, targets):
    if len(sources) != len(targets):
        raise ParameterError(f"{name}: {len(sources)} sources and {len(targets)} targets; give equally many")
    for i, source in enumerate(sources):
        if not len(source):
            raise ParameterError(f"{name}: source {i} is empty; give at least one token")
    return zip(sources, targets, strict=True)
