"""A softmax output layer over a large vocabulary, trained on a sample of it."""

import random

import keras
import numpy as np
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.layers.embedding import Embedding, table_of
from aimass.layers.full_softmax import blockwise_log_sum_exp, log_sum_exp
from aimass.layers.proposals import LOG_UNIFORM, Proposal, draw_distinct, log_expected_count
from aimass.layers.sampled_losses import sampled_loss
from aimass.losses import TokenPerplexity

FULL, SAMPLED, NCE, NEGATIVE = "full", "sampled_softmax", "nce", "negative_sampling"
LOSSES = (FULL, SAMPLED, NCE, NEGATIVE)


@keras.saving.register_keras_serializable(package="aimass")
class ExactPerplexity(TokenPerplexity):
    """Perplexity by the full softmax; NaN as long as nothing was evaluated, for a sampled loss does not tell it."""

    def result(self):
        """The perplexity so far, or NaN."""
        return tf.where(self.count > 0, super().result(), np.nan)


@keras.saving.register_keras_serializable(package="aimass")
class SampledSoftmax(keras.layers.Layer):
    """Output projection and loss for a vocabulary so large that the full softmax would be most of a training step.

    In training, each batch draws ``num_sampled`` classes that all of its tokens share as negatives, and the loss is over them and the true
    class (Bengio & Senécal 2008; Jean et al. 2015). Kernel and bias are gathered by rows and their gradients are row-sparse: with an
    optimizer of :mod:`aimass.optimizers` the step's cost does not depend on ``vocab_size``. In evaluation and prediction, the
    softmax is exact, computed in blocks of ``block_size`` classes.

    With labels the layer is the end of a model: it adds its mean loss to the model's losses, so that ``compile(optimizer)`` and ``fit`` need no
    other, and evaluation reports ``perplexity`` by the full softmax.

    Args:
        vocab_size: number of classes, at least 2.
        num_sampled: negatives a batch, at least 1; with ``unique``, at most the number of classes that the proposal can reach. ``vocab_size`` of them
            are all classes, once each: the sampled softmax then equals the full one.
        loss: ``"sampled_softmax"``; ``"nce"``, noise contrastive estimation (Gutmann & Hyvärinen 2010, Mnih & Teh 2012);
            ``"negative_sampling"`` (Mikolov et al. 2013), which is NCE without the correction, and whose scores are no log-probabilities; or
            ``"full"``.
        proposal: ``"log_uniform"``, for ids ordered by falling frequency; ``"uniform"``; ``"unigram"``, by ``counts``; or
            probabilities ``[vocab_size]``. See :class:`aimass.layers.proposals.Proposal`.
        counts: ``[vocab_size]`` for ``"unigram"``.
        distortion: exponent of the counts.
        unique: draw without repetition, as TensorFlow's samplers do by default; otherwise independently.
        subtract_log_q: correct each score by the log of its class's expected count (sampled softmax and NCE).
        remove_accidental_hits: a true class that is drawn as a negative does not count as one. ``None``: as ``unique``, for hits must stay in independent
            draws: a class that is expected more than once is there to stand for its whole share (chapter 2.4 shows the bias).
        num_true: true classes of a token; labels then have one axis more.
        use_bias: add a bias to each class.
        tied_to: an :class:`Embedding` whose table is the kernel, too (Press & Wolf 2017).
        kernel_initializer, bias_initializer: of the weights, but for a tied kernel.
        block_size: classes at a time in evaluation.
        endpoint: add the mean loss to the model's, and report ``perplexity``.
        seed: of the draws; each batch draws anew, and how far they have come is saved with the layer.

    Call arguments:
        features: ``[..., units]``.
        labels: ints ``[...]`` (``[..., num_true]`` for several), from 0 to ``vocab_size - 1``. Without them the layer returns logits.
        sample_weight: ``[...]``: of each token.
        mask: bool ``[...]``: tokens that count; Keras passes on that of the features.
        training: train on a sample.

    Output:
        With labels, float32 ``[...]``: in training the loss of each token, in evaluation its negative log-likelihood by the full softmax
        (the mean over its true classes), in nats; 0 where the mask is False. Without labels, float32 logits ``[..., vocab_size]``.

    Raises:
        ParameterError: for arguments out of range, or shapes that don't fit.
        tf.errors.InvalidArgumentError: for a label out of range, or features that are not finite: both in training and evaluation.
    """

    def __init__(
        self,
        vocab_size: int,
        num_sampled: int = 1024,
        loss: str = SAMPLED,
        proposal=LOG_UNIFORM,
        counts=None,
        distortion: float = 1.0,
        unique: bool = True,
        subtract_log_q: bool = True,
        remove_accidental_hits: bool | None = None,
        num_true: int = 1,
        use_bias: bool = True,
        tied_to: Embedding | None = None,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        block_size: int = 8192,
        endpoint: bool = True,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self._config = {
            "vocab_size": vocab_size,
            "num_sampled": num_sampled,
            "loss": loss,
            "proposal": proposal if isinstance(proposal, str) else np.asarray(proposal, float).tolist(),
            "counts": None if counts is None else np.asarray(counts, float).tolist(),
            "distortion": distortion,
            "unique": unique,
            "subtract_log_q": subtract_log_q,
            "remove_accidental_hits": unique if remove_accidental_hits is None else remove_accidental_hits,
            "num_true": num_true,
            "use_bias": use_bias,
            "block_size": block_size,
            "endpoint": endpoint,
            "seed": seed,
        }
        self.vocab_size, self.num_sampled, self.loss_name = vocab_size, num_sampled, loss
        self.tied_to = tied_to
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.supports_masking = True
        _check(self._config, tied_to)
        self.proposal = Proposal(proposal, vocab_size, counts, distortion)
        if loss != FULL and unique and num_sampled > self.proposal.reachable:
            raise ParameterError(
                f"SampledSoftmax: num_sampled is {num_sampled}, but the proposal reaches {self.proposal.reachable} of {vocab_size} classes; "
                "draw fewer, or with unique=False"
            )
        self._first_seed = random.randint(1, 10**9) if seed is None else seed
        self.perplexity = ExactPerplexity() if endpoint else None

    def build(self, features_shape, labels_shape=None):
        """Create kernel, bias, and the proposal's tables."""
        units = features_shape[-1]
        if units is None:
            raise ParameterError("SampledSoftmax: the last axis of features has no fixed width")
        if self.tied_to is None:
            shape = (self.vocab_size, units)
            self.kernel = self.add_weight(shape, self.kernel_initializer, name="kernel", autocast=False)
        elif self.tied_to.output_dim != units:
            raise ParameterError(
                f"SampledSoftmax: features of shape {tuple(features_shape)} are {units} wide, the embedding tied to {self.tied_to.output_dim}"
            )
        if self._config["use_bias"]:
            self.bias = self.add_weight(
                (self.vocab_size,), self.bias_initializer, name="bias", autocast=False
            )
        # A weight, not a SeedGenerator, whose state a saved model does not hold: training resumes with the draws that would have come.
        self._draws = self.add_weight(
            (2,), _constant([self._first_seed, 0]), name="draws", dtype="int32", trainable=False, aggregation="only_first_replica",
        )  # fmt: skip
        probabilities = self.proposal.probabilities
        if probabilities is not None and self.loss_name != FULL:
            with np.errstate(divide="ignore"):
                log_q = np.log(probabilities)
            self._cumulative = self._table(self.proposal.cumulative, "cumulative", "float64")
            self._log_q = self._table(log_q, "log_q", "float32")
        else:
            self._cumulative = self._log_q = None
        self.built = True

    def _table(self, values, name, dtype):
        return self.add_weight(
            values.shape, _constant(values), name=name, dtype=dtype, trainable=False, autocast=False
        )

    @property
    def output_table(self) -> tf.Variable:
        """``[vocab_size, units]``: the kernel, or the table of the embedding that it is tied to."""
        return table_of(self.kernel if self.tied_to is None else self.tied_to.embeddings)

    def rows(self, ids):
        """Kernel ``[..., units]`` in the compute dtype, and bias float32 ``[...]``, of ids ``[...]``."""
        kernel = tf.cast(tf.gather(self.output_table, ids), self.compute_dtype)
        bias = tf.gather(table_of(self.bias), ids) if self._config["use_bias"] else tf.zeros(tf.shape(ids))
        return kernel, bias

    def call(self, features, labels=None, sample_weight=None, mask=None, training=False):
        """Loss of each token, or logits without labels; see the class."""
        features = tf.cast(features, self.compute_dtype)
        if labels is None:
            return self.logits(features)
        lead = tf.shape(features)[:-1]
        flat = tf.reshape(features, [-1, features.shape[-1]])
        labels = self._checked_labels(features, labels)
        flat = _finite(flat)
        losses = self.training_loss(flat, labels) if training else self.negative_log_likelihood(flat, labels)
        weights = _weights(mask, sample_weight, tf.size(losses))
        if self._config["endpoint"]:
            self._report(losses, weights, training)
        if mask is not None:
            losses *= tf.cast(tf.reshape(mask, [-1]), losses.dtype)
        return tf.reshape(losses, lead)

    def training_loss(self, features, labels):
        """Loss of each token on a fresh sample.

        Args:
            features: ``[tokens, units]``.
            labels: int32 ``[tokens, num_true]``.

        Returns:
            float32 ``[tokens]``.
        """
        if self.loss_name == FULL:
            kernel = tf.cast(tf.convert_to_tensor(self.output_table), features.dtype)
            bias = (
                tf.convert_to_tensor(table_of(self.bias))
                if self._config["use_bias"]
                else tf.zeros([self.vocab_size])
            )
            return log_sum_exp(features, kernel, bias) - self._mean_true_logit(features, labels)
        sampled, tries = self.sample()
        together = tf.concat([tf.reshape(labels, [-1]), sampled], axis=0)
        kernel, offset = self.rows(together)  # one gather, so that there is one row-sparse gradient
        if self._config["subtract_log_q"] and self.loss_name != NEGATIVE:
            offset -= self.log_expected_count(together, tries)
            offset = _possible(offset)
        sizes = [tf.size(labels), self.num_sampled]  # split, not slices: the gradient of a split is one concatenation
        true_kernel, sampled_kernel = tf.split(kernel, sizes)
        true_offset, sampled_offset = tf.split(offset, sizes)
        return sampled_loss(
            features,
            tf.reshape(true_kernel, [-1, labels.shape[1], features.shape[-1]]),
            tf.reshape(true_offset, [-1, labels.shape[1]]),
            sampled_kernel,
            sampled_offset,
            labels,
            sampled,
            contrastive=self.loss_name != SAMPLED,
            remove_accidental_hits=self._config["remove_accidental_hits"],
        )

    def sample(self):
        """Draw negatives: int32 ids ``[num_sampled]``, and how many draws it took, a float64 scalar (0: all classes, once each)."""
        if self._config["unique"] and self.num_sampled == self.vocab_size:
            return tf.range(self.vocab_size), tf.constant(0.0, tf.float64)
        seed = tf.identity(self._draws.value)
        self._draws.assign_add([0, 1 << 10])  # a draw that takes several rounds counts up from its seed
        cumulative = None if self._cumulative is None else tf.convert_to_tensor(self._cumulative)
        if self._config["unique"]:
            return draw_distinct(self.proposal, self.num_sampled, seed, cumulative)
        drawn = self.proposal.draw(self.num_sampled, seed, cumulative)
        return drawn, tf.constant(float(self.num_sampled), tf.float64)

    def log_expected_count(self, ids, tries):
        """Log of how often each id is expected in a sample of ``tries`` draws (see :meth:`sample`): float32 ``[...]``."""
        unique = self._config["unique"]
        if unique and self.num_sampled == self.vocab_size:
            return tf.zeros(tf.shape(ids))
        table = None if self._log_q is None else tf.convert_to_tensor(self._log_q)
        return log_expected_count(self.proposal.log_prob(ids, table), tries, unique)

    def negative_log_likelihood(self, features, labels):
        """By the full softmax, in blocks.

        Args:
            features: ``[tokens, units]``.
            labels: int32 ``[tokens, num_true]``.

        Returns:
            float32 ``[tokens]``, nats.
        """
        normaliser = blockwise_log_sum_exp(features, self.rows, self.vocab_size, self._config["block_size"])
        return normaliser - self._mean_true_logit(features, labels)

    def _mean_true_logit(self, features, labels):
        kernel, bias = self.rows(labels)
        logits = tf.cast(tf.reduce_sum(features[:, None, :] * kernel, axis=2), tf.float32) + bias
        return tf.reduce_mean(logits, axis=1)

    def logits(self, features):
        """float32 ``[..., vocab_size]`` of features ``[..., units]``."""
        features = tf.cast(features, self.compute_dtype)
        kernel = tf.cast(tf.convert_to_tensor(self.output_table), self.compute_dtype)
        logits = tf.cast(tf.tensordot(features, kernel, axes=[[-1], [1]]), tf.float32)
        return logits + tf.convert_to_tensor(table_of(self.bias)) if self._config["use_bias"] else logits

    def _checked_labels(self, features, labels):
        """Labels as int32 ``[tokens, num_true]``."""
        labels = tf.cast(labels, tf.int32)
        num_true = self._config["num_true"]
        wanted = features.shape[:-1].concatenate([num_true] if num_true > 1 else [])
        if not wanted.is_compatible_with(labels.shape):
            raise ParameterError(
                f"SampledSoftmax: labels of shape {tuple(labels.shape)} for features of shape {tuple(features.shape)}; expected {tuple(wanted)}"
            )
        least, most = tf.reduce_min(labels), tf.reduce_max(labels)
        known = tf.logical_or(
            tf.equal(tf.size(labels), 0), tf.logical_and(least >= 0, most < self.vocab_size)
        )
        message = (
            f"SampledSoftmax: a label is not within 0 to {self.vocab_size - 1}; least and greatest label:"
        )
        with tf.control_dependencies([tf.debugging.Assert(known, [message, least, most])]):
            return tf.reshape(tf.identity(labels), [-1, num_true])

    def _report(self, losses, weights, training):
        if weights is None:
            self.add_loss(
                tf.math.divide_no_nan(tf.reduce_sum(losses), tf.cast(tf.size(losses), losses.dtype))
            )
        else:
            self.add_loss(tf.math.divide_no_nan(tf.reduce_sum(losses * weights), tf.reduce_sum(weights)))
        if not training:
            self.perplexity.update_state(losses, weights)

    def compute_output_shape(self, features_shape, labels_shape=None):
        """Of losses, or of logits without labels."""
        return tuple(features_shape[:-1]) + ((self.vocab_size,) if labels_shape is None else ())

    def compute_output_spec(self, features, labels=None, sample_weight=None, mask=None, training=False):
        """What a symbolic call returns."""
        shape = self.compute_output_shape(features.shape, None if labels is None else labels.shape)
        return keras.KerasTensor(shape, dtype="float32")

    def get_config(self):
        """Arguments of ``__init__``."""
        return {
            **super().get_config(),
            **self._config,
            "tied_to": None if self.tied_to is None else keras.saving.serialize_keras_object(self.tied_to),
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
        }

    @classmethod
    def from_config(cls, config):
        """The layer of a configuration."""
        tied = config.get("tied_to")
        return cls(**{**config, "tied_to": keras.saving.deserialize_keras_object(tied) if tied else None})


def _constant(values):
    """An initializer that gives these values."""
    return lambda shape, dtype=None: tf.constant(values, dtype)


def _finite(features):
    """The features, or an error where one is NaN or infinite: one sum tells it of all."""
    finite = tf.math.is_finite(tf.reduce_sum(tf.cast(features, tf.float32)))
    message = "SampledSoftmax: features hold NaN or infinity; lower the learning rate, clip gradients, or look at the inputs"
    with tf.control_dependencies([tf.debugging.Assert(finite, [message])]):
        return tf.identity(features)


def _possible(offset):
    """The offsets, or an error where a class can't be drawn: its score can't be corrected for that."""
    message = "SampledSoftmax: a label has probability 0 under the proposal; give each class that can be true a count above 0"
    possible = tf.math.is_finite(tf.reduce_sum(offset))
    with tf.control_dependencies([tf.debugging.Assert(possible, [message])]):
        return tf.identity(offset)


def _weights(mask, sample_weight, count):
    """float32 ``[tokens]``, or ``None`` where all count alike."""
    if mask is None and sample_weight is None:
        return None
    weights = tf.ones([count])
    for given in (mask, sample_weight):
        if given is not None:
            weights *= tf.reshape(tf.cast(given, tf.float32), [-1])
    return weights


def _check(config, tied_to):
    for name, least in (("vocab_size", 2), ("num_sampled", 1), ("num_true", 1), ("block_size", 1)):
        if not isinstance(config[name], int) or config[name] < least:
            raise ParameterError(
                f"SampledSoftmax: {name} is {config[name]!r}; expected a whole number of at least {least}"
            )
    if config["loss"] not in LOSSES:
        raise ParameterError(
            f"SampledSoftmax: loss is {config['loss']!r}; expected one of {', '.join(LOSSES)}"
        )
    if config["num_sampled"] > config["vocab_size"] and config["loss"] != FULL:
        raise ParameterError(
            f"SampledSoftmax: num_sampled is {config['num_sampled']} of vocab_size {config['vocab_size']}; it can't be greater"
        )
    if tied_to is not None and tied_to.input_dim != config["vocab_size"]:
        raise ParameterError(
            f"SampledSoftmax: the embedding tied to has {tied_to.input_dim} rows, the vocabulary {config['vocab_size']}"
        )
