"""A recurrent cell that looks at a memory in every step, and the layer that runs it over a sequence."""

import keras
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.layers.attention import SequenceAttention
from aimass.layers.fed_recurrence import FedWeights, fed_gru_sequence, fed_kernel
from aimass.layers.gru import FusedGRU
from aimass.layers.lstm_recurrence import state_dtype
from aimass.layers.multiplicative_attention import MultiplicativeAttention
from aimass.layers.recurrent_stack import RecurrentStack


@keras.saving.register_keras_serializable(package="aimass")
class AttentionCell(keras.layers.Layer):
    """Any recurrent cell with attention on a memory: what TensorFlow Addons' ``AttentionWrapper`` was, for Keras 3.

    In each step the cell reads its input; its output asks the attention for a context; output and context give the attentional vector
    ``tanh(W [context; output])`` (Luong et al. 2015, eq. 5), which is the step's output. With input feeding (section 3.3), the cell's input is
    the step's input and the attentional vector of the step before. The memory is an argument of each call: the cell keeps nothing.

    Args:
        cell: a Keras recurrent cell (``GRUCell``, ``LSTMCell``, ``StackedRNNCells``, ...), or a layer with a method
            ``step(inputs, states)`` such as :class:`aimass.layers.RecurrentStack`.
        attention: a :class:`aimass.layers.SequenceAttention`.
        units: width A of the attentional vector.
        input_feeding: feed it back.
        seed: of the initial weights.

    Call arguments:
        inputs: ``[batch, features]``.
        states: a pair (the cell's states, the attentional vector before, ``[batch, units]``); see :meth:`initial_states`.
        memory: a dict from :meth:`memory`.
        offset: how many steps went before (only attention on positions asks).
        training: handed to a Keras cell.

    Output:
        A tuple ``(vector, states, weights)``: ``[batch, units]``, the new pair, and float32 ``[batch, source_length]``.

    Raises:
        ParameterError: for a size below 1, or an attention of another kind.
    """

    def __init__(
        self, cell, attention, units: int, input_feeding: bool = True, seed: int | None = None, **kwargs
    ):
        super().__init__(**kwargs)
        if units < 1 or not isinstance(attention, SequenceAttention):
            raise ParameterError(
                f"AttentionCell: units is {units} and attention a {type(attention).__name__}; expected units >= 1 and a "
                "SequenceAttention, such as MultiplicativeAttention"
            )
        self.cell, self.attention, self.units = cell, attention, units
        self.input_feeding, self.seed = input_feeding, seed
        self.combine = keras.layers.Dense(
            units,
            activation="tanh",
            kernel_initializer=keras.initializers.GlorotUniform(seed),
            name="combine",
            dtype=self.dtype_policy,
        )

    def build(self, input_shape, *_):
        """Nothing: cell, attention and ``combine`` build themselves at their first call, or are built already."""
        self.built = True

    def memory(self, values, mask=None) -> dict:
        """What the cell looks at, its keys computed once.

        Args:
            values: ``[batch, source_length, value_units]``.
            mask: bool ``[batch, source_length]``, true at real positions.

        Returns:
            A dict of ``values``, ``keys`` and ``mask``.
        """
        values = tf.cast(values, self.compute_dtype)
        if not self.attention.built:
            query_units = self.cell.output_size if hasattr(self.cell, "output_size") else self.attention.units
            self.attention.build((None, None, query_units), (None, None, values.shape[-1]))
        return {"values": values, "keys": self.attention.keys(values), "mask": mask}

    def initial_states(self, states):
        """The pair to start from: the cell's states, and a first attentional vector of zeros."""
        batch = tf.shape(tf.nest.flatten(states)[0])[0]
        return states, tf.zeros([batch, self.units], self.compute_dtype)

    def call(self, inputs, states, memory, offset=0, training=False):
        """One step; see the class for shapes."""
        cell_states, fed = states
        inputs = tf.cast(inputs, self.compute_dtype)
        if self.input_feeding:
            inputs = tf.concat([inputs, tf.cast(fed, inputs.dtype)], axis=-1)
        if hasattr(self.cell, "step"):
            outputs, cell_states = self.cell.step(inputs, cell_states)
        else:
            outputs, cell_states = self.cell(inputs, cell_states, training=training)
        context, weights = self.attention.attend(outputs[:, None], **memory, offset=offset)
        vector = self.combine(tf.concat([context[:, 0], outputs], axis=-1))
        return vector, (cell_states, vector), weights[:, 0]

    def get_config(self):
        """Arguments of ``__init__``."""
        return {
            **super().get_config(),
            "cell": keras.saving.serialize_keras_object(self.cell),
            "attention": keras.saving.serialize_keras_object(self.attention),
            "units": self.units,
            "input_feeding": self.input_feeding,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config):
        """Make cell and attention, too."""
        parts = {name: keras.saving.deserialize_keras_object(config[name]) for name in ("cell", "attention")}
        return cls(**{**config, **parts})


