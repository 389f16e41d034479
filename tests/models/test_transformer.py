import keras
import numpy as np
import pytest
import tensorflow as tf

from aimass.data.batches import PairBatches
from aimass.decoding import search
from aimass.errors import ParameterError
from aimass.losses import MaskedCrossEntropy
from aimass.models import Transformer

VOCAB = 14


def reversals(count=64, seed=0, longest=7):
    """Sources of random ids, and the same ids backwards."""
    random = np.random.default_rng(seed)
    sources = [random.integers(4, VOCAB, random.integers(1, longest)).tolist() for _ in range(count)]
    return PairBatches(sources, [s[::-1] for s in sources], batch_size=16, seed=seed)


def model(**options):
    options = {"units": 12, "num_heads": 3, "feed_forward_units": 20, "num_layers": 2} | options
    return Transformer(VOCAB, VOCAB, **{"dropout_rate": 0.0, "seed": 3} | options)


def train(batches, epochs=1, learning_rate=0.01, **options):
    trained = model(**{"num_layers": 1} | options)
    trained.compile(keras.optimizers.Adam(learning_rate, global_clipnorm=1.0), MaskedCrossEntropy(0.1))
    history = trained.fit(
        batches.dataset(), steps_per_epoch=batches.steps, epochs=epochs, verbose=0, shuffle=False
    )
    return trained, history.history


def test_padding_changes_no_logit():
    tested = model()
    (source, target), _ = next(reversals().epoch(0))
    assert not source.all()
    expected = tested((source, target))
    wider = tested((np.pad(source, ((0, 0), (0, 5))), np.pad(target, ((0, 0), (0, 4)))))
    np.testing.assert_allclose(wider[:, : target.shape[1]], expected, atol=1e-5)
    for row, length in enumerate((source != 0).sum(axis=1)):  # alone, without any padding
        alone = tested((source[row : row + 1, :length], target[row : row + 1]))
        np.testing.assert_allclose(alone[0], expected[row], atol=1e-5)


def test_a_logit_sees_only_the_target_before_it():
    tested = model()
    (source, target), _ = next(reversals().epoch(0))
    changed = np.concatenate([target[:, :3], target[:, 3:] % 9 + 4], axis=1)
    before, after = tested((source, target)), tested((source, changed))
    np.testing.assert_array_equal(before[:, :3], after[:, :3])
    assert np.abs(before[:, 3:] - after[:, 3:]).max() > 1e-4


def test_a_logit_sees_every_source_token_and_the_order():
    tested = model()
    source, target = np.array([[4, 5, 6, 7, 8]]), np.array([[2, 9, 4]])
    whole = tested((source, target))
    for position in range(5):
        changed = source.copy()
        changed[0, position] = 12
        assert np.abs(tested((changed, target)) - whole).max(axis=-1).min() > 1e-4
    assert np.abs(tested((source[:, ::-1].copy(), target)) - whole).max() > 1e-3
    assert np.abs(tested((source, np.array([[9, 2, 4]])))[:, 2] - whole[:, 2]).max() > 1e-3


@pytest.mark.parametrize("share", [False, True])
def test_steps_equal_the_whole(share):
    tested = model(share_embeddings=share)
    (source, target), _ = next(reversals().epoch(0))
    other = np.where(target > 3, (target - 4 + 1) % 10 + 4, target)
    targets = np.stack([target, other], axis=1)  # two hypotheses of each sentence
    expected = [tested((source, x)) for x in (target, other)]
    looks = [tested.alignments((source, x)) for x in (target, other)]
    memory, states = tested.begin(source, target.shape[1] + 2)
    states = tf.nest.map_structure(lambda s: tf.repeat(s[:, None], 2, axis=1), states)
    for t in range(target.shape[1]):
        found, states, weights = tested.step(targets[:, :, t], states, memory, t)
        for beam in range(2):
            np.testing.assert_allclose(found[:, beam], expected[beam][:, t], atol=1e-5)
            np.testing.assert_allclose(weights[:, beam], looks[beam][:, t], atol=1e-6)


