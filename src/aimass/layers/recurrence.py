"""The recurrence of gated recurrent units over whole sequences, in columns, with its gradient written by hand.

A loop that TensorFlow differentiates by itself keeps every intermediate tensor of every step, multiplies twice per step on the way back, and
adds up a weight gradient of full size in every step. Written by hand, the backward loop holds one product per step, all that does not depend
on the gradient coming back is computed for all steps at once before it, and the gradients of the weights are one product over all steps
after it.

The states stand in columns, ``[units, batch]``: the recurrent kernel is then the left factor of each product, and gates are contiguous slices.
In mixed precision the products are in the compute dtype, gates and states in float32.
"""

from collections.abc import Sequence

import tensorflow as tf

from aimass.layers.lstm_recurrence import state_dtype


def gru_step(projected: tf.Tensor, state: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor):
    """One step (Cho et al. 2014, with the reset gate after the product, as cuDNN and Keras have it), in columns.

    Args:
        projected: ``[3 * units, batch]``, the state dtype: the input's part of update gate, reset gate and candidate, with the input bias and,
            for both gates, the recurrent bias.
        state: ``[units, batch]``, the state dtype.
        kernel: ``[3 * units, units]``, the compute dtype: the transposed recurrent kernel.
        bias: ``[units, 1]``, the state dtype: the candidate's recurrent bias.

    Returns:
        The new state, and the activations that the gradient needs: both gates ``[2 * units, batch]``, candidate ``[units, batch]``, and the
        candidate's recurrent part before the reset gate ``[units, batch]``.
    """
    units = kernel.shape[1]
    recurrent = tf.cast(tf.matmul(kernel, tf.cast(state, kernel.dtype)), state.dtype)
    gates = tf.sigmoid(projected[: 2 * units] + recurrent[: 2 * units])
    update, reset = gates[:units], gates[units:]
    inner = recurrent[2 * units :] + bias
    candidate = tf.tanh(projected[2 * units :] + reset * inner)
    return candidate + update * (state - candidate), (gates, candidate, inner)


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
            at_steps, at_inner, at_initial, at_kernels = _backward(upstream, previous, activations, kernels)
            at_biases = [tf.reduce_sum(g, axis=[0, 2])[:, None] for g in at_inner]
            return *at_steps, *at_initial, *at_kernels, *at_biases

        return outputs, gradient

    return list(run(*projected, *initial_states, *kernels, *biases))


def _forward(steps, initial, kernels, biases):
    """All states ``[time, units, batch]``, and the activations of all steps, of each recurrence."""
    n, time, dtype = len(steps), tf.shape(steps[0])[0], initial[0].dtype
    units = kernels[0].shape[1]

    def array(rows):
        return tf.TensorArray(dtype, time, element_shape=[rows, None])

    def step(t, states, arrays):
        at = _reader(t)
        new = [gru_step(at(steps[i]), states[i], kernels[i], biases[i]) for i in range(n)]
        arrays = [
            [a.write(t, value) for a, value in zip(arrays[i], (state, *rest), strict=True)]
            for i, (state, rest) in enumerate(new)
        ]
        return t + 1, [state for state, _ in new], arrays

    arrays = [[array(units), array(2 * units), array(units), array(units)] for _ in range(n)]
    _, _, arrays = tf.while_loop(
        lambda t, *_: t < time,
        step,
        [0, list(initial), arrays],
        shape_invariants=[tf.TensorShape([]), [tf.TensorShape([units, None])] * n, _any_shape(arrays)],
    )
    stacked = [[a.stack() for a in each] for each in arrays]
    return [each[0] for each in stacked], [each[1:] for each in stacked]


def _backward(upstream, previous, activations, kernels):
    """Gradients at the steps' inputs, at the candidates' recurrent parts, at the initial states, and at the kernels."""
    n, time, dtype = len(kernels), tf.shape(upstream[0])[0], previous[0].dtype
    units = kernels[0].shape[1]
    batch = tf.shape(upstream[0])[2]
    by_total, at_candidate, update = [], [], []
    for before, (gates, candidate, inner) in zip(previous, activations, strict=True):
        z, r = gates[:, :units], gates[:, units:]
        by_candidate = (1 - z) * (1 - candidate * candidate)
        parts = [(before - candidate) * z * (1 - z), by_candidate * inner * r * (1 - r), by_candidate * r]
        by_total.append(
            tf.stack(parts, axis=1)
        )  # [time, 3, units, batch]: gates' arguments and inner, per unit of gradient
        at_candidate.append(by_candidate)
        update.append(z)
    transposed = [tf.transpose(kernel) for kernel in kernels]  # [units, 3 * units]

    def step_back(t, carried, totals, recurrents):
        at = _reader(t)
        for i in range(n):
            total = at(upstream[i]) + carried[i]
            recurrent = tf.cast(tf.reshape(at(by_total[i]) * total, [3 * units, batch]), kernels[i].dtype)
            totals[i] = totals[i].write(t, total)
            recurrents[i] = recurrents[i].write(t, recurrent)
            carried[i] = total * at(update[i]) + tf.cast(tf.matmul(transposed[i], recurrent), dtype)
        return t - 1, carried, totals, recurrents

    totals = [tf.TensorArray(dtype, time, element_shape=[units, None]) for _ in range(n)]
    recurrents = [tf.TensorArray(k.dtype, time, element_shape=[3 * units, None]) for k in kernels]
    _, at_initial, totals, recurrents = tf.while_loop(
        lambda t, *_: t >= 0,
        step_back,
        [time - 1, [tf.zeros_like(x[0]) for x in previous], totals, recurrents],
        shape_invariants=[
            tf.TensorShape([]), [tf.TensorShape([units, None])] * n, _any_shape(totals), _any_shape(recurrents)
        ],
    )  # fmt: skip
    recurrents = [x.stack() for x in recurrents]  # [time, 3 * units, batch]
    at_kernels = [
        tf.matmul(_columns(g), _columns(tf.cast(h, g.dtype)), transpose_b=True)
        for g, h in zip(recurrents, previous, strict=True)
    ]
    recurrents = [tf.cast(g, dtype) for g in recurrents]
    at_steps = [
        tf.concat([g[:, : 2 * units], total.stack() * factor], axis=1)
        for g, total, factor in zip(recurrents, totals, at_candidate, strict=True)
    ]
    return at_steps, [g[:, 2 * units :] for g in recurrents], at_initial, at_kernels


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
