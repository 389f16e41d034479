"""The recurrence of long short-term memory over whole sequences, in columns, with its gradient written by hand.

Two things make it quick on a CPU. The states stand in columns, ``[units, batch]``, so that the large recurrent kernel is the left
factor of each step's product and is read as it lies, where a right factor is packed anew in every step: for wide layers this halves the product's time.
And the backward loop holds one product per step; the gradients of the weights are one product over all steps at the end.

In mixed precision the products are in the compute dtype, and the gates and the cell, which sums over hundreds of steps, in float32.
"""

import tensorflow as tf


def state_dtype(compute_dtype) -> tf.DType:
    """What gates and cell are computed in: at least float32."""
    compute_dtype = tf.as_dtype(compute_dtype)
    return tf.float32 if compute_dtype.size < 4 else compute_dtype


def lstm_step(projected, hidden, cell, kernel):
    """One step (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000), in columns.

    Args:
        projected: ``[4 * units, batch]``, the compute dtype: the input's part of input gate, forget gate, candidate and output
            gate, in Keras's order, bias included.
        hidden: ``[units, batch]``, the compute dtype.
        cell: ``[units, batch]``, the state dtype.
        kernel: ``[4 * units, units]``: the transposed recurrent kernel.

    Returns:
        The new hidden state and cell, and the activations that the gradient needs: input and forget gate
        ``[2 * units, batch]``, candidate ``[units, batch]``, output gate ``[units, batch]``.
    """
    units = kernel.shape[1]
    arguments = tf.cast(projected, cell.dtype) + tf.cast(tf.matmul(kernel, hidden), cell.dtype)
    gates = tf.sigmoid(arguments[: 2 * units])
    candidate = tf.tanh(arguments[2 * units : 3 * units])
    output_gate = tf.sigmoid(arguments[3 * units :])
    cell = gates[units:] * cell + gates[:units] * candidate
    hidden = tf.cast(output_gate * tf.tanh(cell), kernel.dtype)
    return hidden, cell, (gates, candidate, output_gate)


def _step_back(at_hidden, at_cell, previous_cell, cell, activations):
    """Gradients of one step: at the gates' arguments ``[4 * units, batch]``, and at the previous cell ``[units, batch]``.

    Args:
        at_hidden, at_cell: ``[units, batch]``: gradients at the step's results.
        previous_cell, cell: ``[units, batch]``: before and after.
        activations: from :func:`lstm_step`.
    """
    gates, candidate, output_gate = activations
    units = candidate.shape[0]
    squashed = tf.tanh(cell)
    at_cell = at_cell + at_hidden * output_gate * (1 - squashed * squashed)
    at_gates = tf.concat([at_cell * candidate, at_cell * previous_cell], axis=0) * gates * (1 - gates)
    at_candidate = at_cell * gates[:units] * (1 - candidate * candidate)
    at_output = at_hidden * squashed * output_gate * (1 - output_gate)
    return tf.concat([at_gates, at_candidate, at_output], axis=0), at_cell * gates[units:]


def lstm_sequence(projected, hidden, cell, kernel):
    """All hidden states of one recurrence.

    Args:
        projected: ``[4 * units, time * batch]``: see :func:`lstm_step`; the columns of the first step come first.
        hidden: ``[units, batch]``, the state dtype: before the first step.
        cell: likewise.
        kernel: ``[4 * units, units]``.

    Returns:
        The hidden states ``[time, units, batch]`` in the compute dtype, and the last hidden state and cell, ``[units, batch]``
        in the state dtype.
    """
    width, units = kernel.shape
    dtype, exact = kernel.dtype, cell.dtype

    def array(time, rows, dtype=exact):
        return tf.TensorArray(dtype, time, element_shape=[rows, None])

    @tf.custom_gradient
    def run(projected, hidden, cell, kernel):
        batch = tf.shape(hidden)[1]
        time = tf.shape(projected)[1] // batch

        def step(t, h, c, *arrays):
            x = tf.slice(projected, [0, t * batch], [width, batch])
            h, c, activations = lstm_step(x, h, c, kernel)
            return t + 1, h, c, *[a.write(t, v) for a, v in zip(arrays, (h, c, *activations), strict=True)]

        arrays = [array(time, units, dtype), array(time, units), array(time, 2 * units)]
        arrays += [array(time, units), array(time, units)]
        column, any_shape = tf.TensorShape([units, None]), tf.TensorShape(None)
        _, last, last_cell, *arrays = tf.while_loop(
            lambda t, *_: t < time,
            step,
            [0, tf.cast(hidden, dtype), cell, *arrays],
            shape_invariants=[tf.TensorShape([]), column, column, *[any_shape] * 5],
        )
        outputs, cells, *activations = [a.stack() for a in arrays]

        def gradient(at_outputs, at_last, at_last_cell):
            before = tf.concat([cell[None], cells[:-1]], axis=0)  # [time, units, batch]
            straight = tf.transpose(kernel)

            def step_back(t, at_hidden, at_cell, arguments):
                at_hidden += tf.cast(at_outputs[t], exact)
                found, at_cell = _step_back(
                    at_hidden, at_cell, before[t], cells[t], [a[t] for a in activations]
                )
                found = tf.cast(found, dtype)
                at_hidden = tf.cast(tf.matmul(straight, found), exact)
                return t - 1, at_hidden, at_cell, arguments.write(t, found)

            _, at_first, at_first_cell, arguments = tf.while_loop(
                lambda t, *_: t >= 0,
                step_back,
                [time - 1, at_last, at_last_cell, array(time, width, dtype)],
                shape_invariants=[tf.TensorShape([]), column, column, any_shape],
            )
            at_projected = _columns(arguments.stack())
            read = tf.concat([tf.cast(hidden, dtype)[None], outputs[:-1]], axis=0)
            at_kernel = tf.matmul(at_projected, _columns(read), transpose_b=True)
            return at_projected, at_first, at_first_cell, at_kernel

        return (outputs, tf.cast(last, exact), last_cell), gradient

    return run(projected, hidden, cell, kernel)


def _columns(steps):
    """``[time, rows, batch]`` as ``[rows, time * batch]``."""
    return tf.reshape(tf.transpose(steps, [1, 0, 2]), [steps.shape[1], -1])
