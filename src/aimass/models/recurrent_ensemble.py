"""Many small recurrent networks, independent of each other, trained side by side."""

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from aimass.errors import ParameterError

CELLS = {"tanh": 1, "linear": 1, "gru": 3, "lstm": 4}  # blocks of units in a cell's kernels


@keras.saving.register_keras_serializable(package="aimass")
class RecurrentEnsemble(keras.Model):
    """Recurrent networks that read a sequence and answer from their last state, one for each seed.

    They share nothing, and the loss is the sum of theirs, so that each learns as if it were alone. The equations and the order
    of the blocks in the kernels are those of ``keras.layers.SimpleRNN``, ``GRU`` and ``LSTM``.

    Args:
        units: width of each network's state.
        num_outputs: outputs of each network, without activation.
        cell: ``"tanh"`` (a simple recurrent network), ``"linear"`` (the same without tanh), ``"gru"`` (Cho et al. 2014, reset
            gate after the product) or ``"lstm"`` (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000).
        seeds: one for each network, of its initial weights: Glorot uniform from below, orthogonal recurrent ones.
        gain: factor on the orthogonal recurrent weights: all their singular values.
        gate_bias: initial bias of the gate that keeps the old state: an LSTM's forget gate, a GRU's update gate.
        l2: weight of an L2 penalty on all kernels, for each network one number of 0 or more; ``None`` for none.

    Call arguments:
        inputs: ``[batch, time, features]``, the same for all networks, or ``[batch, networks, time, features]``. The number of
            steps must be known.

    Output:
        float32 ``[batch, networks, num_outputs]``.

    Raises:
        ParameterError: for a size below 1, an unknown cell, no seeds, penalties that do not fit the seeds, or inputs of
            another rank.
    """

    def __init__(
        self,
        units: int,
        num_outputs: int,
        cell: str = "tanh",
        seeds: Sequence[int] = (0,),
        gain: float = 1.0,
        gate_bias: float = 0.0,
        l2: Sequence[float] | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.seeds = [int(seed) for seed in seeds]
        if units < 1 or num_outputs < 1 or not self.seeds:
            raise ParameterError(
                f"RecurrentEnsemble: units={units}, num_outputs={num_outputs}, {len(self.seeds)} seeds; expected 1 or more of each"
            )
        if cell not in CELLS:
            raise ParameterError(f"RecurrentEnsemble: cell={cell!r}; expected one of {', '.join(CELLS)}")
        if l2 is not None and (len(l2) != len(self.seeds) or min(l2) < 0):
            raise ParameterError(
                f"RecurrentEnsemble: {len(l2)} penalties for {len(self.seeds)} seeds; expected one of 0 or more for each"
            )
        self.units, self.num_outputs, self.cell = units, num_outputs, cell
        self.gain, self.gate_bias = gain, gate_bias
        self.l2 = None if l2 is None else [float(each) for each in l2]

    def build(self, input_shape):
        """Create the weights of the networks, ``[networks, ...]`` each."""
        self._check_rank(input_shape)
        drawn = [self._draw(seed, input_shape[-1]) for seed in self.seeds]
        names = ("kernel", "recurrent_kernel", "bias", "output_kernel", "output_bias")
        for name, values in zip(names, zip(*drawn, strict=True), strict=True):
            stacked = np.stack(values)
            setattr(
                self,
                name,
                self.add_weight(stacked.shape, lambda _, dtype, v=stacked: tf.cast(v, dtype), name=name),
            )
        self.built = True

    def _draw(self, seed: int, features: int) -> list[np.ndarray]:
        """Initial weights of one network."""
        random, blocks, units = np.random.default_rng(seed), CELLS[self.cell], self.units

        def glorot(rows, columns):
            limit = np.sqrt(6 / (rows + columns))
            return random.uniform(-limit, limit, (rows, columns)).astype("float32")

        def orthogonal():
            q, r = np.linalg.qr(random.standard_normal((units, units)))
            return (self.gain * q * np.sign(np.diag(r))).astype("float32")

        kernel = glorot(features, blocks * units)
        recurrent = np.concatenate([orthogonal() for _ in range(blocks)], axis=1)
        bias = np.zeros((2, 3 * units) if self.cell == "gru" else blocks * units, "float32")
        keeping = {"gru": slice(0, units), "lstm": slice(units, 2 * units)}.get(self.cell)
        if keeping:
            (bias[0] if self.cell == "gru" else bias)[keeping] = self.gate_bias
        return [
            kernel,
            recurrent,
            bias,
            glorot(units, self.num_outputs),
            np.zeros(self.num_outputs, "float32"),
        ]

    def call(self, inputs):
        """Outputs of all networks."""
        projected = self._project(inputs)
        if CELLS[self.cell] == 1:
            last = _last_state(projected, tf.convert_to_tensor(self.recurrent_kernel), self.cell == "tanh")
        else:
            last = self._unroll(projected)[-1]
        if self.l2 is not None:
            self.add_loss(self._penalty())
        return self._answer(last)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The sum of the networks' losses, each a mean over the batch."""
        return len(self.seeds) * super().compute_loss(x, y, y_pred, sample_weight, training)

    def losses_of(self, inputs, targets, loss: Callable, batch_size: int = 100) -> np.ndarray:
        """The mean loss of each network: ``[networks]`` float64, infinite where it is not finite.

        Args:
            inputs: ``[batch, time, features]``, the same for all.
            targets: ``[batch, ...]``, the same for all.
            loss: a Keras loss function, of targets ``[batch, networks, ...]`` and outputs to ``[batch, networks]``.
            batch_size: of the evaluation.
        """
        parts = [
            self(inputs[start : start + batch_size]).numpy() for start in range(0, len(inputs), batch_size)
        ]
        outputs = np.concatenate(parts)  # [batch, networks, num_outputs]
        everyone = np.repeat(np.asarray(targets)[:, None], len(self.seeds), axis=1)
        found = np.asarray(loss(everyone, outputs), "float64").mean(axis=0)
        return np.where(np.isfinite(found), found, np.inf)

    def gradients_through_time(self, inputs, targets, loss: Callable) -> np.ndarray:
        """How far a loss at the end reaches back: the norm of its gradient with respect to the state after each step.

        Args:
            inputs, targets, loss: as in :meth:`losses_of`.

        Returns:
            ``[time, networks, batch]`` float32. The state of an LSTM is its output and its cell together.
        """
        inputs = tf.convert_to_tensor(inputs)
        if not self.built:
            self.build(inputs.shape)
        with tf.GradientTape() as tape:
            states = self._unroll(self._project(inputs))
            everyone = np.repeat(np.asarray(targets)[:, None], len(self.seeds), axis=1)
            total = tf.reduce_sum(loss(everyone, self._answer(states[-1])))
        found = tape.gradient(total, states)
        return tf.stack([tf.norm(grad, axis=-1) for grad in found]).numpy()

    def _penalty(self):
        weights = (self.kernel, self.recurrent_kernel, self.output_kernel)
        squares = tf.add_n([tf.reduce_sum(tf.square(w), axis=[1, 2]) for w in weights])  # [networks]
        return tf.reduce_sum(tf.constant(self.l2) * squares) / len(self.seeds)

    def _project(self, inputs):
        """The inputs' part of every step, input bias included: ``[networks, time, batch, blocks * units]``."""
        self._check_rank(inputs.shape)
        inputs = tf.cast(inputs, self.compute_dtype)
        if len(inputs.shape) == 3:
            projected = tf.einsum("btf,nfu->ntbu", inputs, self.kernel)
        else:
            # One product of rank 3: where ranks differ, the product of a single network has crashed TensorFlow 2.21 on CPUs.
            _, _, time, features = inputs.shape
            rows = tf.reshape(tf.transpose(inputs, [1, 2, 0, 3]), [len(self.seeds), -1, features])
            shape = [len(self.seeds), time, tf.shape(inputs)[0], self.kernel.shape[-1]]
            projected = tf.reshape(tf.matmul(rows, self.kernel), shape)
        bias = self.bias[:, 0] if self.cell == "gru" else self.bias
        return projected + bias[:, None, None]

    def _unroll(self, projected) -> list[tf.Tensor]:
        """The states after each step, ``[networks, batch, units]``; an LSTM's are twice as wide."""
        width = self.units * (2 if self.cell == "lstm" else 1)
        state = tf.zeros([len(self.seeds), tf.shape(projected)[2], width], projected.dtype)
        states = []
        for step in tf.unstack(projected, axis=1):
            state = getattr(self, f"_step_{self.cell}")(step, state)
            states.append(state)
        return states

    def _step_tanh(self, step, state):
        return tf.tanh(step + tf.matmul(state, self.recurrent_kernel))

    def _step_linear(self, step, state):
        return step + tf.matmul(state, self.recurrent_kernel)

    def _step_gru(self, step, state):
        update, reset, candidate = tf.split(step, 3, axis=-1)
        recurrent = tf.matmul(state, self.recurrent_kernel) + self.bias[:, 1:]
        to_update, to_reset, to_candidate = tf.split(recurrent, 3, axis=-1)
        candidate = tf.tanh(candidate + tf.sigmoid(reset + to_reset) * to_candidate)
        return candidate + tf.sigmoid(update + to_update) * (state - candidate)

    def _step_lstm(self, step, state):
        output, memory = tf.split(state, 2, axis=-1)
        blocks = tf.split(step + tf.matmul(output, self.recurrent_kernel), 4, axis=-1)
        enter, keep, leave = (tf.sigmoid(blocks[i]) for i in (0, 1, 3))
        memory = keep * memory + enter * tf.tanh(blocks[2])
        return tf.concat([leave * tf.tanh(memory), memory], axis=-1)

    def _answer(self, state):
        outputs = tf.matmul(state[..., : self.units], self.output_kernel) + self.output_bias[:, None]
        return tf.cast(tf.transpose(outputs, [1, 0, 2]), "float32")  # [batch, networks, num_outputs]

    def _check_rank(self, shape):
        networks = shape[1] if len(shape) == 4 else None
        if len(shape) not in (3, 4) or networks not in (None, len(self.seeds)):
            raise ParameterError(
                f"RecurrentEnsemble: inputs of shape {tuple(shape)}; expected [batch, time, features] or "
                f"[batch, {len(self.seeds)} networks, time, features]"
            )

    def get_config(self):
        """Arguments of the constructor."""
        own = ("units", "num_outputs", "cell", "seeds", "gain", "gate_bias", "l2")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}


