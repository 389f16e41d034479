"""What all models that write one sequence from another share: the loss at real tokens, the reports, and the interface to a search."""

from functools import partial

import keras
import numpy as np
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.layers.output_softmax import output_cross_entropy
from aimass.losses import MaskedCrossEntropy, TokenPerplexity, token_nll

TOKENS_MULTIPLE = 128


class EncoderDecoder(keras.Model):
    """Base of :class:`aimass.models.Seq2Seq`, :class:`aimass.models.Transformer` and :class:`aimass.models.PrefixLanguageModel`.

    A subclass says how a source is read (:meth:`encode`), how a target is read (:meth:`decode`), how features become output vectors
    (:meth:`output_vectors`), and how one step of a search goes (:meth:`begin`, :meth:`step`). The products of an output vector with the rows of
    :attr:`output_matrix` are the logits.

    Train it with ``compile(optimizer, loss=MaskedCrossEntropy(...))`` and ``fit`` on batches ``((source, target_in), target_out)`` as
    :class:`aimass.data.batches.PairBatches` yields them (with ``shuffle=False``, for they come shuffled, and ``steps_per_epoch``). Training and
    evaluation compute logits at real target positions only, and any compiled loss or metric is given these positions, flattened: labels
    ``[tokens]``, logits ``[tokens, vocab_size]``. Besides the loss the model reports ``perplexity`` (without smoothing) and, in evaluation,
    ``token_accuracy``.

    Call arguments:
        inputs: a pair ``(source, target_in)`` of int arrays ``[batch, source_length]`` and ``[batch, target_length]``, padded with 0 on the
            right; ``target_in`` starts with the begin of sequence.
        training: whether dropout is on.

    Output:
        float32 logits ``[batch, target_length, target_vocab_size]``.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_jit = False  # the number of real tokens differs from batch to batch
        self.perplexity = TokenPerplexity()
        self.token_accuracy = keras.metrics.Mean(name="token_accuracy")

    def build(self, input_shape=None):
        """All weights exist since ``__init__``."""

    # ---- what a subclass defines

    @property
    def output_matrix(self):
        """``[target_vocab_size, units]``: its rows' products with the output vectors are the logits."""
        raise NotImplementedError

    def encode(self, source, training=False):
        """Read the source.

        Args:
            source: int ``[batch, source_length]``.
            training: whether dropout is on.

        Returns:
            A tuple ``(memory, states)``: what the decoder can look at in every step, and where it starts; nests of tensors ``[batch, ...]``.
        """
        raise NotImplementedError

    def decode(self, target_in, memory, states, training=False):
        """Read the target, look at the source.

        Args:
            target_in: int ``[batch, target_length]``.
            memory, states: from :meth:`encode`.
            training: whether dropout is on.

        Returns:
            A tuple ``(features, weights)``: what :meth:`output_vectors` takes, ``[batch, target_length, ...]``, and the attention's weights on the
            source, float32 ``[batch, target_length, source_length]``, or ``None``.
        """
        raise NotImplementedError

    def output_vectors(self, features, training=False):
        """``[..., units]`` from the features that :meth:`decode` returns."""
        raise NotImplementedError

    def begin(self, source, max_length):
        """Read sources before a search.

        Args:
            source: int ``[batch, source_length]``.
            max_length: int32 scalar: most steps that the search will take.

        Returns:
            A tuple ``(memory, states)`` for :meth:`step`; states are a nest of tensors ``[batch, ...]`` (a search adds the axis of its beam).
        """
        return self.encode(source)

    def step(self, tokens, states, memory, position=0, matrix=None):
        """One step of the decoder for several hypotheses a sentence, for :mod:`aimass.decoding`.

        Args:
            tokens: int ``[batch, beam]``: the last token of each hypothesis.
            states: nest of tensors ``[batch, beam, ...]``.
            memory: from :meth:`begin`; shared by the hypotheses of a sentence.
            position: how many tokens stand before ``tokens``.
            matrix: from :meth:`narrow_output_matrix`, if it is computed already.

        Returns:
            A tuple: float32 logits ``[batch, beam, target_vocab_size]`` of the next token, the new states, and the attention's weights on the
            source, float32 ``[batch, beam, source_length]``, or ``None``.
        """
        raise NotImplementedError

    # ---- what all share

    @property
    def target_vocab_size(self) -> int:
        """Number of target ids, the special ones included."""
        return int(self.output_matrix.shape[0])

    def narrow_output_matrix(self):
        """The output matrix in the dtype that its products are computed in."""
        return tf.cast(tf.convert_to_tensor(self.output_matrix), self.compute_dtype)

    def stepper(self):
        """:meth:`step` for one search: what is the same in all its steps is computed here, once."""
        return partial(self.step, matrix=self.narrow_output_matrix())

    def logits(self, vectors, matrix=None):
        """float32 logits ``[..., target_vocab_size]`` of output vectors; ``matrix`` as of :meth:`step`."""
        matrix = self.narrow_output_matrix() if matrix is None else matrix
        flat = tf.reshape(vectors, [-1, vectors.shape[-1]])
        flat = tf.cast(tf.matmul(flat, matrix, transpose_b=True), tf.float32)
        return tf.reshape(flat, tf.concat([tf.shape(vectors)[:-1], [matrix.shape[0]]], 0))

    def call(self, inputs, training=False):
        """Logits at every target position; see the class for shapes."""
        source, target_in = self._pair(inputs)
        memory, states = self.encode(source, training=training)
        features, _ = self.decode(target_in, memory, states, training=training)
        return self.logits(self.output_vectors(features, training=training))

    def alignments(self, inputs):
        """The attention's weights on the source while the model reads a given target.

        Args:
            inputs: as of a call.

        Returns:
            float32 ``[batch, target_length, source_length]``: row ``t`` is used to predict the token after ``target_in[t]``.

        Raises:
            ParameterError: if the model has no attention on the source.
        """
        source, target_in = self._pair(inputs)
        memory, states = self.encode(source)
        weights = self.decode(target_in, memory, states)[1]
        if weights is None:
            raise ParameterError(
                f"{type(self).__name__}: it has no attention on the source, so there are no alignments; choose an attention"
            )
        return weights

    def train_step(self, data):
        """One update; called by ``fit``."""
        inputs, labels = self._unpack(data)
        with tf.GradientTape() as tape:
            loss, nll, _ = self._score_tokens(inputs, labels, training=True)
            scaled = self.optimizer.scale_loss(loss) if self.optimizer is not None else loss
        weights = self.trainable_weights
        self.optimizer.apply_gradients(zip(tape.gradient(scaled, weights), weights, strict=True))
        report = self._report(loss, nll)
        del report["token_accuracy"]  # it would take one more pass over all logits
        return report

    def test_step(self, data):
        """Losses and metrics of one batch; called by ``evaluate``."""
        inputs, labels = self._unpack(data)
        loss, nll, correct = self._score_tokens(inputs, labels, training=False)
        self.token_accuracy.update_state(correct)
        return self._report(loss, nll)

    def _score_tokens(self, inputs, labels, training):
        """The loss, and of every real token the negative log-likelihood and (in evaluation) whether it is the likeliest."""
        source, target_in = self._pair(inputs)
        memory, states = self.encode(source, training=training)
        features, _ = self.decode(target_in, memory, states, training=training)
        real = tf.where(tf.reshape(tf.not_equal(labels, 0), [-1]))[:, 0]
        count = tf.size(real)
        if training:
            # A few more rows, which do not count: products of ever new shapes are slow, for each shape has its code generated.
            real = tf.pad(real, [[0, -count % TOKENS_MULTIPLE]])
        labels = tf.gather(tf.reshape(labels, [-1]), real)  # [tokens]
        features = tf.gather(tf.reshape(features, [-1, features.shape[-1]]), real)
        vectors = self.output_vectors(features, training=training)
        if training and isinstance(self.loss, MaskedCrossEntropy) and self._compile_metrics is None:
            losses, nll = self._training_losses(vectors, labels, self.loss.label_smoothing)
            return tf.reduce_mean(losses[:count]), nll[:count], None
        vectors, labels = vectors[:count], labels[:count]
        logits = self.logits(vectors)
        loss = self.compute_loss(x=inputs, y=labels, y_pred=logits, training=training)
        self.compute_metrics(inputs, labels, logits)
        correct = tf.equal(tf.argmax(logits, axis=-1, output_type=labels.dtype), labels)
        return loss, token_nll(labels, logits), correct

    def _training_losses(self, vectors, labels, label_smoothing):
        """Of every token the loss to descend, and the negative log-likelihood to report, both float32 ``[tokens]``."""
        return output_cross_entropy(
            vectors, tf.convert_to_tensor(self.output_matrix), labels, label_smoothing
        )

    def _report(self, loss, nll):
        self._loss_tracker.update_state(loss, sample_weight=tf.shape(nll)[0])
        self.perplexity.update_state(nll)
        return self.get_metrics_result()

    def save_own_variables(self, store):
        """Where the dropouts' random numbers stand: Keras leaves it out, and a resumed training would draw others."""
        for name, state in self._dropout_states():
            store[name] = state.numpy()

    def load_own_variables(self, store):
        """What :meth:`save_own_variables` wrote; the weights belong to the layers."""
        for name, state in self._dropout_states():
            state.assign(store[name])

    def _dropout_states(self):
        dropouts = [layer for layer in self._flatten_layers() if isinstance(layer, keras.layers.Dropout)]
        return [(f"{i}_{d.name}", d.seed_generator.state) for i, d in enumerate(dropouts) if d.rate]

    def _pair(self, inputs):
        if (
            not isinstance(inputs, (tuple, list))
            or len(inputs) != 2
            or any(len(x.shape) != 2 for x in inputs)
        ):
            raise ParameterError(
                f"{type(self).__name__}: expected a pair (source, target_in) of id arrays [batch, length]; got "
                + str([tuple(x.shape) for x in tf.nest.flatten(inputs)])
            )
        return inputs

    def _unpack(self, data):
        inputs, labels, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        if labels is None or sample_weight is not None:
            raise ParameterError(
                f"{type(self).__name__}: fit on ((source, target_in), target_out), without sample weights"
            )
        return inputs, labels


class Seeds:
    """Independent seeds, in the order they are asked for; ``None`` forever if there is no first one.

    Args:
        seed: the first one.
    """

    def __init__(self, seed: int | None):
        self._generator = None if seed is None else np.random.default_rng(seed)

    def next(self) -> int | None:
        """The next seed."""
        return None if self._generator is None else int(self._generator.integers(2**31))


def check_sizes(owner: str, config: dict, sizes: tuple[str, ...], rates: tuple[str, ...]) -> None:
    """Refuse sizes below 1, and rates outside ``[0, 1)``.

    Raises:
        ParameterError: naming the owner and what was received.
    """
    for name in sizes:
        if config[name] < 1:
            raise ParameterError(f"{owner}: {name} is {config[name]}; it must be at least 1")
    for name in rates:
        if not 0 <= config[name] < 1:
            raise ParameterError(f"{owner}: {name} is {config[name]}; expected 0 <= {name} < 1")
