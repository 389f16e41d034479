import keras
import numpy as np
import pytest
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.layers import Embedding


def test_equals_keras():
    ours, theirs = Embedding(9, 4, mask_zero=True), keras.layers.Embedding(9, 4, mask_zero=True)
    theirs.build()
    theirs.set_weights(ours.get_weights())
    ids = np.array([[1, 8, 0], [3, 3, 0]])
    np.testing.assert_array_equal(ours(ids), theirs(ids))
    np.testing.assert_array_equal(ours.compute_mask(ids), theirs.compute_mask(ids))
    assert ours(ids)._keras_mask is not None
    assert ours.compute_output_shape((None, 3)) == (None, 3, 4)


def test_floats_are_taken_as_ids():
    layer = Embedding(9, 4)
    np.testing.assert_array_equal(layer(np.array([2.0])), layer(np.array([2])))


def test_gradient_is_sparse_with_repeated_rows():
    layer = Embedding(9, 4)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(np.array([2, 5, 2])))
    gradient = tape.gradient(loss, layer.embeddings.value)
    assert isinstance(gradient, tf.IndexedSlices)
    assert gradient.indices.numpy().tolist() == [2, 5, 2]


def test_initial_weights():
    table = np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(Embedding(3, 2, weights=table)(np.array([1])), [[2.0, 3.0]])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Embedding(0, 4), "at least 1"),
        (lambda: Embedding(3, 2, weights=np.ones((2, 3))), r"\(2, 3\); expected \(3, 2\)"),
    ],
)
def test_mistakes_are_told(make, message):
    with pytest.raises(ParameterError, match=message):
        make()


@pytest.mark.parametrize("ids", [[9], [-1]])
def test_an_id_out_of_range_is_an_error(ids):
    with pytest.raises(tf.errors.InvalidArgumentError):
        Embedding(9, 4)(np.array(ids))
