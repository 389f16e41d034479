"""The core of skip-gram and CBOW: the gradient of a block, the step, saving and going on."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.models.cbow import CBOW
from aimass.models.skip_gram import SkipGram
from aimass.models.word2vec import TILE, block_size, linear_decay
from aimass.models.word2vec_workers import merged

V, D, WINDOW, NEGATIVES = 30, 7, 3, 4
BLOCK = 2 * TILE
RANDOM = np.random.default_rng(0)
COUNTS = [0, 0, *RANDOM.integers(5, 500, V - 2)]


def block(seed=0, length=BLOCK):
    random = np.random.default_rng(seed)
    size = length + 2 * WINDOW
    ids = random.integers(2, V, size).astype("int32")
    sentences = np.sort(random.integers(0, size // 9, size)).astype("int32")
    sentences[:WINDOW] = -1
    return ids, sentences


def model(cls, loss_name="negative_sampling", **options):
    made = cls(
        V,
        units=D,
        window=WINDOW,
        num_negatives=NEGATIVES,
        loss_name=loss_name,
        counts=COUNTS,
        seed=1,
        **options,
    )
    made.outputs.assign(np.random.default_rng(5).normal(size=(V, D)).astype("float32"))
    made.vectors.assign(np.random.default_rng(6).normal(size=(V, D)).astype("float32"))
    return made


def softplus(x):
    return np.logaddexp(0.0, x)


def pairs_of(ids, sentences, dynamic):
    """Every true pair of a block in words: (tile, centre place, context place, weight)."""
    for place in range(WINDOW, len(ids) - WINDOW):
        for offset in range(-WINDOW, WINDOW + 1):
            other = place + offset
            if offset and sentences[place] == sentences[other] and sentences[place] >= 0:
                weight = (WINDOW + 1 - abs(offset)) / WINDOW if dynamic else 1.0
                yield (place - WINDOW) // TILE, place, other, weight


def loss_of_pair(score_true, scores_noise, noise, true, loss_name, log_q):
    """One true pair's loss, its own word left out of the noise: float64."""
    kept = noise != true
    if loss_name == "negative_sampling":
        return softplus(-score_true) + NEGATIVES / len(noise) * softplus(scores_noise[kept]).sum()
    logits = np.append(scores_noise[kept] - log_q[noise[kept]], score_true - log_q[true])
    return np.logaddexp.reduce(logits) - logits[-1]


