"""The recurrence of gated recurrent units over whole sequences, in columns, with its gradient written by hand.

A loop that TensorFlow differentiates by itself keeps every intermediate tensor of every step, multiplies twice per step on the way back, and
adds up a weight gradient of full size in every step. Written by hand, a step of either loop is one product and one kernel that XLA makes of
all the rest, and the gradient of each weight is one product over all steps after the backward loop.

The states stand in columns, ``[units, batch]``: the recurrent kernel is then the left factor of each product, and gates are contiguous slices.
In mixed precision the products are in the compute dtype, gates and states in float32.
"""

from collections.abc import Sequence

import tensorflow as tf

from aimass.layers.lstm_recurrence import state_dtype


def gru_step(projected: tf.Tensor, state: tf.Tensor, recurrent: tf.Tensor, bias: tf.Tensor):
    """One step (Cho et al. 2014, with the reset gate after the product, as cuDNN and Keras have it), in columns, after its products.

    Args:
        projected, recurrent: ``[3 * units, batch]``, the compute dtype: the products of the transposed kernels with the input and with the state,
            for update gate, reset gate and candidate.
        state: ``[units, batch]``, the state dtype.
        bias: ``[4 * units, 1]``, the state dtype: of both gates, of the candidate, and of the candidate's recurrent part.

    Returns:
        The new state, the same in the compute dtype, and what the gradient needs, ``[5 * units, batch]`` in the state dtype: both gates, the
        candidate, its recurrent part before the reset gate, and the state before the step.
    """
    units, exact = state.shape[0], state.dtype
    read, recurrent = tf.cast(projected, exact) + bias[: 3 * units], tf.cast(recurrent, exact)
    gates = tf.sigmoid(read[: 2 * units] + recurrent[: 2 * units])
    update, reset = gates[:units], gates[units:]
    inner = recurrent[2 * units :] + bias[3 * units :]
    candidate = tf.tanh(read[2 * units :] + reset * inner)
    new = candidate + update * (state - candidate)
    return new, tf.cast(new, projected.dtype), tf.concat([gates, candidate, inner, state], 0)


def gru_step_back(upstream, carried, activations):
    """The gradient of :func:`gru_step`.

    Args:
        upstream: ``[units, batch]``, the compute dtype: the gradient at the new state, from above.
        carried: ``[units, batch]``, the state dtype: the same, from the step after.
        activations: from :func:`gru_step`.

    Returns:
        ``[4 * units, batch]`` in the compute dtype: the gradients at the candidate's input, at both gates, and at the candidate's recurrent part, so that the
        first three are those at the product with the input, candidate first, and the last three those at the product with the state; and the part of
        the gradient at the state that does not go through the product.
    """
    update, reset, candidate, inner, before = tf.split(activations, 5)
    total = tf.cast(upstream, carried.dtype) + carried
    at_candidate = total * (1 - update) * (1 - candidate * candidate)
    at_update = total * (before - candidate) * update * (1 - update)
    at_reset = at_candidate * inner * reset * (1 - reset)
    at = tf.concat([at_candidate, at_update, at_reset, at_candidate * reset], 0)
    return tf.cast(at, upstream.dtype), total * update


# Some ten small operations in one: each of them would take longer to start than to run.
_step, _step_back = (tf.function(f, jit_compile=True, autograph=False) for f in (gru_step, gru_step_back))


def gru_sequences(
    inputs: Sequence[tf.Tensor],
    initial_states: Sequence[tf.Tensor],
    kernels: Sequence[tf.Tensor],
    recurrent_kernels: Sequence[tf.Tensor],
    biases: Sequence[tf.Tensor],
) -> list[tf.Tensor]:
    """All states of one or several independent recurrences that step together in one loop.

    Args:
        inputs: of each recurrence, ``[time, batch, features]``, the compute dtype.
        initial_states: of each, ``[units, batch]``, the state dtype.
        kernels: of each, ``[features, 3 * units]``, the compute dtype.
        recurrent_kernels: of each, transposed: ``[3 * units, units]``, the compute dtype.
        biases: of each, ``[4 * units, 1]``, the state dtype: see :func:`gru_step`.

    Returns:
        Of each, ``[time, units, batch]`` in the compute dtype: the state after each step.
    """
    n = len(inputs)

    @tf.custom_gradient
    def run(*every):
        inputs, initial, kernels, recurrent, biases = (every[i * n : (i + 1) * n] for i in range(5))
        projected = [_projected(x, kernel) for x, kernel in zip(inputs, kernels, strict=True)]
        outputs, activations = _forward(projected, initial, recurrent, biases)

        def gradient(*upstream):
            at_products, at_initial = _backward(upstream, activations, recurrent)
            at_columns = [_columns(at) for at in at_products]  # [4 * units, time * batch]
            at_inputs = [_at_inputs(*each) for each in zip(at_columns, inputs, kernels, strict=True)]
            at_weights: list[tf.Tensor] = []
            for each in zip(at_columns, inputs, initial, outputs, strict=True):
                # Last, and one after the other: what else goes back has the first thread to itself.
                with tf.control_dependencies(at_weights[-1:] or at_inputs):
                    at_weights += _at_weights(*each)
            at_biases = [tf.cast(at, bias.dtype) for at, bias in zip(at_weights[2::3], biases, strict=True)]
            return *at_inputs, *at_initial, *at_weights[::3], *at_weights[1::3], *at_biases

        return outputs, gradient

    return list(run(*inputs, *initial_states, *kernels, *recurrent_kernels, *biases))


