"""A gated recurrent unit with multiplicative attention and input feeding over a whole sequence, with its gradient written by hand.

Each step waits for the attention of the step before, so that nothing can be taken out of the loop but what does not depend on it: the
projections of the inputs before it, and after it the gradients of all weights, keys and values, one product each over all steps.
"""

from typing import NamedTuple

import tensorflow as tf


class FedWeights(NamedTuple):
    """What the loop multiplies with; kernels, keys and values in the compute dtype, the others in the state dtype.

    Attributes:
        kernel: ``[vector_units + units, 4 * units]``: from the vector fed back and the state to update gate, reset gate, the candidate's input part and
            the candidate's recurrent part; see :func:`fed_kernel`.
        inner_bias: ``[units]``: the candidate's recurrent bias.
        combine_kernel: ``[value_units + units, vector_units]``.
        combine_bias: ``[vector_units]``.
        keys: ``[batch, source_length, units]``.
        values: ``[batch, source_length, value_units]``.
    """

    kernel: tf.Tensor
    inner_bias: tf.Tensor
    combine_kernel: tf.Tensor
    combine_bias: tf.Tensor
    keys: tf.Tensor
    values: tf.Tensor


def fed_kernel(feeding, recurrent):
    """One kernel for both products of a step, so that there is one.

    Args:
        feeding: ``[vector_units, 3 * units]``: the rows of the input kernel that read the vector fed back.
        recurrent: ``[units, 3 * units]``.

    Returns:
        ``[vector_units + units, 4 * units]``: zero where the candidate's two parts, which the reset gate keeps apart, do not meet.
    """
    units = recurrent.shape[0]
    fed = tf.concat([feeding, tf.zeros([feeding.shape[0], units], feeding.dtype)], axis=1)
    gates, inner = tf.split(recurrent, [2 * units, units], axis=1)
    own = tf.concat([gates, tf.zeros_like(inner), inner], axis=1)
    return tf.concat([fed, own], axis=0)


def fed_gru_sequence(projected, state, vector, weights: FedWeights, shut):
    """All attentional vectors of one sequence.

    Args:
        projected: ``[time, batch, 3 * units]``, the state dtype: the inputs' part of gates and candidate, input bias and the gates' recurrent
            bias included.
        state: ``[batch, units]``, the state dtype: before the first step.
        vector: ``[batch, vector_units]``, the state dtype: what is fed to the first step.
        weights: see :class:`FedWeights`.
        shut: ``[batch, source_length]``, the state dtype: added to the scores: 0, or very small at padding.

    Returns:
        Vectors ``[time, batch, vector_units]``, states ``[time, batch, units]`` and attention's weights ``[time, batch, source_length]``, all in the
        state dtype. The weights carry no gradient.
    """

    @tf.custom_gradient
    def run(projected, state, vector, *weights):
        w = FedWeights(*weights)
        saved = _forward(projected, state, vector, w, shut)
        vectors, states, attention = saved["vector"], saved["state"], saved["attention"]

        def gradient(at_vectors, at_states, _):
            before = tf.concat([state[None], states[:-1]], axis=0)
            fed = tf.concat([vector[None], vectors[:-1]], axis=0)
            at = _backward(at_vectors, at_states, before, saved, w)
            return _gradients(at, before, fed, saved, w)

        return (vectors, states, attention), gradient

    vectors, states, attention = run(projected, state, vector, *weights)
    return vectors, states, tf.stop_gradient(attention)


def _step(projected, state, vector, w, shut):
    """One step: what is saved of it, by name, all in the state dtype."""
    dtype, units = w.kernel.dtype, state.shape[1]
    read = tf.matmul(tf.cast(tf.concat([vector, state], axis=1), dtype), w.kernel)
    read = tf.cast(read, state.dtype)
    gates = tf.sigmoid(projected[:, : 2 * units] + read[:, : 2 * units])
    update, reset = tf.split(gates, 2, axis=1)
    inner = read[:, 3 * units :] + w.inner_bias
    candidate = tf.tanh(projected[:, 2 * units :] + read[:, 2 * units : 3 * units] + reset * inner)
    state = candidate + update * (state - candidate)
    scores = tf.linalg.matvec(w.keys, tf.cast(state, dtype))
    # Exactly 0 at padding, also in a row that is nothing else.
    attention = tf.where(shut < 0, 0.0, tf.nn.softmax(tf.cast(scores, state.dtype) + shut))
    context = tf.linalg.matvec(w.values, tf.cast(attention, dtype), transpose_a=True)
    both = tf.concat([context, tf.cast(state, dtype)], axis=1)
    vector = tf.tanh(tf.cast(tf.matmul(both, w.combine_kernel), state.dtype) + w.combine_bias)
    return {
        "vector": vector, "state": state, "attention": attention, "context": tf.cast(context, state.dtype),
        "gates": gates, "candidate": candidate, "inner": inner,
    }  # fmt: skip