def reference_loss(cls, vectors, outputs, ids, sentences, negatives, loss_name, log_q, dynamic):
    """The sum of losses of a block, pair by pair, in float64."""
    total = 0.0
    pairs = list(pairs_of(ids, sentences, dynamic))
    if cls is SkipGram:
        for tile, place, other, weight in pairs:
            x, noise = vectors[ids[place]], negatives[tile]
            total += weight * loss_of_pair(
                x @ outputs[ids[other]], outputs[noise] @ x, noise, ids[other], loss_name, log_q
            )
        return total
    for place in sorted({pair[1] for pair in pairs}):
        mine = [(other, weight) for _, at, other, weight in pairs if at == place]
        mean = sum(weight * vectors[ids[other]] for other, weight in mine) / sum(weight for _, weight in mine)
        noise = negatives[(place - WINDOW) // TILE]
        total += loss_of_pair(
            mean @ outputs[ids[place]], outputs[noise] @ mean, noise, ids[place], loss_name, log_q
        )
    return total


@pytest.mark.parametrize("dynamic", [True, False])
@pytest.mark.parametrize("loss_name", ["negative_sampling", "sampled_softmax"])
@pytest.mark.parametrize("cls", [SkipGram, CBOW])
def test_loss_and_gradient_equal_a_reference_that_goes_pair_by_pair(cls, loss_name, dynamic):
    made = model(cls, loss_name, dynamic_window=dynamic)
    ids, sentences = block()
    negatives = np.random.default_rng(2).integers(2, V, (2, made.num_shared)).astype("int32")
    by_vectors, by_outputs, loss, _ = made.gradients(
        tf.constant(ids), tf.constant(sentences), tf.constant(negatives)
    )
    tables = [table.numpy().astype("float64") for table in (made.vectors, made.outputs)]
    log_q = made._tables[2].numpy().astype("float64")

    def reference(vectors, outputs):
        return reference_loss(cls, vectors, outputs, ids, sentences, negatives, loss_name, log_q, dynamic)

    np.testing.assert_allclose(loss, reference(*tables), rtol=1e-5)
    for which, slices in enumerate((by_vectors, by_outputs)):
        dense = tf.convert_to_tensor(slices).numpy()
        for row, column in zip(np.random.default_rng(3).integers(2, V, 6), range(6), strict=True):
            shifted = [[table.copy() for table in tables] for _ in range(2)]
            shifted[0][which][row, column] += 1e-5
            shifted[1][which][row, column] -= 1e-5
            slope = (reference(*shifted[0]) - reference(*shifted[1])) / 2e-5
            np.testing.assert_allclose(dense[row, column], slope, rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("cls", [SkipGram, CBOW])
def test_a_step_descends_along_the_gradient_of_each_block_in_turn(cls):
    made, by_hand = model(cls), model(cls)
    ids, sentences = (np.stack(pair) for pair in zip(block(0), block(1), strict=True))
    made.compile(keras.optimizers.SGD(0.01))
    made.train_on_batch(ids, sentences)
    negatives = by_hand.draw((2, BLOCK // TILE, by_hand.num_shared), 0)
    for one in range(2):
        slices = by_hand.gradients(tf.constant(ids[one]), tf.constant(sentences[one]), negatives[one])[:2]
        for table, gradient in zip((by_hand.vectors, by_hand.outputs), slices, strict=True):
            table.assign(table - 0.01 * tf.convert_to_tensor(gradient))
    np.testing.assert_allclose(made.vectors, by_hand.vectors, atol=2e-5)
    np.testing.assert_allclose(made.outputs, by_hand.outputs, atol=2e-5)
    assert int(made.optimizer.iterations) == 1


def fit(made, steps, first=0):
    batches = [
        tuple(np.stack(part) for part in zip(block(2 * i), block(2 * i + 1), strict=True)) for i in range(6)
    ]
    for step in range(first, first + steps):
        made.train_on_batch(*batches[step])


@pytest.mark.parametrize(("optimizer", "workers"), [("sgd", 1), ("sgd", 2), ("momentum", 1)])
@pytest.mark.parametrize("cls", [SkipGram, CBOW])
def test_a_training_that_goes_on_from_a_file_ends_in_the_same_bits(cls, optimizer, workers, tmp_path):
    def fresh():
        made = model(cls, workers=workers)
        momentum = 0.9 if optimizer == "momentum" else 0.0
        made.compile(keras.optimizers.SGD(linear_decay(0.01, 6), momentum=momentum))
        return made

    whole = fresh()
    fit(whole, 6)
    part = fresh()
    fit(part, 3)
    part.save(tmp_path / "part.keras")
    resumed = keras.saving.load_model(tmp_path / "part.keras")
    assert int(resumed.optimizer.iterations) == 3
    fit(resumed, 3, first=3)
    np.testing.assert_array_equal(resumed.vectors, whole.vectors)
    np.testing.assert_array_equal(resumed.outputs, whole.outputs)


@pytest.mark.parametrize("cls", [SkipGram, CBOW])
def test_workers_train_on_a_share_each_and_their_copies_are_merged(cls):
    ids, sentences = (np.stack(parts) for parts in zip(*map(block, range(4)), strict=True))
    made = model(cls, workers=2)
    made.compile(keras.optimizers.SGD(0.01))
    made.train_on_batch(ids, sentences)
    negatives = made.draw((4, BLOCK // TILE, made.num_shared), 0).numpy()
    copies = []
    for share in (slice(0, 2), slice(2, 4)):
        copy = model(cls)
        for one in zip(ids[share], sentences[share], negatives[share], strict=True):
            slices = copy.gradients(*map(tf.constant, one))[:2]
            for table, gradient in zip((copy.vectors, copy.outputs), slices, strict=True):
                table.assign(table - 0.01 * tf.convert_to_tensor(gradient))
        copies.append(copy)
    for name in ("vectors", "outputs"):
        seen = [np.ravel(ids[share]) for share in (slice(0, 2), slice(2, 4))]
        if name == "outputs":
            seen = [np.append(seen[i], np.ravel(negatives[2 * i : 2 * i + 2])) for i in range(2)]
        before = getattr(model(cls), name).numpy()
        expected = merged(before, [getattr(copy, name).numpy() for copy in copies], np.stack(seen))
        np.testing.assert_allclose(getattr(made, name), expected, atol=2e-5)
        assert np.abs(getattr(made, name).numpy() - before).max() > 1e-3


def test_workers_need_blocks_that_they_can_share_and_plain_gradient_descent():
    ids, sentences = (np.stack(parts) for parts in zip(*map(block, range(3)), strict=True))
    made = model(SkipGram, workers=2)
    made.compile(keras.optimizers.SGD(0.01))
    with pytest.raises(ParameterError, match="3 blocks a step for 2 workers"):
        made.train_on_batch(ids, sentences)
    made.compile(keras.optimizers.SGD(0.01, momentum=0.9))
    with pytest.raises(ParameterError, match="2 workers train by plain SGD"):
        made.train_on_batch(ids[:2], sentences[:2])


@pytest.mark.parametrize("workers", [1, 2])
def test_two_trainings_with_one_seed_are_equal_and_with_another_differ(workers):
    trained = []
    for seed in (3, 3, 4):
        made = SkipGram(V, units=D, window=WINDOW, counts=COUNTS, workers=workers, seed=seed)
        made.compile(keras.optimizers.SGD(0.02))
        fit(made, 2)
        trained.append(made.vectors.numpy())
    np.testing.assert_array_equal(trained[0], trained[1])
    assert np.abs(trained[0] - trained[2]).max() > 0


def test_the_noise_follows_the_counts_to_the_power_given():
    made = SkipGram(4, units=2, counts=[0, 1, 16, 81], power=0.5)
    drawn = np.bincount(np.ravel(made.draw((200, 100), 7)), minlength=4) / 20_000
    np.testing.assert_allclose(drawn, np.array([0, 1, 4, 9]) / 14, atol=0.01)
    np.testing.assert_array_equal(made.draw((3, 5), 7), made.draw((3, 5), 7))


def test_evaluate_says_the_mean_loss_over_pairs():
    made = model(SkipGram)
    made.compile(keras.optimizers.SGD(0.01))
    ids, sentences = (np.stack(pair) for pair in zip(block(0), block(1), strict=True))
    negatives = made.draw((2, BLOCK // TILE, made.num_shared), -1)
    sums = [made.gradients(*map(tf.constant, (ids[i], sentences[i])), negatives[i])[2:] for i in range(2)]
    expected = sum(float(loss) for loss, _ in sums) / sum(float(pairs) for _, pairs in sums)
    assert made.test_on_batch(ids, sentences) == pytest.approx(expected, rel=1e-5)


def test_training_lowers_the_loss():
    made = SkipGram(V, units=D, window=WINDOW, counts=COUNTS)
    made.compile(keras.optimizers.SGD(0.05))
    ids, sentences = (np.stack(pair) for pair in zip(block(0), block(1), strict=True))
    before = made.test_on_batch(ids, sentences)
    for _ in range(30):
        made.train_on_batch(ids, sentences)
    assert made.test_on_batch(ids, sentences) < before


def test_padding_is_no_pair():
    made = model(SkipGram)
    ids, _ = block()
    nothing = tf.fill([len(ids)], -1)
    *slices, loss, pairs = made.gradients(tf.constant(ids), nothing, made.draw((2, made.num_shared), 0))
    assert float(loss) == 0
    assert float(pairs) == 0
    assert all(not np.any(part.values) for part in slices)


def test_predict_gives_vectors_and_word_vectors_names_them():
    made = model(SkipGram)
    made.compile(keras.optimizers.SGD(0.01))
    np.testing.assert_array_equal(made.predict(np.array([[3, 4]]), verbose=0)[0], made.vectors.numpy()[3:5])
    named = made.word_vectors(["a", "b"], first=4)
    np.testing.assert_array_equal(named["b"], made.vectors.numpy()[5])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"window": 0}, "window is 0"),
        ({"vocab_size": 0}, "vocab_size is 0"),
        ({"num_negatives": 0}, "num_negatives is 0"),
        ({"num_shared": 0}, "num_shared is 0"),
        ({"workers": 0}, "workers is 0"),
        ({"loss_name": "hinge"}, "use negative_sampling or sampled_softmax"),
        ({"counts": [1, 2]}, "2 counts for 5 words"),
        ({"counts": [0] * 5}, "not all 0"),
    ],
)
def test_bad_arguments_are_refused_in_one_line(options, message):
    with pytest.raises(ParameterError, match=message) as caught:
        SkipGram(**{"vocab_size": 5, "units": 3, **options})
    assert "\n" not in str(caught.value)


def test_a_block_of_another_length_is_refused():
    made = model(SkipGram)
    made.compile(keras.optimizers.SGD(0.01))
    with pytest.raises(ParameterError, match="multiple of 64"):
        made.train_on_batch(np.zeros((2, 70 + 2 * WINDOW), "int32"), np.zeros((2, 70 + 2 * WINDOW), "int32"))


def test_steps_of_different_numbers_of_blocks_are_refused():
    made = model(SkipGram)
    made.compile(keras.optimizers.SGD(0.01))
    ids, sentences = (np.stack(parts) for parts in zip(*map(block, range(4)), strict=True))
    made.train_on_batch(ids, sentences)
    with pytest.raises(ParameterError, match="give every step as many"):
        made.train_on_batch(ids[:2], sentences[:2])


def test_eager_training_is_that_of_a_graph():
    ids, sentences = (np.stack(parts) for parts in zip(*map(block, range(2)), strict=True))
    tables = []
    for eager in (False, True):
        made = model(SkipGram)
        made.compile(keras.optimizers.SGD(0.01), run_eagerly=eager)
        made.train_on_batch(ids, sentences)
        made.test_on_batch(ids, sentences)
        tables.append(made.vectors.numpy())
    np.testing.assert_allclose(*tables, atol=1e-6)


def test_block_size_falls_with_the_share_of_the_most_frequent_word():
    assert block_size([1] * 10_000) == 1024
    assert block_size([1] * 100, subsample=0) == 1024
    assert block_size([50, 25, 25], subsample=0) == 64
    with pytest.raises(ParameterError, match="no counts"):
        block_size([])


def test_linear_decay_ends_at_its_least_share():
    schedule = linear_decay(0.1, 10, least=0.01)
    assert float(schedule(0)) == pytest.approx(0.1)
    assert float(schedule(10)) == pytest.approx(0.001)
    with pytest.raises(ParameterError, match="1 step or more"):
        linear_decay(0.1, 0)
