"""The recurrence of gated recurrent units over whole sequences, in columns, with its gradient written by hand.

A loop that TensorFlow differentiates by itself keeps every intermediate tensor of every step, multiplies twice per step on the way back, and
adds up a weight gradient of full size in every step. Written by hand, a step of either loop is one product and one kernel that XLA makes of
all the rest, and the gradients of the weights are one product over all steps after the backward loop.

The states stand in columns, ``[units, batch]``: the recurrent kernel is then the left factor of each product, and gates are contiguous slices.
In mixed precision the products are in the compute dtype, gates and states in float32.
"""

from collections.abc import Sequence

import tensorflow as tf

from aimass.layers.lstm_recurrence import state_dtype


def gru_step(projected: tf.Tensor, state: tf.Tensor, recurrent: tf.Tensor, bias: tf.Tensor):
    """One step (Cho et al. 2014, with the reset gate after the product, as cuDNN and Keras have it), in columns, after its product.

    Args:
        projected: ``[3 * units, batch]``, the state dtype: the input's part of update gate, reset gate and candidate, with the input bias and,
            for both gates, the recurrent bias.
        state: ``[units, batch]``, the state dtype.
        recurrent: ``[3 * units, batch]``, the compute dtype: the product of the transposed recurrent kernel with the state.
        bias: ``[units, 1]``, the state dtype: the candidate's recurrent bias.

    Returns:
        The new state, the same in the compute dtype, and the activations that the gradient needs: both gates ``[2 * units, batch]``, candidate
        ``[units, batch]``, and the candidate's recurrent part before the reset gate ``[units, batch]``.
    """
    units, wide = state.shape[0], tf.cast(recurrent, state.dtype)
    gates = tf.sigmoid(projected[: 2 * units] + wide[: 2 * units])
    update, reset = gates[:units], gates[units:]
    inner = wide[2 * units :] + bias
    candidate = tf.tanh(projected[2 * units :] + reset * inner)
    new = candidate + update * (state - candidate)
    return new, tf.cast(new, recurrent.dtype), (gates, candidate, inner)


def gru_step_back(upstream, carried, before, activations, dtype):
    """The gradient of :func:`gru_step`, by what is carried back to its output.

    Args:
        upstream, carried: ``[units, batch]``, the state dtype: the gradient at the new state, from above and from the step after.
        before: ``[units, batch]``: the state before the step.
        activations: from :func:`gru_step`.
        dtype: the compute dtype.

    Returns:
        The gradients at the projected input, in the state dtype, and at the recurrent product, in the compute dtype, both ``[3 * units, batch]``; and the
        part of the gradient at the state that does not go through the product.
    """
    gates, candidate, inner = activations
    units = candidate.shape[0]
    update, reset = gates[:units], gates[units:]
    total = upstream + carried
    at_candidate = total * (1 - update) * (1 - candidate * candidate)
    at_update = total * (before - candidate) * update * (1 - update)
    at_reset = at_candidate * inner * reset * (1 - reset)
    at_gates = tf.concat([at_update, at_reset], 0)
    at_recurrent = tf.cast(tf.concat([at_gates, at_candidate * reset], 0), dtype)
    return tf.concat([at_gates, at_candidate], 0), at_recurrent, total * update


# Some ten small operations in one: each of them would take longer to start than to run.
_step, _step_back = (tf.function(f, jit_compile=True, autograph=False) for f in (gru_step, gru_step_back))


def gru_sequences(
    projected: Sequence[tf.Tensor],
    initial_states: Sequence[tf.Tensor],
    kernels: Sequence[tf.Tensor],
    biases: Sequence[tf.Tensor],
) -> list[tf.Tensor]:
    """All states of one or several independent recurrences that step together in one loop.

    Args:
        projected: of each recurrence, ``[time, 3 * units, batch]``: see :func:`gru_step`.
        initial_states: of each, ``[units, batch]``.
        kernels: of each, ``[3 * units, units]``.
        biases: of each, ``[units, 1]``.

    Returns:
        Of each, ``[time, units, batch]`` in the state dtype: the state after each step.
    """
    n = len(projected)

    @tf.custom_gradient
    def run(*inputs):
        steps, initial, kernels, biases = (inputs[i * n : (i + 1) * n] for i in range(4))
        outputs, activations = _forward(steps, initial, kernels, biases)

        def gradient(*upstream):
            previous = [tf.concat([h[None], o[:-1]], axis=0) for h, o in zip(initial, outputs, strict=True)]
            at_steps, at_recurrent, at_initial = _backward(upstream, previous, activations, kernels)
            at_kernels, at_biases = [], []
            for at, states, kernel in zip(at_recurrent, previous, kernels, strict=True):
                at_kernels.append(
                    tf.matmul(_columns(at), _columns(tf.cast(states, at.dtype)), transpose_b=True)
                )
                inner = tf.cast(at[:, 2 * kernel.shape[1] :], states.dtype)
                at_biases.append(tf.reduce_sum(inner, axis=[0, 2])[:, None])
            return *at_steps, *at_initial, *at_kernels, *at_biases

        return outputs, gradient

    return list(run(*projected, *initial_states, *kernels, *biases))