def _forward(projected, state, vector, w, shut):
    """What :func:`_step` returns, of all steps: ``[time, batch, ...]`` each."""
    time, exact, units = tf.shape(projected)[0], state.dtype, state.shape[1]
    widths = {
        "vector": vector.shape[1], "state": units, "attention": None, "context": w.values.shape[2],
        "gates": 2 * units, "candidate": units, "inner": units,
    }  # fmt: skip
    arrays = [tf.TensorArray(exact, time, element_shape=[None, width]) for width in widths.values()]

    def step(t, state, vector, *arrays):
        found = _step(projected[t], state, vector, w, shut)
        arrays = [a.write(t, found[name]) for a, name in zip(arrays, widths, strict=True)]
        return t + 1, found["state"], found["vector"], *arrays

    _, _, _, *arrays = tf.while_loop(lambda t, *_: t < time, step, [0, state, vector, *arrays])
    return {name: a.stack() for name, a in zip(widths, arrays, strict=True)}


def _backward(at_vectors, at_states, before, saved, w):
    """Gradients at what each step's products gave, of all steps: at ``read`` (its four parts), ``combined``, ``context`` and ``scores``, and at the
    initial state and vector."""
    time, dtype, exact = tf.shape(at_vectors)[0], w.kernel.dtype, before.dtype
    units = before.shape[2]
    update, reset = tf.split(saved["gates"], 2, axis=2)
    candidate, inner = saved["candidate"], saved["inner"]
    by_candidate = (1 - update) * (1 - candidate * candidate)
    # Gradients at the four parts of a step's product, per unit of gradient at its state: [time, 4, batch, units].
    by_state = tf.stack(
        [
            (before - candidate) * update * (1 - update),
            by_candidate * inner * reset * (1 - reset),
            by_candidate,
            by_candidate * reset,
        ],
        axis=1,
    )
    by_vector = 1 - saved["vector"] * saved["vector"]
    back_kernel, back_combine = tf.transpose(w.kernel), tf.transpose(w.combine_kernel)
    attention, vector_units = saved["attention"], at_vectors.shape[2]
    widths = [4 * units, vector_units, w.values.shape[2], None]
    arrays = [tf.TensorArray(dtype, time, element_shape=[None, width]) for width in widths]

    def step_back(t, at_state, at_vector, *arrays):
        at_combined = tf.cast((at_vectors[t] + at_vector) * by_vector[t], dtype)
        at_both = tf.matmul(at_combined, back_combine)
        at_context = at_both[:, : w.values.shape[2]]
        at_attention = tf.cast(tf.linalg.matvec(w.values, at_context), exact)
        weighted = attention[t] * at_attention
        at_scores = weighted - attention[t] * tf.reduce_sum(weighted, axis=1, keepdims=True)
        at_scores = tf.cast(at_scores, dtype)
        at_query = tf.linalg.matvec(w.keys, at_scores, transpose_a=True)
        at_state += at_states[t] + tf.cast(at_both[:, w.values.shape[2] :] + at_query, exact)
        at_read = tf.cast(tf.concat(tf.unstack(by_state[t] * at_state, num=4), axis=1), dtype)
        at_inputs = tf.cast(tf.matmul(at_read, back_kernel), exact)
        found = (at_read, at_combined, at_context, at_scores)
        arrays = [a.write(t, x) for a, x in zip(arrays, found, strict=True)]
        at_state = at_state * update[t] + at_inputs[:, vector_units:]
        return t - 1, at_state, at_inputs[:, :vector_units], *arrays

    start = [time - 1, tf.zeros_like(before[0]), tf.zeros_like(at_vectors[0]), *arrays]
    _, at_state, at_vector, *arrays = tf.while_loop(lambda t, *_: t >= 0, step_back, start)
    names = ("read", "combined", "context", "scores")
    return {name: a.stack() for name, a in zip(names, arrays, strict=True)} | {
        "state": at_state,
        "vector": at_vector,
    }


def _gradients(at, before, fed, saved, w):
    """Gradients of the arguments, in their order."""
    dtype, exact, units = w.kernel.dtype, before.dtype, before.shape[2]

    def rows(x):
        return tf.reshape(tf.cast(x, dtype), [-1, x.shape[-1]])

    def per_sentence(x):
        return tf.cast(tf.transpose(x, [1, 0, 2]), dtype)  # [batch, time, ...]

    at_read = tf.cast(at["read"], exact)
    at_kernel = tf.matmul(rows(tf.concat([fed, before], axis=2)), rows(at["read"]), transpose_a=True)
    both = tf.concat([saved["context"], saved["state"]], axis=2)
    at_combine = tf.matmul(rows(both), rows(at["combined"]), transpose_a=True)
    at_keys = tf.matmul(per_sentence(at["scores"]), per_sentence(saved["state"]), transpose_a=True)
    at_values = tf.matmul(per_sentence(saved["attention"]), per_sentence(at["context"]), transpose_a=True)
    return (
        at_read[..., : 3 * units],
        at["state"],
        at["vector"],
        at_kernel,
        tf.reduce_sum(at_read[..., 3 * units :], axis=[0, 1]),
        at_combine,
        tf.reduce_sum(tf.cast(at["combined"], exact), axis=[0, 1]),
        at_keys,
        at_values,
    )
