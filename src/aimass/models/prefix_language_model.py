"""The decoder alone as a sequence-to-sequence model: source and target are one text."""

import keras
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.layers.multi_head_attention import check_heads
from aimass.layers.transformer_block import EPSILON, TransformerBlock, sinusoids
from aimass.models.encoder_decoder import EncoderDecoder, Seeds, check_sizes

PREFIXES = ("bidirectional", "causal")


@keras.saving.register_keras_serializable(package="aimass")
class PrefixLanguageModel(EncoderDecoder):
    """One stack of Transformer blocks that reads the source, then the target, as one text (Liu et al. 2018, section 4.2.3).

    The target's begin of sequence separates the two. A target position sees the whole source, itself and the target before it; a source
    position sees the source: all of it (a prefix language model: Raffel et al. 2020, section 3.2.1), or what is before it. Nothing of the
    source looks at the target, so the source is read once and only its keys and values are kept; this equals one pass over the joined
    text. Rows of a batch may have sources of different lengths: a target's positions continue at the length of its own.

    With ``conditional=False`` the same network, of the same weights, sees nothing of the source, not even its length: a language model of the
    targets, whose output has nothing to do with its input.

    Args:
        vocab_size: number of ids that sources and targets share, the special ones included (0 pads).
        units: width of embeddings, blocks and output vectors.
        num_heads: heads of each attention.
        feed_forward_units: width of the hidden layers.
        num_layers: blocks.
        dropout_rate: on the sums of embeddings and positions, and on what each sublayer adds.
        tie_embeddings: the embeddings are also the output matrix (Press & Wolf 2017).
        prefix: ``"bidirectional"`` or ``"causal"``: what a source position sees of the source.
        conditional: whether the target sees the source.
        seed: of initial weights and dropout; ``None`` draws from Keras's global generator.

    The layers take the model's dtype policy. How to train it, call arguments and output: see
    :class:`aimass.models.encoder_decoder.EncoderDecoder`; the loss is that of the target alone.

    Raises:
        ParameterError: for an unknown prefix, a size below 1, a rate outside ``[0, 1)``, or heads that do not divide the width.
    """

    def __init__(
        self,
        vocab_size: int,
        units: int = 256,
        num_heads: int = 4,
        feed_forward_units: int = 1024,
        num_layers: int = 3,
        dropout_rate: float = 0.1,
        tie_embeddings: bool = True,
        prefix: str = "bidirectional",
        conditional: bool = True,
        seed: int | None = 0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self._config = {
            "vocab_size": vocab_size,
            "units": units,
            "num_heads": num_heads,
            "feed_forward_units": feed_forward_units,
            "num_layers": num_layers,
            "dropout_rate": dropout_rate,
            "tie_embeddings": tie_embeddings,
            "prefix": prefix,
            "conditional": conditional,
            "seed": seed,
        }
        _check(self._config)
        self._create_layers()
        self._build_layers()

    def _create_layers(self):
        config, policy = self._config, {"dtype": self.dtype_policy}
        seeds, units, rate = Seeds(config["seed"]), config["units"], config["dropout_rate"]

        def embedding(name):
            normal = keras.initializers.RandomNormal(stddev=units**-0.5, seed=seeds.next())
            return keras.layers.Embedding(config["vocab_size"], units, normal, name=name, **policy)

        self.embedding = embedding("embedding")
        self.output_embedding = self.embedding if config["tie_embeddings"] else embedding("output_embedding")
        self.blocks = [
            TransformerBlock(
                units,
                config["num_heads"],
                config["feed_forward_units"],
                rate,
                seed=seeds.next(),
                name=f"block_{i}",
                **policy,
            )
            for i in range(config["num_layers"])
        ]
        self.source_dropout, self.target_dropout = (
            keras.layers.Dropout(rate, seed=seeds.next(), name=name, **policy)
            for name in ("source_dropout", "target_dropout")
        )
        self.norm = keras.layers.LayerNormalization(epsilon=EPSILON, name="norm", **policy)

    def _build_layers(self):
        """Create all weights at once: every width is known."""
        for layer in (self.embedding, self.output_embedding):
            if not layer.built:
                layer.build((None, None))
        for layer in (*self.blocks, self.norm):
            layer.build((None, None, self._config["units"]))
        self.built = True

    @property
    def output_matrix(self):
        """``[vocab_size, units]``: its rows' products with the output vectors are the logits."""
        return self.output_embedding.embeddings

    def encode(self, source, training=False):
        """Read the source.

        Args:
            source: int ``[batch, source_length]``.
            training: whether dropout is on.

        Returns:
            A tuple ``(memory, states)``. ``memory`` is a dict: ``mask`` bool ``[batch, source_length]``, which source positions can be seen;
            ``lengths`` int32 ``[batch]``, where the target's positions start; and ``keys_values``, of each layer a pair
            ``[batch, num_heads, source_length, units / num_heads]``, of length 0 if the model is unconditional. ``states`` is ``[]``.
        """
        mask = tf.not_equal(source, 0)
        if not self._config["conditional"]:
            batch = tf.shape(source)[0]
            nothing = [block.empty_cache(batch, 0) for block in self.blocks]
            return {
                "mask": tf.zeros_like(mask),
                "lengths": tf.zeros([batch], tf.int32),
                "keys_values": nothing,
            }, []
        values = self._embed(source, sinusoids(tf.range(tf.shape(source)[1]), self._config["units"]))
        values = self.source_dropout(values, training=training)
        keys_values, causal = [], self._config["prefix"] == "causal"
        for block in self.blocks:
            values, own, _ = block(values, mask=mask, causal=causal, training=training)
            keys_values.append(own)
        lengths = tf.reduce_sum(tf.cast(mask, tf.int32), axis=1)
        return {"mask": mask, "lengths": lengths, "keys_values": keys_values}, []

    def decode(self, target_in, memory, states, training=False):
        """Read the target after the source.

        Args:
            target_in: int ``[batch, target_length]``.
            memory, states: from :meth:`encode`.
            training: whether dropout is on.

        Returns:
            A tuple ``(features, weights)``: ``[batch, target_length, units]``, and the last layer's weights on the source, averaged over its
            heads, float32 ``[batch, target_length, source_length]``: a row's sum is what was not spent on the target.
        """
        length, longest = tf.shape(target_in)[1], tf.shape(memory["mask"])[1]
        table = sinusoids(tf.range(longest + length), self._config["units"])
        positions = memory["lengths"][:, None] + tf.range(length)  # [batch, target_length]
        values = self._embed(target_in, tf.gather(table, positions))
        values = self.target_dropout(values, training=training)
        for block, source in zip(self.blocks, memory["keys_values"], strict=True):
            values, _, weights = block(
                values, causal=True, source=source, source_mask=self._seen(memory), training=training
            )
        return values, self._on_source(weights, memory)

    def output_vectors(self, features):
        """``[..., units]``: the features, normalised."""
        return self.norm(features)

    def begin(self, source, max_length):
        """Read sources before a search.

        Args:
            source: int ``[batch, source_length]``.
            max_length: int32 scalar: most steps that the search will take.

        Returns:
            A tuple ``(memory, states)``: as of :meth:`encode`, and of each layer a pair of zeros
            ``[batch, num_heads, max_length, units / num_heads]``, room for the keys and values of the steps.
        """
        memory, _ = self.encode(source)
        return memory, [block.empty_cache(tf.shape(source)[0], max_length) for block in self.blocks]

    def step(self, tokens, states, memory, position=0, matrix=None):
        """One step for several hypotheses a sentence, for :mod:`aimass.decoding`.

        Args:
            tokens: int ``[batch, beam]``: the last token of each hypothesis.
            states: from :meth:`begin`, with the axis of the beam, ``[batch, beam, ...]``.
            memory: from :meth:`begin`; shared by the hypotheses of a sentence.
            position: int scalar: how many tokens of the target stand before ``tokens``; below the search's ``max_length``.
            matrix: see the base class.

        Returns:
            A tuple: float32 logits ``[batch, beam, vocab_size]`` of the next token, the new states, and the last layer's weights on
            the source, averaged over its heads, float32 ``[batch, beam, source_length]``.
        """
        values = self._embed(tokens, sinusoids(memory["lengths"] + position, self._config["units"])[:, None])
        new_states = []
        for block, cache, source in zip(self.blocks, states, memory["keys_values"], strict=True):
            values, cache, weights = block.step(values, cache, position, source, self._seen(memory))
            new_states.append(cache)
        logits = self.logits(self.output_vectors(values), matrix)
        return logits, new_states, self._on_source(weights, memory)

    def _embed(self, ids, positions):
        """Embeddings of ids ``[batch, length]`` plus sinusoids that broadcast to them."""
        values = self.embedding(ids)
        return values * self._config["units"] ** 0.5 + tf.cast(positions, values.dtype)

    def _seen(self, memory):
        """The mask of the keys and values in memory."""
        return memory["mask"] if self._config["conditional"] else memory["mask"][:, :0]

    def _on_source(self, weights, memory):
        """Weights on the source, averaged over the heads; 0 where nothing of it is seen."""
        if self._config["conditional"]:
            return tf.reduce_mean(weights, axis=1)
        shape = tf.shape(weights)
        return tf.zeros([shape[0], shape[2], tf.shape(memory["mask"])[1]])

    def get_config(self):
        """Arguments of ``__init__``."""
        return {**super().get_config(), **self._config}


def _check(config: dict) -> None:
    sizes = ("vocab_size", "units", "num_heads", "feed_forward_units", "num_layers")
    check_sizes("PrefixLanguageModel", config, sizes, ("dropout_rate",))
    check_heads("PrefixLanguageModel", config["units"], config["num_heads"])
    if config["prefix"] not in PREFIXES:
        raise ParameterError(
            f"PrefixLanguageModel: prefix is {config['prefix']!r}; expected one of {', '.join(map(repr, PREFIXES))}"
        )
