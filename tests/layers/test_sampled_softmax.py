"""The sampled softmax against NumPy in float64, TensorFlow's own operators, exact enumeration, and in Keras's ways of training."""

from itertools import product

import keras
import numpy as np
import pytest
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.layers import Embedding, SampledSoftmax
from aimass.layers.full_softmax import blockwise_log_sum_exp, log_sum_exp
from aimass.layers.sampled_losses import sampled_loss
from aimass.optimizers import LazyAdam

V, UNITS, TOKENS = 12, 5, 8
RANDOM = np.random.default_rng(0)
FEATURES = RANDOM.normal(size=(TOKENS, UNITS)).astype("float32")
LABELS = RANDOM.integers(0, V, TOKENS)
COUNTS = np.arange(V, 0, -1)


def layer(**options):
    made = SampledSoftmax(V, **{"num_sampled": 5, "seed": 0, "bias_initializer": "normal", **options})
    made.build((None, UNITS))
    return made


def exact_nll(made, features=FEATURES, labels=LABELS):
    logits = features.astype("float64") @ made.kernel.numpy().T.astype("float64") + made.bias.numpy()
    log_probs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    return -np.take_along_axis(log_probs, labels[:, None], 1)[:, 0]


def gradients(made, labels=LABELS):
    """Of the mean loss, at features, kernel and bias, dense."""
    features = tf.constant(FEATURES)
    with tf.GradientTape() as tape:
        tape.watch(features)
        value = tf.reduce_mean(made(features, labels, training=True))
    found = tape.gradient(value, [features, made.kernel.value, made.bias.value])
    return [tf.convert_to_tensor(g).numpy() for g in found]


# ---- the exact softmax


def test_evaluation_is_exact_in_blocks_of_any_size():
    for block_size in (1, 5, V, 100):
        made = layer(block_size=block_size)
        np.testing.assert_allclose(made(FEATURES, LABELS), exact_nll(made), rtol=1e-5)
    logits = made(FEATURES)
    np.testing.assert_allclose(logits, FEATURES @ made.kernel.numpy().T + made.bias.numpy(), atol=1e-5)


def test_blocks_of_extreme_logits_do_not_overflow():
    kernel, bias = tf.constant([[1e4], [-1e4], [9e3]]), tf.zeros([3])
    rows = lambda ids: (tf.gather(kernel, ids), tf.gather(bias, ids))  # noqa: E731
    for value, expected in ((1.0, 1e4), (-1.0, 1e4), (0.0, np.log(3))):
        found = blockwise_log_sum_exp(tf.constant([[value]]), rows, 3, 1)
        assert float(found[0]) == pytest.approx(expected)
        assert float(log_sum_exp(tf.constant([[value]]), kernel, bias)[0]) == pytest.approx(expected)


