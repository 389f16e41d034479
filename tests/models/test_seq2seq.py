import keras
import numpy as np
import pytest
import tensorflow as tf

from aimass.data.batches import PairBatches
from aimass.errors import ParameterError
from aimass.losses import MaskedCrossEntropy
from aimass.models import Seq2Seq
from aimass.models.seq2seq import ATTENTIONS

VOCAB = 14
KINDS = [*ATTENTIONS, None]


def reversals(count=64, seed=0, longest=7):
    """Sources of random ids, and the same ids backwards."""
    random = np.random.default_rng(seed)
    sources = [random.integers(4, VOCAB, random.integers(1, longest)).tolist() for _ in range(count)]
    return PairBatches(sources, [s[::-1] for s in sources], batch_size=16, seed=seed)


def model(attention="multiplicative", **options):
    options = ({"bidirectional": False} if attention == "dot" else {}) | options
    options = {"units": 12, "embedding_units": 10, "dropout_rate": 0.0, "seed": 3} | options
    return Seq2Seq(VOCAB, VOCAB, attention=attention, **options)


def train(batches, epochs=1, learning_rate=0.01, **options):
    trained = model(**options)
    trained.compile(keras.optimizers.Adam(learning_rate, global_clipnorm=1.0), MaskedCrossEntropy(0.1))
    history = trained.fit(
        batches.dataset(), steps_per_epoch=batches.steps, epochs=epochs, verbose=0, shuffle=False
    )
    return trained, history.history


@pytest.mark.parametrize("attention", KINDS)
def test_padding_changes_no_logit(attention):
    tested = model(attention)
    (source, target), _ = next(reversals().epoch(0))
    expected = tested((source, target))
    wider = tested((np.pad(source, ((0, 0), (0, 5))), np.pad(target, ((0, 0), (0, 4)))))
    np.testing.assert_allclose(wider[:, : target.shape[1]], expected, atol=1e-5)


@pytest.mark.parametrize("attention", KINDS)
def test_a_logit_sees_only_the_target_before_it(attention):
    tested = model(attention)
    (source, target), _ = next(reversals().epoch(0))
    changed = np.concatenate([target[:, :3], target[:, 3:] % 9 + 4], axis=1)
    before, after = tested((source, target)), tested((source, changed))
    np.testing.assert_array_equal(before[:, :3], after[:, :3])
    assert np.abs(before[:, 3:] - after[:, 3:]).max() > 1e-4


def test_without_attention_the_source_passes_through_the_bridge_alone():
    tested = model(None)
    (source, target), _ = next(reversals().epoch(0))
    memory, states = tested.encode(source)
    changed = memory | {"values": memory["values"] + 1}
    np.testing.assert_array_equal(
        tested.decode(target, changed, states)[0], tested.decode(target, memory, states)[0]
    )
    zeros = [tf.zeros_like(s) for s in states]
    rows = tested.decode(np.ones_like(target), memory, zeros)[0]
    np.testing.assert_array_equal(rows, np.repeat(rows[:1], len(rows), axis=0))
    # All that the two networks do not share is what reads the context.
    with_attention = {w.path: w.shape for w in model("multiplicative").weights}
    without = {w.path: w.shape for w in tested.weights}
    differing = {name for name in with_attention if without.get(name) != with_attention[name]}
    assert differing == {"attention/key_kernel", "combine/kernel"}


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_training_loss_equals_the_loss_of_the_logits(smoothing):
    tested, batches = model(), reversals()
    tested.compile("sgd", MaskedCrossEntropy(smoothing))
    (source, target), labels = next(batches.epoch(0))
    logits = tested((source, target))
    expected = MaskedCrossEntropy(smoothing)(labels, logits)
    plain = MaskedCrossEntropy()(labels, logits)
    found = tested.test_on_batch((source, target), labels, return_dict=True)
    assert found["loss"] == pytest.approx(float(expected), rel=1e-5)
    assert found["perplexity"] == pytest.approx(float(tf.exp(plain)), rel=1e-5)
    best = np.argmax(logits, axis=-1)
    assert found["token_accuracy"] == pytest.approx(np.mean((best == labels)[labels != 0]), rel=1e-5)
    tested.reset_metrics()
    found = tested.train_on_batch((source, target), labels, return_dict=True)  # the loss before the update
    assert found["loss"] == pytest.approx(float(expected), rel=1e-5)


