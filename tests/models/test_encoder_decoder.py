"""The training step that is written by hand, against TensorFlow's own gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from aimass.losses import MaskedCrossEntropy
from aimass.models import PrefixLanguageModel, Seq2Seq, Transformer
from aimass.models.encoder_decoder import _rows

VOCAB, SIZES = 14, {"dropout_rate": 0.0, "seed": 3}
SOURCE = np.array([[5, 6, 7, 3], [8, 9, 3, 0], [4, 3, 0, 0]])
TARGET = np.array([[2, 9, 5, 5, 7], [2, 4, 4, 0, 0], [2, 10, 11, 12, 0]])
LABELS = np.array([[9, 5, 5, 7, 3], [4, 4, 3, 0, 0], [10, 11, 12, 3, 0]])
KINDS = {
    "tied": lambda: Seq2Seq(VOCAB, VOCAB, 12, 10, **SIZES),
    "shared": lambda: Seq2Seq(VOCAB, VOCAB, 12, 10, share_embeddings=True, **SIZES),
    "untied": lambda: Seq2Seq(VOCAB, VOCAB, 12, 10, tie_embeddings=False, **SIZES),
    "fed": lambda: Seq2Seq(VOCAB, VOCAB, 12, 10, input_feeding=True, share_embeddings=True, **SIZES),
    "transformer": lambda: Transformer(VOCAB, VOCAB, 12, 3, 20, 2, **SIZES),
    "prefix": lambda: PrefixLanguageModel(VOCAB, 12, 3, 20, 2, **SIZES),
}


def updated(make, loss, frozen=False):
    """Weights after a step of gradient descent."""
    model = make()
    if frozen:
        model.output_embedding.trainable = False
    model.compile(keras.optimizers.SGD(1.0), loss)
    model.train_on_batch((SOURCE, TARGET), LABELS)
    return model.get_weights()


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_is_that_of_the_tape(kind):
    by_tape = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    found, expected = (updated(KINDS[kind], loss) for loss in (MaskedCrossEntropy(), by_tape))
    before = KINDS[kind]().get_weights()
    assert any(np.abs(a - b).max() > 1e-3 for a, b in zip(expected, before, strict=True))
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, atol=2e-6)


def test_a_frozen_output_matrix_stays_and_the_others_learn():
    before = KINDS["untied"]().get_weights()
    found = updated(KINDS["untied"], MaskedCrossEntropy(0.1), frozen=True)
    free = updated(KINDS["untied"], MaskedCrossEntropy(0.1))
    same = [np.array_equal(a, b) for a, b in zip(found, before, strict=True)]
    assert sum(same) == 1
    for a, b, kept in zip(found, free, same, strict=True):
        assert kept or np.allclose(a, b, atol=1e-6)


def test_the_gradient_of_gathered_rows():
    values = tf.constant(np.random.default_rng(0).normal(size=(6, 2)))
    places, count = tf.constant([0, 2, 5, 0, 0]), tf.constant(3)
    weights = tf.constant(np.random.default_rng(1).normal(size=(5, 2)) * [[1], [1], [1], [0], [0]])
    found = []
    for gather in (lambda x: _rows(x, places, count), lambda x: tf.gather(x, places)):
        with tf.GradientTape() as tape:
            tape.watch(values)
            out = gather(values)
            total = tf.reduce_sum(out * weights)
        found.append((out, tf.convert_to_tensor(tape.gradient(total, values))))
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("input_feeding", [False, True])
def test_the_output_dropout_is_on_in_training(input_feeding, monkeypatch):
    model = Seq2Seq(VOCAB, VOCAB, 12, 10, input_feeding=input_feeding, dropout_rate=0.5)
    model.compile("sgd", MaskedCrossEntropy())
    mask = model._output_mask(400).numpy()
    assert mask.shape == (400, 10)
    assert set(np.unique(mask)) == {0.0, 2.0}
    assert abs(mask.mean() - 1) < 0.1
    # Vectors of zeros give the uniform distribution.
    monkeypatch.setattr(model, "_output_mask", lambda tokens: tf.zeros([tokens, 10]))
    _, nll, _ = model._gradients((tf.constant(SOURCE), tf.constant(TARGET)), tf.constant(LABELS))
    np.testing.assert_allclose(nll, np.full(np.count_nonzero(LABELS), np.log(VOCAB)), rtol=1e-6)
