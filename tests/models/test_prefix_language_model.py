import keras
import numpy as np
import pytest
import tensorflow as tf

from aimass.data.batches import PairBatches
from aimass.decoding import search
from aimass.errors import ParameterError
from aimass.losses import MaskedCrossEntropy
from aimass.models import PrefixLanguageModel

VOCAB = 14
PREFIXES = ("bidirectional", "causal")
SOURCE = np.array([[4, 5, 6, 7, 3], [8, 9, 3, 0, 0], [0, 0, 0, 0, 0]])
TARGET = np.array([[2, 9, 4, 0], [2, 11, 12, 7], [2, 5, 5, 6]])


def copies(count=64, seed=0, longest=7):
    """Sources of random ids, and the same ids."""
    random = np.random.default_rng(seed)
    sources = [random.integers(4, VOCAB, random.integers(1, longest)).tolist() for _ in range(count)]
    return PairBatches(sources, sources, batch_size=16, seed=seed)


def model(**options):
    options = {"units": 12, "num_heads": 3, "feed_forward_units": 20, "num_layers": 2} | options
    return PrefixLanguageModel(VOCAB, **{"dropout_rate": 0.0, "seed": 3} | options)


def train(batches, epochs=1, learning_rate=0.005, **options):
    trained = model(**{"num_layers": 1} | options)
    trained.compile(keras.optimizers.Adam(learning_rate, global_clipnorm=1.0), MaskedCrossEntropy(0.1))
    history = trained.fit(
        batches.dataset(), steps_per_epoch=batches.steps, epochs=epochs, verbose=0, shuffle=False
    )
    return trained, history.history


@pytest.mark.parametrize("prefix", PREFIXES)
def test_padding_in_the_middle_changes_no_logit(prefix):
    tested = model(prefix=prefix)
    expected = tested((SOURCE, TARGET))
    wider = tested((np.pad(SOURCE, ((0, 0), (0, 5))), np.pad(TARGET, ((0, 0), (0, 4)))))
    np.testing.assert_allclose(wider[:, :4], expected, atol=1e-5)
    for row, length in enumerate((SOURCE != 0).sum(axis=1)):  # alone, without any padding
        alone = tested((SOURCE[row : row + 1, :length], TARGET[row : row + 1]))
        np.testing.assert_allclose(alone[0], expected[row], atol=1e-5)


def test_a_causal_prefix_and_its_target_are_one_text():
    """Where the target begins is no business of a causal model: the same text, split elsewhere, has the same logits."""
    tested, text = model(prefix="causal"), np.array([[4, 5, 6, 7, 8, 9, 10]])
    whole = tested((text[:, :0], text))
    for split in (1, 3, 6):
        np.testing.assert_allclose(tested((text[:, :split], text[:, split:])), whole[:, split:], atol=1e-5)


def test_a_bidirectional_prefix_sees_all_of_itself():
    text = np.array([[4, 5, 6, 7, 8]])
    for prefix, sees in zip(PREFIXES, (True, False), strict=True):
        memory, _ = model(prefix=prefix).encode(text)
        changed, _ = model(prefix=prefix).encode(np.array([[4, 5, 6, 7, 12]]))
        keys, others = memory["keys_values"][-1][0], changed["keys_values"][-1][0]
        assert (np.abs(keys - others)[:, :, :4].max() > 1e-4) == sees
        assert np.abs(keys - others)[:, :, 4].max() > 1e-4


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_logit_sees_the_source_and_the_target_before_it(prefix):
    tested = model(prefix=prefix)
    changed = np.concatenate([TARGET[:, :2], TARGET[:, 2:] % 9 + 4], axis=1)
    before, after = tested((SOURCE, TARGET)), tested((SOURCE, changed))
    np.testing.assert_array_equal(before[:, :2], after[:, :2])
    assert np.abs(before[:, 2:] - after[:, 2:]).max() > 1e-4
    for position in range(5):
        other = SOURCE.copy()
        other[0, position] = 12
        difference = np.abs(tested((other, TARGET)) - before).max(axis=-1)
        assert difference[0].min() > 1e-4
        np.testing.assert_array_equal(difference[1:], 0)


@pytest.mark.parametrize("options", [{"prefix": p} for p in PREFIXES] + [{"conditional": False}])
def test_steps_equal_the_whole(options):
    tested = model(**options)
    targets = np.stack([TARGET, (TARGET + 3) % 10 + 4], axis=1)  # two hypotheses of each sentence
    expected = [tested((SOURCE, targets[:, i])) for i in range(2)]
    looks = [tested.alignments((SOURCE, targets[:, i])) for i in range(2)]
    memory, states = tested.begin(SOURCE, 6)
    states = tf.nest.map_structure(lambda s: tf.repeat(s[:, None], 2, axis=1), states)
    for t in range(4):
        found, states, weights = tested.step(targets[:, :, t], states, memory, t)
        for beam in range(2):
            np.testing.assert_allclose(found[:, beam], expected[beam][:, t], atol=1e-5)
            np.testing.assert_allclose(weights[:, beam], looks[beam][:, t], atol=1e-6)


