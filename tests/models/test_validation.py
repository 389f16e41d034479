import warnings

import keras
import numpy as np
import pytest

from aimass.errors import ParameterError
from aimass.models import ValidationScore

X = np.ones((4, 1), "float32")


def model():
    """A model whose one weight counts the epochs (each batch adds 1)."""
    made = keras.Sequential(
        [keras.Input([1]), keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")]
    )
    made.compile(keras.optimizers.SGD(0.5), lambda y, p: -2 * p)
    return made


def epochs_in(made):
    return round(float(made.get_weights()[0][0, 0]))


def fit(callbacks, epochs=8):
    made = model()
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        history = made.fit(X, X, batch_size=4, epochs=epochs, verbose=0, callbacks=callbacks).history
    return made, history


def by_epoch(values):
    """A score that depends on how many epochs the model has behind it."""
    return lambda made: values[epochs_in(made)]


def test_every_epoch_has_its_score():
    score = ValidationScore(epochs_in)
    _, history = fit([score], epochs=4)
    assert history["val_bleu"] == [1, 2, 3, 4]
    assert score.scores == {0: 1, 1: 2, 2: 3, 3: 4}


def test_seldom_evaluations_and_a_late_start():
    score = ValidationScore(epochs_in, every=3, start_epoch=2)
    _, history = fit([score], epochs=7)
    assert history["val_bleu"] == [-np.inf, -np.inf, 3, 3, 3, 6, 7]
    assert score.scores == {2: 3, 5: 6, 6: 7}
    _, history = fit([ValidationScore(epochs_in, "val_error", start_epoch=1, mode="min")], epochs=2)
    assert history["val_error"] == [np.inf, 2]


def test_keras_stops_early_and_keeps_the_best(tmp_path):
    values = {2: 10.0, 3: 30.0, 4: 20.0, 5: 25.0, 6: 99.0}
    saved = tmp_path / "best.weights.h5"
    made, history = fit(
        [
            ValidationScore(by_epoch(values), start_epoch=1),
            keras.callbacks.EarlyStopping(
                "val_bleu", mode="max", patience=2, restore_best_weights=True, start_from_epoch=1
            ),
            keras.callbacks.ModelCheckpoint(
                saved, "val_bleu", mode="max", save_best_only=True, save_weights_only=True
            ),
        ]
    )
    assert history["val_bleu"] == [-np.inf, 10, 30, 20, 25]
    assert epochs_in(made) == 3
    made.load_weights(saved)
    assert epochs_in(made) == 3


def test_patience_counts_epochs_between_evaluations():
    values = {1: 5.0, 4: 4.0}
    stop = keras.callbacks.EarlyStopping("val_bleu", mode="max", patience=3)
    _, history = fit([ValidationScore(by_epoch(values), every=3), stop])
    assert history["val_bleu"] == [5, 5, 5, 4]


def test_a_second_fit_begins_anew():
    score = ValidationScore(epochs_in)
    for _ in range(2):
        fit([score], epochs=2)
        assert score.scores == {0: 1, 1: 2}


@pytest.mark.parametrize("value", [float("nan"), None, "high"])
def test_a_score_that_is_no_number(value):
    with pytest.raises(ParameterError, match=f"val_bleu is {value!r} after epoch 1"):
        fit([ValidationScore(lambda made: value)])


def test_bad_arguments():
    for options in ({"every": 0}, {"start_epoch": -1}, {"mode": "best"}):
        with pytest.raises(ParameterError, match="ValidationScore"):
            ValidationScore(epochs_in, **options)
