"""What every layer and model must do; a new class gets these checks by being listed."""

from collections.abc import Callable
from typing import NamedTuple

import keras
import numpy as np
import pytest
import tensorflow as tf

from aimass.layers import (
    CRF,
    AdditiveAttention,
    FusedGRU,
    FusedLSTM,
    MaskedLSTM,
    MultiplicativeAttention,
    PositionOnlyAttention,
    RecurrentStack,
    SampledSoftmax,
    ScaledDotProductAttention,
)
from aimass.layers.multi_head_attention import FusedSelfAttention
from aimass.layers.transformer_block import TransformerBlock
from aimass.losses import MaskedCrossEntropy
from aimass.models import PrefixLanguageModel, Seq2Seq, Transformer

RANDOM = np.random.default_rng(0)
SEQUENCE = RANDOM.normal(size=(4, 5, 6)).astype("float32")
QUERY = RANDOM.normal(size=(4, 3, 6)).astype("float32")
LABELS = RANDOM.integers(0, 6, (4, 5))
SOURCE, TARGET = RANDOM.integers(1, 9, (4, 5)), RANDOM.integers(1, 9, (4, 3))


class Case(NamedTuple):
    """A class under test: how it is made, what it is called with, and what it must refuse."""

    make: Callable
    inputs: tuple
    bad_inputs: tuple


FLAT = np.ones((4, 6), "float32")
LAYERS = {
    "additive": Case(lambda: AdditiveAttention(7, seed=0), (QUERY, SEQUENCE), (FLAT, SEQUENCE)),
    "multiplicative": Case(lambda: MultiplicativeAttention(6, seed=0), (QUERY, SEQUENCE), (QUERY, FLAT)),
    "dot": Case(lambda: MultiplicativeAttention(6, "dot"), (QUERY, SEQUENCE), (QUERY, SEQUENCE[..., :4])),
    "scaled_dot": Case(lambda: ScaledDotProductAttention(7, seed=0), (QUERY, SEQUENCE), (FLAT, SEQUENCE)),
    "position": Case(lambda: PositionOnlyAttention(4, 4), (QUERY, SEQUENCE), (FLAT, SEQUENCE)),
    "sampled_softmax": Case(
        lambda: SampledSoftmax(9, 4, kernel_initializer=keras.initializers.GlorotUniform(0), seed=0),
        (SEQUENCE, LABELS),
        (SEQUENCE, LABELS[:, :4]),
    ),
    "crf": Case(lambda: CRF(6), (SEQUENCE, LABELS), (SEQUENCE[..., :4], LABELS)),
    "gru": Case(lambda: FusedGRU(7, seed=0), (SEQUENCE,), (FLAT,)),
    "lstm": Case(lambda: FusedLSTM(7, seed=0), (SEQUENCE,), (FLAT,)),
    "masked_lstm": Case(lambda: MaskedLSTM(7, True, seed=0), (SEQUENCE,), (FLAT,)),
    "recurrent_stack": Case(lambda: RecurrentStack(7, "lstm", 2, seeds=range(4)), (SEQUENCE,), (FLAT,)),
    "bidirectional_gru": Case(lambda: FusedGRU(7, True, seed=0), (SEQUENCE,), (FLAT,)),
    "self_attention": Case(lambda: FusedSelfAttention(6, 2, seed=0), (SEQUENCE,), (FLAT,)),
    "transformer_block": Case(lambda: TransformerBlock(6, 2, 8, seed=0), (SEQUENCE,), (FLAT,)),
}
SEQ2SEQ = {
    "multiplicative": {},
    "additive": {"attention": "additive"},
    "scaled_dot": {"attention": "scaled_dot"},
    "position": {"attention": "position"},
    "dot": {"attention": "dot", "bidirectional": False},
    "fixed_vector": {"attention": None, "reverse_source": True},
    "input_feeding": {"input_feeding": True},
    "deep_lstm": {"cell": "lstm", "num_layers": 2, "residual": True},
    "sampled": {"num_sampled": 4},
}
MODELS = {
    f"seq2seq_{name}": Case(
        lambda options=options: Seq2Seq(
            9, 9, units=6, embedding_units=5, dropout_rate=0.2, seed=1, **options
        ),
        (SOURCE, TARGET),
        (SOURCE, TARGET[0]),
    )
    for name, options in SEQ2SEQ.items()
}
MODELS["transformer"] = Case(
    lambda: Transformer(9, 9, 6, 2, 8, num_layers=1, dropout_rate=0.2, seed=1),
    (SOURCE, TARGET),
    (SOURCE, TARGET[0]),
)
MODELS |= {
    f"prefix_language_model_{prefix}": Case(
        lambda prefix=prefix: PrefixLanguageModel(
            9, 6, 2, 8, num_layers=1, dropout_rate=0.2, prefix=prefix, seed=1
        ),
        (SOURCE, TARGET),
        (SOURCE, TARGET[0]),
    )
    for prefix in ("bidirectional", "causal")
}


