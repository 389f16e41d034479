"""What Transformers are stacked from."""

import keras
import numpy as np
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.layers.multi_head_attention import FusedCrossAttention, FusedSelfAttention, check_heads

EPSILON = 1e-6
"""Of every layer normalisation."""


def sinusoids(positions, units: int) -> tf.Tensor:
    """Sinusoidal positions (Vaswani et al. 2017, section 3.5): column ``2i`` is a sine, ``2i + 1`` a cosine of the same period.

    Args:
        positions: int ``[...]``, from 0.
        units: columns.

    Returns:
        float32 ``[..., units]``.
    """
    columns = np.arange(units)
    frequencies = (10000.0 ** (-(columns // 2 * 2) / units)).astype("float32")
    phases = (columns % 2 * np.pi / 2).astype("float32")
    return tf.sin(tf.cast(positions, tf.float32)[..., None] * frequencies + phases)


@keras.saving.register_keras_serializable(package="aimass")
class TransformerBlock(keras.layers.Layer):
    """Self-attention, attention on a source where wanted, and a feed-forward network (Vaswani et al. 2017, section 3.1).

    Each is ``x + dropout(f(norm(x)))``: the layer normalisation stands before, which trains without warm-up (Xiong et al. 2020,
    section 3.1), so that a stack ends with a normalisation of its own. Layer normalisation and softmax are computed in float32.

    A source is looked at by cross-attention, if the block has one; otherwise its keys and values stand before the block's own, as those of
    a prefix that was read before.

    Args:
        units: width of inputs and outputs.
        num_heads: heads of each attention.
        feed_forward_units: width of the hidden layer (with a rectifier) of the feed-forward network.
        dropout_rate: on what each sublayer adds.
        cross_attention: whether the block has an attention on a source.
        seed: of initial weights and dropout; ``None`` draws from Keras's global generator.

    Call arguments:
        inputs: ``[batch, length, units]``.
        mask: bool ``[batch, length]``, true at real tokens; ``None`` means all are real.
        causal: whether a position sees only itself and what is before.
        source: a pair (keys, values) ``[batch, heads, source_length, head_units]``: from :meth:`source_keys_values`, or of a block without
            cross-attention that read the prefix.
        source_mask: bool ``[batch, source_length]``; ``None`` means all are real.
        training: whether dropout is on.

    Output:
        A tuple: ``[batch, length, units]``; the self-attention's own keys and values, a pair ``[batch, heads, length, head_units]``; and the
        attention's weights on the source, float32 ``[batch, heads, length, source_length]``, ``None`` without a source.

    Raises:
        ParameterError: for a size below 1, a rate outside ``[0, 1)``, heads that do not divide the width, or inputs of another shape.
    """

    def __init__(
        self,
        units: int,
        num_heads: int,
        feed_forward_units: int,
        dropout_rate: float = 0.0,
        cross_attention: bool = False,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_heads("TransformerBlock", units, num_heads)
        if feed_forward_units < 1 or not 0 <= dropout_rate < 1:
            raise ParameterError(
                f"TransformerBlock: feed_forward_units is {feed_forward_units} and dropout_rate is {dropout_rate}; expected "
                "feed_forward_units >= 1 and 0 <= dropout_rate < 1"
            )
        self._config = {
            "units": units,
            "num_heads": num_heads,
            "feed_forward_units": feed_forward_units,
            "dropout_rate": dropout_rate,
            "cross_attention": cross_attention,
            "seed": seed,
        }
        self._create_layers()

    def _create_layers(self):
        config, policy = self._config, {"dtype": self.dtype_policy}
        units, heads, seed = config["units"], config["num_heads"], config["seed"]
        seeds = [None] * 5 if seed is None else np.random.SeedSequence(seed).generate_state(5).tolist()

        def norm(name):
            return keras.layers.LayerNormalization(epsilon=EPSILON, name=name, **policy)

        def dense(size, name, seed, **options):
            glorot = keras.initializers.GlorotUniform(seed)
            return keras.layers.Dense(size, kernel_initializer=glorot, name=name, **options, **policy)

        self.attention_norm = norm("attention_norm")
        self.attention = FusedSelfAttention(units, heads, seeds[0], name="attention", **policy)
        self.cross_attention = None
        if config["cross_attention"]:
            self.cross_norm = norm("cross_norm")
            self.cross_attention = FusedCrossAttention(
                units, heads, seeds[1], name="cross_attention", **policy
            )
        self.feed_forward_norm = norm("feed_forward_norm")
        self.hidden = dense(config["feed_forward_units"], "hidden", seeds[2], activation="relu")
        self.feed_forward = dense(units, "feed_forward", seeds[3])
        # Named after the block: a model stores the state of each of its dropouts by name.
        self.dropout = keras.layers.Dropout(
            config["dropout_rate"], seed=seeds[4], name=f"{self.name}_dropout", **policy
        )

    def build(self, inputs_shape, mask_shape=None, source_shape=None, source_mask_shape=None):
        """Create all weights."""
        self._require_sequence(inputs_shape)
        shape = (None, None, self._config["units"])
        for layer in (self.attention_norm, self.attention, self.feed_forward_norm, self.hidden, self.dropout):
            layer.build(shape)
        if self.cross_attention is not None:
            self.cross_norm.build(shape)
            self.cross_attention.build(shape)
        self.feed_forward.build((None, None, self._config["feed_forward_units"]))
        self.built = True

    def source_keys_values(self, source):
        """What the cross-attention looks at, from a source ``[batch, source_length, units]``: once for all steps."""
        return self.cross_attention.keys_values(source)

    def call(self, inputs, mask=None, causal=False, source=None, source_mask=None, training=False):
        """Every position at once; see the class for shapes."""
        self._require_sequence(inputs.shape)
        prefix = source if self.cross_attention is None else None
        added, keys_values, weights = self.attention(
            self.attention_norm(inputs),
            allowed=self._allowed(inputs, mask, causal, prefix, source_mask),
            past=prefix,
        )
        weights = None if prefix is None else weights[..., : tf.shape(prefix[0])[2]]
        outputs = inputs + self.dropout(added, training=training)
        if self.cross_attention is not None:
            outputs, weights = self._look(outputs, source, source_mask, training)
        return self._transform(outputs, training), keys_values, weights

    def step(self, inputs, cache, position, source=None, source_mask=None):
        """One position of several hypotheses of each sentence, which share their source.

        Args:
            inputs: ``[batch, beam, units]``.
            cache: a pair (keys, values) ``[batch, beam, heads, max_length, head_units]``; :meth:`empty_cache` before the first step.
            position: int scalar: how many steps were before.
            source, source_mask: as of a call, where ``source_mask`` must be given.

        Returns:
            As a call: ``[batch, beam, units]``, the new cache, and the weights on the source ``[batch, heads, beam, source_length]``.
        """
        prefix = source if self.cross_attention is None else None
        added, cache, weights = self.attention.step(
            self.attention_norm(inputs), cache, position, prefix, source_mask
        )
        outputs = inputs + added
        if self.cross_attention is not None:
            outputs, weights = self._look(outputs, source, source_mask, False)
        return self._transform(outputs, False), cache, weights

    def empty_cache(self, batch, max_length):
        """A pair of zeros ``[batch, heads, max_length, head_units]`` in the compute dtype; a search adds the axis of its beam."""
        heads = self._config["num_heads"]
        zeros = tf.zeros([batch, heads, max_length, self._config["units"] // heads], self.compute_dtype)
        return zeros, zeros

    def _look(self, inputs, source, source_mask, training):
        added, weights = self.cross_attention(self.cross_norm(inputs), source, mask=source_mask)
        return inputs + self.dropout(added, training=training), weights

    def _transform(self, inputs, training):
        added = self.feed_forward(self.hidden(self.feed_forward_norm(inputs)))
        return inputs + self.dropout(added, training=training)

    def _allowed(self, inputs, mask, causal, prefix, prefix_mask):
        """Which position may see which; bool ``[batch, 1, length, prefix_length + length]``, or ``None`` for all."""
        if mask is None and not causal and (prefix is None or prefix_mask is None):
            return None
        batch, length = tf.shape(inputs)[0], tf.shape(inputs)[1]
        allowed = tf.ones([batch, length, length], tf.bool)
        if causal:
            allowed = tf.linalg.band_part(allowed, -1, 0)
        if mask is not None:
            allowed &= mask[:, None]
        if prefix is not None:
            before = tf.shape(prefix[0])[2]
            real = tf.ones([batch, before], tf.bool) if prefix_mask is None else prefix_mask
            allowed = tf.concat([tf.tile(real[:, None], [1, length, 1]), allowed], axis=-1)
        return allowed[:, None]

    def _require_sequence(self, shape):
        if len(shape) != 3 or shape[-1] != self._config["units"]:
            raise ParameterError(
                f"TransformerBlock: inputs of shape {tuple(shape)}; expected [batch, length, {self._config['units']}]"
            )

    def compute_mask(self, inputs, mask=None):
        """None: masks are given in the call."""
        return None

    def get_config(self):
        """Arguments of ``__init__``."""
        return {**super().get_config(), **self._config}
