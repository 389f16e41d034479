"""A gated recurrent unit layer that is quick on a CPU."""

import keras
import numpy as np
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.layers.recurrence import gru_sequences, reverse_sequences, state_dtype


@keras.saving.register_keras_serializable(package="aimass")
class FusedGRU(keras.layers.Layer):
    """Gated recurrent unit (Cho et al. 2014) over padded sequences, in one or both directions.

    The equations and the weights are those of ``keras.layers.GRU(reset_after=True)``; the inputs are projected before the
    loop, the gradient is written by hand (:mod:`aimass.layers.recurrence`), and both directions share one loop. In mixed precision, the
    state is kept in float32.

    Args:
        units: width of the state, per direction.
        bidirectional: also read each sequence from its last real token to its first.
        seed: of the initial weights; ``None`` draws from Keras's global generator.

    Call arguments:
        inputs: ``[batch, time, features]``.
        mask: bool ``[batch, time]``, true at real tokens, which come first; ``None`` means all are real.
        initial_state: ``[batch, directions * units]``; zeros when ``None``.

    Output:
        A tuple ``(states, final_state)``: ``[batch, time, directions * units]``, zero at padding, and
        ``[batch, directions * units]``, the state after the last real token in reading order (the initial state for a row
        that is all padding). Forward direction first.
    """

    def __init__(self, units: int, bidirectional: bool = False, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        if units < 1:
            raise ParameterError(f"FusedGRU: units is {units}; it must be at least 1")
        self.units = units
        self.bidirectional = bidirectional
        self.seed = seed
        self.supports_masking = True

    @property
    def directions(self) -> int:
        """1, or 2 when bidirectional."""
        return 2 if self.bidirectional else 1

    @property
    def state_units(self) -> int:
        """Width of the state of one direction."""
        return self.units

    def build(self, input_shape):
        """Create input kernel, recurrent kernel and bias of each direction, in Keras's layout (update, reset, candidate)."""
        features = input_shape[-1]
        seeds = (
            [None] * 4 if self.seed is None else np.random.SeedSequence(self.seed).generate_state(4).tolist()
        )
        self.kernels, self.recurrent_kernels, self.biases = [], [], []
        for i, name in enumerate(("forward", "backward")[: self.directions]):
            glorot = keras.initializers.GlorotUniform(seeds[2 * i])
            orthogonal = keras.initializers.Orthogonal(seed=seeds[2 * i + 1])
            self.kernels.append(self.add_weight((features, 3 * self.units), glorot, name=f"{name}_kernel"))
            self.recurrent_kernels.append(
                self.add_weight((self.units, 3 * self.units), orthogonal, name=f"{name}_recurrent_kernel")
            )
            self.biases.append(self.add_weight((2, 3 * self.units), "zeros", name=f"{name}_bias"))
        super().build(input_shape)

    def call(self, inputs, mask=None, initial_state=None):
        """Run over all steps; see the class for shapes."""
        dtype = tf.as_dtype(self.compute_dtype)
        inputs = tf.cast(inputs, dtype)
        batch, time = tf.shape(inputs)[0], tf.shape(inputs)[1]
        lengths = tf.fill([batch], time) if mask is None else tf.reduce_sum(tf.cast(mask, tf.int32), axis=1)
        readings = [inputs]
        if self.bidirectional:
            # Reversed up to its own length each row is padded on the right again, so that the loop needs no mask.
            readings.append(reverse_sequences(inputs, lengths))
        readings = [tf.transpose(x, [1, 0, 2]) for x in readings]
        initial = self._split_state(initial_state, batch)
        states = gru_sequences(readings, initial, *self._weights())  # each [time, units, batch]
        states = [tf.transpose(x, [2, 0, 1]) for x in states]
        final = [self._last(s, tf.transpose(h), lengths) for s, h in zip(states, initial, strict=True)]
        if self.bidirectional:
            states[1] = reverse_sequences(states[1], lengths)
        states = tf.concat(states, axis=-1)  # [batch, time, directions * units]
        if mask is not None:
            states *= tf.cast(mask, states.dtype)[..., None]
        return tf.ensure_shape(states, [*inputs.shape[:2], self.directions * self.units]), tf.concat(
            final, axis=-1
        )

    def step(self, inputs, state):
        """One step of a layer of one direction: ``[batch, features]`` and ``[batch, units]`` to the new state, of the state's dtype."""
        if self.bidirectional:
            raise ParameterError("FusedGRU.step: a bidirectional layer has no single step; use call")
        exact = state_dtype(self.compute_dtype)
        # In rows, as it comes: to turn a single step into columns and back takes longer than the step.
        biases = tf.unstack(tf.cast(tf.convert_to_tensor(self.biases[0]), exact))
        read, recurrent = (
            tf.cast(tf.matmul(tf.cast(x, self.compute_dtype), self._value(kernel)), exact) + bias
            for x, kernel, bias in zip(
                (inputs, state), (self.kernels[0], self.recurrent_kernels[0]), biases, strict=True
            )
        )
        read, x_candidate = tf.split(read, [2 * self.units, self.units], axis=1)
        recurrent, inner = tf.split(recurrent, [2 * self.units, self.units], axis=1)
        update, reset = tf.split(tf.sigmoid(read + recurrent), 2, axis=1)
        candidate = tf.tanh(x_candidate + reset * inner)
        return tf.cast(candidate + update * (tf.cast(state, exact) - candidate), state.dtype)

    def compute_output_shape(self, input_shape, *_, **__):
        """Shapes of the two outputs."""
        width = self.directions * self.units
        return (input_shape[0], input_shape[1], width), (input_shape[0], width)

    def get_config(self):
        """Arguments of ``__init__``."""
        return {
            **super().get_config(),
            "units": self.units,
            "bidirectional": self.bidirectional,
            "seed": self.seed,
        }

    def _value(self, variable):
        return tf.cast(tf.convert_to_tensor(variable), self.compute_dtype)

    def _weights(self):
        """Kernels, transposed recurrent kernels and biases as :func:`gru_sequences` takes them."""
        kernels = [self._value(kernel) for kernel in self.kernels]
        recurrent = [tf.transpose(self._value(kernel)) for kernel in self.recurrent_kernels]
        return kernels, recurrent, [self._bias(bias) for bias in self.biases]

    def _bias(self, bias):
        """``[4 * units, 1]``: of both gates, of the candidate, and of its recurrent part."""
        at_input, at_state = tf.unstack(tf.cast(tf.convert_to_tensor(bias), state_dtype(self.compute_dtype)))
        gates, last = slice(2 * self.units), slice(2 * self.units, None)
        return tf.concat([at_input[gates] + at_state[gates], at_input[last], at_state[last]], 0)[:, None]

    def _split_state(self, state, batch):
        """The initial state of each direction, ``[units, batch]`` in the state dtype."""
        exact = state_dtype(self.compute_dtype)
        if state is None:
            return [tf.zeros([self.units, batch], exact) for _ in range(self.directions)]
        return tf.split(tf.transpose(tf.cast(state, exact)), self.directions, axis=0)

    def _last(self, states, initial, lengths):
        last = tf.gather(states, tf.maximum(lengths - 1, 0), axis=1, batch_dims=1)
        return tf.where(lengths[:, None] > 0, last, tf.cast(initial, last.dtype))