def _projected(inputs, kernel):
    """``[time, batch, features]`` to its product with the kernel, ``[time, 3 * units, batch]``."""
    time, batch, width = tf.shape(inputs)[0], tf.shape(inputs)[1], kernel.shape[1]
    product = tf.matmul(tf.reshape(inputs, [-1, inputs.shape[2]]), kernel)
    return tf.transpose(tf.reshape(product, [time, batch, width]), [0, 2, 1])


def _at_inputs(at, inputs, kernel):
    """From the gradients of :func:`gru_step_back` in all steps, in columns, to those at the inputs."""
    units = kernel.shape[1] // 3
    candidate_first = tf.concat([kernel[:, 2 * units :], kernel[:, : 2 * units]], 1)
    product = tf.matmul(at[: 3 * units], candidate_first, transpose_a=True, transpose_b=True)
    return tf.reshape(product, tf.shape(inputs))


def _at_weights(at, inputs, initial, outputs):
    """The same to those at kernel, transposed recurrent kernel and bias, one after the other."""
    units, dtype = outputs.shape[1], at.dtype
    previous = tf.concat([tf.cast(initial, dtype)[None], outputs[:-1]], axis=0)
    rows = tf.reshape(inputs, [-1, inputs.shape[2]])
    at_kernel = tf.matmul(rows, at[: 3 * units], transpose_a=True, transpose_b=True)
    at_kernel = tf.concat([at_kernel[:, units:], at_kernel[:, :units]], 1)
    with tf.control_dependencies([at_kernel]):
        at_recurrent = tf.matmul(at[units:], _columns(previous), transpose_b=True)
    with tf.control_dependencies([at_recurrent]):
        sums = tf.matmul(at, tf.ones([tf.shape(at)[1], 1], dtype))  # a product: quicker than a sum
    return [
        at_kernel,
        at_recurrent,
        tf.concat([sums[units : 3 * units], sums[:units], sums[3 * units :]], 0),
    ]


def _forward(steps, initial, kernels, biases):
    """All states ``[time, units, batch]`` in the compute dtype, and the activations of all steps, of each recurrence."""
    n, time, dtype, exact = len(steps), tf.shape(steps[0])[0], steps[0].dtype, initial[0].dtype
    units = kernels[0].shape[1]

    def step(t, states, narrow, arrays):
        at = _reader(t)
        new = [_step(at(steps[i]), states[i], tf.matmul(kernels[i], narrow[i]), biases[i]) for i in range(n)]
        arrays = [
            [a.write(t, value) for a, value in zip(arrays[i], values, strict=True)]
            for i, (_, *values) in enumerate(new)
        ]
        return t + 1, [state for state, *_ in new], [narrow for _, narrow, _ in new], arrays

    arrays = [
        [
            tf.TensorArray(dtype, time, element_shape=[units, None]),
            tf.TensorArray(exact, time, element_shape=[5 * units, None]),
        ]
        for _ in range(n)
    ]
    narrow = [tf.cast(h, dtype) for h in initial]
    columns = [tf.TensorShape([units, None])] * n
    *_, arrays = tf.while_loop(
        lambda t, *_: t < time,
        step,
        [0, list(initial), narrow, arrays],
        shape_invariants=[tf.TensorShape([]), columns, columns, _any_shape(arrays)],
    )
    stacked = [[a.stack() for a in each] for each in arrays]
    return [outputs for outputs, _ in stacked], [activations for _, activations in stacked]


def _backward(upstream, activations, kernels):
    """Gradients at the products of all steps, ``[time, 4 * units, batch]``, and at the initial states, of each recurrence."""
    n, time, exact = len(kernels), tf.shape(upstream[0])[0], activations[0].dtype
    units = kernels[0].shape[1]
    transposed = [tf.transpose(kernel) for kernel in kernels]  # [units, 3 * units]

    def step_back(t, carried, arrays):
        at = _reader(t)
        for i in range(n):
            products, kept = _step_back(at(upstream[i]), carried[i], at(activations[i]))
            arrays[i] = arrays[i].write(t, products)
            carried[i] = kept + tf.cast(tf.matmul(transposed[i], products[units:]), exact)
        return t - 1, carried, arrays

    arrays = [tf.TensorArray(kernel.dtype, time, element_shape=[4 * units, None]) for kernel in kernels]
    _, at_initial, arrays = tf.while_loop(
        lambda t, *_: t >= 0,
        step_back,
        [time - 1, [tf.zeros_like(x[0, :units]) for x in activations], arrays],
        shape_invariants=[tf.TensorShape([]), [tf.TensorShape([units, None])] * n, _any_shape(arrays)],
    )
    return [x.stack() for x in arrays], at_initial


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
