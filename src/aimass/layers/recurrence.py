"""The recurrence of gated recurrent units over whole sequences, with its gradient written by hand.

A loop that TensorFlow differentiates by itself keeps every intermediate tensor of every step, multiplies twice per step on
the way back, and adds up a weight gradient of full size in every step. Written by hand, the backward loop holds one product
per step, and the gradients of the weights are one product over all steps at the end.
"""

from collections.abc import Sequence

import tensorflow as tf


def gru_step(projected: tf.Tensor, state: tf.Tensor, recurrent_kernel, recurrent_bias):
    """One step of the recurrence (Cho et al. 2014, with the reset gate after the product, as cuDNN and Keras have it).

    Args:
        projected: ``[batch, 3 * units]``: the input's part of update gate, reset gate and candidate, input bias included.
        state: ``[batch, units]``.
        recurrent_kernel: ``[units, 3 * units]``.
        recurrent_bias: ``[3 * units]``.

    Returns:
        The new state ``[batch, units]``, and the activations that the gradient needs, ``[batch, 4 * units]``: update gate,
        reset gate, candidate, and the candidate's recurrent part before the reset gate.
    """
    units = state.shape[-1]
    recurrent = tf.matmul(state, recurrent_kernel) + recurrent_bias
    gates = tf.sigmoid(projected[:, : 2 * units] + recurrent[:, : 2 * units])
    update, reset = gates[:, :units], gates[:, units:]
    inner = recurrent[:, 2 * units :]
    candidate = tf.tanh(projected[:, 2 * units :] + reset * inner)
    new_state = candidate + update * (state - candidate)
    return new_state, tf.concat([gates, candidate, inner], axis=1)


def _step_back(total, previous, activations, kernel_transposed):
    """Gradients of one step: at the previous state, and at the gates' arguments.

    Args:
        total: ``[batch, units]``: gradient at the new state.
        previous: ``[batch, units]``: the state before.
        activations: ``[batch, 4 * units]``: from :func:`gru_step`.
        kernel_transposed: ``[3 * units, units]``.

    Returns:
        ``[batch, units]`` and ``[batch, 4 * units]``: at update gate, reset gate, inner, candidate.
    """
    update, reset, candidate, inner = tf.split(activations, 4, axis=1)
    at_candidate = total * (1 - update) * (1 - candidate * candidate)
    at_update = total * (previous - candidate) * update * (1 - update)
    at_reset = at_candidate * inner * reset * (1 - reset)
    recurrent = tf.concat([at_update, at_reset, at_candidate * reset], axis=1)
    carried = total * update + tf.matmul(recurrent, kernel_transposed)
    return carried, tf.concat([recurrent, at_candidate], axis=1)


def gru_sequences(
    projected: Sequence[tf.Tensor],
    initial_states: Sequence[tf.Tensor],
    recurrent_kernels: Sequence[tf.Tensor],
    recurrent_biases: Sequence[tf.Tensor],
) -> list[tf.Tensor]:
    """All states of one or several independent recurrences that step together in one loop.

    Args:
        projected: of each recurrence, ``[time, batch, 3 * units]``: see :func:`gru_step`.
        initial_states: of each, ``[batch, units]``.
        recurrent_kernels: of each, ``[units, 3 * units]``.
        recurrent_biases: of each, ``[3 * units]``.

    Returns:
        Of each, ``[time, batch, units]``: the state after each step.
    """
    n = len(projected)
    time, dtype = tf.shape(projected[0])[0], projected[0].dtype
    units = recurrent_kernels[0].shape[0]
    state_shape = tf.TensorShape([None, units])

    def arrays(width):
        return [tf.TensorArray(dtype, time, element_shape=[None, width]) for _ in range(n)]

    @tf.custom_gradient
    def run(*inputs):
        steps, initial, kernels, biases = (inputs[i * n : (i + 1) * n] for i in range(4))

        def step(t, states, outputs, activations):
            new = [gru_step(steps[i][t], states[i], kernels[i], biases[i]) for i in range(n)]
            outputs = [outputs[i].write(t, new[i][0]) for i in range(n)]
            activations = [activations[i].write(t, new[i][1]) for i in range(n)]
            return t + 1, [state for state, _ in new], outputs, activations

        _, _, outputs, activations = tf.while_loop(
            lambda t, *_: t < time,
            step,
            [0, list(initial), arrays(units), arrays(4 * units)],
            shape_invariants=[tf.TensorShape([]), [state_shape] * n] + [[tf.TensorShape(None)] * n] * 2,
        )
        outputs = [x.stack() for x in outputs]
        activations = [x.stack() for x in activations]

        def gradient(*upstream):
            previous = [tf.concat([initial[i][None], outputs[i][:-1]], axis=0) for i in range(n)]
            transposed = [tf.transpose(kernel) for kernel in kernels]

            def step_back(t, carried, gradients):
                new = [
                    _step_back(upstream[i][t] + carried[i], previous[i][t], activations[i][t], transposed[i])
                    for i in range(n)
                ]
                gradients = [gradients[i].write(t, new[i][1]) for i in range(n)]
                return t - 1, [state for state, _ in new], gradients

            _, at_initial, gradients = tf.while_loop(
                lambda t, *_: t >= 0,
                step_back,
                [time - 1, [tf.zeros_like(state) for state in initial], arrays(4 * units)],
                shape_invariants=[tf.TensorShape([]), [state_shape] * n, [tf.TensorShape(None)] * n],
            )
            gradients = [x.stack() for x in gradients]
            at_steps = [tf.concat([g[..., : 2 * units], g[..., 3 * units :]], axis=-1) for g in gradients]
            at_recurrent = [tf.reshape(g[..., : 3 * units], [-1, 3 * units]) for g in gradients]
            at_kernels = [
                tf.matmul(tf.reshape(h, [-1, units]), g, transpose_a=True)
                for h, g in zip(previous, at_recurrent, strict=True)
            ]
            return *at_steps, *at_initial, *at_kernels, *[tf.reduce_sum(g, axis=0) for g in at_recurrent]

        return outputs, gradient

    outputs = run(*projected, *initial_states, *recurrent_kernels, *recurrent_biases)
    return list(outputs)