def test_full_loss_has_the_gradient_of_the_softmax():
    made = layer(loss="full")
    np.testing.assert_allclose(made(FEATURES, LABELS, training=True), exact_nll(made), rtol=1e-5)

    features = tf.constant(FEATURES)
    with tf.GradientTape() as tape:
        tape.watch(features)
        logits = tf.matmul(features, made.kernel.value, transpose_b=True) + made.bias.value
        value = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(LABELS, logits))
    expected = tape.gradient(value, [features, made.kernel.value, made.bias.value])
    for a, b in zip(gradients(made), expected, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


# ---- the sampled losses


@pytest.mark.parametrize("subtract_log_q", [True, False])
def test_all_classes_sampled_equal_the_full_softmax(subtract_log_q):
    sampled, full = layer(num_sampled=V, subtract_log_q=subtract_log_q), layer(loss="full")
    full.set_weights(sampled.get_weights()[: len(full.get_weights())])
    np.testing.assert_allclose(sampled(FEATURES, LABELS, training=True), exact_nll(sampled), rtol=1e-5)
    for a, b in zip(gradients(sampled), gradients(full), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def reference(kind, features, kernel, bias, labels, sampled, log_counts, remove):
    """Each loss from its definition, in float64; labels [tokens, num_true]; also the gradient at the features, numerically."""

    def loss(features):
        features = features.astype("float64")
        offset = bias.astype("float64") - log_counts
        losses = []
        for x, true in zip(features, labels, strict=True):
            at_true = kernel[true] @ x + offset[true]
            kept = [s for s in sampled if not (remove and s in true)]
            at_sampled = kernel[kept] @ x + offset[kept]
            if kind == "sampled_softmax":
                scores = np.r_[at_true, at_sampled]
                losses.append(np.log(np.exp(scores).sum()) - at_true.mean())
            else:
                target = 1 / len(true)
                true_part = np.log1p(np.exp(at_true)) - target * at_true
                losses.append(true_part.sum() + np.log1p(np.exp(at_sampled)).sum())
        return np.array(losses)

    value = loss(features)
    gradient = np.zeros_like(features, dtype="float64")
    for i, j in product(range(features.shape[0]), range(features.shape[1])):
        step = np.zeros_like(gradient)
        step[i, j] = 1e-5
        gradient[i, j] = (loss(features + step)[i] - loss(features - step)[i]) / 2e-5
    return value, gradient


@pytest.mark.parametrize("kind", ["sampled_softmax", "nce"])
@pytest.mark.parametrize("remove", [True, False])
@pytest.mark.parametrize("num_true", [1, 2])
def test_loss_and_gradient_equal_numpy(kind, remove, num_true):
    random = np.random.default_rng(5)
    kernel, bias = random.normal(size=(V, UNITS)), random.normal(size=V)
    labels = np.stack([LABELS, (LABELS + 3) % V], axis=1)[:, :num_true].astype("int32")
    sampled = np.array([LABELS[0], 3, 7, 7, 1], "int32")  # an accidental hit, and one drawn twice
    log_counts = np.log(random.uniform(0.1, 2, V))
    expected, expected_gradient = reference(kind, FEATURES, kernel, bias, labels, sampled, log_counts, remove)
    offset = (bias - log_counts).astype("float32")
    features = tf.constant(FEATURES)
    with tf.GradientTape() as tape:
        tape.watch(features)
        found = sampled_loss(
            features, tf.constant(kernel[labels], tf.float32), tf.constant(offset[labels]), tf.constant(kernel[sampled], tf.float32),
            tf.constant(offset[sampled]), tf.constant(labels), tf.constant(sampled), contrastive=kind == "nce",
            remove_accidental_hits=remove,
        )  # fmt: skip
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    np.testing.assert_allclose(tape.gradient(found, features), expected_gradient, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", ["sampled_softmax", "nce"])
@pytest.mark.parametrize("num_true", [1, 2])
@pytest.mark.parametrize("remove", [True, False])
def test_equals_tensorflows_operators_on_the_same_sample(kind, num_true, remove):
    made = layer(loss=kind, num_true=num_true, remove_accidental_hits=remove)
    labels = np.stack([LABELS, (LABELS + 3) % V], axis=1)[:, :num_true]
    sampled, tries = tf.constant([2, 0, 7, 3, 9]), tf.constant(6.0, tf.float64)
    made.sample = lambda: (sampled, tries)
    counts = (tf.exp(made.log_expected_count(tf.constant(labels, tf.int32), tries)), tf.exp(made.log_expected_count(sampled, tries)))  # fmt: skip
    operator = tf.nn.sampled_softmax_loss if kind == "sampled_softmax" else tf.nn.nce_loss

    def theirs(features=None):
        return operator(
            made.kernel.value, made.bias.value, tf.constant(labels, tf.int64), tf.constant(FEATURES) if features is None else features, 5, V,
            num_true=num_true, sampled_values=(tf.cast(sampled, tf.int64), *counts), remove_accidental_hits=remove,
        )  # fmt: skip

    given = labels if num_true > 1 else labels[:, 0]
    np.testing.assert_allclose(made(FEATURES, given, training=True), theirs(), rtol=2e-5)
    features = tf.constant(FEATURES)
    with tf.GradientTape() as tape:
        tape.watch(features)
        value = tf.reduce_mean(theirs(features))
    expected = tape.gradient(value, [features, made.kernel.value, made.bias.value])
    for a, b in zip(gradients(made, given), expected, strict=True):
        np.testing.assert_allclose(a, tf.convert_to_tensor(b), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("proposal", ["uniform", "log_uniform", "unigram"])
def test_expectation_over_all_samples(proposal):
    """Independent draws: the mean over many samples is the sum over all possible samples, each by its probability."""
    size, draws = 4, 2
    made = SampledSoftmax(
        size,
        draws,
        proposal=proposal,
        counts=[4, 3, 2, 1],
        unique=False,
        remove_accidental_hits=False,
        seed=1,
    )
    made.build((None, UNITS))
    kernel, labels = made.kernel.numpy().astype("float64"), LABELS[:3] % size
    q = np.exp(
        made.log_expected_count(tf.range(size), tf.constant(1.0, tf.float64)).numpy().astype("float64")
    )
    assert q.sum() == pytest.approx(1)
    expected = np.zeros(3)
    for sample in product(range(size), repeat=draws):
        log_counts = np.log(draws * q)
        value, _ = reference(
            "sampled_softmax",
            FEATURES[:3],
            kernel,
            np.zeros(size),
            labels[:, None],
            sample,
            log_counts,
            False,
        )
        expected += np.prod(q[list(sample)]) * value
    run = tf.function(lambda: made(FEATURES[:3], labels, training=True))
    found = np.array([run().numpy() for _ in range(3000)])
    error = found.std(axis=0) / np.sqrt(len(found))
    assert (np.abs(found.mean(axis=0) - expected) < 5 * error + 1e-6).all()


def test_negative_sampling_is_nce_without_correction():
    a, b = layer(loss="negative_sampling"), layer(loss="nce", subtract_log_q=False)
    b.set_weights(a.get_weights())
    np.testing.assert_array_equal(a(FEATURES, LABELS, training=True), b(FEATURES, LABELS, training=True))


# ---- sparse from end to end


@pytest.mark.parametrize("tied", [False, True])
def test_gradients_are_row_sparse(tied):
    embedding = Embedding(V, UNITS)
    made = SampledSoftmax(V, 3, tied_to=embedding if tied else None, seed=0)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(made(embedding(LABELS), LABELS[::-1].copy(), training=True))
    watched = [w.value for w in [*embedding.trainable_weights, *made.trainable_weights]]
    unique = {id(w): w for w in watched}
    assert len(unique) == (2 if tied else 3)
    for gradient in tape.gradient(loss, list(unique.values())):
        assert isinstance(gradient, tf.IndexedSlices)


def dense_tensors(function, *arguments, rows):
    """Names of the operations of a traced function, and of all functions that it calls, whose result has as many rows as the table."""
    graph = function.get_concrete_function(*arguments).graph
    graphs = [graph, *(f.graph for f in graph._functions.values() if hasattr(f, "graph"))]
    found = []
    for each in graphs:
        for operation in each.get_operations():
            if operation.type in ("Placeholder", "VarHandleOp"):
                continue
            found += [operation.name for out in operation.outputs if out.shape.rank and out.shape[0] == rows]
    return found


def train_step(embedding, head, optimizer):
    weights = list({id(w): w for w in [*embedding.trainable_weights, *head.trainable_weights]}.values())
    optimizer.build(weights)

    @tf.function
    def step(ids, labels):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(head(embedding(ids), labels, training=True))
        optimizer.apply(tape.gradient(loss, [w.value for w in weights]), weights)
        return loss

    return step


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize(
    "options",
    [{"global_clipnorm": 1.0}, {"clipvalue": 1.0}, {"adaptive_clip": 0.1}],
    ids=lambda o: next(iter(o)),
)
def test_no_step_makes_a_tensor_of_the_tables_size(tied, options):
    rows = 997
    embedding = Embedding(rows, 4)
    head = SampledSoftmax(rows, 7, tied_to=embedding if tied else None, seed=0)
    head.build((None, 4))
    ids = tf.constant([1, 5, 900])
    step = train_step(embedding, head, LazyAdam(0.01, **options))
    assert dense_tensors(step, ids, ids, rows=rows) == []
    # The same look finds what Keras's optimizer does.
    step = train_step(embedding, head, keras.optimizers.Adam(0.01, global_clipnorm=1.0))
    assert dense_tensors(step, ids, ids, rows=rows)


# ---- shapes, masks, weights, mistakes


def test_sequences_masks_and_weights():
    features, labels = FEATURES.reshape(2, 4, UNITS), LABELS.reshape(2, 4)
    made = layer()
    mask = np.array([[True, True, False, False], [True, False, False, False]])
    weight = RANDOM.uniform(size=(2, 4)).astype("float32")
    losses = made(features, labels, sample_weight=weight, mask=mask).numpy()
    exact = exact_nll(made).reshape(2, 4)
    np.testing.assert_allclose(losses, exact * mask, rtol=1e-5)
    w = weight * mask
    (loss,) = made.losses
    assert float(loss) == pytest.approx((exact * w).sum() / w.sum(), rel=1e-5)
    assert float(made.perplexity.result()) == pytest.approx(np.exp((exact * w).sum() / w.sum()), rel=1e-5)


def test_perplexity_is_unknown_until_something_is_evaluated():
    made = layer()
    made(FEATURES, LABELS, training=True)
    assert np.isnan(made.perplexity.result())
    made(FEATURES, LABELS)
    assert float(made.perplexity.result()) == pytest.approx(np.exp(exact_nll(made).mean()), rel=1e-5)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("wrong", [V, -1])
def test_a_label_out_of_range_is_told(training, wrong):
    labels = LABELS.copy()
    labels[2] = wrong
    with pytest.raises(tf.errors.InvalidArgumentError, match="not within 0 to 11"):
        layer()(FEATURES, labels, training=training)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_features_that_are_not_finite_are_told(training, wrong):
    features = FEATURES.copy()
    features[1, 1] = wrong
    with pytest.raises(tf.errors.InvalidArgumentError, match="NaN or infinity"):
        layer()(features, LABELS, training=training)


def test_a_label_that_the_proposal_never_draws_is_told():
    made = layer(proposal="unigram", counts=np.r_[0, np.ones(V - 1)])
    with pytest.raises(tf.errors.InvalidArgumentError, match="probability 0"):
        made(FEATURES, np.zeros(TOKENS, int), training=True)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layer(num_sampled=V + 1), "can't be greater"),
        (
            lambda: layer(num_sampled=5, proposal="unigram", counts=np.r_[1, 1, np.zeros(V - 2)]),
            "reaches 2 of 12",
        ),
        (lambda: layer(num_sampled=0), "at least 1"),
        (lambda: layer(loss="softmax"), "expected one of full"),
        (lambda: layer(proposal="zipf"), "proposal is 'zipf'"),
        (lambda: layer(tied_to=Embedding(V + 1, UNITS)), "13 rows"),
        (lambda: layer(tied_to=Embedding(V, UNITS + 1)), "are 5 wide, the embedding tied to 6"),
        (lambda: layer()(FEATURES, LABELS[:, None]), r"labels of shape \(8, 1\)"),
        (lambda: layer()(FEATURES, LABELS[:5]), r"labels of shape \(5,\)"),
        (lambda: layer(num_true=2)(FEATURES, LABELS), r"expected \(8, 2\)"),
        (lambda: SampledSoftmax(V, 5).build((3, None)), "no fixed width"),
    ],
)
def test_mistakes_are_told(make, message):
    with pytest.raises(ParameterError, match=message):
        make()


# ---- in Keras's ways


def endpoint_model(tied=False, **options):
    ids, labels = keras.Input((4,), dtype="int32"), keras.Input((4,), dtype="int32")
    embedding = Embedding(
        V, UNITS, mask_zero=True, embeddings_initializer=keras.initializers.RandomNormal(seed=1)
    )
    hidden = keras.layers.Dense(UNITS, kernel_initializer=keras.initializers.GlorotUniform(2))(embedding(ids))
    head = SampledSoftmax(V, 5, seed=3, tied_to=embedding if tied else None, kernel_initializer=keras.initializers.GlorotUniform(4), **options)  # fmt: skip
    return keras.Model([ids, labels], head(hidden, labels))


IDS = np.random.default_rng(2).integers(1, V, (40, 4))
NEXT = (IDS * 5 + 1) % V


@pytest.mark.parametrize("loss", ["sampled_softmax", "nce", "full"])
@pytest.mark.parametrize("tied", [False, True])
def test_fits_saves_and_goes_on_to_the_same_bits(loss, tied, tmp_path):
    model = endpoint_model(tied, loss=loss)
    model.compile(LazyAdam(0.05, global_clipnorm=1.0))
    before = model.evaluate([IDS, NEXT], verbose=0, return_dict=True)
    model.fit([IDS, NEXT], epochs=15, batch_size=8, shuffle=False, verbose=0)
    after = model.evaluate([IDS, NEXT], verbose=0, return_dict=True)
    assert after["perplexity"] < 0.6 * before["perplexity"]
    assert after["perplexity"] == pytest.approx(np.exp(after["loss"]), rel=0.02)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert len(again.trainable_weights) == len(model.trainable_weights)  # tied stays tied
    for each in (model, again):
        each.fit([IDS, NEXT], epochs=1, batch_size=8, shuffle=False, verbose=0)
    np.testing.assert_array_equal(
        again.predict([IDS, NEXT], verbose=0), model.predict([IDS, NEXT], verbose=0)
    )


def test_mixed_precision():
    exact = endpoint_model().predict([IDS, NEXT], verbose=0)
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = endpoint_model()
    finally:
        keras.config.set_dtype_policy("float32")
    assert all(weight.dtype == "float32" for weight in model.trainable_weights)
    np.testing.assert_allclose(model.predict([IDS, NEXT], verbose=0), exact, rtol=0.02)
    model.compile(LazyAdam(0.05))
    history = model.fit([IDS, NEXT], epochs=10, batch_size=8, verbose=0).history["loss"]
    assert history[-1] < history[0]
