"""The recurrent encoder-decoder, with and without attention."""

import keras
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.layers.additive_attention import AdditiveAttention
from aimass.layers.attention_cell import AttentionCell, AttentionRNN
from aimass.layers.embedding import Embedding
from aimass.layers.multiplicative_attention import MultiplicativeAttention
from aimass.layers.position_only_attention import PositionOnlyAttention
from aimass.layers.recurrent_stack import CELLS, RecurrentStack
from aimass.layers.sampled_softmax import SampledSoftmax
from aimass.layers.scaled_dot_product_attention import ScaledDotProductAttention
from aimass.models.encoder_decoder import EncoderDecoder, Seeds, check_sizes

ATTENTIONS = ("multiplicative", "dot", "additive", "scaled_dot", "position")


@keras.saving.register_keras_serializable(package="aimass")
class Seq2Seq(EncoderDecoder):
    """Recurrent encoder-decoder (Cho et al. 2014, Sutskever et al. 2014) with attention (Bahdanau et al. 2015, Luong et al. 2015).

    An encoder reads the source; the final state of each of its layers, through a bridge (a dense layer with tanh), is the initial state of
    the decoder's layer. The decoder reads the target so far. Its state asks the attention for a context; state and context give the
    attentional vector ``tanh(W [context; state])`` (Luong et al. 2015, eq. 5), whose products with the target embeddings (or with an output
    matrix of their shape) are the logits. With ``attention=None`` the attentional vector sees the state alone, and all that the decoder knows
    of the source went through the bridge: the fixed-vector encoder-decoder. With ``repeat_vector=True`` the decoder is given that vector, the state it starts
    from, in every step again, as an input and in the attentional vector (Cho et al. 2014, sections 2.2 and 3.1).

    Without input feeding, training runs the decoder as one recurrence over the whole target and one attention over all its positions. With
    it (Luong et al. 2015, section 3.3) each step waits for the attention of the step before: about half the speed in training, and no
    difference in search.

    See :class:`aimass.models.encoder_decoder.EncoderDecoder` for training, call arguments and output. ``dtype="mixed_bfloat16"`` makes
    training several times quicker on processors that multiply in it; states and softmax of the attention stay in float32.

    Args:
        source_vocab_size: number of source ids, the special ones included (0 pads).
        target_vocab_size: number of target ids.
        units: width of the states, per direction in the encoder.
        embedding_units: width of the embeddings and of the attentional vector.
        attention: ``"multiplicative"``, ``"dot"`` (both Luong et al. 2015), ``"additive"`` (Bahdanau et al. 2015), ``"scaled_dot"`` (Vaswani et
            al. 2017), ``"position"`` or ``None``. ``"dot"`` needs an encoder as wide as the decoder: ``bidirectional=False``.
        input_feeding: feed the attentional vector back.
        repeat_vector: give the decoder the fixed vector in every step; for ``attention=None``.
        cell: ``"gru"`` or ``"lstm"``, in encoder and decoder.
        num_layers: depth of the encoder, and of the decoder.
        bidirectional: the encoder reads both ways.
        residual: add a layer's input to its output, from the second layer on.
        reverse_source: read the source from its end (Sutskever et al. 2014, section 3.3).
        dropout_rate: on embeddings and states with one mask for all time steps (Gal & Ghahramani 2016), and on the
            attentional vector.
        tie_embeddings: the target embeddings are also the output matrix (Press & Wolf 2017).
        share_embeddings: source and target have one vocabulary and one embedding matrix.
        num_sampled: train by a sampled softmax with so many negatives, log-uniform in the id; ``None`` trains by the full softmax.
        max_length: positions that the position-only attention tells apart, in source and target.
        seed: of initial weights and dropout; ``None`` draws from Keras's global generator.

    Raises:
        ParameterError: for an unknown attention or cell, a size below 1, a rate outside ``[0, 1)``, shared embeddings with two sizes of
            vocabulary, input feeding without attention, a repeated vector with attention, or a dot score between unequal widths.
    """

    def __init__(
        self,
        source_vocab_size: int,
        target_vocab_size: int,
        units: int = 256,
        embedding_units: int = 256,
        attention: str | None = "multiplicative",
        input_feeding: bool = False,
        repeat_vector: bool = False,
        cell: str = "gru",
        num_layers: int = 1,
        bidirectional: bool = True,
        residual: bool = False,
        reverse_source: bool = False,
        dropout_rate: float = 0.3,
        tie_embeddings: bool = True,
        share_embeddings: bool = False,
        num_sampled: int | None = None,
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
            "input_feeding": input_feeding,
            "repeat_vector": repeat_vector,
            "cell": cell,
            "num_layers": num_layers,
            "bidirectional": bidirectional,
            "residual": residual,
            "reverse_source": reverse_source,
            "dropout_rate": dropout_rate,
            "tie_embeddings": tie_embeddings,
            "share_embeddings": share_embeddings,
            "num_sampled": num_sampled,
            "max_length": max_length,
            "seed": seed,
        }
        _check(self._config)
        self._create_layers()
        self._build_layers()

    def _create_layers(self):
        config, policy = self._config, {"dtype": self.dtype_policy}
        seeds = Seeds(config["seed"])
        units, width, depth = config["units"], config["embedding_units"], config["num_layers"]

        def embedding(size, name):
            normal = keras.initializers.RandomNormal(stddev=width**-0.5, seed=seeds.next())
            return Embedding(size, width, embeddings_initializer=normal, name=name, **policy)

        def stack(bidirectional, name):
            return RecurrentStack(
                units, config["cell"], depth, bidirectional, config["residual"], config["dropout_rate"],
                [seeds.next() for _ in range(2 * depth)], name=name, **policy,
            )  # fmt: skip

        def dropout(name, shape=None):
            return keras.layers.Dropout(
                config["dropout_rate"], noise_shape=shape, seed=seeds.next(), name=name, **policy
            )

        self.target_embedding = embedding(config["target_vocab_size"], "target_embedding")
        self.source_embedding = (
            self.target_embedding
            if config["share_embeddings"]
            else embedding(config["source_vocab_size"], "source_embedding")
        )
        self.encoder = stack(config["bidirectional"], "encoder")
        self.decoder = stack(False, "decoder")
        self.bridge = [
            keras.layers.Dense(
                self.decoder.state_units,
                activation="tanh",
                kernel_initializer=keras.initializers.GlorotUniform(seeds.next()),
                name=f"bridge_{i}",
                **policy,
            )
            for i in range(depth)
        ]
        self.memory_dropout = dropout("memory_dropout", (None, 1, None))
        self.output_dropout = dropout("output_dropout")
        self.attention = self._create_attention(seeds.next())
        self._create_output(seeds, embedding)

    def _create_attention(self, seed):
        name, length = self._config["attention"], self._config["max_length"]
        units, options = (
            self._config["units"],
            {"seed": seed, "name": "attention", "dtype": self.dtype_policy},
        )
        match name:
            case None:
                return None
            case "position":
                return PositionOnlyAttention(length, length, **options)
            case "additive":
                return AdditiveAttention(units, **options)
            case "scaled_dot":
                return ScaledDotProductAttention(units, **options)
            case _:
                score = "dot" if name == "dot" else "general"
                return MultiplicativeAttention(units, score, **options)

    def _create_output(self, seeds, embedding):
        config, policy = self._config, {"dtype": self.dtype_policy}
        width, seed = config["embedding_units"], seeds.next()
        self.attention_cell = None
        if self.attention is None:
            glorot = keras.initializers.GlorotUniform(seed)
            self.combine = keras.layers.Dense(
                width, activation="tanh", kernel_initializer=glorot, name="combine", **policy
            )
        else:
            self.attention_cell = AttentionCell(
                self.decoder, self.attention, width, config["input_feeding"], seed, name="cell", **policy
            )
            self.combine = self.attention_cell.combine
        self.feeding = (
            AttentionRNN(self.attention_cell, name="feeding", **policy) if config["input_feeding"] else None
        )
        self.output_embedding = (
            self.target_embedding
            if config["tie_embeddings"]
            else embedding(config["target_vocab_size"], "output_embedding")
        )
        if config["num_sampled"] is not None:
            self.sampled_softmax = SampledSoftmax(
                config["target_vocab_size"], config["num_sampled"], tied_to=self.output_embedding,
                use_bias=False, endpoint=False, seed=seeds.next(), name="sampled_softmax", **policy,
            )  # fmt: skip

    def _build_layers(self):
        """Create all weights at once: every width is known."""
        units, width = self._config["units"], self._config["embedding_units"]
        self.encoder.build((None, None, width))
        besides = width if self._config["input_feeding"] else units if self._config["repeat_vector"] else 0
        self.decoder.build((None, None, width + besides))
        for bridge in self.bridge:
            bridge.build((None, self.encoder.state_units))
        seen = units if self._config["repeat_vector"] else 0
        if self.attention is not None:
            seen = self.encoder.output_units
            self.attention.build((None, None, units), (None, None, seen))
        self.combine.build((None, units + seen))
        if self.sampled_softmax is not None:
            self.sampled_softmax.build((None, width))
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
            A tuple ``(memory, states)``. ``memory`` is a dict: ``values`` ``[batch, source_length, encoder_units]``, ``mask``
            bool ``[batch, source_length]``, with attention ``keys``, and ``vector`` ``[batch, units]`` if it is repeated. ``states``
            lists the decoder's initial state of each layer, ``[batch, state_units]``.
        """
        return self.encode_embedded(self.source_embedding(source), tf.not_equal(source, 0), training=training)

    def encode_embedded(self, embedded, mask, training=False):
        """Read a source that is embedded already, so that one can ask for gradients with respect to it.

        Args:
            embedded: ``[batch, source_length, embedding_units]``.
            mask: bool ``[batch, source_length]``, true at real tokens.
            training: whether dropout is on.

        Returns:
            As :meth:`encode`.
        """
        if self._config["reverse_source"]:
            lengths = tf.reduce_sum(tf.cast(mask, tf.int32), axis=1)
            embedded = tf.reverse_sequence(embedded, lengths, seq_axis=1)
        values, finals = self.encoder(embedded, mask=mask, training=training)
        if self._config["reverse_source"]:
            values = tf.reverse_sequence(values, lengths, seq_axis=1)  # memory stands as the source stands
        values = self.memory_dropout(values, training=training)
        states = [bridge(final) for bridge, final in zip(self.bridge, finals, strict=True)]
        if self._config["repeat_vector"]:
            vector = tf.cast(states[-1][:, : self._config["units"]], self.compute_dtype)
            return {"values": values, "mask": mask, "vector": vector}, states
        if self.attention is None:
            return {"values": values, "mask": mask}, states
        return {"values": values, "mask": mask, "keys": self.attention.keys(values)}, states

    def decode(self, target_in, memory, states, training=False):
        """Read the target, attend to the source.

        Args:
            target_in: int ``[batch, target_length]``.
            memory: from :meth:`encode`.
            states: from :meth:`encode`.
            training: whether dropout is on.

        Returns:
            A tuple ``(features, weights)``: what :meth:`output_vectors` takes, ``[batch, target_length, ...]``, and the attention's weights
            ``[batch, target_length, source_length]`` or ``None``.
        """
        embedded = self.target_embedding(target_in)
        if self.feeding is not None:
            embedded = self.decoder.dropouts[0](embedded, training=training)
            vectors, weights, _ = self.feeding(embedded, memory, initial_states=states)
            return vectors, weights
        embedded = self._beside_vector(embedded, memory)
        outputs, _ = self.decoder(embedded, initial_states=states, training=training)
        return self._attend(outputs, memory)

    def _beside_vector(self, values, memory):
        """The fixed vector, where it is repeated, before the values ``[batch, steps, features]``."""
        if not self._config["repeat_vector"]:
            return values
        repeated = tf.repeat(memory["vector"][:, None], tf.shape(values)[1], axis=1)
        return tf.concat([repeated, values], axis=-1)

    def _attend(self, outputs, memory, offset=0):
        if self.attention is None:
            return self._beside_vector(outputs, memory), None
        context, weights = self.attention.attend(outputs, **memory, offset=offset)
        return tf.concat([context, outputs], axis=-1), weights

    def output_vectors(self, features):
        """``[..., embedding_units]`` from the features that :meth:`decode` returns."""
        return features if self.feeding is not None else self.combine(features)

    def _sampled_losses(self, vectors, labels):
        """Of every token the loss to descend, float32 ``[tokens]``."""
        if self.loss.label_smoothing:
            raise ParameterError(
                f"Seq2Seq: label_smoothing is {self.loss.label_smoothing}, but a sampled softmax has no labels to smooth over; use 0, or num_sampled=None"
            )
        return self.sampled_softmax.training_loss(vectors, tf.cast(labels, tf.int32)[:, None])

    def begin(self, source, max_length):
        """Read sources before a search; see the base class. With input feeding, a state more: the attentional vector before."""
        memory, states = self.encode(source)
        if self.feeding is not None:
            states = self.attention_cell.initial_states(states)
        return memory, states

    def step(self, tokens, states, memory, position=0, matrix=None):
        """One step of the decoder for several hypotheses a sentence; see the base class."""
        batch, beam = tf.shape(tokens)[0], tf.shape(tokens)[1]

        def rows(x):
            return tf.reshape(x, [batch * beam, x.shape[-1]])

        def beams(x):
            return tf.reshape(x, [batch, beam, x.shape[-1]])

        states = tf.nest.map_structure(rows, states)
        inputs = self.target_embedding(tf.reshape(tokens, [-1]))  # [batch * beam, embedding_units]
        if self.feeding is not None:
            states, fed = states
            inputs = tf.concat([inputs, fed], axis=-1)
        inputs = rows(self._beside_vector(beams(inputs), memory))
        outputs, states = self.decoder.step(inputs, states)
        features, weights = self._attend(beams(outputs), memory, offset=position)
        vectors = self.combine(features)
        states = tf.nest.map_structure(beams, states)
        if self.feeding is not None:
            states = (states, vectors)
        return self.logits(vectors, matrix), states, weights

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
    if config["cell"] not in CELLS:
        raise ParameterError(
            f"Seq2Seq: cell is {config['cell']!r}; expected one of {', '.join(map(repr, CELLS))}"
        )
    if config["input_feeding"] and config["attention"] is None:
        raise ParameterError(
            "Seq2Seq: input_feeding feeds back what attention has found, but attention is None; choose an attention"
        )
    if config["repeat_vector"] and config["attention"] is not None:
        raise ParameterError(
            f"Seq2Seq: repeat_vector gives the decoder the one vector that it has without attention, but attention is {config['attention']!r}; "
            "use attention=None, or repeat_vector=False"
        )
    if config["attention"] == "dot" and config["bidirectional"]:
        raise ParameterError(
            "Seq2Seq: the dot score needs an encoder as wide as the decoder; use attention='multiplicative', or bidirectional=False"
        )
    if config["share_embeddings"] and config["source_vocab_size"] != config["target_vocab_size"]:
        raise ParameterError(
            f"Seq2Seq: shared embeddings need one vocabulary, but source_vocab_size is {config['source_vocab_size']} and "
            f"target_vocab_size is {config['target_vocab_size']}; give one size, or share_embeddings=False"
        )
