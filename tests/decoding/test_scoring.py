import numpy as np
import pytest
import tensorflow as tf

from aimass.decoding.scoring import target_nll
from aimass.errors import ParameterError
from aimass.models import Seq2Seq

SOURCES, TARGETS = [[5, 6, 7], [8], [9, 4]], [[4, 5], [6, 7, 8, 9], []]


def test_it_is_the_models_own_likelihood_in_any_batches():
    model = Seq2Seq(14, 14, units=12, embedding_units=10, seed=3)
    found = target_nll(model, SOURCES, TARGETS)
    assert [len(row) for row in found] == [3, 5, 1]
    for one, other in zip(found, target_nll(model, SOURCES, TARGETS, batch_size=1), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    log_probs = tf.nn.log_softmax(model((np.array([[5, 6, 7, 3]]), np.array([[2, 4, 5]]))))[0].numpy()
    np.testing.assert_allclose(found[0], -log_probs[[0, 1, 2], [4, 5, 3]], atol=1e-5)


def test_pairs_must_be_pairs():
    with pytest.raises(ParameterError, match="2 sources and 3 targets"):
        target_nll(None, SOURCES[:2], TARGETS)
