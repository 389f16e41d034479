import numpy as np
import pytest
import tensorflow as tf

from aimass.decoding.scoring import target_nll
from aimass.decoding.source_importance import attention_weights, gradient_times_embedding, leave_one_out
from aimass.errors import ParameterError
from aimass.models import Seq2Seq, Transformer

SOURCES, TARGETS = [[5, 9, 4, 7], [8]], [[6, 8, 11], [4, 10, 5, 5]]
SHAPES = [(4, 4), (5, 1)]


def model(**options):
    options = {
        "units": 12,
        "embedding_units": 10,
        "dropout_rate": 0.3,
        "share_embeddings": True,
        "seed": 3,
    } | options
    return Seq2Seq(14, 14, **options)


TRANSFORMER = Transformer(14, 14, units=8, num_heads=2, feed_forward_units=8, num_layers=1)


def test_weights_are_the_models_alignments():
    tested = model()
    found = attention_weights(tested, SOURCES, TARGETS)
    assert [each.shape for each in found] == SHAPES
    expected = tested.alignments((np.array([[5, 9, 4, 7, 3]]), np.array([[2, 6, 8, 11]])))
    np.testing.assert_allclose(found[0], expected[0, :, :4], atol=1e-6)
    with pytest.raises(ParameterError, match="no attention"):
        attention_weights(model(attention=None), SOURCES, TARGETS)


@pytest.mark.parametrize("tested", [model(), TRANSFORMER])
def test_leaving_out_is_scoring_without_the_token(tested):
    found = leave_one_out(tested, SOURCES, TARGETS)
    assert [each.shape for each in found] == SHAPES
    for importance, source, target in zip(found, SOURCES, TARGETS, strict=True):
        for j in range(len(source)):
            less, whole = target_nll(tested, [source[:j] + source[j + 1 :], source], [target, target])
            np.testing.assert_allclose(importance[:, j], less - whole, atol=1e-5)


@pytest.mark.parametrize(
    "options", [{}, {"reverse_source": True}, {"attention": "additive", "input_feeding": True}]
)
def test_the_gradient_is_that_of_finite_differences(options):
    tested = model(**options)
    found = gradient_times_embedding(tested, SOURCES, TARGETS)
    assert [each.shape for each in found] == SHAPES
    embedded = tested.source_embedding(tf.constant([[*SOURCES[0], 3]]))

    def log_probs(scale, j):
        scales = np.ones((1, 5, 1), "float32")
        scales[0, j] = scale
        memory, states = tested.encode_embedded(embedded * scales, tf.ones([1, 5], tf.bool))
        features, _ = tested.decode(tf.constant([[2, *TARGETS[0]]]), memory, states)
        all_tokens = tf.nn.log_softmax(tested.logits(tested.output_vectors(features)))[0].numpy()
        return all_tokens[range(4), [*TARGETS[0], 3]]

    for j in range(4):
        slope = (log_probs(1.01, j) - log_probs(0.99, j)) / 0.02
        np.testing.assert_allclose(found[0][:, j], slope, atol=2e-4)
    assert np.abs(found[0]).max() > 1e-3


@pytest.mark.parametrize("importance", [attention_weights, leave_one_out, gradient_times_embedding])
def test_what_is_no_pair_is_refused(importance):
    with pytest.raises(ParameterError, match=f"{importance.__name__}: source 1 is empty"):
        importance(model(), [[5], []], TARGETS)
    with pytest.raises(ParameterError, match=f"{importance.__name__}: 1 sources and 2 targets"):
        importance(model(), [[5]], TARGETS)
