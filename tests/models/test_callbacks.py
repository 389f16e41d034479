import keras
import numpy as np
import pytest
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.models.callbacks import CurvePoint, LearningCurve

X = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
Y = X @ np.array([[1.0], [-2.0], [0.5]], "float32")


def model(rate=0.1):
    """A linear model."""
    made = keras.Sequential([keras.layers.Dense(1, kernel_initializer="zeros")])
    made.compile(keras.optimizers.SGD(rate), "mse")
    return made


def dataset():
    return tf.data.Dataset.from_tensor_slices((X, Y)).batch(10)


def test_a_point_an_epoch():
    curve, made = LearningCurve(dataset(), metric="loss"), model()
    made.fit(dataset(), epochs=3, shuffle=False, verbose=0, callbacks=[curve])
    assert [point.epoch for point in curve.points] == [1, 2, 3]
    seconds = [point.seconds for point in curve.points]
    assert sorted(seconds) == seconds
    assert seconds[0] > 0
    assert curve.points[-1].value < curve.points[0].value
    assert curve.best == curve.points[-1]
    np.testing.assert_allclose(curve.points[-1].value, made.evaluate(dataset(), verbose=0), rtol=1e-6)


def test_points_within_an_epoch():
    curve = LearningCurve(dataset(), metric="loss", every=3)
    model().fit(dataset(), epochs=2, shuffle=False, verbose=0, callbacks=[curve])
    # How many batches there are is known to Keras for a dataset of known size.
    assert [point.epoch for point in curve.points] == [0.75, 1, 1.75, 2]


def test_evaluation_is_not_training(monkeypatch):
    """On a clock where a batch takes 1 second and an evaluation 100."""
    now = [0.0]
    monkeypatch.setattr("aimass.models.callbacks.time.perf_counter", lambda: now[0])

    class Tick(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            now[0] += 1

    made = model()
    plain = made.evaluate

    def slow(*args, **kwargs):
        now[0] += 100
        return plain(*args, **kwargs)

    made.evaluate = slow
    curve = LearningCurve(dataset(), metric="loss", every=2)
    made.fit(dataset(), epochs=2, shuffle=False, verbose=0, callbacks=[Tick(), curve])
    assert [point.seconds for point in curve.points] == [2, 4, 6, 8]
    assert curve.seconds == 8
    assert now[0] == 408
    curve.max_seconds = 5
    made.fit(dataset(), epochs=9, shuffle=False, verbose=0, callbacks=[Tick(), curve])
    assert [point.seconds for point in curve.points] == [2, 4, 5]


def test_time_is_up():
    curve = LearningCurve(dataset(), metric="loss", max_seconds=1e-9)
    made = model()
    made.fit(dataset(), epochs=9, shuffle=False, verbose=0, callbacks=[curve])
    assert made.optimizer.iterations.numpy() == 1
    assert [point.epoch for point in curve.points] == [0.25]


def test_best_weights_come_back():
    made = model(rate=0.1)
    made.fit(dataset(), epochs=1, shuffle=False, verbose=0)

    class Spoil(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                self.model.set_weights([w + 10 for w in self.model.get_weights()])
                self.model.optimizer.learning_rate = 0.0

    curve = LearningCurve(dataset(), metric="loss", best_weights=True)
    made.fit(dataset(), epochs=3, shuffle=False, verbose=0, callbacks=[Spoil(), curve])
    assert curve.best.epoch == 2
    np.testing.assert_allclose(made.evaluate(dataset(), verbose=0), curve.best.value, rtol=1e-6)


def test_a_second_fit_starts_over():
    curve = LearningCurve(dataset(), metric="loss")
    made = model()
    for _ in range(2):
        made.fit(dataset(), epochs=1, shuffle=False, verbose=0, callbacks=[curve])
        assert len(curve.points) == 1
        assert isinstance(curve.points[0], CurvePoint)


def test_bad_arguments():
    with pytest.raises(ParameterError, match="every is 0"):
        LearningCurve(dataset(), every=0)
    with pytest.raises(ParameterError, match="max_seconds is -1"):
        LearningCurve(dataset(), max_seconds=-1)
    with pytest.raises(ParameterError, match="nothing was evaluated"):
        _ = LearningCurve(dataset()).best
    with pytest.raises(ParameterError, match="'perplexity' is not among them"):
        model().fit(dataset(), shuffle=False, verbose=0, callbacks=[LearningCurve(dataset())])
