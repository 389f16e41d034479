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


def test_a_repeated_vector_is_the_state_that_the_decoder_starts_from_and_is_seen_in_every_step():
    tested = model(None, repeat_vector=True)
    (source, target), _ = next(reversals().epoch(0))
    memory, states = tested.encode(source)
    np.testing.assert_array_equal(memory["vector"], states[-1])
    before = tested.decode(target, memory, states)[0]
    after = tested.decode(target, memory | {"vector": memory["vector"] + 1}, states)[0]
    assert np.abs(after - before)[..., 12:].min(axis=(0, 2)).max() > 0  # the decoder's states
    np.testing.assert_allclose(after[..., :12], before[..., :12] + 1, atol=1e-6)  # what stands beside them


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


FORMS = {
    **{f"{kind}": {"attention": kind, "num_layers": 2} for kind in KINDS},
    "fed": {"input_feeding": True},
    "fed_deep_lstm": {"input_feeding": True, "cell": "lstm", "num_layers": 2, "residual": True},
    "fed_additive": {"input_feeding": True, "attention": "additive"},
    "deep_residual_gru": {"num_layers": 3, "residual": True},
    "lstm_one_way": {"cell": "lstm", "bidirectional": False},
    "repeated": {"attention": None, "repeat_vector": True},
    "repeated_deep_lstm": {"attention": None, "repeat_vector": True, "cell": "lstm", "num_layers": 2},
    "reversed": {"attention": None, "reverse_source": True, "bidirectional": False},
}


@pytest.mark.parametrize("form", FORMS)
def test_steps_equal_the_whole(form):
    tested = model(**FORMS[form])
    (source, target), _ = next(reversals().epoch(0))
    expected = tested((source, target))
    memory, states = tested.begin(source, target.shape[1])
    states = tf.nest.map_structure(lambda s: tf.repeat(s[:, None], 2, axis=1), states)
    for t in range(target.shape[1]):
        found, states, _ = tested.step(np.repeat(target[:, t : t + 1], 2, axis=1), states, memory, t)
        for beam in range(2):
            np.testing.assert_allclose(found[:, beam], expected[:, t], atol=2e-5)


def test_a_reversed_source_is_the_source_read_from_its_end():
    plain, reversing = (
        model(None, bidirectional=False, reverse_source=r, share_embeddings=True) for r in (False, True)
    )
    (source, target), _ = next(reversals().epoch(0))
    lengths = (source != 0).sum(1)
    backwards = np.array([[*row[:n][::-1], *row[n:]] for row, n in zip(source, lengths, strict=True)])
    np.testing.assert_allclose(reversing((source, target)), plain((backwards, target)), atol=1e-6)
    assert np.abs(reversing((source, target)) - plain((source, target))).max() > 1e-3


def test_memory_stands_as_the_source_stands():
    """Also where the source is read from its end: what the decoder looks at is in the order of the ids."""
    tested = model(reverse_source=True, bidirectional=False)
    (source, _), _ = next(reversals().epoch(0))
    changed = source.copy()
    changed[:, 0] = 13 - changed[:, 0] % 4  # the first word is read last: only its own state can change
    before, after = (np.asarray(tested.encode(ids)[0]["values"]) for ids in (source, changed))
    np.testing.assert_array_equal(before[:, 1:], after[:, 1:])
    assert np.abs(before[:, 0] - after[:, 0]).max() > 1e-3


def test_a_sampled_softmax_of_all_words_has_the_full_loss():
    batches = reversals()
    (source, target), labels = next(batches.epoch(0))
    losses = {}
    for name, options in {"full": {}, "all": {"num_sampled": VOCAB}, "some": {"num_sampled": 3}}.items():
        tested = model(**options)
        tested.compile("sgd", MaskedCrossEntropy())
        losses[name] = tested.train_on_batch((source, target), labels, return_dict=True)["loss"]
    assert losses["all"] == pytest.approx(losses["full"], rel=1e-5)
    assert losses["some"] != pytest.approx(losses["full"], rel=1e-3)


def test_bfloat16_trains_like_float32():
    exact, _ = train(reversals(256), epochs=3)
    rough, _ = train(reversals(256), epochs=3, dtype="mixed_bfloat16")
    scores = [
        m.evaluate(reversals(256).dataset(repeat=False), verbose=0, return_dict=True)["perplexity"]
        for m in (exact, rough)
    ]
    assert scores[1] == pytest.approx(scores[0], rel=0.1)
    assert scores[1] < 0.8 * VOCAB
    assert all(w.dtype == "float32" for w in rough.trainable_weights)


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
        ({"dropout_rate": 1.0}, r"dropout_rate is 1\.0"),
        ({"cell": "tanh"}, "expected one of 'gru', 'lstm'"),
        ({"attention": "dot"}, "as wide as the decoder"),
        ({"attention": None, "input_feeding": True}, "choose an attention"),
        ({"repeat_vector": True}, "attention is 'multiplicative'; use attention=None"),
        ({"target_vocab_size": 9, "share_embeddings": True}, "need one vocabulary"),
    ],
)
def test_mistakes_are_named(options, words):
    with pytest.raises(ParameterError, match=words):
        Seq2Seq(**({"source_vocab_size": VOCAB, "target_vocab_size": VOCAB} | options))


def test_a_sampled_softmax_refuses_smoothing():
    tested = model(num_sampled=3)
    tested.compile("sgd", MaskedCrossEntropy(0.1))
    inputs, labels = next(reversals().epoch(0))
    with pytest.raises(ParameterError, match="no labels to smooth over"):
        tested.train_on_batch(inputs, labels)


def test_no_alignments_without_attention():
    with pytest.raises(ParameterError, match="no attention"):
        model(None).alignments((np.ones((1, 2), int), np.ones((1, 2), int)))
