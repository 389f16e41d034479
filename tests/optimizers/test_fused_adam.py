import keras
import numpy as np
import pytest
import tensorflow as tf

from aimass.optimizers import FusedAdam, LazyAdam

RANDOM = np.random.default_rng(0)
START = RANDOM.normal(size=(6, 4)).astype("float32")
GRADIENTS = RANDOM.normal(size=(12, 6, 4)).astype("float32")


def after(optimizer, gradients):
    variable = keras.Variable(START)
    for gradient in gradients:
        optimizer.apply([gradient], [variable])
    return variable.numpy()


@pytest.mark.parametrize(
    "options", [{}, {"global_clipnorm": 1.0}, {"beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3}]
)
def test_dense_steps_equal_keras(options):
    dense = [tf.constant(g) for g in GRADIENTS]
    found, expected = (after(kind(0.01, **options), dense) for kind in (FusedAdam, keras.optimizers.Adam))
    np.testing.assert_allclose(found, expected, atol=2e-6)
    assert np.abs(found - START).max() > 0.05


@pytest.mark.parametrize("options", [{}, {"weight_decay": 0.1}])
def test_what_is_not_dense_and_plain_goes_as_in_lazy_adam(options):
    sparse = [
        tf.IndexedSlices(tf.constant(g[:3]), tf.constant([4, 1, 4]), tf.constant([6, 4])) for g in GRADIENTS
    ]
    np.testing.assert_array_equal(
        after(FusedAdam(0.01, **options), sparse), after(LazyAdam(0.01, **options), sparse)
    )


def test_with_weight_decay_dense_steps_equal_lazy_adam():
    dense = [tf.constant(g) for g in GRADIENTS]
    decayed = [after(kind(0.01, weight_decay=0.1), dense) for kind in (FusedAdam, LazyAdam)]
    np.testing.assert_array_equal(*decayed)


def test_resumes_to_the_same_bits(tmp_path):
    def model():
        made = keras.Sequential(
            [keras.Input((4,)), keras.layers.Dense(3, kernel_initializer=keras.initializers.GlorotUniform(0))]
        )
        made.compile(FusedAdam(0.01), "mse")
        return made

    x, y = GRADIENTS[0], GRADIENTS[1][:, :3]
    whole = model()
    whole.fit(x, y, epochs=4, shuffle=False, verbose=0)
    half = model()
    half.fit(x, y, epochs=2, shuffle=False, verbose=0)
    half.save(tmp_path / "half.keras")
    loaded = keras.models.load_model(tmp_path / "half.keras")
    loaded.fit(x, y, epochs=2, shuffle=False, verbose=0)
    for a, b in zip(loaded.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