def first(outputs):
    return tf.cast(tf.nest.flatten(outputs)[0], tf.float32)


@keras.saving.register_keras_serializable(package="tests")
class Wrapper(keras.Model):
    """A model of one layer, with a mean as its output: so that every layer can be fitted and saved alike."""

    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        self.layer = layer

    def call(self, inputs, training=None):
        output = first(self.layer(*inputs))
        return tf.reduce_mean(tf.reshape(output, [tf.shape(output)[0], -1]), axis=1)

    def get_config(self):
        return {"layer": keras.saving.serialize_keras_object(self.layer)}

    @classmethod
    def from_config(cls, config):
        return cls(keras.saving.deserialize_keras_object(config["layer"]))


@pytest.mark.parametrize("name", LAYERS)
def test_layer_fits_saves_and_loads(name, tmp_path):
    case = LAYERS[name]
    model = Wrapper(case.make())
    model.compile("sgd", "mse")
    model(case.inputs)
    before = model.get_weights()
    model.fit(case.inputs, np.ones(4), epochs=1, verbose=0)
    changed = [not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)]
    assert all(changed)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(case.inputs), model(case.inputs))


@pytest.mark.parametrize("name", MODELS)
def test_model_fits_saves_and_loads(name, tmp_path):
    case = MODELS[name]
    model = case.make()
    before = model.get_weights()
    smoothing = 0.0 if name == "seq2seq_sampled" else 0.1
    model.compile(keras.optimizers.Adam(0.01), MaskedCrossEntropy(smoothing))
    model.fit(case.inputs, TARGET, epochs=1, verbose=0)
    assert not all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        loaded.predict(case.inputs, verbose=0), model.predict(case.inputs, verbose=0)
    )
    loaded.fit(case.inputs, TARGET, epochs=1, verbose=0)  # the optimizer's state and the loss came along
    assert loaded.optimizer.iterations.numpy() == 2


@pytest.mark.parametrize("name", [*LAYERS, *MODELS])
def test_config_round_trip(name):
    case = (LAYERS | MODELS)[name]
    made = case.make()
    again = type(made).from_config(made.get_config())
    assert again.get_config() == made.get_config()
    call = (lambda x: x(*case.inputs)) if name in LAYERS else (lambda x: x(case.inputs))
    np.testing.assert_array_equal(
        first(call(again)), first(call(made))
    )  # the seed is part of the configuration


@pytest.mark.parametrize("name", [*LAYERS, *MODELS])
def test_mixed_precision(name):
    case = (LAYERS | MODELS)[name]
    call = (lambda x: x(*case.inputs)) if name in LAYERS else (lambda x: x(case.inputs))
    exact = first(call(case.make()))
    keras.config.set_dtype_policy("mixed_float16")
    try:
        made = case.make()
        with tf.GradientTape() as tape:
            rough = first(call(made))
            loss = tf.reduce_sum(rough)
    finally:
        keras.config.set_dtype_policy("float32")
    assert all(w.dtype == "float32" for w in made.trainable_weights)
    np.testing.assert_allclose(rough, exact, atol=0.05)
    gradients = tape.gradient(loss, made.trainable_weights, unconnected_gradients="zero")
    assert all(np.isfinite(tf.convert_to_tensor(g)).all() for g in gradients)


@pytest.mark.parametrize("name", [*LAYERS, *MODELS])
def test_bad_shapes_are_refused(name):
    case = (LAYERS | MODELS)[name]
    made = case.make()
    with pytest.raises(Exception, match=r"shape|wide|length"):
        made(*case.bad_inputs) if name in LAYERS else made(case.bad_inputs)
