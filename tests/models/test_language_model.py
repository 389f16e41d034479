import keras
import numpy as np
import pytest
import tensorflow as tf

from aimass.data.streams import StreamBatches
from aimass.errors import ParameterError
from aimass.models import LanguageModel
from aimass.optimizers import LazyAdam

VOCAB = 23
RANDOM = np.random.default_rng(0)
IDS = RANDOM.choice(VOCAB, p=np.arange(VOCAB, 0, -1) / 276, size=400)
COUNTS = np.bincount(IDS, minlength=VOCAB)
TRAIN = StreamBatches(IDS, 4, 8, rotate=True)
LOSSES = ("full", "sampled_softmax", "nce", "negative_sampling")


def small(**options):
    return LanguageModel(
        **{"vocab_size": VOCAB, "units": 6, "embedding_units": 5, "num_sampled": 7, "seed": 1, **options}
    )


def fit(model, epochs=1, initial_epoch=0, streams=TRAIN):
    if getattr(model, "optimizer", None) is None:
        model.compile(LazyAdam(0.01, global_clipnorm=1.0))
    data = streams.dataset(initial_epoch=initial_epoch)
    return model.fit(
        data,
        steps_per_epoch=streams.steps,
        epochs=epochs,
        initial_epoch=initial_epoch,
        shuffle=False,
        verbose=0,
    )


def evaluate(model, streams):
    if getattr(model, "optimizer", None) is None:
        model.compile(LazyAdam())
    return model.evaluate(streams.dataset(repeat=False), verbose=0, return_dict=True)


def numpy_losses(model, inputs, labels):
    """The whole model in float64: embed, recur, project, softmax."""
    table, bias = (w.numpy().astype("float64") for w in (model.embedding.embeddings, model.head.bias))
    values = table[inputs]

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    for layer in model.recurrent:
        kernel, recurrent, b = (w.astype("float64") for w in layer.get_weights()[:3])
        hidden = cell = np.zeros((len(inputs), model.get_config()["units"]))
        outputs = []
        for x in values.transpose(1, 0, 2):
            i, f, g, o = np.split(x @ kernel + hidden @ recurrent + b, 4, axis=1)
            cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
            hidden = sigmoid(o) * np.tanh(cell)
            outputs.append(hidden)
        values = np.stack(outputs, axis=1)
    kernel, b = (w.astype("float64") for w in model.projection.get_weights())
    logits = (values @ kernel + b) @ table.T + bias
    log_probs = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    return -np.take_along_axis(log_probs, labels[..., None], axis=-1)[..., 0]


@pytest.mark.parametrize("num_layers", [1, 2])
def test_perplexity_equals_numpy_over_whole_streams(num_layers):
    model = small(num_layers=num_layers, counts=COUNTS)
    fit(model)
    streams = StreamBatches(IDS, 3, 10)  # the last batch is shorter
    found = evaluate(model, streams)
    whole = next(StreamBatches(IDS, 3, streams.stream_length).epoch())
    expected = numpy_losses(model, *whole).mean()
    np.testing.assert_allclose(found["loss"], expected, rtol=1e-5)
    np.testing.assert_allclose(found["perplexity"], np.exp(expected), rtol=1e-5)


def test_evaluation_does_not_depend_on_how_streams_are_cut():
    model = small()
    fit(model)
    values = [evaluate(model, StreamBatches(IDS, 3, length))["loss"] for length in (1, 7, 133)]
    np.testing.assert_allclose(values, values[0], rtol=1e-5)


def test_an_epoch_and_an_evaluation_start_from_zeros():
    model = small()
    fit(model)
    assert model._carried[0].shape[0] == 2
    assert np.any(model._carried[0])
    first = evaluate(model, StreamBatches(IDS, 4, 8))
    assert first == evaluate(model, StreamBatches(IDS, 4, 8))
    model.reset_states()
    assert tf.size(model._carried[0]) == 0


