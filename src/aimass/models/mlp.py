"""The multilayer perceptron."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from aimass.errors import ParameterError


@keras.saving.register_keras_serializable(package="aimass")
class PerNetwork(keras.initializers.Initializer):
    """Glorot's uniform weights (Glorot & Bengio 2010) for several networks at once: each as if it were alone, from its own seed.

    Args:
        seeds: one for each network; ``None`` in place of one draws from Keras's global generator.
        depth: the layer's number: layers of one network draw different weights.

    Call arguments:
        shape: ``(networks, units_in, units_out)``.
    """

    def __init__(self, seeds: Sequence[int | None], depth: int = 0):
        self.seeds, self.depth = list(seeds), depth

    def __call__(self, shape, dtype=None):
        """Draw the weights: ``shape``."""
        limit = np.sqrt(6.0 / (shape[1] + shape[2]))
        weights = np.empty(shape, "float32")
        for network, seed in enumerate(self.seeds):
            source = keras.random.make_default_seed() if seed is None else seed
            weights[network] = np.random.default_rng([source, self.depth]).uniform(-limit, limit, shape[1:])
        return tf.cast(weights, dtype or keras.config.floatx())

    def get_config(self):
        """Arguments of the constructor."""
        return {"seeds": self.seeds, "depth": self.depth}


@keras.saving.register_keras_serializable(package="aimass")
class MLP(keras.Model):
    """Fully connected layers with a non-linear function between them (Rumelhart et al. 1986).

    A list of seeds makes as many independent networks that are trained side by side in one ``fit``, on the same batches: what
    an experiment over seeds wants. They share nothing. As the compiled loss is a mean over networks, each one's gradient is
    divided by their number; Adam is indifferent to that up to its epsilon, plain gradient descent is not.

    Args:
        num_outputs: logits of each network.
        units: width of each hidden layer.
        num_layers: hidden layers; 0 leaves a linear model.
        activation: of the hidden layers; ``"linear"`` removes the non-linearity and nothing else.
        dropout_rate: on each hidden layer.
        seed: of the initial weights and dropout; a list makes one network for each of its seeds.

    Call arguments:
        inputs: ``[batch, features]``.
        training: whether dropout is on.

    Output:
        float32 logits ``[batch, num_outputs]``; with a list of seeds ``[batch, networks, num_outputs]``.

    Raises:
        ParameterError: for a size below 1, a negative number of layers, a rate outside ``[0, 1)``, or an empty list of seeds.
    """

    def __init__(
        self,
        num_outputs: int,
        units: int = 32,
        num_layers: int = 2,
        activation: str = "relu",
        dropout_rate: float = 0.0,
        seed: int | Sequence[int] | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if num_outputs < 1 or units < 1 or num_layers < 0 or not 0 <= dropout_rate < 1:
            raise ParameterError(
                f"MLP: num_outputs={num_outputs}, units={units}, num_layers={num_layers}, dropout_rate={dropout_rate}; "
                "expected sizes of 1 or more, 0 or more layers, a rate from 0 to below 1"
            )
        self.side_by_side = isinstance(seed, Sequence)
        self.seeds: list[int | None] = list(seed) if isinstance(seed, Sequence) else [seed]
        if not self.seeds:
            raise ParameterError("MLP: an empty list of seeds; give one seed for each network")
        self.num_outputs, self.units, self.num_layers = num_outputs, units, num_layers
        self.activation, self.dropout_rate = activation, dropout_rate
        self.dense = [self._dense(depth) for depth in range(num_layers + 1)]
        self.dropout = keras.layers.Dropout(dropout_rate, seed=self.seeds[0])

    def _dense(self, depth: int) -> keras.layers.EinsumDense:
        last = depth == self.num_layers
        width = self.num_outputs if last else self.units
        return keras.layers.EinsumDense(
            "bni,nio->bno"
            if depth
            else "bi,nio->bno",  # the first layer's input is the same for all networks
            output_shape=(len(self.seeds), width),
            bias_axes="no",
            activation=None if last else self.activation,
            kernel_initializer=PerNetwork(self.seeds, depth),
            name="logits" if last else f"hidden_{depth + 1}",
        )

    def build(self, input_shape):
        """Create a kernel ``[networks, units_in, units_out]`` and a bias ``[networks, units_out]`` for each layer."""
        if len(input_shape) != 2:
            raise ParameterError(f"MLP: inputs of shape {tuple(input_shape)}; expected [batch, features]")
        for depth, layer in enumerate(self.dense):
            layer.build((None, len(self.seeds), self.units) if depth else (None, input_shape[-1]))
        self.built = True

    def call(self, inputs, training=False):
        """Logits."""
        return self._leave(tf.cast(self._outputs(inputs, training)[-1], "float32"))

    def hidden(self, inputs) -> list[tf.Tensor]:
        """The outputs of the hidden layers, first to last: each ``[batch, units]``, or ``[batch, networks, units]``."""
        inputs = tf.convert_to_tensor(inputs)
        if not self.built:
            self.build(inputs.shape)
        return [self._leave(layer) for layer in self._outputs(inputs, False)[:-1]]

    def collapsed(self) -> tuple[np.ndarray, np.ndarray]:
        """The one linear map that the network is when its activation is ``"linear"``.

        Returns:
            kernel ``[features, num_outputs]`` and bias ``[num_outputs]``, float64; with a list of seeds both have the axis of
            networks first. ``inputs @ kernel + bias`` are the logits.

        Raises:
            ParameterError: for another activation, or a network that is not built.
        """
        if self.activation != "linear" or not self.built:
            raise ParameterError(
                f"MLP.collapsed: activation={self.activation!r}, built={self.built}; only a built network whose activation is "
                "'linear' is one linear map"
            )
        kernel, bias = self._weights(0)
        for depth in range(1, len(self.dense)):
            weights, shift = self._weights(depth)
            kernel, bias = kernel @ weights, bias @ weights + shift
        return (kernel, bias[:, 0]) if self.side_by_side else (kernel[0], bias[0, 0])

    def _weights(self, depth: int) -> tuple[np.ndarray, np.ndarray]:
        """Kernel ``[networks, units_in, units_out]`` and bias ``[networks, 1, units_out]`` of a layer, float64."""
        kernel, bias = self.dense[depth].get_weights()
        return np.asarray(kernel, "float64"), np.asarray(bias, "float64")[:, None]

    def _outputs(self, inputs, training) -> list[tf.Tensor]:
        """The output of each layer, ``[batch, networks, width]``."""
        features = tf.cast(inputs, self.compute_dtype)  # [batch, features]
        outputs = []
        for layer in self.dense:
            features = layer(features)
            outputs.append(features)
            features = self.dropout(features, training=training)
        return outputs

    def _leave(self, layer: tf.Tensor) -> tf.Tensor:
        return layer if self.side_by_side else layer[:, 0]

    def get_config(self):
        """Arguments of the constructor."""
        own = {
            "num_outputs": self.num_outputs,
            "units": self.units,
            "num_layers": self.num_layers,
            "activation": self.activation,
            "dropout_rate": self.dropout_rate,
            "seed": list(self.seeds) if self.side_by_side else self.seeds[0],
        }
        return {**super().get_config(), **own}
