"""The Transformer: an encoder-decoder of attention alone."""

import keras
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.layers.multi_head_attention import check_heads
from aimass.layers.transformer_block import EPSILON, TransformerBlock, sinusoids
from aimass.models.encoder_decoder import EncoderDecoder, Seeds, check_sizes


@keras.saving.register_keras_serializable(package="aimass")
class Transformer(EncoderDecoder):
    """Transformer (Vaswani et al. 2017), its layer normalisations before the sublayers (Xiong et al. 2020).

    The encoder's blocks read the source, each position seeing all real ones. The decoder's blocks read the target so far, each position
    seeing itself and what is before, and look at the encoder's output. Embeddings times ``sqrt(units)`` plus sinusoidal positions
    (sections 3.4 and 3.5) enter both, so that any length can be read.

    A search keeps the keys and values of the positions before (:meth:`begin` makes room for them), and those of the source are computed
    once.

    Args:
        source_vocab_size: number of source ids, the special ones included (0 pads).
        target_vocab_size: number of target ids.
        units: width of embeddings, blocks and output vectors.
        num_heads: heads of each attention.
        feed_forward_units: width of the hidden layers.
        num_layers: blocks of the encoder, and of the decoder.
        dropout_rate: on the sums of embeddings and positions, and on what each sublayer adds (section 5.4).
        tie_embeddings: the target embeddings are also the output matrix (Press & Wolf 2017).
        share_embeddings: source and target have one vocabulary and one embedding matrix.
        seed: of initial weights and dropout; ``None`` draws from Keras's global generator.

    The layers take the model's dtype policy. How to train it, call arguments and output: see
    :class:`aimass.models.encoder_decoder.EncoderDecoder`.

    Raises:
        ParameterError: for a size below 1, a rate outside ``[0, 1)``, heads that do not divide the width, or shared embeddings with two sizes
            of vocabulary.
    """

    def __init__(
        self,
        source_vocab_size: int,
        target_vocab_size: int,
        units: int = 256,
        num_heads: int = 4,
        feed_forward_units: int = 1024,
        num_layers: int = 3,
        dropout_rate: float = 0.1,
        tie_embeddings: bool = True,
        share_embeddings: bool = False,
        seed: int | None = 0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self._config = {
            "source_vocab_size": source_vocab_size,
            "target_vocab_size": target_vocab_size,
            "units": units,
            "num_heads": num_heads,
            "feed_forward_units": feed_forward_units,
            "num_layers": num_layers,
            "dropout_rate": dropout_rate,
            "tie_embeddings": tie_embeddings,
            "share_embeddings": share_embeddings,
            "seed": seed,
        }
        _check(self._config)
        self._create_layers()
        self._build_layers()

    def _create_layers(self):
        config, policy = self._config, {"dtype": self.dtype_policy}
        seeds, units, rate = Seeds(config["seed"]), config["units"], config["dropout_rate"]

        def embedding(size, name):
            normal = keras.initializers.RandomNormal(stddev=units**-0.5, seed=seeds.next())
            return keras.layers.Embedding(size, units, normal, name=name, **policy)

        def blocks(name, cross_attention):
            sizes = (units, config["num_heads"], config["feed_forward_units"], rate, cross_attention)
            return [
                TransformerBlock(*sizes, seed=seeds.next(), name=f"{name}_{i}", **policy)
                for i in range(config["num_layers"])
            ]

        def dropout(name):
            return keras.layers.Dropout(rate, seed=seeds.next(), name=name, **policy)

        def norm(name):
            return keras.layers.LayerNormalization(epsilon=EPSILON, name=name, **policy)

        self.target_embedding = embedding(config["target_vocab_size"], "target_embedding")
        self.source_embedding = (
            self.target_embedding
            if config["share_embeddings"]
            else embedding(config["source_vocab_size"], "source_embedding")
        )
        self.output_embedding = (
            self.target_embedding
            if config["tie_embeddings"]
            else embedding(config["target_vocab_size"], "output_embedding")
        )
        self.encoder, self.decoder = blocks("encoder", False), blocks("decoder", True)
        self.source_dropout, self.target_dropout = dropout("source_dropout"), dropout("target_dropout")
        self.encoder_norm, self.decoder_norm = norm("encoder_norm"), norm("decoder_norm")

    def _build_layers(self):
        """Create all weights at once: every width is known."""
        for layer in (self.source_embedding, self.target_embedding, self.output_embedding):
            if not layer.built:
                layer.build((None, None))
        shape = (None, None, self._config["units"])
        for layer in (*self.encoder, *self.decoder, self.encoder_norm, self.decoder_norm):
            layer.build(shape)
        self.built = True

    @property
    def output_matrix(self):
        """``[target_vocab_size, units]``: its rows' products with the output vectors are the logits."""
        return self.output_embedding.embeddings

    def encode(self, source, training=False):
        """Read the source.

        Args:
            source: int ``[batch, source_length]``.
            training: whether dropout is on.

        Returns:
            A tuple ``(memory, states)``. ``memory`` is a dict: ``mask`` bool ``[batch, source_length]`` and ``keys_values``, of each layer of
            the decoder a pair ``[batch, num_heads, source_length, units / num_heads]``. ``states`` is ``[]``: all positions of a target
            are read at once.
        """
        mask = tf.not_equal(source, 0)
        values = self._embed(self.source_embedding, source, tf.range(tf.shape(source)[1]))
        values = self.source_dropout(values, training=training)
        for block in self.encoder:
            values, _, _ = block(values, mask=mask, training=training)
        values = self.encoder_norm(values)
        return {"mask": mask, "keys_values": [b.source_keys_values(values) for b in self.decoder]}, []

    def decode(self, target_in, memory, states, training=False):
        """Read the target, attend to the source.

        Args:
            target_in: int ``[batch, target_length]``.
            memory, states: from :meth:`encode`.
            training: whether dropout is on.

        Returns:
            A tuple ``(features, weights)``: ``[batch, target_length, units]``, and the last layer's weights on the source, averaged over its
            heads, float32 ``[batch, target_length, source_length]``.
        """
        values = self._embed(self.target_embedding, target_in, tf.range(tf.shape(target_in)[1]))
        values = self.target_dropout(values, training=training)
        for block, source in zip(self.decoder, memory["keys_values"], strict=True):
            values, _, weights = block(
                values, causal=True, source=source, source_mask=memory["mask"], training=training
            )
        return values, tf.reduce_mean(weights, axis=1)

    def output_vectors(self, features):
        """``[..., units]``: the features, normalised."""
        return self.decoder_norm(features)

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
        return memory, [block.empty_cache(tf.shape(source)[0], max_length) for block in self.decoder]

    def step(self, tokens, states, memory, position=0, matrix=None):
        """One step of the decoder for several hypotheses a sentence, for :mod:`aimass.decoding`.

        Args:
            tokens: int ``[batch, beam]``: the last token of each hypothesis.
            states: from :meth:`begin`, with the axis of the beam, ``[batch, beam, ...]``.
            memory: from :meth:`begin`; shared by the hypotheses of a sentence.
            position: int scalar: how many tokens stand before ``tokens``; below the search's ``max_length``.
            matrix: see the base class.

        Returns:
            A tuple: float32 logits ``[batch, beam, target_vocab_size]`` of the next token, the new states, and the last layer's
            weights on the source, averaged over its heads, float32 ``[batch, beam, source_length]``.
        """
        values = self._embed(self.target_embedding, tokens, position)
        new_states = []
        for block, cache, source in zip(self.decoder, states, memory["keys_values"], strict=True):
            values, cache, weights = block.step(values, cache, position, source, memory["mask"])
            new_states.append(cache)
        logits = self.logits(self.output_vectors(values), matrix)
        return logits, new_states, tf.reduce_mean(weights, axis=1)

    def _embed(self, embedding, ids, positions):
        """Embeddings of ids ``[batch, length]``, at one position or at ``[length]`` of them."""
        units = self._config["units"]
        values = embedding(ids)
        return values * units**0.5 + tf.cast(sinusoids(positions, units), values.dtype)

    def get_config(self):
        """Arguments of ``__init__``."""
        return {**super().get_config(), **self._config}


def _check(config: dict) -> None:
    sizes = (
        "source_vocab_size",
        "target_vocab_size",
        "units",
        "num_heads",
        "feed_forward_units",
        "num_layers",
    )
    check_sizes("Transformer", config, sizes, ("dropout_rate",))
    check_heads("Transformer", config["units"], config["num_heads"])
    if config["share_embeddings"] and config["source_vocab_size"] != config["target_vocab_size"]:
        raise ParameterError(
            f"Transformer: shared embeddings need one vocabulary, but source_vocab_size is {config['source_vocab_size']} and "
            f"target_vocab_size is {config['target_vocab_size']}; give one size, or share_embeddings=False"
        )