def _forward(steps, initial, kernels, biases):
    """All states ``[time, units, batch]``, and the activations of all steps, of each recurrence."""
    n, time, dtype = len(steps), tf.shape(steps[0])[0], initial[0].dtype
    units = kernels[0].shape[1]

    def array(rows):
        return tf.TensorArray(dtype, time, element_shape=[rows, None])

    def step(t, states, narrow, arrays):
        at = _reader(t)
        new = [_step(at(steps[i]), states[i], tf.matmul(kernels[i], narrow[i]), biases[i]) for i in range(n)]
        arrays = [
            [a.write(t, value) for a, value in zip(arrays[i], (state, *rest), strict=True)]
            for i, (state, _, rest) in enumerate(new)
        ]
        return t + 1, [state for state, *_ in new], [narrow for _, narrow, _ in new], arrays

    arrays = [[array(units), array(2 * units), array(units), array(units)] for _ in range(n)]
    narrow = [tf.cast(h, kernel.dtype) for h, kernel in zip(initial, kernels, strict=True)]
    columns = [tf.TensorShape([units, None])] * n
    *_, arrays = tf.while_loop(
        lambda t, *_: t < time,
        step,
        [0, list(initial), narrow, arrays],
        shape_invariants=[tf.TensorShape([]), columns, columns, _any_shape(arrays)],
    )
    stacked = [[a.stack() for a in each] for each in arrays]
    return [each[0] for each in stacked], [each[1:] for each in stacked]


def _backward(upstream, previous, activations, kernels):
    """Gradients at the steps' inputs and at the recurrent products, ``[time, 3 * units, batch]`` each, and at the initial states."""
    n, time, dtype = len(kernels), tf.shape(upstream[0])[0], previous[0].dtype
    units = kernels[0].shape[1]
    transposed = [tf.transpose(kernel) for kernel in kernels]  # [units, 3 * units]

    def step_back(t, carried, inputs, recurrents):
        at = _reader(t)
        for i in range(n):
            activation = [at(x) for x in activations[i]]
            at_input, at_recurrent, kept = _step_back(
                at(upstream[i]), carried[i], at(previous[i]), activation, kernels[i].dtype
            )
            inputs[i] = inputs[i].write(t, at_input)
            recurrents[i] = recurrents[i].write(t, at_recurrent)
            carried[i] = kept + tf.cast(tf.matmul(transposed[i], at_recurrent), dtype)
        return t - 1, carried, inputs, recurrents

    def array(dtype):
        return tf.TensorArray(dtype, time, element_shape=[3 * units, None])

    arrays = [array(dtype) for _ in kernels], [array(kernel.dtype) for kernel in kernels]
    _, at_initial, inputs, recurrents = tf.while_loop(
        lambda t, *_: t >= 0,
        step_back,
        [time - 1, [tf.zeros_like(x[0]) for x in previous], *arrays],
        shape_invariants=[
            tf.TensorShape([]), [tf.TensorShape([units, None])] * n, *_any_shape(list(arrays))
        ],
    )  # fmt: skip
    return [x.stack() for x in inputs], [x.stack() for x in recurrents], at_initial


def reverse_sequences(values, lengths):
    """``tf.reverse_sequence`` along the second axis, several times as quick: rows are moved whole.

    Args:
        values: ``[batch, time, features]``.
        lengths: int32 ``[batch]``: how many steps of each sequence change places; the others stay.
    """
    place = tf.range(tf.shape(values)[1])
    place = tf.where(place < lengths[:, None], lengths[:, None] - 1 - place, place)

    @tf.custom_gradient
    def run(values):
        return tf.gather(values, place, batch_dims=1), lambda upstream: tf.gather(
            upstream, place, batch_dims=1
        )

    return run(values)


def _reader(t):
    """Reads step ``t`` of any sequence ``[time, ...]``. Such a slice shares the sequence's memory: a ``TensorArray`` would be a copy of all steps."""
    begin, end, one = tf.reshape(t, [1]), tf.reshape(t + 1, [1]), tf.constant([1])

    def at(sequence):
        return tf.strided_slice(sequence, begin, end, one, shrink_axis_mask=1)

    return at


def _any_shape(nest):
    return tf.nest.map_structure(lambda _: tf.TensorShape(None), nest)


def _columns(steps):
    """``[time, rows, batch]`` as ``[rows, time * batch]``."""
    return tf.reshape(tf.transpose(steps, [1, 0, 2]), [steps.shape[1], -1])


__all__ = ["gru_sequences", "gru_step", "reverse_sequences", "state_dtype"]
