"""A long short-term memory layer that is quick on a CPU."""

import keras
import numpy as np
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.layers.lstm_recurrence import lstm_sequence, state_dtype


@keras.saving.register_keras_serializable(package="aimass")
class FusedLSTM(keras.layers.Layer):
    """Long short-term memory (Hochreiter & Schmidhuber 1997) over sequences without padding, with its state given and returned.

    The equations and the weights are those of ``keras.layers.LSTM``; all inputs are projected by one product, the recurrence
    runs in columns, and its gradient is written by hand (:mod:`aimass.layers.lstm_recurrence`). In mixed precision, the
    state is kept in float32.

    Args:
        units: width of the state.
        recurrent_dropout: rate at which the recurrent kernel's weights are dropped in training, the same ones in all steps of
            a call (Merity et al. 2018).
        seed: of the initial weights and the dropped weights; ``None`` draws from Keras's global generator.

    Call arguments:
        inputs: ``[batch, time, features]``.
        initial_state: a pair (hidden state, cell), each ``[batch, units]``; zeros when ``None``.
        training: whether weights are dropped.

    Output:
        A tuple ``(outputs, (hidden, cell))``: the hidden states ``[batch, time, units]`` in the compute dtype, and the state
        after the last step, each ``[batch, units]`` in float32 (float64 where that is the compute dtype).

    Raises:
        ParameterError: for a size below 1, a rate outside ``[0, 1)``, inputs of another rank, or a mask: give sequences of
            one length, or streams.
    """

    def __init__(self, units: int, recurrent_dropout: float = 0.0, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        if units < 1:
            raise ParameterError(f"FusedLSTM: units is {units}; it must be at least 1")
        if not 0 <= recurrent_dropout < 1:
            raise ParameterError(
                f"FusedLSTM: recurrent_dropout is {recurrent_dropout}; expected 0 <= recurrent_dropout < 1"
            )
        self.units, self.recurrent_dropout, self.seed = units, recurrent_dropout, seed
        self.supports_masking = True  # to be told of a mask, and to refuse it
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, input_shape):
        """Create kernel, recurrent kernel and bias in Keras's layout (input, forget, candidate, output)."""
        if len(input_shape) != 3:
            raise ParameterError(
                f"FusedLSTM: inputs of shape {tuple(input_shape)}; expected [batch, time, features]"
            )
        seeds = (
            [None] * 2 if self.seed is None else np.random.SeedSequence(self.seed).generate_state(2).tolist()
        )
        width = 4 * self.units
        glorot = keras.initializers.GlorotUniform(seeds[0])
        orthogonal = keras.initializers.Orthogonal(seed=seeds[1])
        self.kernel = self.add_weight((input_shape[-1], width), glorot, name="kernel")
        self.recurrent_kernel = self.add_weight((self.units, width), orthogonal, name="recurrent_kernel")
        self.bias = self.add_weight((width,), self._remember, name="bias")
        super().build(input_shape)

    def _remember(self, shape, dtype=None):
        """Zeros, but 1 at the forget gate (Jozefowicz et al. 2015)."""
        gate = tf.range(shape[0]) // self.units
        return tf.cast(tf.equal(gate, 1), dtype)

    def call(self, inputs, initial_state=None, mask=None, training=False):
        """Run over all steps; see the class for shapes."""
        if mask is not None:
            raise ParameterError("FusedLSTM: a mask was given; it takes sequences without padding")
        batch, time, dtype = tf.shape(inputs)[0], tf.shape(inputs)[1], tf.as_dtype(self.compute_dtype)
        exact = state_dtype(dtype)
        # In columns [features, time * batch]: the first step's batch, the second's, and so on.
        columns = tf.reshape(
            tf.transpose(tf.cast(inputs, dtype), [2, 1, 0]), [inputs.shape[-1], time * batch]
        )
        projected = tf.matmul(self._value(self.kernel), columns, transpose_a=True)
        projected += self._value(self.bias)[:, None]
        if initial_state is None:
            hidden = cell = tf.zeros([self.units, batch], exact)
        else:
            hidden, cell = (tf.transpose(tf.cast(state, exact)) for state in initial_state)
        kernel = tf.transpose(self._recurrent_kernel(training))
        outputs, hidden, cell = lstm_sequence(projected, hidden, cell, kernel)
        outputs = tf.ensure_shape(tf.transpose(outputs, [2, 0, 1]), [*inputs.shape[:2], self.units])
        return outputs, (tf.transpose(hidden), tf.transpose(cell))

    def _recurrent_kernel(self, training):
        kernel = self._value(self.recurrent_kernel)
        if not training or not self.recurrent_dropout:
            return kernel
        return keras.random.dropout(kernel, self.recurrent_dropout, seed=self.seed_generator)

    def _value(self, variable):
        return tf.cast(tf.convert_to_tensor(variable), self.compute_dtype)

    def compute_output_shape(self, input_shape, *_, **__):
        """Shapes of outputs and of the two states."""
        state = (input_shape[0], self.units)
        return (input_shape[0], input_shape[1], self.units), (state, state)

    def get_config(self):
        """Arguments of ``__init__``."""
        return {
            **super().get_config(),
            "units": self.units,
            "recurrent_dropout": self.recurrent_dropout,
            "seed": self.seed,
        }
