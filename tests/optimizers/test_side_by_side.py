import keras
import numpy as np
import pytest
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.optimizers import clipping
from aimass.optimizers.side_by_side import SideBySideSGD, run_norms

RANDOM = np.random.default_rng(0)
SHAPES = ((3, 4), (2, 4), (4,))
RUNS = 5
RATES = [0.1, 0.2, 0.3, 0.4, 0.5]


def values(scale=1.0):
    return [RANDOM.normal(size=(RUNS, *shape), scale=scale).astype("float32") for shape in SHAPES]


WEIGHTS, GRADIENTS = values(), [values(3.0) for _ in range(3)]


def variables(arrays):
    return [keras.Variable(array) for array in arrays]


def side_by_side(**options):
    weights = variables(WEIGHTS)
    optimizer = SideBySideSGD(RATES, **options)
    for grads in GRADIENTS:
        optimizer.apply([tf.constant(grad) for grad in grads], weights)
    return [weight.numpy() for weight in weights], optimizer


@pytest.mark.parametrize("mode", ["none", "clipvalue", "clipnorm", "global_clipnorm"])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_each_run_is_as_if_alone_with_keras_own_descent(mode, momentum):
    thresholds = [None, 0.5, 1.0, 5.0, 1000.0]
    options = {} if mode == "none" else {mode: thresholds}
    together, _ = side_by_side(momentum=momentum, **options)
    for run in range(RUNS):
        alone = variables([array[run] for array in WEIGHTS])
        one = {} if mode == "none" else {mode: thresholds[run]}
        optimizer = keras.optimizers.SGD(RATES[run], momentum=momentum, **one)
        for grads in GRADIENTS:
            optimizer.apply([tf.constant(grad[run]) for grad in grads], alone)
        for whole, part in zip(together, alone, strict=True):
            np.testing.assert_allclose(whole[run], part.numpy(), rtol=2e-5, atol=2e-6)


def test_adaptive_clipping_is_that_of_the_package():
    together, _ = side_by_side(adaptive_clip=[None, 0.01, 0.1, 1.0, 50.0])
    for run, share in enumerate([None, 0.01, 0.1, 1.0, 50.0]):
        alone = [array[run] for array in WEIGHTS]
        for grads in GRADIENTS:
            grads = [tf.constant(grad[run]) for grad in grads]
            if share is not None:
                grads = clipping.adaptive_clip(grads, [tf.constant(weight) for weight in alone], share)
            alone = [weight - RATES[run] * grad.numpy() for weight, grad in zip(alone, grads, strict=True)]
        for whole, part in zip(together, alone, strict=True):
            np.testing.assert_allclose(whole[run], part, rtol=2e-5, atol=2e-6)


def test_modes_stand_side_by_side():
    thresholds = [None, 1.0, None, None, None]
    mixed, _ = side_by_side(global_clipnorm=thresholds, clipvalue=[None, None, 0.5, None, None])
    plain, _ = side_by_side()
    by_norm, _ = side_by_side(global_clipnorm=thresholds)
    for a, b, c in zip(mixed, plain, by_norm, strict=True):
        assert np.array_equal(a[[0, 3, 4]], b[[0, 3, 4]])
        assert np.array_equal(a[1], c[1])
        assert not np.allclose(a[2], b[2])


def test_norms_are_those_before_clipping():
    _, optimizer = side_by_side(global_clipnorm=[0.1] * RUNS)
    norms = np.max(
        [[clipping.global_norm([grad[run] for grad in grads]) for run in range(RUNS)] for grads in GRADIENTS],
        axis=0,
    )
    np.testing.assert_allclose(optimizer.largest_norms.numpy(), norms, rtol=1e-6)
    np.testing.assert_allclose(run_norms([np.full((2, 3, 3), 2.0, "float32")]), [6.0, 6.0], rtol=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 3e38])
def test_a_run_that_is_lost_leaves_the_others_alone(bad):
    grads = [grad.copy() for grad in GRADIENTS[0]]
    grads[0][2] = bad
    thresholds = [1.0, None, 1.0, 1.0, 1.0]
    results = []
    for given in (grads, GRADIENTS[0]):
        weights = variables(WEIGHTS)
        optimizer = SideBySideSGD(RATES, global_clipnorm=thresholds)
        optimizer.apply([tf.constant(grad) for grad in given], weights)
        results.append([weight.numpy() for weight in weights])
        norms = optimizer.largest_norms.numpy()
        assert np.isinf(norms[2]) == (given is grads)
    for lost, sound in zip(*results, strict=True):
        others = [0, 1, 3, 4]
        assert np.array_equal(lost[others], sound[others])
        assert not np.isfinite(lost[2]).all()


def test_it_is_saved_and_loaded():
    made = SideBySideSGD([0.1, 0.2], global_clipnorm=[None, 1.0], momentum=0.5)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(made))
    assert again.get_config() == made.get_config()


@pytest.mark.parametrize(
    "options",
    [
        {"learning_rates": []},
        {"learning_rates": [0.1, -0.1]},
        {"learning_rates": [0.1, 0.1], "clipnorm": [1.0]},
        {"learning_rates": [0.1], "clipvalue": [0.0]},
        {"learning_rates": [0.1], "clipvalue": [1.0], "clipnorm": [1.0]},
    ],
)
def test_nonsense_is_refused(options):
    with pytest.raises(ParameterError, match=r"SideBySideSGD: .*(give|must)"):
        SideBySideSGD(**options)


def test_variables_without_the_axis_of_runs_are_refused():
    with pytest.raises(ParameterError, match="first axis must count the 2 runs"):
        SideBySideSGD([0.1, 0.1]).build([keras.Variable(np.ones((3, 2), "float32"))])