@keras.saving.register_keras_serializable(package="aimass")
class AttentionRNN(keras.layers.Layer):
    """Runs an :class:`AttentionCell` over a sequence, step by step.

    With input feeding each step needs the one before, attention included. For one layer of gated recurrent units with multiplicative attention the
    gradient of the loop is written by hand (:mod:`aimass.layers.fed_recurrence`); for all others it is TensorFlow's, at about half the speed.
    Without input feeding, run the recurrence and the attention over the whole sequence instead, as :class:`aimass.models.Seq2Seq` does.

    Args:
        cell: the cell.

    Call arguments:
        inputs: ``[batch, time, features]``.
        values: ``[batch, source_length, value_units]``: the memory, or a dict from :meth:`AttentionCell.memory`.
        mask: bool ``[batch, source_length]``, true at real positions of the memory; ``None`` means all are real.
        initial_states: the cell's states, each ``[batch, ...]``; zeros when ``None`` (Keras cells only).
        training: handed to the cell.

    Output:
        A tuple ``(vectors, weights, states)``: ``[batch, time, units]``, float32 ``[batch, time, source_length]``, and the cell's last states.
    """

    def __init__(self, cell: AttentionCell, **kwargs):
        super().__init__(**kwargs)
        self.cell = cell
        self.supports_masking = True  # the mask is the memory's, and the memory ends here

    def build(self, *_):
        """Nothing: the cell builds itself."""
        self.built = True

    def compute_mask(self, inputs, mask=None):
        """None."""
        return None

    def call(self, inputs, values, mask=None, initial_states=None, training=False):
        """Run over all steps; see the class for shapes."""
        inputs = tf.cast(inputs, self.compute_dtype)
        memory = values if isinstance(values, dict) else self.cell.memory(values, mask)
        if initial_states is None:
            initial_states = self.cell.cell.get_initial_state(batch_size=tf.shape(inputs)[0])
        states = self.cell.initial_states(initial_states)
        if self._is_fused():
            return self._fused(inputs, memory, *states)
        steps = tf.transpose(inputs, [1, 0, 2])
        time = tf.shape(steps)[0]
        # The first step outside the loop: it builds what is not built, and its states have the dtypes of all later ones.
        vector, states, weights = self.cell(
            steps[0], states=states, memory=memory, offset=0, training=training
        )
        arrays = [
            tf.TensorArray(x.dtype, time, element_shape=[None, x.shape[-1]]).write(0, x)
            for x in (vector, weights)
        ]

        def step(t, states, vectors, weights):
            vector, states, row = self.cell(
                steps[t], states=states, memory=memory, offset=t, training=training
            )
            return t + 1, states, vectors.write(t, vector), weights.write(t, row)

        _, states, *arrays = tf.while_loop(lambda t, *_: t < time, step, [1, states, *arrays])
        vectors, weights = (tf.transpose(a.stack(), [1, 0, 2]) for a in arrays)
        return vectors, weights, states[0]

    def _is_fused(self) -> bool:
        cell = self.cell
        return (
            cell.input_feeding
            and isinstance(cell.cell, RecurrentStack)
            and [type(reader) for reader in cell.cell.readers] == [FusedGRU]
            and type(cell.attention) is MultiplicativeAttention
        )

    def _fused(self, inputs, memory, states, vector):
        """As :meth:`call`, by :func:`aimass.layers.fed_recurrence.fed_gru_sequence`."""
        cell, (reader,) = self.cell, self.cell.cell.readers
        dtype, exact = tf.as_dtype(self.compute_dtype), state_dtype(self.compute_dtype)
        features = inputs.shape[-1]
        if not reader.built:
            cell.cell.build((None, None, features + cell.units))
        if not cell.combine.built:
            cell.combine.build((None, memory["values"].shape[-1] + reader.units))
        kernel, recurrent, combine = (
            tf.cast(tf.convert_to_tensor(w), dtype)
            for w in (reader.kernels[0], reader.recurrent_kernels[0], cell.combine.kernel)
        )
        at_input, at_recurrent = tf.unstack(tf.cast(tf.convert_to_tensor(reader.biases[0]), exact))
        gates = tf.constant([1.0] * (2 * reader.units) + [0.0] * reader.units, exact)
        steps = tf.transpose(inputs, [1, 0, 2])
        projected = tf.matmul(tf.reshape(steps, [-1, features]), kernel[:features])
        projected = tf.reshape(projected, [*tf.unstack(tf.shape(steps)[:2]), 3 * reader.units])
        projected = tf.cast(projected, exact) + at_input + at_recurrent * gates
        mask = memory["mask"]
        shut = tf.zeros(tf.shape(memory["keys"])[:2], exact)
        if mask is not None:
            shut = tf.where(mask, shut, exact.min)
        vectors, outputs, weights = fed_gru_sequence(
            projected,
            tf.cast(states[0], exact),
            tf.cast(vector, exact),
            FedWeights(
                fed_kernel(kernel[features:], recurrent),
                at_recurrent[2 * reader.units :],
                combine,
                tf.cast(tf.convert_to_tensor(cell.combine.bias), exact),
                tf.cast(memory["keys"], dtype),
                tf.cast(memory["values"], dtype),
            ),
            shut,
        )
        vectors, weights = (tf.transpose(x, [1, 0, 2]) for x in (vectors, weights))
        return tf.cast(vectors, dtype), tf.cast(weights, tf.float32), [tf.cast(outputs[-1], dtype)]

    def get_config(self):
        """Arguments of ``__init__``."""
        return {**super().get_config(), "cell": keras.saving.serialize_keras_object(self.cell)}

    @classmethod
    def from_config(cls, config):
        """Make the cell, too."""
        return cls(**{**config, "cell": keras.saving.deserialize_keras_object(config["cell"])})
