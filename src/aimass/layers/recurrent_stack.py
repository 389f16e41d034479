"""Recurrent layers one on another, as encoders and decoders use them."""

import keras
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.layers.gru import FusedGRU
from aimass.layers.masked_lstm import MaskedLSTM

CELLS = {"gru": FusedGRU, "lstm": MaskedLSTM}


@keras.saving.register_keras_serializable(package="aimass")
class RecurrentStack(keras.layers.Layer):
    """Recurrent layers one on another, with dropout before each and, where wanted, residual connections around each but the first.

    Args:
        units: width of the hidden states, per direction.
        cell: ``"gru"`` (:class:`aimass.layers.FusedGRU`) or ``"lstm"`` (:class:`aimass.layers.MaskedLSTM`).
        num_layers: depth.
        bidirectional: all layers read in both directions.
        residual: add a layer's input to its output, from the second layer on (Wu et al. 2016, section 3.1).
        dropout_rate: on the inputs of each layer, with one mask for all time steps (Gal & Ghahramani 2016).
        seeds: one seed a layer for weights, one a layer for dropout: ``2 * num_layers`` ints or ``None``.

    Call arguments:
        inputs: ``[batch, time, features]``.
        mask: bool ``[batch, time]``, true at real tokens, which come first; ``None`` means all are real.
        initial_states: list of ``[batch, directions * state_units]``, one a layer; zeros when ``None``.
        training: whether dropout is on.

    Output:
        A tuple ``(states, finals)``: the last layer's hidden states ``[batch, time, directions * units]``, and the list of the layers' final
        states ``[batch, directions * state_units]``; ``state_units`` is ``units``, and twice that with long short-term memory.

    Raises:
        ParameterError: for an unknown cell, or a number of seeds that does not fit.
    """

    def __init__(
        self,
        units: int,
        cell: str = "gru",
        num_layers: int = 1,
        bidirectional: bool = False,
        residual: bool = False,
        dropout_rate: float = 0.0,
        seeds=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        seeds = [None] * (2 * num_layers) if seeds is None else list(seeds)
        if cell not in CELLS or len(seeds) != 2 * num_layers:
            raise ParameterError(
                f"RecurrentStack: cell is {cell!r}, with {len(seeds)} seeds for {num_layers} layers; expected one of "
                f"{', '.join(map(repr, CELLS))}, and two seeds a layer"
            )
        self._config = {
            "units": units, "cell": cell, "num_layers": num_layers, "bidirectional": bidirectional,
            "residual": residual, "dropout_rate": dropout_rate, "seeds": seeds,
        }  # fmt: skip
        self.supports_masking = True
        policy = {"dtype": self.dtype_policy}
        self.readers = [
            CELLS[cell](units, bidirectional, seed, name=f"{cell}_{i}", **policy)
            for i, seed in enumerate(seeds[:num_layers])
        ]
        self.dropouts = [
            keras.layers.Dropout(
                dropout_rate, noise_shape=(None, 1, None), seed=seed, name=f"dropout_{i}", **policy
            )
            for i, seed in enumerate(seeds[num_layers:])
        ]

    @property
    def state_units(self) -> int:
        """Width of a layer's final state, both directions together."""
        return self.readers[0].directions * self.readers[0].state_units

    @property
    def output_units(self) -> int:
        """Width of the hidden states."""
        return self.readers[0].directions * self._config["units"]

    def build(self, input_shape):
        """Build each layer."""
        for i, reader in enumerate(self.readers):
            reader.build((*input_shape[:2], self.output_units if i else input_shape[-1]))
        super().build(input_shape)

    def call(self, inputs, mask=None, initial_states=None, training=False):
        """Run layer after layer; see the class for shapes."""
        finals, states = [], initial_states or [None] * len(self.readers)
        for i, (reader, dropout) in enumerate(zip(self.readers, self.dropouts, strict=True)):
            outputs, final = reader(dropout(inputs, training=training), mask=mask, initial_state=states[i])
            inputs = outputs + inputs if i and self._config["residual"] else outputs
            finals.append(final)
        return inputs, finals

    def step(self, inputs, states):
        """One step of layers of one direction, without dropout.

        Args:
            inputs: ``[batch, features]``.
            states: list of ``[batch, state_units]``.

        Returns:
            The last layer's output ``[batch, units]``, and the new states.
        """
        new_states = []
        for i, (reader, state) in enumerate(zip(self.readers, states, strict=True)):
            new_states.append(reader.step(inputs, state))
            outputs = tf.cast(new_states[-1][:, : self._config["units"]], self.compute_dtype)
            inputs = outputs + inputs if i and self._config["residual"] else outputs
        return inputs, new_states

    def compute_output_shape(self, input_shape, *_, **__):
        """Shapes of the hidden states, and of the final states."""
        return (*input_shape[:2], self.output_units), [(input_shape[0], self.state_units)] * len(self.readers)

    def get_config(self):
        """Arguments of ``__init__``."""
        return {**super().get_config(), **self._config}