def _last_state(projected: tf.Tensor, recurrent_kernel: tf.Tensor, curved: bool) -> tf.Tensor:
    """The last state of simple recurrent networks, with the gradient written by hand.

    Several times quicker than what TensorFlow makes of the loop: the weights' gradient is one product over all steps.

    Args:
        projected: ``[networks, time, batch, units]``: the inputs' part of each step.
        recurrent_kernel: ``[networks, units, units]``.
        curved: whether the units are tanh, not linear.

    Returns:
        ``[networks, batch, units]``.
    """

    @tf.custom_gradient
    def run(projected, recurrent_kernel):
        states: list[tf.Tensor] = []
        for step in tf.unstack(projected, axis=1):
            total = step + tf.matmul(states[-1], recurrent_kernel) if states else step
            states.append(tf.tanh(total) if curved else total)

        def gradient(at_state):
            at_steps = []
            for t in reversed(range(len(states))):
                at_step = at_state * (1 - states[t] * states[t]) if curved else at_state
                at_steps.append(at_step)
                if t:
                    at_state = tf.matmul(at_step, recurrent_kernel, transpose_b=True)
            at_steps.reverse()
            if len(states) == 1:
                return tf.stack(at_steps, axis=1), tf.zeros_like(recurrent_kernel)
            before, after = tf.concat(states[:-1], axis=1), tf.concat(at_steps[1:], axis=1)
            return tf.stack(at_steps, axis=1), tf.matmul(before, after, transpose_a=True)

        return states[-1], gradient

    return run(projected, recurrent_kernel)
