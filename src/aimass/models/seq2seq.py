"""The encoder-decoder, with and without attention."""

import keras
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.layers.additive_attention import AdditiveAttention
from aimass.layers.gru import FusedGRU
from aimass.layers.multiplicative_attention import MultiplicativeAttention
from aimass.layers.position_only_attention import PositionOnlyAttention
from aimass.layers.scaled_dot_product_attention import ScaledDotProductAttention
from aimass.models.encoder_decoder import EncoderDecoder, Seeds, check_sizes

ATTENTIONS = {
    "multiplicative": MultiplicativeAttention,
    "additive": AdditiveAttention,
    "scaled_dot": ScaledDotProductAttention,
    "position": PositionOnlyAttention,
}


@keras.saving.register_keras_serializable(package="aimass")
class Seq2Seq(EncoderDecoder):
    """Encoder-decoder of gated recurrent units (Cho et al. 2014, Sutskever et al. 2014) with attention (Luong et al. 2015).

    A bidirectional encoder reads the source; its final state, through a bridge (a dense layer with tanh), is the decoder's
    initial state. The decoder reads the target so far. Its state asks the attention for a context; state and context give
    the attentional vector ``tanh(W [context; state])`` (Luong et al. 2015, eq. 5), whose products with the target
    embeddings (or with an output matrix of their shape) are the logits. The context is not fed back, so that in training
    the decoder is one recurrence over the whole target and one attention over all its positions: this is what makes it
    quick. With ``attention=None`` the attentional vector sees the state alone, and all that the decoder knows of the source
    went through the bridge: the fixed-vector encoder-decoder.

    Train it with ``compile(optimizer, loss=MaskedCrossEntropy(...))`` and ``fit`` on batches
    ``((source, target_in), target_out)`` as :class:`aimass.data.batches.PairBatches` yields them (with ``shuffle=False``,
    for they come shuffled, and ``steps_per_epoch``). Training and evaluation
    compute logits at real target positions only, and any compiled loss or metric is given these positions, flattened:
    labels ``[tokens]``, logits ``[tokens, vocab_size]``. Besides the loss the model reports ``perplexity`` (without
    smoothing) and, in evaluation, ``token_accuracy``.

    Args:
        source_vocab_size: number of source ids, the special ones included (0 pads).
        target_vocab_size: number of target ids.
        units: width of the states, per direction in the encoder.
        embedding_units: width of the embeddings and of the attentional vector.
        attention: ``"multiplicative"``, ``"additive"``, ``"scaled_dot"``, ``"position"`` or ``None``.
        num_layers: depth of the encoder, and of the decoder.
        dropout_rate: on embeddings and states with one mask for all time steps (Gal & Ghahramani 2016), and on the
            attentional vector.
        tie_embeddings: the target embeddings are also the output matrix (Press & Wolf 2017).
        share_embeddings: source and target have one vocabulary and one embedding matrix.
        max_length: positions that the position-only attention tells apart, in source and target.
        seed: of initial weights and dropout; ``None`` draws from Keras's global generator.

    Call arguments:
        inputs: a pair ``(source, target_in)`` of int arrays ``[batch, source_length]`` and ``[batch, target_length]``,
            padded with 0 on the right; ``target_in`` starts with the begin of sequence.
        training: whether dropout is on.

    Output:
        float32 logits ``[batch, target_length, target_vocab_size]``.

    Raises:
        ParameterError: for an unknown attention, a size below 1, a rate outside ``[0, 1)``, or shared embeddings with two
            sizes of vocabulary.
    """

    def __init__(
        self,
        source_vocab_size: int,
        target_vocab_size: int,
        units: int = 256,
        embedding_units: int = 256,
        attention: str | None = "multiplicative",
        num_layers: int = 1,
        dropout_rate: float = 0.3,
        tie_embeddings: bool = True,
        share_embeddings: bool = False,
        max_length: int = 128,
        seed: int | None = 0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self._config = {
            "source_vocab_size": source_vocab_size,
            "target_vocab_size": target_vocab_size,
            "units": units,
            "embedding_units": embedding_units,
            "attention": attention,
            "num_layers": num_layers,
            "dropout_rate": dropout_rate,
            "tie_embeddings": tie_embeddings,
            "share_embeddings": share_embeddings,
            "max_length": max_length,
            "seed": seed,
        }
        _check(self._config)
        self._create_layers()
        self._build_layers()

    def _create_layers(self):
        config = self._config
        seeds = Seeds(config["seed"])
        units, width, rate = config["units"], config["embedding_units"], config["dropout_rate"]

        def embedding(size, name):
            normal = keras.initializers.RandomNormal(stddev=width**-0.5, seed=seeds.next())
            return keras.layers.Embedding(size, width, embeddings_initializer=normal, name=name)

        def dropout(name, shape=(None, 1, None)):
            return keras.layers.Dropout(rate, noise_shape=shape, seed=seeds.next(), name=name)

        def dense(size, name, **options):
            glorot = keras.initializers.GlorotUniform(seeds.next())
            return keras.layers.Dense(size, kernel_initializer=glorot, name=name, **options)

        depth = range(config["num_layers"])
        self.target_embedding = embedding(config["target_vocab_size"], "target_embedding")
        self.source_embedding = (
            self.target_embedding
            if config["share_embeddings"]
            else embedding(config["source_vocab_size"], "source_embedding")
        )
        self.encoder = [FusedGRU(units, True, seeds.next(), name=f"encoder_{i}") for i in depth]
        self.bridge = [dense(units, f"bridge_{i}", activation="tanh") for i in depth]
        self.decoder = [FusedGRU(units, False, seeds.next(), name=f"decoder_{i}") for i in depth]
        self.source_dropouts = [dropout(f"source_dropout_{i}") for i in range(len(depth) + 1)]
        self.target_dropouts = [dropout(f"target_dropout_{i}") for i in depth]
        self.output_dropout = dropout("output_dropout", shape=None)
        self.attention = self._create_attention(seeds.next())
        self.combine = dense(width, "combine", activation="tanh")
        self.output_embedding = (
            self.target_embedding
            if config["tie_embeddings"]
            else embedding(config["target_vocab_size"], "output_embedding")
        )

    def _create_attention(self, seed):
        name, length = self._config["attention"], self._config["max_length"]
        if name is None:
            return None
        if name == "position":
            return PositionOnlyAttention(length, length, seed=seed, name="attention")
        return ATTENTIONS[name](self._config["units"], seed=seed, name="attention")

    def _build_layers(self):
        """Create all weights at once: every width is known."""
        units, width = self._config["units"], self._config["embedding_units"]
        for layer in {
            id(x): x for x in (self.source_embedding, self.target_embedding, self.output_embedding)
        }.values():
            layer.build((None, None))
        for i, (encoder, bridge, decoder) in enumerate(
            zip(self.encoder, self.bridge, self.decoder, strict=True)
        ):
            encoder.build((None, None, 2 * units if i else width))
            bridge.build((None, 2 * units))
            decoder.build((None, None, units if i else width))
        if self.attention is not None:
            self.attention.build((None, None, units), (None, None, 2 * units))
        self.combine.build((None, units if self.attention is None else 3 * units))
        self.built = True

    @property
    def output_matrix(self):
        """``[target_vocab_size, embedding_units]``: its rows' products with the attentional vector are the logits."""
        return self.output_embedding.embeddings

    def encode(self, source, training=False):
        """Read the source.

        Args:
            source: int ``[batch, source_length]``.
            training: whether dropout is on.

        Returns:
            A tuple ``(memory, states)``. ``memory`` is a dict: ``values`` ``[batch, source_length, 2 * units]``, ``mask``
            bool ``[batch, source_length]`` and, with attention, ``keys``. ``states`` lists the decoder's initial state of
            each layer, ``[batch, units]``.
        """
        mask = tf.not_equal(source, 0)
        values = self.source_dropouts[0](self.source_embedding(source), training=training)
        states = []
        for encoder, bridge, dropout in zip(self.encoder, self.bridge, self.source_dropouts[1:], strict=True):
            values, final = encoder(values, mask=mask)
            values = dropout(values, training=training)
            states.append(bridge(final))
        memory = {"values": values, "mask": mask}
        if self.attention is not None:
            memory["keys"] = self.attention.keys(values)
        return memory, states

    def decode(self, target_in, memory, states, training=False):
        """Read the target, attend to the source.

        Args:
            target_in: int ``[batch, target_length]``.
            memory: from :meth:`encode`.
            states: from :meth:`encode`.
            training: whether dropout is on.

        Returns:
            A tuple ``(features, weights)``: what :meth:`output_vectors` takes, ``[batch, target_length, units]`` or
            ``[batch, target_length, 3 * units]``, and the attention's weights ``[batch, target_length, source_length]`` or
            ``None``.
        """
        outputs = self.target_embedding(target_in)
        for decoder, dropout, state in zip(self.decoder, self.target_dropouts, states, strict=True):
            outputs, _ = decoder(dropout(outputs, training=training), initial_state=state)
        return self._attend(outputs, memory)

    def _attend(self, outputs, memory, offset=0):
        if self.attention is None:
            return outputs, None
        context, weights = self.attention.attend(outputs, **memory, offset=offset)
        return tf.concat([context, outputs], axis=-1), weights

    def output_vectors(self, features, training=False):
        """``[..., embedding_units]`` from the features that :meth:`decode` returns."""
        return self.output_dropout(self.combine(features), training=training)

    def step(self, tokens, states, memory, position=0):
        """One step of the decoder for several hypotheses a sentence, for :mod:`aimass.decoding`.

        Args:
            tokens: int ``[batch, beam]``: the last token of each hypothesis.
            states: of each layer ``[batch, beam, units]``.
            memory: from :meth:`encode`; shared by the hypotheses of a sentence.
            position: how many tokens stand before ``tokens``.

        Returns:
            float32 log-probabilities ``[batch, beam, target_vocab_size]`` of the next token, the new states, and the attention's weights.
        """
        batch, beam = tf.shape(tokens)[0], tf.shape(tokens)[1]
        units = self._config["units"]
        outputs = self.target_embedding(tf.reshape(tokens, [-1]))  # [batch * beam, embedding_units]
        new_states = []
        for decoder, state in zip(self.decoder, states, strict=True):
            outputs = decoder.step(outputs, tf.reshape(state, [-1, units]))
            new_states.append(tf.reshape(outputs, [batch, beam, units]))
        features, weights = self._attend(new_states[-1], memory, offset=position)
        logits = self.logits(self.output_vectors(features))
        return tf.nn.log_softmax(logits), new_states, weights

    def get_config(self):
        """Arguments of ``__init__``."""
        return {**super().get_config(), **self._config}


def _check(config: dict) -> None:
    sizes = ("source_vocab_size", "target_vocab_size", "units", "embedding_units", "num_layers", "max_length")
    check_sizes("Seq2Seq", config, sizes, ("dropout_rate",))
    if config["attention"] is not None and config["attention"] not in ATTENTIONS:
        raise ParameterError(
            f"Seq2Seq: attention is {config['attention']!r}; expected one of {', '.join(map(repr, ATTENTIONS))} or None"
        )
    if config["share_embeddings"] and config["source_vocab_size"] != config["target_vocab_size"]:
        raise ParameterError(
            f"Seq2Seq: shared embeddings need one vocabulary, but source_vocab_size is {config['source_vocab_size']} and "
            f"target_vocab_size is {config['target_vocab_size']}; give one size, or share_embeddings=False"
        )
