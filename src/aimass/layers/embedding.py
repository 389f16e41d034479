"""An embedding whose training step costs as much as the rows that it looks up, however many there are."""

import keras
import tensorflow as tf

from aimass.errors import ParameterError


def table_of(variable: keras.Variable) -> tf.Variable:
    """The TensorFlow variable behind a Keras weight, to gather rows from.

    ``convert_to_tensor`` or ``keras.ops.take`` would read the whole table; while that reading is alive, an update of single rows has
    to copy the table first.

    Args:
        variable: a weight made with ``autocast=False`` (with autocasting, its value would be a cast copy of all of it).
    """
    return variable.value


@keras.saving.register_keras_serializable(package="aimass")
class Embedding(keras.layers.Layer):
    """Rows of a trained table, by their ids: Keras's ``Embedding``, with row-sparse gradients from end to end.

    Keras's own layer reads its table as a tensor. Its gradient is sparse, but the reading makes a row-sparse update copy the table (at
    a million rows of 256 that takes several times as long as the whole training step). This layer gathers from the variable
    itself. Train it with an optimizer of :mod:`aimass.optimizers`, which updates the rows of the gradient alone.

    Args:
        input_dim: number of ids, at least 1.
        output_dim: width of a row, at least 1.
        embeddings_initializer: of the table.
        embeddings_regularizer: of the table; it reads all rows in every step.
        embeddings_constraint: of the table; it reads and writes all rows in every step.
        mask_zero: id 0 is padding: the layer makes a mask for the layers that follow.
        weights: initial table ``[input_dim, output_dim]``, in place of the initializer.

    Call arguments:
        inputs: ids from 0 to ``input_dim - 1``, any shape ``[...]``, integers (others are cast).

    Output:
        ``[..., output_dim]`` in the layer's compute dtype.

    Raises:
        ParameterError: for a size below 1, or initial weights of another shape.
        tf.errors.InvalidArgumentError: on a CPU, for an id out of range.
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer="uniform",
        embeddings_regularizer=None,
        embeddings_constraint=None,
        mask_zero: bool = False,
        weights=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if min(input_dim, output_dim) < 1:
            raise ParameterError(
                f"Embedding: input_dim is {input_dim} and output_dim is {output_dim}; both must be at least 1"
            )
        self.input_dim, self.output_dim, self.mask_zero = input_dim, output_dim, bool(mask_zero)
        self.supports_masking = self.mask_zero
        self.embeddings_initializer = keras.initializers.get(embeddings_initializer)
        self.embeddings_regularizer = keras.regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = keras.constraints.get(embeddings_constraint)
        self.build()
        if weights is not None:
            shape = tuple(getattr(weights, "shape", ()))
            if shape != (input_dim, output_dim):
                raise ParameterError(
                    f"Embedding: weights have shape {shape}; expected ({input_dim}, {output_dim})"
                )
            self.embeddings.assign(weights)

    def build(self, input_shape=None):
        """Create the table."""
        if self.built:
            return
        self.embeddings = self.add_weight(
            (self.input_dim, self.output_dim),
            self.embeddings_initializer,
            name="embeddings",
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
            autocast=False,
        )
        self.built = True

    def call(self, inputs):
        """Gather the rows."""
        if keras.backend.standardize_dtype(inputs.dtype) not in ("int32", "int64"):
            inputs = tf.cast(inputs, tf.int32)
        return tf.cast(tf.gather(table_of(self.embeddings), inputs), self.compute_dtype)

    def compute_mask(self, inputs, mask=None):
        """Where the id is not 0; ``None`` without ``mask_zero``."""
        return keras.ops.not_equal(inputs, 0) if self.mask_zero else None

    def compute_output_shape(self, input_shape):
        """The input's, and the width of a row."""
        return (*input_shape, self.output_dim)

    def compute_output_spec(self, inputs):
        """What a symbolic call returns."""
        return keras.KerasTensor(self.compute_output_shape(inputs.shape), dtype=self.compute_dtype)

    def get_config(self):
        """Arguments of ``__init__`` but for ``weights``."""
        return {
            **super().get_config(),
            "input_dim": self.input_dim,
            "output_dim": self.output_dim,
            "embeddings_initializer": keras.initializers.serialize(self.embeddings_initializer),
            "embeddings_regularizer": keras.regularizers.serialize(self.embeddings_regularizer),
            "embeddings_constraint": keras.constraints.serialize(self.embeddings_constraint),
            "mask_zero": self.mask_zero,
        }
