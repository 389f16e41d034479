"""What can only be seen on a table of a million rows, or on several devices: in processes of their own, which TensorFlow needs for both."""

import json
import os
import subprocess
import sys

import pytest

STEP = """
import json, resource, sys
import numpy as np, tensorflow as tf
from aimass.layers import Embedding, SampledSoftmax
from aimass.optimizers import LazyAdam

ROWS, UNITS, DENSE = 1_000_000, 32, sys.argv[1] == "dense"

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

embedding = Embedding(ROWS, UNITS, embeddings_initializer="zeros")
head = SampledSoftmax(ROWS, 64, seed=0, kernel_initializer="zeros")
head.build((None, UNITS))
weights = embedding.trainable_weights + head.trainable_weights
optimizer = LazyAdam(0.01, global_clipnorm=1.0)
optimizer.build(weights)

@tf.function
def step(ids):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(head(embedding(ids), ids, training=True))
    gradients = tape.gradient(loss, [w.value for w in weights])
    if DENSE:  # the planted fault
        gradients = [tf.convert_to_tensor(g) for g in gradients]
    optimizer.apply(gradients, weights)
    return loss

ids = tf.constant(np.random.default_rng(0).integers(0, ROWS, 64))
before = peak()
for _ in range(3):
    step(ids)
nll = head(embedding(ids), ids)
print(json.dumps({"table": ROWS * UNITS * 4, "grown": peak() - before, "nll": float(nll[0])}))
"""

REPLICAS = """
import json, sys
import keras, numpy as np, tensorflow as tf
from aimass.layers import Embedding, SampledSoftmax
from aimass.optimizers import LazyAdam

N = int(sys.argv[1])
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * N)
strategy = tf.distribute.MirroredStrategy([f"CPU:{i}" for i in range(N)]) if N > 1 else tf.distribute.get_strategy()
random = np.random.default_rng(0)
ids, labels = random.integers(0, 20, (32, 3)), random.integers(0, 20, (32, 3))
with strategy.scope():
    x, y = keras.Input((3,), dtype="int32"), keras.Input((3,), dtype="int32")
    embedding = Embedding(20, 6, embeddings_initializer=keras.initializers.RandomNormal(seed=1))
    head = SampledSoftmax(20, 7, seed=2, kernel_initializer=keras.initializers.GlorotUniform(3))
    model = keras.Model([x, y], head(embedding(x), y))
    model.compile(LazyAdam(0.05))
model.fit([ids, labels], epochs=5, batch_size=8, shuffle=False, verbose=0)
print(json.dumps({"weights": [np.sum(np.abs(w)).item() for w in model.get_weights()], "perplexity": model.evaluate([ids, labels], batch_size=8, verbose=0, return_dict=True)["perplexity"]}))
"""


def run(program, *arguments):
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_a_step_holds_no_second_table():
    found = run(STEP, "sparse")
    assert found["grown"] < 0.6 * found["table"]
    assert found["nll"] == pytest.approx(13.8155, rel=0.01)  # log of a million
    assert run(STEP, "dense")["grown"] > found["table"]  # and the measurement would have seen one


def test_replicas_train_as_one_device_does():
    one, two = run(REPLICAS, "1"), run(REPLICAS, "2")
    assert two["weights"] == pytest.approx(one["weights"], rel=1e-3)
    assert two["perplexity"] == pytest.approx(one["perplexity"], rel=1e-3)
