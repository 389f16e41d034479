import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from aimass.errors import ParameterError
from aimass.optimizers import clipping

ROWS = 7


@st.composite
def gradients(draw):
    """A dense gradient, a sparse one with repeated rows, and nothing: as sparse gradients, and as NumPy float64."""
    seed = draw(st.integers(0, 2**31))
    count = draw(st.integers(1, 12))
    ids = draw(st.lists(st.integers(0, ROWS - 1), min_size=count, max_size=count))
    scale = draw(st.sampled_from([1e-3, 1.0, 1e3]))
    random = np.random.default_rng(seed)
    values = (scale * random.normal(size=(count, 3))).astype("float32")
    dense = random.normal(size=(2, 4)).astype("float32")
    table = np.zeros((ROWS, 3))
    np.add.at(table, ids, values.astype("float64"))
    sparse = tf.IndexedSlices(
        tf.constant(values), tf.constant(ids, tf.int64), tf.constant([ROWS, 3], tf.int64)
    )
    return [tf.constant(dense), sparse, None], [dense.astype("float64"), table]


def densified(clipped):
    assert clipped[2] is None
    assert isinstance(clipped[1], tf.IndexedSlices)
    ids = clipped[1].indices.numpy()
    assert len(set(ids.tolist())) == len(ids)  # each row once
    table = np.zeros((ROWS, 3))
    table[ids] = clipped[1].values.numpy()
    return [clipped[0].numpy(), table]


def agree(found, expected):
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6 * max(1.0, np.abs(b).max()))


@settings(max_examples=60, deadline=None)
@given(gradients(), st.sampled_from([0.01, 0.5, 5.0, 1e4]))
def test_clipping_equals_the_dense_computation(case, bound):
    given_, dense = case
    norm = np.sqrt(sum((g**2).sum() for g in dense))
    assert float(clipping.global_norm(given_)) == pytest.approx(norm, rel=2e-5, abs=1e-6)
    agree(densified(clipping.clip_by_value(given_, bound)), [np.clip(g, -bound, bound) for g in dense])
    agree(
        densified(clipping.clip_by_norm(given_, bound)),
        [g * min(1.0, bound / max(np.linalg.norm(g), 1e-30)) for g in dense],
    )
    agree(
        densified(clipping.clip_by_global_norm(given_, bound)),
        [g * min(1.0, bound / max(norm, 1e-30)) for g in dense],
    )


@settings(max_examples=40, deadline=None)
@given(gradients(), st.sampled_from([0.01, 0.3]))
def test_adaptive_clipping_equals_the_formula(case, ratio):
    given_, dense = case
    random = np.random.default_rng(1)
    weights = [random.normal(size=g.shape).astype("float32") for g in dense]
    weights[1][3] = 0  # a row that starts at zero counts with eps
    found = densified(clipping.adaptive_clip(given_, [*map(tf.Variable, weights), None], ratio, eps=1e-3))
    expected = []
    for g, w, axis in zip(dense, weights, (0, 1), strict=True):
        gradient_norm = np.sqrt((g**2).sum(axis, keepdims=True))
        largest = ratio * np.maximum(np.sqrt((w.astype("float64") ** 2).sum(axis, keepdims=True)), 1e-3)
        expected.append(g * np.minimum(1.0, largest / np.maximum(gradient_norm, 1e-30)))
    agree(found, expected)


def test_a_vector_is_one_unit_of_adaptive_clipping():
    (clipped,) = clipping.adaptive_clip([tf.constant([3.0, 4.0])], [tf.constant([0.6, 0.8])], 0.5)
    np.testing.assert_allclose(clipped, [0.3, 0.4], rtol=1e-6)
    (clipped,) = clipping.adaptive_clip([tf.constant(-3.0)], [tf.constant(2.0)], 0.5)
    assert float(clipped) == pytest.approx(-1.0)


def test_tensorflow_takes_the_norm_of_rows_as_they_come():
    # The trap that these functions are for: two equal rows of one id make a norm of 2, not of the root of 2.
    sparse = tf.IndexedSlices(tf.ones([2, 1]), tf.constant([4, 4]), tf.constant([9, 1]))
    assert float(tf.linalg.global_norm([sparse])) == pytest.approx(np.sqrt(2))
    assert float(clipping.global_norm([sparse])) == pytest.approx(2.0)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_what_is_not_finite_does_not_become_zero(wrong):
    clipped = clipping.clip_by_global_norm([tf.constant([wrong, 1.0]), tf.constant([2.0])], 1.0)
    assert not np.isfinite(clipped[0]).any()
    assert not np.isfinite(clipped[1]).any()


@pytest.mark.parametrize("bound", [0.0, -1.0, float("nan")])
def test_thresholds_that_make_no_sense_are_refused(bound):
    for clip in (clipping.clip_by_value, clipping.clip_by_norm, clipping.clip_by_global_norm):
        with pytest.raises(ParameterError, match="above 0"):
            clip([tf.ones(2)], bound)
    with pytest.raises(ParameterError, match="above 0"):
        clipping.adaptive_clip([tf.ones(2)], [tf.ones(2)], bound)


def test_nothing_to_clip():
    assert clipping.clip_by_norm([None], 1.0) == [None]
    assert float(clipping.global_norm([None])) == 0