def test_validation_within_fit_does_not_disturb_training():
    plain, watched = small(), small()
    fit(plain, epochs=2)
    watched.compile(LazyAdam(0.01, global_clipnorm=1.0))
    held_out = StreamBatches(IDS, 2, 9).dataset(repeat=False)
    watched.fit(
        TRAIN.dataset(),
        steps_per_epoch=TRAIN.steps,
        epochs=2,
        validation_data=held_out,
        shuffle=False,
        verbose=0,
    )
    for a, b in zip(plain.get_weights(), watched.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_training_carries_the_state():
    """The second batch of an epoch is another one to a model that read the first."""
    model = small(dropout_rate=0.0, loss="full")
    model.compile(keras.optimizers.SGD(0.0))
    (x1, y1), (x2, y2), *_ = StreamBatches(IDS, 4, 8).epoch()
    model.train_step((tf.constant(x1), tf.constant(y1)))
    carried = model.train_step((tf.constant(x2), tf.constant(y2)))["loss"].numpy()
    expected = numpy_losses(model, np.concatenate([x1, x2], axis=1), np.concatenate([y1, y2], axis=1))
    np.testing.assert_allclose(carried, expected.mean(), rtol=1e-5)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("tie_embeddings", [True, False])
def test_every_loss_learns(loss, tie_embeddings):
    """A text of a period of 5 leaves nothing to guess; only negative sampling's scores are no probabilities."""
    text = np.tile([3, 1, 4, 1, 5], 120)
    streams = StreamBatches(text, 4, 10)
    model = small(
        loss=loss, tie_embeddings=tie_embeddings, counts=np.bincount(text, minlength=VOCAB), dropout_rate=0.0,
        units=16, embedding_units=8, proposal="unigram", distortion=0.5,
    )  # fmt: skip
    model.compile(LazyAdam(0.03))
    fit(model, epochs=8, streams=streams)
    assert evaluate(model, streams)["perplexity"] < (8.0 if loss == "negative_sampling" else 1.5)


def test_output_bias_starts_at_the_unigrams():
    model = small(counts=COUNTS)
    model.embedding.embeddings.assign(np.zeros((VOCAB, 5)))
    probabilities = tf.nn.softmax(model(IDS[None, :3]))[0, 0]
    np.testing.assert_allclose(probabilities, (COUNTS + 1) / (COUNTS + 1).sum(), rtol=1e-5)


def test_logits_agree_with_losses():
    model = small(counts=COUNTS)
    inputs, labels = IDS[None, :6], IDS[None, 1:7]
    logits = model(inputs)
    assert logits.shape == (1, 6, VOCAB)
    losses, states = model.token_losses(tf.constant(inputs), tf.constant(labels))
    expected = -np.take_along_axis(tf.nn.log_softmax(logits).numpy(), labels[..., None], axis=-1)[..., 0]
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    assert states[0].shape == (2, 1, 6)
    np.testing.assert_allclose(model.predict(inputs, verbose=0), logits, rtol=1e-5)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_saves_and_loads(tmp_path, policy):
    keras.config.set_dtype_policy(policy)
    try:
        model = small(num_layers=2, counts=COUNTS, proposal="unigram", recurrent_dropout=0.1)
        fit(model)
        model.save(tmp_path / "model.keras")
        loaded = keras.models.load_model(tmp_path / "model.keras")
    finally:
        keras.config.set_dtype_policy("float32")
    streams = StreamBatches(IDS, 3, 10)
    assert evaluate(loaded, streams) == evaluate(model, streams)
    assert loaded.get_config() == model.get_config()
    np.testing.assert_array_equal(loaded(IDS[None, :5]), model(IDS[None, :5]))


@pytest.mark.parametrize("loss", ["full", "sampled_softmax"])
def test_resumes_to_the_same_bits(tmp_path, loss):
    options = {"embedding_dropout": 0.2, "recurrent_dropout": 0.2, "dropout_rate": 0.3, "loss": loss}
    whole, half = small(**options), small(**options)
    fit(whole, epochs=3)
    fit(half, epochs=1)
    half.save(tmp_path / "model.keras")
    resumed = keras.models.load_model(tmp_path / "model.keras")
    fit(resumed, epochs=3, initial_epoch=1)
    for a, b in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_layers_take_the_models_dtype_policy():
    model = small(dtype="mixed_bfloat16", num_layers=2)
    layers = [model.embedding, *model.recurrent, *model.dropouts, model.projection, model.head]
    assert {layer.compute_dtype for layer in layers} == {"bfloat16"}
    assert {w.dtype for w in model.trainable_weights} == {"float32"}
    assert model._carried[0].dtype == tf.float32
    again = LanguageModel.from_config(model.get_config())
    assert again.head.compute_dtype == "bfloat16"
    fit(again)


def test_samples_without_the_correction():
    assert not small(subtract_log_q=False).head.get_config()["subtract_log_q"]
    assert small().head.get_config()["subtract_log_q"]


def test_gradient_of_the_tied_table_stays_sparse():
    model = small(dropout_rate=0.0)
    seen = []

    class Spy(LazyAdam):
        def apply(self, grads, trainable_variables=None):
            seen.extend(grads)
            return super().apply(grads, trainable_variables)

    model.compile(Spy(0.01))
    fit(model)
    assert [type(g) for g in seen].count(tf.IndexedSlices) >= 2  # table and output bias


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"units": 0}, "units is 0"),
        ({"dropout_rate": 1.0}, "dropout_rate is 1"),
        ({"loss": "hinge"}, "'hinge'"),
        ({"proposal": "zipf"}, "'zipf'"),
        ({"proposal": "unigram"}, "needs counts"),
        ({"counts": [1, 2]}, r"shape \(2,\)"),
    ],
)
def test_bad_arguments(options, message):
    with pytest.raises(ParameterError, match=message):
        small(**options)


def test_bad_inputs():
    model = small()
    with pytest.raises(ParameterError, match=r"shape \(5,\)"):
        model(IDS[:5])
    model.compile(LazyAdam())
    with pytest.raises(ParameterError, match="without sample weights"):
        model.train_step((IDS[None, :5], IDS[None, 1:6], np.ones((1, 5))))
