"""A classifier of short texts that stands on word vectors: their mean, and a small network."""

import keras
import numpy as np
import tensorflow as tf

from aimass.errors import ParameterError


@keras.saving.register_keras_serializable(package="aimass")
class TextClassifier(keras.Model):
    """Mean of word vectors, one hidden layer, logits: a deep averaging network (Iyyer et al. 2015).

    Args:
        vocab_size: V; id 0 pads and has no part in the mean.
        num_classes: K.
        units: width D of a word vector.
        hidden_units: width of the hidden layer.
        dropout_rate: on the mean and on the hidden layer.
        trainable_vectors: whether the word vectors are trained along; frozen otherwise.
        seed: of the initial weights and dropout.

    Call arguments:
        inputs: word ids, int ``[batch, length]``.
        training: whether dropout is on.

    Output:
        logits, float32 ``[batch, num_classes]``.

    Raises:
        ParameterError: for a size below 1 or a rate outside ``[0, 1)``.
    """

    def __init__(
        self,
        vocab_size: int,
        num_classes: int,
        units: int = 100,
        hidden_units: int = 64,
        dropout_rate: float = 0.3,
        trainable_vectors: bool = True,
        seed: int = 0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if min(vocab_size, num_classes, units, hidden_units) < 1 or not 0 <= dropout_rate < 1:
            raise ParameterError(
                f"TextClassifier: vocab_size={vocab_size}, num_classes={num_classes}, units={units}, hidden_units={hidden_units}, "
                f"dropout_rate={dropout_rate}; expected sizes of 1 or more, a rate from 0 to below 1"
            )
        self.vocab_size, self.num_classes, self.units, self.hidden_units = (
            vocab_size,
            num_classes,
            units,
            hidden_units,
        )
        self.dropout_rate, self.trainable_vectors, self.seed = dropout_rate, trainable_vectors, seed
        glorot = [keras.initializers.GlorotUniform(seed=seed + depth) for depth in range(2)]
        self.table = self.add_weight(
            shape=(vocab_size, units),
            initializer=keras.initializers.RandomUniform(-0.5, 0.5, seed=seed + 2),
            trainable=trainable_vectors,
            name="table",
        )
        self.hidden = keras.layers.Dense(hidden_units, "relu", kernel_initializer=glorot[0], name="hidden")
        self.logits = keras.layers.Dense(num_classes, kernel_initializer=glorot[1], name="logits")
        self.dropout = keras.layers.Dropout(dropout_rate, seed=seed)

    def build(self, input_shape):
        """Create the two layers' weights."""
        if len(input_shape) != 2:
            raise ParameterError(
                f"TextClassifier: inputs of shape {tuple(input_shape)}; expected [batch, length]"
            )
        self.hidden.build((None, self.units))
        self.logits.build((None, self.hidden_units))
        self.built = True

    def set_vectors(self, matrix: np.ndarray) -> None:
        """Begin from these word vectors, ``[vocab_size, units]``.

        Raises:
            ParameterError: for another shape.
        """
        if tuple(matrix.shape) != (self.vocab_size, self.units):
            raise ParameterError(
                f"TextClassifier: vectors of shape {tuple(matrix.shape)}; expected {(self.vocab_size, self.units)}"
            )
        self.table.assign(matrix)

    def mean(self, inputs) -> tf.Tensor:
        """The mean word vector of each text, ``[batch, units]``; zero for a text without words."""
        inputs = tf.convert_to_tensor(inputs)
        present = tf.cast(inputs != 0, self.compute_dtype)[..., None]  # [batch, length, 1]
        rows = tf.cast(tf.gather(self.table.value, inputs), self.compute_dtype)  # [batch, length, units]
        return tf.reduce_sum(rows * present, 1) / tf.maximum(tf.reduce_sum(present, 1), 1.0)

    def call(self, inputs, training=False):
        """Logits."""
        features = self.dropout(self.mean(inputs), training=training)
        features = self.dropout(self.hidden(features), training=training)
        return tf.cast(self.logits(features), "float32")

    def get_config(self):
        """Arguments of the constructor."""
        names = (
            "vocab_size",
            "num_classes",
            "units",
            "hidden_units",
            "dropout_rate",
            "trainable_vectors",
            "seed",
        )
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
