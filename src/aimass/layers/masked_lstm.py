"""A long short-term memory layer over padded sequences, in one or both directions."""

import keras
import numpy as np
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.layers.lstm_recurrence import lstm_sequence, lstm_step, state_dtype

SHUT = 1e4  # added to a gate's argument, it opens or shuts the gate exactly


@keras.saving.register_keras_serializable(package="aimass")
class MaskedLSTM(keras.layers.Layer):
    """Long short-term memory (Hochreiter & Schmidhuber 1997) over padded sequences, with the interface of :class:`aimass.layers.FusedGRU`.

    The equations and the weights are those of ``keras.layers.LSTM``; the recurrence is that of :class:`aimass.layers.FusedLSTM`. At padding the
    input gate is shut and the forget gate open, so that the cell after the last step is that after the last real token.

    Args:
        units: width of the hidden state, per direction.
        bidirectional: also read each sequence from its last real token to its first.
        seed: of the initial weights; ``None`` draws from Keras's global generator.

    Call arguments:
        inputs: ``[batch, time, features]``.
        mask: bool ``[batch, time]``, true at real tokens, which come first; ``None`` means all are real.
        initial_state: ``[batch, directions * 2 * units]``: of each direction hidden state and cell; zeros when ``None``.

    Output:
        A tuple ``(states, final_state)``: hidden states ``[batch, time, directions * units]``, zero at padding, and
        ``[batch, directions * 2 * units]``, hidden state and cell after the last real token in reading order (the initial state for a row that
        is all padding). Forward direction first.

    Raises:
        ParameterError: for a size below 1, or inputs of another rank.
    """

    def __init__(self, units: int, bidirectional: bool = False, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        if units < 1:
            raise ParameterError(f"MaskedLSTM: units is {units}; it must be at least 1")
        self.units, self.bidirectional, self.seed = units, bidirectional, seed
        self.supports_masking = True

    @property
    def directions(self) -> int:
        """1, or 2 when bidirectional."""
        return 2 if self.bidirectional else 1

    @property
    def state_units(self) -> int:
        """Width of the state of one direction."""
        return 2 * self.units

    def build(self, input_shape):
        """Create kernel, recurrent kernel and bias of each direction, in Keras's layout (input, forget, candidate, output)."""
        if len(input_shape) != 3:
            raise ParameterError(
                f"MaskedLSTM: inputs of shape {tuple(input_shape)}; expected [batch, time, features]"
            )
        seeds = (
            [None] * 4 if self.seed is None else np.random.SeedSequence(self.seed).generate_state(4).tolist()
        )
        width = 4 * self.units
        self.kernels, self.recurrent_kernels, self.biases = [], [], []
        for i, name in enumerate(("forward", "backward")[: self.directions]):
            glorot = keras.initializers.GlorotUniform(seeds[2 * i])
            orthogonal = keras.initializers.Orthogonal(seed=seeds[2 * i + 1])
            self.kernels.append(self.add_weight((input_shape[-1], width), glorot, name=f"{name}_kernel"))
            self.recurrent_kernels.append(
                self.add_weight((self.units, width), orthogonal, name=f"{name}_recurrent_kernel")
            )
            self.biases.append(self.add_weight((width,), self._remember, name=f"{name}_bias"))
        super().build(input_shape)

    def _remember(self, shape, dtype=None):
        """Zeros, but 1 at the forget gate (Jozefowicz et al. 2015)."""
        return tf.cast(tf.equal(tf.range(shape[0]) // self.units, 1), dtype)

    def call(self, inputs, mask=None, initial_state=None):
        """Run over all steps; see the class for shapes."""
        inputs = tf.cast(inputs, self.compute_dtype)
        batch, time = tf.shape(inputs)[0], tf.shape(inputs)[1]
        lengths = tf.fill([batch], time) if mask is None else tf.reduce_sum(tf.cast(mask, tf.int32), axis=1)
        exact = state_dtype(self.compute_dtype)
        if initial_state is None:
            initial_state = tf.zeros([batch, self.directions * self.state_units], exact)
        initial = tf.split(tf.cast(initial_state, exact), self.directions, axis=1)
        states, final = zip(
            *[self._read(inputs, lengths, state, i) for i, state in enumerate(initial)], strict=True
        )
        states = tf.concat(states, axis=-1)
        if mask is not None:
            states *= tf.cast(mask, states.dtype)[..., None]
        return tf.ensure_shape(states, [*inputs.shape[:2], self.directions * self.units]), tf.concat(
            final, axis=-1
        )

    def _read(self, inputs, lengths, initial, direction):
        """Hidden states ``[batch, time, units]`` and the final state ``[batch, 2 * units]`` of one direction."""
        batch, time = tf.shape(inputs)[0], tf.shape(inputs)[1]
        if direction:
            inputs = tf.reverse_sequence(inputs, lengths, seq_axis=1)
        padding = tf.reshape(tf.range(time)[:, None] >= lengths, [1, time * batch])
        projected = self._project(inputs, direction)
        shut = SHUT * np.repeat([-1.0, 1.0, 0.0, 0.0], self.units)[:, None]
        projected += tf.cast(shut, projected.dtype) * tf.cast(padding, projected.dtype)
        hidden, cell = (tf.transpose(part) for part in tf.split(initial, 2, axis=1))
        states, _, last_cell = lstm_sequence(projected, hidden, cell, self._kernel(direction))
        states = tf.transpose(states, [2, 0, 1])
        last = tf.gather(states, tf.maximum(lengths - 1, 0), axis=1, batch_dims=1)
        last = tf.where(lengths[:, None] > 0, tf.cast(last, initial.dtype), tf.transpose(hidden))
        final = tf.cast(tf.concat([last, tf.transpose(last_cell)], axis=1), inputs.dtype)
        return (tf.reverse_sequence(states, lengths, seq_axis=1) if direction else states), final

    def step(self, inputs, state):
        """One step of a layer of one direction: ``[batch, features]`` and ``[batch, 2 * units]`` to the new state, of the state's dtype."""
        if self.bidirectional:
            raise ParameterError("MaskedLSTM.step: a bidirectional layer has no single step; use call")
        projected = self._project(tf.cast(inputs, self.compute_dtype)[:, None], 0)
        hidden, cell = (tf.transpose(part) for part in tf.split(state, 2, axis=1))
        kernel = self._kernel(0)
        cell = tf.cast(cell, state_dtype(kernel.dtype))
        hidden, cell, _ = lstm_step(projected, tf.cast(hidden, kernel.dtype), cell, kernel)
        parts = [tf.transpose(tf.cast(part, state.dtype)) for part in (hidden, cell)]
        return tf.concat(parts, axis=1)

    def _value(self, variable):
        return tf.cast(tf.convert_to_tensor(variable), self.compute_dtype)

    def _project(self, inputs, direction):
        """``[batch, time, features]`` to the inputs' part of all steps in columns, ``[4 * units, time * batch]``."""
        columns = tf.reshape(tf.transpose(inputs, [2, 1, 0]), [inputs.shape[-1], -1])
        projected = tf.matmul(self._value(self.kernels[direction]), columns, transpose_a=True)
        return projected + self._value(self.biases[direction])[:, None]

    def _kernel(self, direction):
        return tf.transpose(self._value(self.recurrent_kernels[direction]))

    def compute_output_shape(self, input_shape, *_, **__):
        """Shapes of the two outputs."""
        width = self.directions * self.units
        return (input_shape[0], input_shape[1], width), (input_shape[0], 2 * width)

    def get_config(self):
        """Arguments of ``__init__``."""
        return {
            **super().get_config(),
            "units": self.units,
            "bidirectional": self.bidirectional,
            "seed": self.seed,
        }
