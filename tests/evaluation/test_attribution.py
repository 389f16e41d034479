import numpy as np
import pytest
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.evaluation.attribution import gradient_times_input, integrated_gradients, occlusion, share_on

INPUTS = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
WEIGHTS = np.array([1.0, -2.0, 0.0, 3.0], dtype="float32")


def linear(inputs):
    return tf.linalg.matvec(inputs, WEIGHTS) + 5.0


def curved(inputs):
    return tf.tanh(inputs[:, 0] * inputs[:, 1]) + inputs[:, 2] ** 2


def test_all_methods_agree_on_a_linear_score():
    expected = INPUTS * WEIGHTS
    assert np.allclose(integrated_gradients(linear, INPUTS).values, expected, atol=1e-5)
    assert np.allclose(gradient_times_input(linear, INPUTS), expected, atol=1e-5)
    assert np.allclose(occlusion(linear, INPUTS, batch_size=5), expected, atol=1e-5)


def test_attributions_sum_to_the_change_of_the_score():
    found = integrated_gradients(curved, INPUTS, steps=200)
    assert np.allclose(found.change, curved(INPUTS), atol=1e-6)
    assert found.gap.max() < 1e-4
    assert integrated_gradients(curved, INPUTS, steps=2).gap.max() > 1e-3
    assert np.allclose(found.values[:, 3], 0)


def test_a_product_is_shared_equally():
    found = integrated_gradients(lambda x: x[:, 0] * x[:, 1], np.array([[2.0, 3.0]]), steps=50)
    assert np.allclose(found.values, [[3.0, 3.0]], atol=1e-4)


def test_baseline_is_where_nothing_is_there():
    found = integrated_gradients(linear, INPUTS, baseline=np.ones(4))
    assert np.allclose(found.values, (INPUTS - 1) * WEIGHTS, atol=1e-5)
    assert np.allclose(occlusion(linear, INPUTS, baseline=np.ones(4)), (INPUTS - 1) * WEIGHTS, atol=1e-5)


def test_occlusion_leaves_what_is_the_baseline_alone():
    calls = []

    def counting(inputs):
        calls.append(len(inputs))
        return np.asarray(inputs).sum(axis=1)

    values = occlusion(counting, np.array([[0.0, 2.0], [3.0, 0.0]]))
    assert values.tolist() == [[0, 2], [3, 0]]
    assert sum(calls) == 2 + 2


def test_targets_choose_an_output_for_each_example():
    def two(inputs):
        return tf.stack([linear(inputs), -2 * linear(inputs)], axis=1)

    targets = np.array([0, 1, 0, 1, 1, 0])
    expected = INPUTS * WEIGHTS * np.where(targets == 1, -2, 1)[:, None]
    assert np.allclose(integrated_gradients(two, INPUTS, targets).values, expected, atol=1e-5)
    assert np.allclose(gradient_times_input(two, INPUTS, targets), expected, atol=1e-5)
    assert np.allclose(occlusion(two, INPUTS, targets, batch_size=5), expected, atol=1e-5)


def test_share_counts_positive_attribution_only():
    attributions = np.array([[3.0, 1.0, -9.0], [-1.0, -1.0, -1.0], [0.0, 2.0, 2.0]])
    relevant = np.array([[1, 0, 1], [1, 0, 0], [0, 0.5, 1]])
    assert share_on(attributions, relevant) == pytest.approx([0.75, 1 / 3, 0.75])


@pytest.mark.parametrize(
    "call",
    [
        lambda: integrated_gradients(linear, INPUTS, steps=0),
        lambda: integrated_gradients(lambda x: x, INPUTS),
        lambda: integrated_gradients(lambda x: tf.zeros(len(x)), INPUTS),
        lambda: integrated_gradients(linear, INPUTS, np.zeros(6, int)),
        lambda: gradient_times_input(lambda x: x, INPUTS, np.full(6, 4)),
        lambda: gradient_times_input(lambda x: x, INPUTS, np.zeros(5, int)),
        lambda: occlusion(linear, INPUTS[0]),
        lambda: share_on(INPUTS, INPUTS[:, :2]),
        lambda: share_on(INPUTS, INPUTS + 9),
    ],
)
def test_nonsense_is_refused(call):
    with pytest.raises(ParameterError):
        call()
