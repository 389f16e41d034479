"""Attention of several heads with one product for all of them, over whole sequences and step by step with a cache."""

import keras
import numpy as np
import tensorflow as tf

from aimass.errors import ParameterError


def split_heads(x: tf.Tensor, num_heads: int) -> tf.Tensor:
    """``[batch, length, units]`` to ``[batch, heads, length, head_units]``."""
    shape = tf.shape(x)
    return tf.transpose(
        tf.reshape(x, [shape[0], shape[1], num_heads, x.shape[-1] // num_heads]), [0, 2, 1, 3]
    )


def merge_heads(x: tf.Tensor) -> tf.Tensor:
    """``[batch, heads, length, head_units]`` to ``[batch, length, units]``."""
    shape, width = tf.shape(x), x.shape[1] * x.shape[-1]
    return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [shape[0], shape[2], width])


def softmax_where(scores: tf.Tensor, allowed: tf.Tensor | None) -> tf.Tensor:
    """Softmax over the last axis, in float32, with weight exactly 0 where it is not allowed.

    Args:
        scores: ``[..., source_length]``, any float dtype.
        allowed: bool, broadcasts to ``scores``; ``None`` allows all.

    Returns:
        float32 of the shape of ``scores``; rows sum to 1, or are all 0 where nothing is allowed.
    """
    scores = tf.cast(scores, tf.float32)
    if allowed is None:
        return tf.nn.softmax(scores)
    return tf.where(allowed, tf.nn.softmax(tf.where(allowed, scores, scores.dtype.min)), 0.0)


def write_position(cache: tf.Tensor, new: tf.Tensor, position) -> tf.Tensor:
    """Put one position into a cache.

    Args:
        cache: ``[batch, beam, heads, max_length, head_units]``.
        new: ``[batch, beam, heads, head_units]``.
        position: int scalar, below ``max_length``.

    Returns:
        The cache with ``new`` at ``position``.
    """
    shape, width = tf.shape(cache), cache.shape[-1]
    rows = shape[0] * shape[1] * shape[2]
    places = tf.stack([tf.range(rows), tf.fill([rows], tf.cast(position, tf.int32))], axis=1)
    flat = tf.reshape(cache, [rows, shape[3], width])
    written = tf.tensor_scatter_nd_update(flat, places, tf.reshape(new, [rows, width]))
    return tf.ensure_shape(tf.reshape(written, shape), cache.shape)


class _MultiHeads(keras.layers.Layer):
    """What both attentions share: a width that the heads divide among them, and dense layers with seeds."""

    def __init__(self, units: int, num_heads: int, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        check_heads(type(self).__name__, units, num_heads)
        self.units, self.num_heads, self.seed = units, num_heads, seed
        self._seeds = (
            [None, None, None] if seed is None else np.random.SeedSequence(seed).generate_state(3).tolist()
        )

    def _dense(self, size, name):
        glorot = keras.initializers.GlorotUniform(self._seeds.pop())
        return keras.layers.Dense(size, kernel_initializer=glorot, name=name, dtype=self.dtype_policy)

    def _require_sequence(self, shape):
        if len(shape) != 3 or shape[-1] != self.units:
            raise ParameterError(
                f"{type(self).__name__}: inputs of shape {tuple(shape)}; expected [batch, length, {self.units}]"
            )

    def _scaled(self, query):
        return query * (self.units // self.num_heads) ** -0.5

    def compute_mask(self, inputs, mask=None):
        """None: what is allowed is given in the call."""
        return None

    def get_config(self):
        """Arguments of ``__init__``."""
        return {
            **super().get_config(),
            "units": self.units,
            "num_heads": self.num_heads,
            "seed": self.seed,
        }


@keras.saving.register_keras_serializable(package="aimass")
class FusedSelfAttention(_MultiHeads):
    """Multi-head self-attention (Vaswani et al. 2017, section 3.2.2); one product makes queries, keys and values of all heads.

    Args:
        units: width of inputs and outputs.
        num_heads: heads, each ``units / num_heads`` wide.
        seed: of the initial weights; ``None`` draws from Keras's global generator.

    Call arguments:
        inputs: ``[batch, length, units]``.
        allowed: bool, broadcasts to ``[batch, heads, length, past_length + length]``: which query may see which key; ``None``
            allows all.
        past: a pair (keys, values) ``[batch, heads, past_length, head_units]`` that stand before the own ones, or ``None``.

    Output:
        A tuple: ``[batch, length, units]``, the own keys and values ``[batch, heads, length, head_units]`` as a pair, and the
        weights, float32 ``[batch, heads, length, past_length + length]``.

    Raises:
        ParameterError: for a size below 1, heads that do not divide the width, or inputs of another shape.
    """

    def __init__(self, units: int, num_heads: int, seed: int | None = None, **kwargs):
        super().__init__(units, num_heads, seed, **kwargs)
        self.projection = self._dense(3 * units, "projection")
        self.output_projection = self._dense(units, "output_projection")

    def build(self, input_shape):
        """Create the projections."""
        self._require_sequence(input_shape)
        self.projection.build((None, None, self.units))
        self.output_projection.build((None, None, self.units))
        self.built = True

    def call(self, inputs, allowed=None, past=None):
        """Every position at once; see the class for shapes."""
        self._require_sequence(inputs.shape)
        query, keys, values = (
            split_heads(x, self.num_heads) for x in tf.split(self.projection(inputs), 3, axis=-1)
        )
        own = (keys, values)
        if past is not None:
            keys, values = (tf.concat(pair, axis=2) for pair in zip(past, own, strict=True))
        weights = softmax_where(tf.matmul(self._scaled(query), keys, transpose_b=True), allowed)
        context = tf.matmul(tf.cast(weights, values.dtype), values)
        return self.output_projection(merge_heads(context)), own, weights

    def step(self, inputs, cache, position, past=None, past_mask=None):
        """One position of several hypotheses of each sentence.

        Args:
            inputs: ``[batch, beam, units]``.
            cache: a pair (keys, values) ``[batch, beam, heads, max_length, head_units]``, written up to ``position``.
            position: int scalar: where this step stands.
            past: a pair ``[batch, heads, past_length, head_units]`` that the hypotheses of a sentence share, or ``None``.
            past_mask: bool ``[batch, past_length]``: what of the past may be seen.

        Returns:
            A tuple: ``[batch, beam, units]``, the new cache, and the weights on the past, float32
            ``[batch, heads, beam, past_length]``, or ``None`` without a past.
        """
        shape = tf.shape(inputs)
        heads = [shape[0], shape[1], self.num_heads, self.units // self.num_heads]
        query, key, value = (tf.reshape(x, heads) for x in tf.split(self.projection(inputs), 3, axis=-1))
        keys, values = (write_position(c, x, position) for c, x in zip(cache, (key, value), strict=True))
        query = self._scaled(query)
        scores = tf.matmul(query[..., None, :], keys, transpose_b=True)[..., 0, :]
        length = tf.shape(keys)[3]
        allowed = (tf.range(length) <= position)[None, None, None]
        if past is None:
            weights, at_past, context = softmax_where(scores, allowed), None, 0
        else:
            # [batch, heads, beam, past_length]: the hypotheses are the queries of one product
            before = tf.matmul(tf.transpose(query, [0, 2, 1, 3]), past[0], transpose_b=True)
            scores = tf.concat([scores, tf.transpose(before, [0, 2, 1, 3])], axis=-1)
            allowed = tf.concat([tf.tile(allowed, [shape[0], 1, 1, 1]), past_mask[:, None, None]], axis=-1)
            weights = softmax_where(scores, allowed)
            at_past = tf.transpose(weights[..., length:], [0, 2, 1, 3])
            context = tf.matmul(tf.cast(at_past, values.dtype), past[1])
            weights, context = weights[..., :length], tf.transpose(context, [0, 2, 1, 3])
        context += tf.matmul(tf.cast(weights, values.dtype)[..., None, :], values)[..., 0, :]
        return self.output_projection(tf.reshape(context, shape)), (keys, values), at_past


@keras.saving.register_keras_serializable(package="aimass")
class FusedCrossAttention(_MultiHeads):
    """Multi-head attention of a target on a source (Vaswani et al. 2017, section 3.2.3); the source's side is computed once.

    Args:
        units: width of queries, source and outputs.
        num_heads: heads, each ``units / num_heads`` wide.
        seed: of the initial weights; ``None`` draws from Keras's global generator.

    Call arguments:
        inputs: ``[batch, length, units]``.
        keys_values: from :meth:`keys_values`.
        mask: bool ``[batch, source_length]``, true at real tokens; ``None`` means all are real.

    Output:
        A tuple: ``[batch, length, units]``, and the weights, float32 ``[batch, heads, length, source_length]``.

    Raises:
        ParameterError: for a size below 1, heads that do not divide the width, or inputs of another shape.
    """

    def __init__(self, units: int, num_heads: int, seed: int | None = None, **kwargs):
        super().__init__(units, num_heads, seed, **kwargs)
        self.query_projection = self._dense(units, "query_projection")
        self.source_projection = self._dense(2 * units, "source_projection")
        self.output_projection = self._dense(units, "output_projection")

    def build(self, inputs_shape, keys_values_shape=None, mask_shape=None):
        """Create the projections."""
        self._require_sequence(inputs_shape)
        for layer in (self.query_projection, self.source_projection, self.output_projection):
            layer.build((None, None, self.units))
        self.built = True

    def keys_values(self, source):
        """Keys and values of ``source`` ``[batch, source_length, units]``: a pair ``[batch, heads, source_length, head_units]``."""
        keys, values = tf.split(self.source_projection(source), 2, axis=-1)
        return split_heads(keys, self.num_heads), split_heads(values, self.num_heads)

    def call(self, inputs, keys_values, mask=None):
        """Every query at once, be they positions or hypotheses; see the class for shapes."""
        self._require_sequence(inputs.shape)
        keys, values = keys_values
        query = self._scaled(split_heads(self.query_projection(inputs), self.num_heads))
        allowed = None if mask is None else mask[:, None, None]
        weights = softmax_where(tf.matmul(query, keys, transpose_b=True), allowed)
        context = tf.matmul(tf.cast(weights, values.dtype), values)
        return self.output_projection(merge_heads(context)), weights


def check_heads(owner: str, units: int, num_heads: int) -> None:
    """Refuse heads that do not divide the width.

    Raises:
        ParameterError: naming the owner and what was received.
    """
    if units < 1 or num_heads < 1 or units % num_heads:
        raise ParameterError(
            f"{owner}: units is {units} and num_heads is {num_heads}; both must be at least 1, and the heads must divide the units"
        )