def test_hypotheses_keep_their_own_past():
    """After a search gathers its states, each hypothesis goes on from the one it came from."""
    tested, source = model(), np.array([[5, 6, 7]])
    pasts, parents, last = np.array([[2, 5], [2, 9]]), [1, 1], [11, 12]
    memory, states = tested.begin(source, 4)
    states = tf.nest.map_structure(lambda s: tf.repeat(s[:, None], 2, axis=1), states)
    for t in range(2):
        _, states, _ = tested.step(pasts[None, :, t], states, memory, t)
    states = tf.nest.map_structure(lambda s: tf.gather(s, [parents], batch_dims=1), states)
    found, _, _ = tested.step(np.array([last]), states, memory, 2)
    for beam in range(2):
        text = np.array([[*pasts[parents[beam]], last[beam]]])
        expected = tested((source, text))[:, -1]
        np.testing.assert_allclose(found[:, beam], expected, atol=1e-5)


def test_alignments_are_distributions_over_real_tokens():
    tested = model()
    (source, target), _ = next(reversals().epoch(0))
    weights = tested.alignments((source, target)).numpy()
    assert weights.shape == (*target.shape, source.shape[1])
    assert weights.dtype == np.float32
    np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-5)
    assert not np.any(np.where(source[:, None] == 0, weights, 0))


def test_training_loss_equals_the_loss_of_the_logits():
    tested, batches = model(), reversals()
    tested.compile("sgd", MaskedCrossEntropy(0.1))
    (source, target), labels = next(batches.epoch(0))
    logits = tested((source, target))
    found = tested.train_on_batch((source, target), labels, return_dict=True)  # the loss before the update
    assert found["loss"] == pytest.approx(float(MaskedCrossEntropy(0.1)(labels, logits)), rel=1e-5)


@pytest.mark.slow
def test_it_learns_to_reverse_and_searches_find_it():
    options = {"units": 32, "num_heads": 4, "feed_forward_units": 64, "learning_rate": 0.005}
    trained, history = train(reversals(1000, longest=6), epochs=10, **options)
    assert history["perplexity"][-1] < 1.5  # chance is about 9; smoothed labels allow 1.1
    sources = next(reversals(100, seed=9, longest=6).epoch(0))[0][0]
    expected = [[int(i) for i in row if i > 3][::-1] for row in sources]
    for beam_size in (1, 3):
        found = search(trained, sources, beam_size=beam_size).tokens[:, 0].numpy()
        rows = [[int(i) for i in row if i > 3] for row in found]
        assert np.mean([a == b for a, b in zip(rows, expected, strict=True)]) > 0.5


def test_same_seed_same_weights():
    first, second = (train(reversals(), dropout_rate=0.3)[0].get_weights() for _ in range(2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(model(seed=3).get_weights(), model(seed=4).get_weights(), strict=True):
        assert np.all(a == a.flat[0]) or not np.array_equal(a, b)


def test_tied_and_shared_embeddings_are_one_matrix():
    def matrices(**options):
        return sum(w.shape == (VOCAB, 12) for w in model(**options).weights)

    assert matrices(tie_embeddings=True, share_embeddings=True) == 1
    assert matrices(tie_embeddings=True, share_embeddings=False) == 2
    assert matrices(tie_embeddings=False, share_embeddings=False) == 3


def test_dropout_is_on_in_training_only():
    tested = model(dropout_rate=0.5)
    inputs, _ = next(reversals().epoch(0))
    np.testing.assert_array_equal(tested(inputs), tested(inputs))
    assert np.abs(tested(inputs, training=True) - tested(inputs, training=True)).max() > 1e-3


def test_training_resumes_to_the_same_weights(tmp_path):
    batches = reversals()

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
    trained, history = train(reversals(), epochs=4, dropout_rate=0.1, dtype="mixed_bfloat16")
    assert trained.dtype_policy.name == "mixed_bfloat16"
    assert all(w.dtype == "float32" for w in trained.trainable_weights)
    assert history["perplexity"][-1] < history["perplexity"][0]
    (source, target), _ = next(reversals().epoch(0))
    exact = model(num_layers=1)
    exact.set_weights(trained.get_weights()[: len(exact.weights)])
    np.testing.assert_allclose(trained((source, target)), exact((source, target)), atol=0.15)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"num_heads": 5}, "Transformer: units is 12 and num_heads is 5"),
        ({"units": 0}, "units is 0"),
        ({"num_layers": 0}, "num_layers is 0"),
        ({"dropout_rate": 1.0}, "dropout_rate is 1.0"),
    ],
)
def test_mistakes_are_named(options, words):
    with pytest.raises(ParameterError, match=words):
        model(**options)


def test_shared_embeddings_need_one_vocabulary():
    with pytest.raises(ParameterError, match="need one vocabulary"):
        Transformer(9, 10, share_embeddings=True)
