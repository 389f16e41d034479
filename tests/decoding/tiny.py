"""Models so small that all their outputs can be tried."""

from itertools import product

import numpy as np
import tensorflow as tf

END, BATCH, VOCAB, LIMIT = 1, 3, 4, 3
SOURCE_LENGTH = 3


def prefix_model(seed=0, vocab_size=VOCAB, sharpness=2.0):
    """A step whose distribution and attention depend on the whole prefix and the sentence: its state is a hash of what was read."""
    random = np.random.default_rng(seed)
    table = random.normal(size=(4001, vocab_size)).astype("float32") * sharpness
    log_probs = tf.nn.log_softmax(tf.constant(table))
    attention = tf.nn.softmax(2 * tf.constant(random.normal(size=(4001, SOURCE_LENGTH)).astype("float32")))

    def step(tokens, states, memory, position):
        states = (states * 31 + tokens + 7) % 4001
        return tf.gather(log_probs, states), states, tf.gather(attention, states)

    return step, tf.constant([[11], [222], [3333]])


def replay(step, state, tokens):
    """Log-probability and attention ``[length, source_length]`` of a given output of one sentence."""
    total, states, last, looked = 0.0, state[None], 0, []
    for token in tokens:
        log_probs, states, attention = step(tf.constant([[last]]), states, (), 0)
        total += float(log_probs[0, 0, token])
        looked.append(attention[0, 0].numpy())
        last = token
    return total, np.array(looked)


def enumerate_outputs(step, state, limit=LIMIT, vocab_size=VOCAB):
    """Every output of one sentence with its log-probability, best first; by trying all."""
    outputs = {}
    for length in range(1, limit + 1):
        for tokens in product(range(vocab_size), repeat=length):
            if END in tokens[:-1] or (length < limit and tokens[-1] != END):
                continue
            outputs[tokens] = replay(step, state, tokens)[0]
    return sorted(outputs.items(), key=lambda item: -item[1])


def outputs_of(hypotheses, sentence):
    """Tokens up to the end, as tuples."""
    rows = []
    for row in hypotheses.tokens[sentence].numpy().tolist():
        rows.append(tuple(row[: row.index(END) + 1] if END in row else row))
    return rows
