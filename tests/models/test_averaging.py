import keras
import numpy as np
import pytest

from aimass.errors import ParameterError
from aimass.models import ValidationScore, WeightAverage, average_weights

X = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
Y = X @ np.array([[1.0], [-2.0], [0.5]], "float32")
FIT = {"epochs": 5, "batch_size": 10, "shuffle": False, "verbose": 0}


def model(**options):
    """A linear model; its loss is the mean squared error."""
    made = keras.Sequential([keras.Input([3]), keras.layers.Dense(1, kernel_initializer="zeros")])
    made.compile(keras.optimizers.SGD(0.1, momentum=0.9, **options), "mse")
    return made


def loss_of(weights):
    return np.mean((X @ weights[0] + weights[1] - Y) ** 2)


class Trail(keras.callbacks.Callback):
    """The weights after each update, and those that a callback sees at the end of each epoch."""

    def __init__(self):
        super().__init__()
        self.updates, self.ends = [], []

    def on_train_batch_end(self, batch, logs=None):
        self.updates.append(self.model.get_weights())

    def on_epoch_end(self, epoch, logs=None):
        self.ends.append(self.model.get_weights())


def plain_run():
    made, trail = model(), Trail()
    made.fit(X, Y, callbacks=[trail], **FIT)
    return trail


def mean(checkpoints):
    return [
        np.mean(np.asarray(values, "float64"), axis=0).astype("float32")
        for values in zip(*checkpoints, strict=True)
    ]


def flat(checkpoints):
    return [weight for weights in checkpoints for weight in weights]


def equal(found, expected):
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("validate", [False, True])
def test_the_mean_of_the_last_epochs(validate):
    plain, trail, made = plain_run(), Trail(), model()
    data = {"validation_data": (X, Y)} if validate else {}
    history = made.fit(X, Y, callbacks=[WeightAverage(last=3), trail], **FIT, **data).history
    equal(flat(trail.updates), flat(plain.updates))  # the training itself is untouched, to the bit
    expected = [mean(plain.ends[max(0, end - 2) : end + 1]) for end in range(5)]
    equal(flat(trail.ends), flat(expected))
    equal(made.get_weights(), expected[-1])
    if validate:
        np.testing.assert_allclose(history["val_loss"], [loss_of(weights) for weights in expected], rtol=1e-5)
        assert abs(history["val_loss"][1] - loss_of(plain.ends[1])) > 1e-3


def test_the_mean_of_checkpoints_every_few_updates():
    plain, trail, made = plain_run(), Trail(), model()
    made.fit(X, Y, callbacks=[WeightAverage(last=2, every=3, start_epoch=1), trail], **FIT)
    equal(trail.ends[0], plain.ends[0])  # no checkpoint yet
    # Updates 6, 9, 12, 15 and 18 of 20: the mean is of the last two that an epoch's end has behind it.
    equal(trail.ends[1], plain.updates[5])
    equal(trail.ends[2], mean([plain.updates[8], plain.updates[11]]))
    equal(made.get_weights(), mean([plain.updates[14], plain.updates[17]]))


def test_a_second_fit_begins_anew():
    average, made = WeightAverage(last=9), model()
    made.fit(X, Y, callbacks=[average], **FIT)
    again, trail = model(), Trail()
    again.fit(X, Y, callbacks=[trail, average], **FIT)
    equal(again.get_weights(), mean(trail.ends))


def test_callbacks_after_it_judge_and_keep_averages(tmp_path):
    plain, made = plain_run(), model()
    score = ValidationScore(lambda judged: loss_of(judged.get_weights()), "val_mse", mode="min")
    keep = keras.callbacks.ModelCheckpoint(
        tmp_path / "best.weights.h5", "val_mse", mode="min", save_best_only=True, save_weights_only=True
    )
    made.fit(X, Y, callbacks=[WeightAverage(last=2), score, keep], **FIT)
    averages = [mean(plain.ends[max(0, end - 1) : end + 1]) for end in range(5)]
    losses = [loss_of(weights) for weights in averages]
    np.testing.assert_allclose(list(score.scores.values()), losses, rtol=1e-6)
    made.load_weights(tmp_path / "best.weights.h5")
    equal(made.get_weights(), averages[int(np.argmin(losses))])


def test_keras_serves_with_an_exponential_average():
    plain, made, trail = plain_run(), model(use_ema=True, ema_momentum=0.8), Trail()
    swap = keras.callbacks.SwapEMAWeights(swap_on_epoch=True)
    history = made.fit(X, Y, validation_data=(X, Y), callbacks=[swap, trail], **FIT).history
    expected, ends = plain.updates[0], []
    for number, weights in enumerate(plain.updates, start=1):
        expected = [0.8 * a + 0.2 * w for a, w in zip(expected, weights, strict=True)]
        if number % 4 == 0:
            ends.append(expected)
    np.testing.assert_allclose(history["val_loss"], [loss_of(weights) for weights in ends], rtol=1e-4)
    for found in (trail.ends[-1], made.get_weights()):
        for a, b in zip(found, ends[-1], strict=True):
            np.testing.assert_allclose(a, b, atol=1e-6)


def test_the_mean_of_files(tmp_path):
    made = model()
    save = keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}.weights.h5", save_weights_only=True)
    trail = Trail()
    made.fit(X, Y, callbacks=[save, trail], **FIT)
    fresh = model()
    average_weights(fresh, [tmp_path / f"{epoch}.weights.h5" for epoch in (3, 4, 5)])
    equal(fresh.get_weights(), mean(trail.ends[2:]))


def test_files_that_do_not_fit_are_named(tmp_path):
    made = model()
    made.save_weights(tmp_path / "good.weights.h5")
    content = (tmp_path / "good.weights.h5").read_bytes()
    (tmp_path / "cut.weights.h5").write_bytes(content[: len(content) // 2])
    other = keras.Sequential([keras.Input([4]), keras.layers.Dense(2)])
    other.save_weights(tmp_path / "other.weights.h5")
    made.set_weights([weight + 1 for weight in made.get_weights()])
    before = made.get_weights()
    for name in ("cut", "other", "none"):
        with pytest.raises(
            ParameterError, match=f"{name}.weights.h5 can't be loaded into Sequential"
        ) as error:
            average_weights(made, [tmp_path / "good.weights.h5", tmp_path / f"{name}.weights.h5"])
        assert "\n" not in str(error.value)
        equal(made.get_weights(), before)
    with pytest.raises(ParameterError, match="no files"):
        average_weights(made, [])


def test_bad_arguments():
    for options, words in (
        ({"last": 0}, "last is 0"),
        ({"every": 0}, "every is 0"),
        ({"start_epoch": -1}, "is -1"),
    ):
        with pytest.raises(ParameterError, match=words):
            WeightAverage(**options)