def test_alignments_leave_weight_to_the_target():
    weights = model().alignments((SOURCE, TARGET)).numpy()
    assert weights.shape == (3, 4, 5)
    assert weights.dtype == np.float32
    sums = weights.sum(axis=-1)
    assert np.all(sums < 1)
    assert np.all(sums[:2] > 0.05)
    assert not np.any(np.where(SOURCE[:, None] == 0, weights, 0))


def test_an_unconditional_model_knows_nothing_of_its_source():
    conditional = model()
    tested = model(conditional=False)
    assert [w.shape for w in tested.weights] == [w.shape for w in conditional.weights]
    for a, b in zip(tested.get_weights(), conditional.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    expected = tested((SOURCE, TARGET))
    shorter = np.array([[9, 0], [4, 4], [7, 3]])  # other tokens, other lengths
    np.testing.assert_array_equal(tested((shorter, TARGET)), expected)
    assert np.abs(conditional((SOURCE, TARGET))[:2] - expected[:2]).max() > 1e-3
    # It is the conditional model of an empty source.
    np.testing.assert_allclose(conditional((np.zeros_like(SOURCE), TARGET)), expected, atol=1e-5)
    np.testing.assert_array_equal(tested.alignments((SOURCE, TARGET)), np.zeros((3, 4, 5)))
    found = search(tested, SOURCE, beam_size=2, max_length=6).tokens.numpy()
    np.testing.assert_array_equal(found, np.repeat(found[:1], 3, axis=0))


def test_training_loss_equals_the_loss_of_the_logits():
    tested, batches = model(), copies()
    tested.compile("sgd", MaskedCrossEntropy(0.1))
    (source, target), labels = next(batches.epoch(0))
    logits = tested((source, target))
    found = tested.train_on_batch((source, target), labels, return_dict=True)  # the loss before the update
    assert found["loss"] == pytest.approx(float(MaskedCrossEntropy(0.1)(labels, logits)), rel=1e-5)


@pytest.mark.slow
def test_it_learns_to_copy_if_it_sees_the_source():
    options = {"units": 32, "num_heads": 4, "feed_forward_units": 64, "num_layers": 2}
    batches = copies(1000, longest=6)
    trained, history = train(batches, epochs=10, **options)
    _, blind_history = train(batches, epochs=3, conditional=False, **options)
    assert history["perplexity"][-1] < 1.5  # smoothed labels allow 1.1
    # Without the source no token can be told, but for the end: (sum of 5 lengths of log 10 + log of the ends) / tokens.
    assert blind_history["perplexity"][-1] > 6
    sources = next(copies(100, seed=9, longest=6).epoch(0))[0][0]
    expected = [[int(i) for i in row if i > 3] for row in sources]
    for beam_size in (1, 3):
        found = search(trained, sources, beam_size=beam_size).tokens[:, 0].numpy()
        rows = [[int(i) for i in row if i > 3] for row in found]
        assert np.mean([a == b for a, b in zip(rows, expected, strict=True)]) > 0.5


def test_same_seed_same_weights():
    first, second = (train(copies(), dropout_rate=0.3)[0].get_weights() for _ in range(2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(model(seed=3).get_weights(), model(seed=4).get_weights(), strict=True):
        assert np.all(a == a.flat[0]) or not np.array_equal(a, b)


def test_tied_embeddings_are_one_matrix():
    for tied, count in ((True, 1), (False, 2)):
        assert sum(w.shape == (VOCAB, 12) for w in model(tie_embeddings=tied).weights) == count


def test_dropout_is_on_in_training_only():
    tested = model(dropout_rate=0.5)
    np.testing.assert_array_equal(tested((SOURCE, TARGET)), tested((SOURCE, TARGET)))
    once, again = (tested((SOURCE, TARGET), training=True) for _ in range(2))
    assert np.abs(once - again).max() > 1e-3


def test_training_resumes_to_the_same_weights(tmp_path):
    batches = copies()

    def run(epochs, directory, initial=0):
        trained = model(dropout_rate=0.3, num_layers=1)
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


def test_it_trains_in_mixed_precision():
    trained, history = train(copies(), epochs=4, dropout_rate=0.1, dtype="mixed_bfloat16")
    assert all(w.dtype == "float32" for w in trained.trainable_weights)
    assert history["perplexity"][-1] < history["perplexity"][0]
    exact = model(num_layers=1)
    exact.set_weights(trained.get_weights()[: len(exact.weights)])
    np.testing.assert_allclose(trained((SOURCE, TARGET)), exact((SOURCE, TARGET)), atol=0.15)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"prefix": "noncausal"}, "prefix is 'noncausal'; expected one of 'bidirectional', 'causal'"),
        ({"num_heads": 5}, "PrefixLanguageModel: units is 12 and num_heads is 5"),
        ({"feed_forward_units": 0}, "feed_forward_units is 0"),
        ({"dropout_rate": -0.1}, "dropout_rate is -0.1"),
    ],
)
def test_mistakes_are_named(options, words):
    with pytest.raises(ParameterError, match=words):
        model(**options)
