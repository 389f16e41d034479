"""The classifier on mean word vectors."""

import keras
import numpy as np
import pytest

from aimass.errors import ParameterError
from aimass.models.text_classifier import TextClassifier

IDS = np.array([[2, 3, 0], [4, 0, 0], [0, 0, 0]], "int32")


def test_the_mean_leaves_padding_out():
    model = TextClassifier(6, 2, units=4, seed=0)
    table = np.arange(24, dtype="float32").reshape(6, 4)
    model.set_vectors(table)
    np.testing.assert_allclose(model.mean(IDS), [table[2:4].mean(axis=0), table[4], np.zeros(4)])
    assert model(IDS).shape == (3, 2)


@pytest.mark.parametrize("trainable", [True, False])
def test_it_learns_and_frozen_vectors_stay(trainable):
    random = np.random.default_rng(0)
    ids = random.integers(1, 20, (200, 5)).astype("int32")
    labels = (ids[:, 0] < 3).astype("int32") | (ids < 4).any(axis=1)
    model = TextClassifier(20, 2, units=8, dropout_rate=0.0, trainable_vectors=trainable, seed=0)
    before = model.table.numpy()
    model.compile(
        keras.optimizers.Adam(0.01),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    history = model.fit(ids, labels, epochs=40, verbose=0)
    assert history.history["accuracy"][-1] > 0.78
    assert np.array_equal(before, model.table.numpy()) != trainable


def test_save_and_load(tmp_path):
    model = TextClassifier(6, 2, units=4, seed=0)
    expected = model(IDS)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.saving.load_model(tmp_path / "model.keras")(IDS), expected)


def test_mistakes():
    with pytest.raises(ParameterError, match="num_classes=0"):
        TextClassifier(6, 0)
    with pytest.raises(ParameterError, match="expected \\(6, 4\\)"):
        TextClassifier(6, 2, units=4).set_vectors(np.ones((5, 4)))
    with pytest.raises(ParameterError, match="batch, length"):
        TextClassifier(6, 2, units=4)(IDS[0])