def test_any_keras_loss_and_metric_sees_the_real_tokens():
    tested, batches = model(), reversals()
    tested.compile(
        "sgd",
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[keras.metrics.SparseTopKCategoricalAccuracy(3, name="top3")],
    )
    (source, target), labels = next(batches.epoch(0))
    logits = tested((source, target)).numpy()
    ranks = (logits > np.take_along_axis(logits, labels[..., None], axis=-1)).sum(-1)
    found = tested.train_on_batch((source, target), labels, return_dict=True)
    assert found["loss"] == pytest.approx(float(MaskedCrossEntropy()(labels, logits)), rel=1e-5)
    assert found["top3"] == pytest.approx(np.mean((ranks < 3)[labels != 0]), rel=1e-5)


@pytest.mark.slow
def test_attention_learns_to_reverse_and_looks_where_it_should():
    trained, history = train(reversals(1000), epochs=12, units=32, learning_rate=0.01)
    assert history["perplexity"][-1] < 1.3
    source, target = [4, 9, 6, 11, 3], [2, 11, 6, 9]
    weights = trained.alignments((np.array([source]), np.array([target])))[0].numpy()
    assert weights.shape == (4, 5)
    np.testing.assert_array_equal(weights[:, :4].argmax(axis=1), [3, 2, 1, 0])


def test_same_seed_same_weights():
    first, second = (train(reversals(), dropout_rate=0.3)[0].get_weights() for _ in range(2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(model(seed=3).get_weights(), model(seed=4).get_weights(), strict=True):
        assert not np.any(a) or not np.array_equal(a, b)


def test_tied_and_shared_embeddings_are_one_matrix():
    def matrices(**options):
        return sum(w.shape == (VOCAB, 10) for w in model(**options).weights)

    assert matrices(tie_embeddings=True, share_embeddings=True) == 1
    assert matrices(tie_embeddings=True, share_embeddings=False) == 2
    assert matrices(tie_embeddings=False, share_embeddings=False) == 3


def test_steps_equal_the_whole():
    for attention in KINDS:
        tested = model(attention, num_layers=2)
        (source, target), _ = next(reversals().epoch(0))
        expected = tf.nn.log_softmax(tested((source, target)))
        memory, states = tested.encode(source)
        states = [tf.repeat(s[:, None], 2, axis=1) for s in states]
        for t in range(target.shape[1]):
            found, states, _ = tested.step(np.repeat(target[:, t : t + 1], 2, axis=1), states, memory, t)
            for beam in range(2):
                np.testing.assert_allclose(found[:, beam], expected[:, t], atol=1e-5)


def test_dropout_is_on_in_training_only():
    tested = model(dropout_rate=0.5)
    inputs, _ = next(reversals().epoch(0))
    np.testing.assert_array_equal(tested(inputs), tested(inputs))
    assert np.abs(tested(inputs, training=True) - tested(inputs, training=True)).max() > 1e-3


def test_training_resumes_to_the_same_weights(tmp_path):
    batches = reversals()

    def run(epochs, directory, initial=0):
        trained = model(dropout_rate=0.3)
        trained.compile(keras.optimizers.Adam(0.01), MaskedCrossEntropy(0.1))
        backup = keras.callbacks.BackupAndRestore(directory, delete_checkpoint=False)
        trained.fit(
            batches.dataset(initial_epoch=initial), steps_per_epoch=batches.steps, epochs=epochs, verbose=0,
            shuffle=False, callbacks=[backup],
        )  # fmt: skip
        return trained.get_weights()

    whole = run(3, tmp_path / "whole")
    run(2, tmp_path / "parts")
    resumed = run(3, tmp_path / "parts", initial=2)
    for a, b in zip(whole, resumed, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"attention": "cosine"}, "expected one of 'multiplicative'"),
        ({"units": 0}, "units is 0"),
        ({"dropout_rate": 1.0}, "dropout_rate is 1.0"),
        ({"target_vocab_size": 9, "share_embeddings": True}, "need one vocabulary"),
    ],
)
def test_mistakes_are_named(options, words):
    with pytest.raises(ParameterError, match=words):
        Seq2Seq(**({"source_vocab_size": VOCAB, "target_vocab_size": VOCAB} | options))


def test_no_alignments_without_attention():
    with pytest.raises(ParameterError, match="no attention"):
        model(None).alignments((np.ones((1, 2), int), np.ones((1, 2), int)))
