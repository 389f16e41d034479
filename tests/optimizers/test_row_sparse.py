"""All row-sparse optimizers: against Keras's dense ones, against NumPy, in Keras's ways of training and saving."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.layers import Embedding
from aimass.optimizers import LazyAdagrad, LazyAdam, LazyAdamW, LazySGD
from aimass.optimizers.row_sparse import RowSparseOptimizer

K = keras.optimizers
PAIRS = {
    "sgd": (lambda **o: LazySGD(0.1, **o), lambda **o: K.SGD(0.1, **o)),
    "momentum": (lambda **o: LazySGD(0.1, 0.9, **o), lambda **o: K.SGD(0.1, 0.9, **o)),
    "nesterov": (lambda **o: LazySGD(0.1, 0.9, True, **o), lambda **o: K.SGD(0.1, 0.9, True, **o)),
    "adagrad": (lambda **o: LazyAdagrad(0.1, **o), lambda **o: K.Adagrad(0.1, **o)),
    "adam": (lambda **o: LazyAdam(0.01, **o), lambda **o: K.Adam(0.01, **o)),
    "adamw": (lambda **o: LazyAdamW(0.01, 0.1, **o), lambda **o: K.AdamW(0.01, 0.1, **o)),
}
ROWS, WIDTH = 6, 3
CLIPPING = [{}, {"clipvalue": 0.3}, {"clipnorm": 0.5}, {"global_clipnorm": 0.7}]


def start(seed=0):
    random = np.random.default_rng(seed)
    return random.normal(size=(ROWS, WIDTH)).astype("float32"), random.normal(size=(2, 2)).astype("float32")


def variables(values):
    return [keras.Variable(value) for value in values]


def slices(ids, values):
    return tf.IndexedSlices(tf.constant(values, tf.float32), tf.constant(ids), tf.constant([ROWS, WIDTH]))


def steps(ids, number=4):
    """Gradients of a table by rows ``ids`` (repeated ones too), and of a matrix, for some steps."""
    random = np.random.default_rng(7)
    return [
        (
            random.normal(size=(len(ids), WIDTH)).astype("float32"),
            random.normal(size=(2, 2)).astype("float32"),
        )
        for _ in range(number)
    ]


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("options", CLIPPING, ids=lambda o: "_".join(o) or "unclipped")
def test_equals_keras_where_every_row_has_a_gradient(name, options):
    ids = [3, 0, 1, 5, 2, 4, 3, 3]
    lazy, dense = (make(**options) for make in PAIRS[name])
    ours, theirs = variables(start()), variables(start())
    for values, matrix in steps(ids):
        lazy.apply([slices(ids, values), tf.constant(matrix)], ours)
        table = np.zeros((ROWS, WIDTH), "float32")
        np.add.at(table, ids, values)
        dense.apply([tf.constant(table), tf.constant(matrix)], theirs)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=3e-5, atol=3e-6)


@pytest.mark.parametrize("name", PAIRS)
def test_rows_without_a_gradient_stay_as_they_are(name):
    ids = [3, 1, 3]
    optimizer = PAIRS[name][0]()
    ours = variables(start())
    before = ours[0].numpy()
    for values, matrix in steps(ids):
        optimizer.apply([slices(ids, values), tf.constant(matrix)], ours)
    changed = (ours[0].numpy() != before).any(axis=1)
    assert changed.tolist() == [False, True, False, True, False, False]
    for slot in optimizer.variables:
        if slot.shape == (ROWS, WIDTH):
            moved = (slot.numpy() != slot.numpy()[0]).any(axis=1)
            assert moved.tolist() == changed.tolist()


def numpy_lazy_adam(table, batches, rate=0.01, b1=0.9, b2=0.999, eps=1e-7, decay=0.0):
    """Kingma & Ba's algorithm 1 in float64, row by row, with Keras's placing of epsilon."""
    table = table.astype("float64")
    first, second = np.zeros_like(table), np.zeros_like(table)
    for t, (ids, values) in enumerate(batches, start=1):
        for row in set(ids):
            g = sum(v for i, v in zip(ids, values.astype("float64"), strict=True) if i == row)
            first[row] = b1 * first[row] + (1 - b1) * g
            second[row] = b2 * second[row] + (1 - b2) * g * g
            corrected = rate * np.sqrt(1 - b2**t) / (1 - b1**t)
            table[row] -= rate * decay * table[row] + corrected * first[row] / (np.sqrt(second[row]) + eps)
    return table


@pytest.mark.parametrize(("optimizer", "decay"), [(LazyAdam(0.01), 0.0), (LazyAdamW(0.01, 0.1), 0.1)])
def test_lazy_adam_equals_numpy_with_repeated_rows(optimizer, decay):
    random = np.random.default_rng(3)
    batches = [(random.integers(0, ROWS, 5).tolist(), random.normal(size=(5, WIDTH))) for _ in range(6)]
    table = keras.Variable(start()[0])
    expected = numpy_lazy_adam(table.numpy(), batches, decay=decay)
    for ids, values in batches:
        optimizer.apply([slices(ids, values)], [table])
    np.testing.assert_allclose(table, expected, rtol=1e-4, atol=1e-6)


def model(seed=0, **options):
    """Twelve ids, an embedding and a linear output; the loss is a square."""
    inputs = keras.Input((4,), dtype="int32")
    uniform = keras.initializers.RandomUniform(seed=seed)
    hidden = Embedding(12, 5, embeddings_initializer=uniform, name="table")(inputs)
    glorot = keras.initializers.GlorotUniform(seed)
    outputs = keras.layers.Dense(1, kernel_initializer=glorot)(keras.layers.Flatten()(hidden))
    made = keras.Model(inputs, outputs)
    made.compile(**options)
    return made


IDS = np.random.default_rng(0).integers(0, 6, (16, 4))  # rows 6 to 11 are never seen
LABELS = np.random.default_rng(1).normal(size=(16, 1)).astype("float32")


@pytest.mark.parametrize("name", PAIRS)
def test_resumes_to_the_same_bits(name, tmp_path):
    schedule = K.schedules.CosineDecay(0.05, 40)
    make = {
        "sgd": LazySGD,
        "momentum": LazySGD,
        "nesterov": LazySGD,
        "adagrad": LazyAdagrad,
        "adam": LazyAdam,
        "adamw": LazyAdamW,
    }[name]
    extra = {"momentum": {"momentum": 0.9}, "nesterov": {"momentum": 0.9, "nesterov": True}}.get(name, {})

    def fit(made, epochs):
        made.fit(IDS, LABELS, batch_size=4, epochs=epochs, shuffle=False, verbose=0)
        return made

    def fresh():
        return model(optimizer=make(schedule, global_clipnorm=0.5, use_ema=True, **extra), loss="mse")

    whole = fit(fresh(), 2)
    half = fit(fresh(), 1)
    half.save(tmp_path / "half.keras")
    resumed = keras.models.load_model(tmp_path / "half.keras")
    assert type(resumed.optimizer) is make
    assert resumed.optimizer.get_config() == half.optimizer.get_config()
    # fit() puts the averages into the weights at its end, so the comparison is with a run that did so as well.
    fit(half, 1), fit(resumed, 1)
    for a, b in zip(half.variables, resumed.variables, strict=True):
        np.testing.assert_array_equal(a, b)
    assert whole.optimizer.iterations == resumed.optimizer.iterations == 8


class Watched(LazyAdam):
    """Notes what kinds of gradients its updates were given."""

    kinds: set

    def update_step(self, gradient, variable, learning_rate):
        self.kinds.add((isinstance(gradient, tf.IndexedSlices), tuple(variable.shape)))
        super().update_step(gradient, variable, learning_rate)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_stays_sparse(policy):
    Watched.kinds = set()
    keras.config.set_dtype_policy(policy)
    try:
        made = model(optimizer=Watched(0.01, global_clipnorm=1.0), loss="mse")
    finally:
        keras.config.set_dtype_policy("float32")
    before = made.get_layer("table").embeddings.numpy()
    history = made.fit(IDS, LABELS, epochs=8, verbose=0).history["loss"]
    after = made.get_layer("table").embeddings.numpy()
    assert history[-1] < history[0]
    np.testing.assert_array_equal(after[6:], before[6:])
    assert after.dtype == "float32"
    assert (True, (12, 5)) in Watched.kinds
    assert (False, (12, 5)) not in Watched.kinds


def test_a_fixed_loss_scale_changes_nothing():
    plain = model(optimizer=LazySGD(0.1, clipnorm=0.2), loss="mse")
    scaled = model(optimizer=LazySGD(0.1, clipnorm=0.2, loss_scale_factor=1024.0), loss="mse")
    for made in (plain, scaled):
        made.fit(IDS, LABELS, epochs=3, shuffle=False, verbose=0)
    for a, b in zip(plain.get_weights(), scaled.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def test_adaptive_clipping_bounds_the_step():
    optimizer = LazySGD(1.0, adaptive_clip=0.01)
    table = keras.Variable(start()[0])
    before = table.numpy()
    optimizer.apply([slices([2, 2], 50 * np.ones((2, WIDTH)))], [table])
    moved = np.linalg.norm(table.numpy() - before, axis=1)
    assert moved[2] == pytest.approx(0.01 * np.linalg.norm(before[2]), rel=1e-4)
    assert np.count_nonzero(moved) == 1
    assert LazySGD.from_config(optimizer.get_config()).adaptive_clip == 0.01


def test_excluded_variables_do_not_decay():
    optimizer = LazyAdamW(0.01, 0.5)
    table = keras.Variable(start()[0], name="table")
    optimizer.exclude_from_weight_decay(var_list=[table])
    before = table.numpy()
    optimizer.apply([slices([1], np.zeros((1, WIDTH)))], [table])
    np.testing.assert_array_equal(table, before)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LazyAdam(clipnorm=1.0, clipvalue=1.0), "one way of clipping"),
        (lambda: LazyAdam(adaptive_clip=0.1, clipvalue=1.0), "one way of clipping"),
        (lambda: LazyAdam(global_clipnorm=0.0), "above 0"),
        (lambda: LazyAdam(beta_1=1.0), "beta"),
        (lambda: LazySGD(momentum=1.5), "momentum"),
        (lambda: LazyAdagrad(initial_accumulator_value=-1.0), "initial_accumulator_value"),
        (lambda: LazyAdam(gradient_accumulation_steps=4), "larger batches"),
    ],
)
def test_mistakes_are_told(make, message):
    with pytest.raises(ParameterError, match=message):
        make()


def test_the_base_class_is_no_optimizer():
    with pytest.raises(ParameterError, match="no optimizer by itself"):
        RowSparseOptimizer(0.1).apply([tf.ones([2, 2])], [keras.Variable(np.ones((2, 2)))])
