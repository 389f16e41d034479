"""The recurrent language model."""

import keras
import numpy as np
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.layers.embedding import Embedding
from aimass.layers.lstm import FusedLSTM
from aimass.layers.lstm_recurrence import state_dtype
from aimass.layers.sampled_softmax import LOSSES, ExactPerplexity, SampledSoftmax


@keras.saving.register_keras_serializable(package="aimass")
class LanguageModel(keras.Model):
    """Recurrent language model (Mikolov et al. 2010) with long short-term memory and a sampled softmax.

    Ids are embedded, read by ``num_layers`` recurrent layers, and projected to the width of the embeddings, whose table is
    also the output matrix (Press & Wolf 2017). Dropout has one mask for all steps of a batch (Gal & Ghahramani 2016).

    Train it with ``compile(optimizer)`` and ``fit`` on batches (inputs, labels) of consecutive text as
    :class:`aimass.data.streams.StreamBatches` yields them, with ``shuffle=False``: the state after a batch is where the next
    one starts (truncated backpropagation through time), in training and in evaluation; an epoch, and an evaluation, start from zeros. In
    training the loss is the one named by ``loss``. Evaluation reports ``loss`` and ``perplexity`` by the exact softmax over the
    whole vocabulary, whatever the training was by.

    Args:
        vocab_size: number of ids.
        units: width of the recurrent layers.
        embedding_units: width of the embeddings and of the output matrix.
        num_layers: depth.
        loss: ``"sampled_softmax"``, ``"nce"``, ``"negative_sampling"`` or ``"full"``; see :class:`aimass.layers.SampledSoftmax`.
        num_sampled: negatives that all tokens of a batch share.
        proposal: ``"log_uniform"`` (ids by falling frequency), ``"uniform"``, or ``"unigram"``, which needs ``counts``.
        counts: ``[vocab_size]``: how often each id stands in the training text. The output bias starts at the log of their shares, each
            count taken one higher; the unigram proposal is made from them, likewise.
        distortion: exponent of the counts in the proposal.
        subtract_log_q: correct sampled scores by how often their ids are drawn.
        dropout_rate: on embeddings, between layers, and on what the output matrix is multiplied with.
        embedding_dropout: rate at which whole ids are dropped from a batch's inputs.
        recurrent_dropout: rate at which recurrent weights are dropped (Merity et al. 2018).
        tie_embeddings: the embeddings are also the output matrix.
        seed: of initial weights, dropout and samples; ``None`` draws from Keras's global generator.

    The layers take the model's dtype policy: ``dtype="mixed_bfloat16"`` makes it about twice as quick on processors that multiply in it.

    Call arguments:
        inputs: int ``[batch, time]``.
        training: whether dropout is on.

    Output:
        float32 logits ``[batch, time, vocab_size]`` of the token after each, from a state of zeros.

    Raises:
        ParameterError: for an unknown loss, a size below 1, a rate outside ``[0, 1)``, counts of another length, or inputs of another rank.
    """

    def __init__(
        self,
        vocab_size: int,
        units: int = 512,
        embedding_units: int = 256,
        num_layers: int = 1,
        loss: str = "sampled_softmax",
        num_sampled: int = 1024,
        proposal: str = "log_uniform",
        counts=None,
        distortion: float = 1.0,
        subtract_log_q: bool = True,
        dropout_rate: float = 0.3,
        embedding_dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        tie_embeddings: bool = True,
        seed: int | None = 0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self._config = {
            "vocab_size": vocab_size,
            "units": units,
            "embedding_units": embedding_units,
            "num_layers": num_layers,
            "loss": loss,
            "num_sampled": num_sampled,
            "proposal": proposal,
            "counts": None if counts is None else np.asarray(counts).tolist(),
            "distortion": distortion,
            "subtract_log_q": subtract_log_q,
            "dropout_rate": dropout_rate,
            "embedding_dropout": embedding_dropout,
            "recurrent_dropout": recurrent_dropout,
            "tie_embeddings": tie_embeddings,
            "seed": seed,
        }
        _check(self._config)
        self.supports_jit = False  # draws and row-sparse gradients are not for XLA
        self._create_layers()
        self._build_layers()
        self.perplexity = ExactPerplexity()
        # Where the streams stand, per layer the hidden state and the cell: no weights, for every epoch starts anew.
        self._carried = [
            tf.Variable(self._zeros(0), shape=[2, None, units], trainable=False) for _ in range(num_layers)
        ]

    def _create_layers(self):
        config, seeds = self._config, _seeds(self._config["seed"])
        width, policy = config["embedding_units"], {"dtype": self.dtype_policy}
        uniform = keras.initializers.RandomUniform(-0.1, 0.1, seed=next(seeds))
        self.embedding = Embedding(config["vocab_size"], width, uniform, name="embedding", **policy)
        self.recurrent = [
            FusedLSTM(config["units"], config["recurrent_dropout"], next(seeds), name=f"lstm_{i}", **policy)
            for i in range(config["num_layers"])
        ]
        self.dropouts = [
            keras.layers.Dropout(
                config["dropout_rate"],
                noise_shape=(None, 1, None),
                seed=next(seeds),
                name=f"dropout_{i}",
                **policy,
            )
            for i in range(config["num_layers"] + 1)
        ]
        self.word_dropout = keras.layers.Dropout(
            config["embedding_dropout"], seed=next(seeds), name="word_dropout", **policy
        )
        self.projection = keras.layers.Dense(
            width,
            kernel_initializer=keras.initializers.GlorotUniform(next(seeds)),
            name="projection",
            **policy,
        )
        self.head = SampledSoftmax(
            config["vocab_size"],
            min(config["num_sampled"], config["vocab_size"]),
            loss=config["loss"],
            proposal=config["proposal"],
            counts=self._counts() if config["proposal"] == "unigram" else None,
            distortion=config["distortion"],
            subtract_log_q=config["subtract_log_q"],
            tied_to=self.embedding if config["tie_embeddings"] else None,
            kernel_initializer=keras.initializers.RandomUniform(-0.1, 0.1, seed=next(seeds)),
            endpoint=False,
            seed=next(seeds),
            name="head",
            **policy,
        )

    def _counts(self):
        """Counts, each one higher, so that no id is impossible."""
        return np.asarray(self._config["counts"], float) + 1

    def _build_layers(self):
        """Create all weights at once: every width is known."""
        units, width = self._config["units"], self._config["embedding_units"]
        for i, layer in enumerate(self.recurrent):
            layer.build((None, None, units if i else width))
        self.projection.build((None, None, units))
        self.head.build((None, None, width))
        if self._config["counts"] is not None:
            self.head.bias.assign(np.log(self._counts() / self._counts().sum()))
        self.built = True

    def build(self, input_shape=None):
        """All weights exist since ``__init__``."""

    @property
    def units(self) -> int:
        """Width of the recurrent layers."""
        return self._config["units"]

    def features(self, inputs, states=None, training=False):
        """What the output matrix is multiplied with.

        Args:
            inputs: int ``[batch, time]``.
            states: of each layer ``[2, batch, units]``: hidden state and cell, as this method returns them; zeros when ``None``.
            training: whether dropout is on.

        Returns:
            ``[batch, time, embedding_units]`` in the compute dtype, and the states after the last step.
        """
        if len(inputs.shape) != 2:
            raise ParameterError(f"LanguageModel: ids of shape {tuple(inputs.shape)}; expected [batch, time]")
        values = self.embedding(inputs)
        if training and self._config["embedding_dropout"]:
            kept = self.word_dropout(tf.ones([self._config["vocab_size"], 1], values.dtype), training=True)
            values *= tf.gather(kept, inputs)
        states = states or [None] * len(self.recurrent)
        after = []
        for layer, dropout, state in zip(self.recurrent, self.dropouts, states, strict=False):
            initial = None if state is None else (state[0], state[1])
            values, pair = layer(dropout(values, training=training), initial_state=initial, training=training)
            after.append(tf.stack(pair))
        return self.dropouts[-1](self.projection(values), training=training), after

    def call(self, inputs, training=False):
        """Logits of the token after each; see the class for shapes."""
        return self.head.logits(self.features(inputs, training=training)[0])

    def token_losses(self, inputs, labels, states=None):
        """Negative log-likelihood of each label by the exact softmax.

        Args:
            inputs: int ``[batch, time]``.
            labels: int ``[batch, time]``.
            states: see :meth:`features`.

        Returns:
            float32 ``[batch, time]``, nats, and the states after the last step.
        """
        features, after = self.features(inputs, states)
        return self.head(features, labels, training=False), after

    def train_step(self, data):
        """One update; called by ``fit``."""
        inputs, labels = _unpack(data)
        with tf.GradientTape() as tape:
            features, after = self.features(inputs, self._states(inputs), training=True)
            loss = tf.reduce_mean(self.head(features, labels, training=True))
            scaled = self.optimizer.scale_loss(loss)
        weights = self.trainable_weights
        gradients = tape.gradient(scaled, weights)
        self.optimizer.apply_gradients(zip(gradients, weights, strict=True))
        self._carry(after)
        self._loss_tracker.update_state(loss, sample_weight=tf.size(labels))
        return {"loss": self._loss_tracker.result()}

    def test_step(self, data):
        """Exact losses of one batch; called by ``evaluate``."""
        inputs, labels = _unpack(data)
        losses, after = self.token_losses(inputs, labels, self._states(inputs))
        self._carry(after)
        self._loss_tracker.update_state(tf.reduce_mean(losses), sample_weight=tf.size(labels))
        self.perplexity.update_state(
            tf.reshape(losses, [-1])
        )  # each token counts alike, also in a shorter batch
        return self.get_metrics_result()

    def fit(self, *args, callbacks=None, **kwargs):
        """Keras's ``fit``, each epoch from a state of zeros."""
        return super().fit(*args, callbacks=_with_fresh_state(callbacks), **kwargs)

    def evaluate(self, *args, callbacks=None, **kwargs):
        """Keras's ``evaluate``, from a state of zeros."""
        return super().evaluate(*args, callbacks=_with_fresh_state(callbacks), **kwargs)

    def reset_states(self):
        """Let the next batch start from zeros; ``fit`` does it before each epoch, ``evaluate`` before its first batch."""
        for carried in self._carried:
            carried.assign(self._zeros(0))

    def _zeros(self, batch):
        return tf.zeros([2, batch, self._config["units"]], state_dtype(self.compute_dtype))

    def _states(self, inputs):
        """Where the streams stand; zeros where other streams came before."""
        batch = tf.shape(inputs)[0]
        states = []
        for carried in self._carried:
            state = tf.convert_to_tensor(carried)
            same = tf.equal(tf.shape(state)[1], batch)
            states.append(tf.cond(same, lambda state=state: state, lambda: self._zeros(batch)))
            states[-1].set_shape([2, inputs.shape[0], self._config["units"]])
        return states

    def _carry(self, states):
        for carried, state in zip(self._carried, states, strict=True):
            carried.assign(state)

    def save_own_variables(self, store):
        """Where the dropouts' random numbers stand: Keras leaves it out, and a resumed training would draw others."""
        for name, state in self._dropout_states():
            store[name] = state.numpy()

    def load_own_variables(self, store):
        """What :meth:`save_own_variables` wrote; the weights belong to the layers."""
        for name, state in self._dropout_states():
            state.assign(store[name])

    def _dropout_states(self):
        layers = [*self.dropouts, self.word_dropout, *self.recurrent]
        return [(layer.name, layer.seed_generator.state) for layer in layers if _rate(layer)]

    def get_config(self):
        """Arguments of ``__init__``."""
        return {**super().get_config(), **self._config}


class _FreshState(keras.callbacks.Callback):
    """Streams start anew with every epoch and every evaluation."""

    def on_epoch_begin(self, epoch, logs=None):
        """Before an epoch."""
        self.model.reset_states()

    def on_test_begin(self, logs=None):
        """Before an evaluation, also of one within ``fit``."""
        self.model.reset_states()


def _with_fresh_state(callbacks):
    if isinstance(callbacks, keras.callbacks.CallbackList):
        return callbacks  # an evaluation within fit, whose list holds it
    return [_FreshState(), *tf.nest.flatten(callbacks if callbacks is not None else [])]


def _rate(layer):
    return layer.recurrent_dropout if isinstance(layer, FusedLSTM) else layer.rate


def _seeds(seed: int | None):
    """Independent seeds, in the order they are asked for; ``None`` forever if there is no first one."""
    generator = None if seed is None else np.random.default_rng(seed)
    while True:
        yield None if generator is None else int(generator.integers(2**31))


def _check(config: dict) -> None:
    for name in ("vocab_size", "units", "embedding_units", "num_layers", "num_sampled"):
        if config[name] < 1:
            raise ParameterError(f"LanguageModel: {name} is {config[name]}; it must be at least 1")
    for name in ("dropout_rate", "embedding_dropout", "recurrent_dropout"):
        if not 0 <= config[name] < 1:
            raise ParameterError(f"LanguageModel: {name} is {config[name]}; expected 0 <= {name} < 1")
    if config["loss"] not in LOSSES:
        raise ParameterError(
            f"LanguageModel: loss is {config['loss']!r}; expected one of {', '.join(LOSSES)}"
        )
    if config["proposal"] not in ("log_uniform", "uniform", "unigram"):
        raise ParameterError(
            f"LanguageModel: proposal is {config['proposal']!r}; expected 'log_uniform', 'uniform' or 'unigram'"
        )
    if config["proposal"] == "unigram" and config["counts"] is None:
        raise ParameterError("LanguageModel: the unigram proposal needs counts")
    if config["counts"] is not None and np.shape(config["counts"]) != (config["vocab_size"],):
        raise ParameterError(
            f"LanguageModel: counts of shape {np.shape(config['counts'])} for {config['vocab_size']} ids; give one count an id"
        )


def _unpack(data):
    inputs, labels, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    if labels is None or sample_weight is not None:
        raise ParameterError("LanguageModel: fit on (inputs, labels), without sample weights")
    return inputs, labels
