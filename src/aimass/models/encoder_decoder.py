"""What all models that write one sequence from another share: the loss at real tokens, the reports, and the interface to a search."""

from functools import partial

import keras
import numpy as np
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.layers.output_softmax import output_cross_entropy_in_parts
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
        self.sampled_softmax = None  # or a layer by which a subclass trains
        self.output_dropout = None  # or a layer for the output vectors in training
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

    def output_vectors(self, features):
        """``[..., units]`` from the features that :meth:`decode` returns, without :attr:`output_dropout`."""
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
        vectors = self.output_vectors(self.decode(target_in, memory, states, training=training)[0])
        if self.output_dropout is not None:
            vectors = self.output_dropout(vectors, training=training)
        return self.logits(vectors)

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
        loss, nll, gradients = self._gradients(inputs, labels)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
        report = self._report(loss, nll)
        del report["token_accuracy"]  # it would take one more pass over all logits
        return report

    def test_step(self, data):
        """Losses and metrics of one batch; called by ``evaluate``."""
        inputs, labels = self._unpack(data)
        source, target_in = self._pair(inputs)
        features, _ = self.decode(target_in, *self.encode(source))
        places, count = _real_places(labels)
        labels = _flat_rows(labels, places)
        vectors = self.output_vectors(_flat_rows(features, places))
        loss, nll, correct = self._score(inputs, vectors, labels, count, training=False)
        self.token_accuracy.update_state(correct)
        return self._report(loss, nll)

    def _gradients(self, inputs, labels):
        """The loss, the negative log-likelihood of every real token, and the gradients at the trainable weights."""
        usual = isinstance(self.loss, MaskedCrossEntropy) and self._compile_metrics is None
        source, target_in = self._pair(inputs)
        # Products of ever new shapes are slow, for each shape has its code generated.
        places, count = _real_places(labels, TOKENS_MULTIPLE)
        labels = _flat_rows(labels, places)  # [tokens]
        with tf.GradientTape() as tape:
            memory, states = self.encode(source, training=True)
            # Not before the source is read: while a recurrent decoder goes step by step, which keeps one thread busy, another has time for these.
            with tf.control_dependencies(tf.nest.flatten(states)):
                matrix = tf.convert_to_tensor(self.output_matrix)
                mask = self._output_mask(tf.size(places))
            features, _ = self.decode(target_in, memory, states, training=True)
            features = _rows(tf.reshape(features, [-1, features.shape[-1]]), places, count)
            # In halves, as the softmax: side by side.
            vectors = tf.concat([self.output_vectors(half) for half in tf.split(features, 2)], 0)
            if mask is not None:
                vectors *= mask
            if usual and self.sampled_softmax is None:
                return self._gradients_by_hand(tape, features, vectors, matrix, labels, count)
            if usual:
                nll = self._sampled_losses(vectors, labels)[:count]
                loss = tf.reduce_mean(nll)
            else:
                loss, nll, _ = self._score(inputs, vectors, labels, count, training=True)
            scaled = self.optimizer.scale_loss(loss)
        return loss, nll, tape.gradient(scaled, self.trainable_weights)

    def _output_mask(self, tokens):
        """What to multiply output vectors ``[tokens, units]`` by, for dropout."""
        if self.output_dropout is None or not self.output_dropout.rate:
            return None
        ones = tf.ones([tokens, self.output_matrix.shape[1]], self.compute_dtype)
        return self.output_dropout(ones, training=True)

    def _gradients_by_hand(self, tape, features, vectors, matrix, labels, count):
        """As :meth:`_gradients`, with what is quicker without the tape: the softmax, and the sum of all gradients at the output matrix."""
        weights = self.trainable_weights
        with tape.stop_recording():
            losses, nll, backward = output_cross_entropy_in_parts(
                vectors, matrix, labels, self.loss.label_smoothing
            )
            share = self.optimizer.scale_loss(1 / tf.cast(count, tf.float32))
            at_vectors, at_matrix = backward(tf.where(tf.range(tf.size(nll)) < count, share, 0.0))
            *gradients, at_features = tape.gradient(
                vectors, [*weights, features], output_gradients=at_vectors
            )
            for i, weight in enumerate(weights):
                if weight is self.output_matrix:
                    # While a recurrent decoder goes back step by step, which keeps one thread busy, another has time for this.
                    with tf.control_dependencies([at_features]):
                        gradients[i] = _sum_of(at_matrix(), gradients[i])
        return tf.reduce_mean(losses[:count]), nll[:count], gradients

    def _score(self, inputs, vectors, labels, count, training):
        """The loss, and of every real token the negative log-likelihood and whether it is the likeliest."""
        vectors, labels = vectors[:count], labels[:count]
        logits = self.logits(vectors)
        loss = self.compute_loss(x=inputs, y=labels, y_pred=logits, training=training)
        self.compute_metrics(inputs, labels, logits)
        correct = tf.equal(tf.argmax(logits, axis=-1, output_type=labels.dtype), labels)
        return loss, token_nll(labels, logits), correct

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


def _real_places(labels, multiple_of=1):
    """Where real labels stand among all of them, ``[tokens]``, up to a multiple by some that do not count; and how many count."""
    places = tf.where(tf.reshape(tf.not_equal(labels, 0), [-1]))[:, 0]
    count = tf.size(places)
    return tf.pad(places, [[0, -count % multiple_of]]), count


def _flat_rows(values, places):
    """``[tokens, ...]`` of ``[batch, time, ...]``."""
    return tf.gather(tf.reshape(values, tf.concat([[-1], tf.shape(values)[2:]], 0)), places)


def _rows(values, places, count):
    """``values[places]``, where the first ``count`` places increase and the others do not count.

    Of increasing places the gradient is a gather too: quicker than a sum over all that may name a row.
    """

    @tf.custom_gradient
    def run(values):
        def gradient(upstream):
            size = tf.shape(values)[0]
            origin = tf.scatter_nd(places[:count, None], tf.range(1, count + 1), [size])  # 0: of none
            return tf.gather(tf.pad(upstream[:count], [[1, 0], [0, 0]]), origin)

        return tf.gather(values, places), gradient

    return run(values)


def _sum_of(dense, other):
    """Of two gradients at one matrix: of the products with it, and of the rows that were looked up in it or ``None``.

    The tape would make a second dense gradient of the rows.
    """
    if other is None:
        return dense
    if not isinstance(other, tf.IndexedSlices):
        return dense + other
    return tf.tensor_scatter_nd_add(dense, other.indices[:, None], tf.cast(other.values, dense.dtype))


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
