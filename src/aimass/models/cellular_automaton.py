"""A network that can learn a cellular automaton."""

import keras
import numpy as np
import tensorflow as tf

from aimass.errors import ParameterError


@keras.saving.register_keras_serializable(package="aimass")
class CellularAutomaton(keras.Model):
    """A convolution over a ring of cells, and a weighted sum at each cell (Gilpin 2019).

    Every cell sees `kernel_size` cells of the ring, its own in the middle. The same weights work at every cell, so that a
    network trained on lattices of one width runs on any other. With `units` hidden units it is a multilayer perceptron with
    one hidden layer that slides over the ring; without any it is a single threshold unit.

    Train it with ``BinaryCrossentropy(from_logits=True)`` on lattices ``[batch, width]`` and their next states.

    Args:
        units: hidden units; 0 removes the hidden layer.
        kernel_size: odd number of cells that a cell sees.
        activation: of the hidden layer.
        seed: of the initial weights; ``None`` draws from Keras's global generator.

    Call arguments:
        inputs: ``[batch, width]`` of zeros and ones, any number type.

    Output:
        float32 logits ``[batch, width]`` for "the cell will be 1".

    Raises:
        ParameterError: for an even kernel or a negative number of units.
    """

    def __init__(
        self,
        units: int = 8,
        kernel_size: int = 3,
        activation: str = "relu",
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if units < 0 or kernel_size < 1 or kernel_size % 2 == 0:
            raise ParameterError(
                f"CellularAutomaton: units={units}, kernel_size={kernel_size}; expected 0 or more, and an odd number"
            )
        self.units, self.kernel_size, self.activation, self.seed = units, kernel_size, activation, seed
        self.hidden = None
        if units:
            self.hidden = keras.layers.Conv1D(
                units, kernel_size, activation=activation, kernel_initializer=self._glorot(0), name="hidden"
            )
        self.score = keras.layers.Conv1D(
            1, 1 if units else kernel_size, kernel_initializer=self._glorot(1), name="score"
        )

    def _glorot(self, part: int):
        return keras.initializers.GlorotUniform(None if self.seed is None else self.seed + part)

    def build(self, input_shape):
        """Create the weights; the width of the lattice plays no part in them."""
        if self.hidden is not None:
            self.hidden.build((None, None, 1))
        self.score.build((None, None, self.units or 1))
        self.built = True

    def call(self, inputs):
        """Logits of the next state."""
        cells = tf.cast(inputs, self.compute_dtype)
        reach = self.kernel_size // 2
        width = tf.shape(cells)[1]
        around = tf.range(-reach, width + reach) % width
        features = tf.gather(cells, around, axis=1)[:, :, None]  # [batch, width + kernel_size - 1, 1]
        if self.hidden is not None:
            features = self.hidden(features)  # [batch, width, units]
        return tf.cast(self.score(features)[:, :, 0], "float32")

    def evolve(self, lattice: np.ndarray, steps: int) -> np.ndarray:
        """Run freely: each prediction, rounded to 0 or 1, is the next input.

        Args:
            lattice: ``[batch, width]`` of zeros and ones.
            steps: 0 or more.

        Returns:
            ``[batch, steps + 1, width]`` uint8, the given lattice first.
        """
        if steps < 0:
            raise ParameterError(f"CellularAutomaton.evolve: steps is {steps}; expected 0 or more")
        history = [tf.cast(np.asarray(lattice), "float32")]
        for _ in range(steps):
            history.append(tf.cast(self(history[-1]) > 0, "float32"))
        return np.stack(history, axis=1).astype(np.uint8)

    def get_config(self):
        """Arguments of the constructor."""
        own = {"units": self.units, "kernel_size": self.kernel_size, "activation": self.activation}
        return {**super().get_config(), **own, "seed": self.seed}
