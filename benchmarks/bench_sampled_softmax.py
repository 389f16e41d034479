"""One training step with a sampled softmax, beside Keras's own optimizer and PyTorch's sparse path, for vocabularies of several sizes.

    python benchmarks/bench_sampled_softmax.py [--peers PYTHON] [--rounds N] [--sizes 10000 100000 1000000]

The step: embeddings ``[vocab_size, 256]`` of 1,024 ids, a sampled softmax with 1,024 negatives over an untied kernel of the same size, backward,
clipping by the global norm, an Adam update. Ids follow Zipf's law. ``step`` is a bare ``tf.function``, ``fit`` the same through ``model.fit``; ``keras`` is the same
layer with ``keras.optimizers.Adam(global_clipnorm=1)``; ``torch`` is the same loss on ``torch.nn.functional.embedding(sparse=True)``, gradients coalesced and clipped,
with ``torch.optim.SparseAdam``, run by the interpreter of ``--peers`` (or ``AIMASS_PEERS``; see benchmarks/requirements.txt).

Ours and PyTorch's are measured in float32 and with the scores and their gradients in bfloat16 (``step bf16``, ``torch bf16``), tables, moments and loss in float32
as before; the last column is the ratio of each side's better one.

Every measurement is a process of its own on two threads; rounds go through all of them in turn. What counts are ratios of medians.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

BATCH, UNITS, SAMPLED = 1024, 256, 1024
STEPS = {"keras": {1_000_000: 4, 100_000: 10}, "": {}}
WARM_UP = 4


def zipf_ids(vocab_size: int, count: int):
    """``[count, 2, BATCH]`` ids: inputs and labels, log-uniform."""
    import numpy as np

    u = np.random.default_rng(0).random((count, 2, BATCH))
    return np.minimum(np.expm1(u * np.log(vocab_size + 1)), vocab_size - 1).astype("int32")


def timed(step, batches, steps: int) -> float:
    """Median seconds a step."""
    taken = []
    for i in range(WARM_UP + steps):
        begin = time.perf_counter()
        step(*batches[i % len(batches)])
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken[WARM_UP:])


def model_and_optimizer(vocab_size: int, kind: str):
    """Embedding and sampled softmax as an endpoint model, and the optimizer of the kind."""
    import keras

    from aimass.layers import Embedding, SampledSoftmax
    from aimass.optimizers import LazyAdam

    ids, labels = keras.Input((), dtype="int32"), keras.Input((), dtype="int32")
    head = SampledSoftmax(vocab_size, SAMPLED, seed=0)
    model = keras.Model([ids, labels], head(Embedding(vocab_size, UNITS)(ids), labels))
    make = keras.optimizers.Adam if kind == "keras" else LazyAdam
    return model, make(1e-3, global_clipnorm=1.0)


def measure_step(vocab_size: int, kind: str) -> dict:
    """The bare step of ours, or with Keras's optimizer."""
    import keras
    import tensorflow as tf

    if kind.endswith("bf16"):
        keras.config.set_dtype_policy("mixed_bfloat16")
    model, optimizer = model_and_optimizer(vocab_size, kind)
    weights = model.trainable_weights
    optimizer.build(weights)

    @tf.function
    def step(ids, labels):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model([ids, labels], training=True))
        optimizer.apply(tape.gradient(loss, [w.value for w in weights]), weights)
        return loss

    batches = [(tf.constant(x), tf.constant(y)) for x, y in zipf_ids(vocab_size, 32)]
    steps = STEPS["keras"].get(vocab_size, 30) if kind == "keras" else 60
    seconds = timed(lambda *batch: step(*batch).numpy(), batches, steps)
    return {"seconds": seconds, "loss": float(step(*batches[0]))}


def measure_fit(vocab_size: int) -> dict:
    """The same step through ``model.fit`` from a ``tf.data`` pipeline; the first epoch warms up."""
    import keras
    import tensorflow as tf

    model, optimizer = model_and_optimizer(vocab_size, "fit")
    model.compile(optimizer)
    ids = zipf_ids(vocab_size, 64)
    data = (
        tf.data.Dataset.from_tensor_slices(ids).map(lambda pair: ((pair[0], pair[1]),)).prefetch(2).repeat()
    )
    options = tf.data.Options()
    options.autotune.enabled = False  # as the package's own datasets have it
    data = data.with_options(options)

    class Clock(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.begin = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            self.seconds = (time.perf_counter() - self.begin) / 64

    clocks = []
    clock = Clock()
    for epochs in (1, 1, 1):
        model.fit(data, steps_per_epoch=64, epochs=epochs, shuffle=False, verbose=0, callbacks=[clock])
        clocks.append(clock.seconds)
    return {"seconds": min(clocks[1:])}


def measure_torch(vocab_size: int, kind: str) -> dict:
    """The same loss and update with PyTorch's sparse gradients."""
    import numpy as np
    import torch
    import torch.nn.functional as F

    torch.set_num_threads(2)
    torch.manual_seed(0)
    narrow = torch.bfloat16 if kind.endswith("bf16") else torch.float32
    limit = (6 / (vocab_size + UNITS)) ** 0.5
    table = torch.empty(vocab_size, UNITS).uniform_(-0.05, 0.05).requires_grad_()
    kernel = torch.empty(vocab_size, UNITS).uniform_(-limit, limit).requires_grad_()
    bias = torch.zeros(vocab_size, 1, requires_grad=True)
    weights = [table, kernel, bias]
    optimizer = torch.optim.SparseAdam(weights, lr=1e-3)
    scale = float(np.log(vocab_size + 1))
    random = np.random.default_rng(1)

    def log_q(ids, tries):
        q = torch.log1p(1.0 / (ids.double() + 1.0)) / scale
        return torch.log(-torch.expm1(tries * torch.log1p(-q))).float()

    def sample():
        """Distinct ids and the number of draws, as ours: NumPy's unique is quicker than torch's on so few."""
        drawn = np.zeros(0, "int64")
        while True:
            fresh = np.minimum(np.expm1(random.random(2 * SAMPLED) * scale), vocab_size - 1).astype("int64")
            drawn = np.concatenate([drawn, fresh])
            ids, first = np.unique(drawn, return_index=True)
            if len(ids) >= SAMPLED:
                order = np.argsort(first)[:SAMPLED]
                return torch.from_numpy(ids[order]), int(first[order[-1]]) + 1

    def step(ids, labels):
        sampled, tries = sample()
        together = torch.cat([labels, sampled])
        features = F.embedding(ids, table, sparse=True)
        rows = F.embedding(together, kernel, sparse=True)
        offset = F.embedding(together, bias, sparse=True)[:, 0] - log_q(together, tries)
        at_true = (features * rows[:BATCH]).sum(1) + offset[:BATCH]
        logits = (features.to(narrow) @ rows[BATCH:].to(narrow).T).float() + offset[BATCH:]
        logits = logits.masked_fill(labels[:, None] == sampled[None, :], -1e30)
        loss = F.cross_entropy(torch.cat([at_true[:, None], logits], 1), torch.zeros(BATCH, dtype=torch.long))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        with torch.no_grad():
            for weight in weights:
                weight.grad = weight.grad.coalesce()
            norm = torch.sqrt(sum(weight.grad._values().square().sum() for weight in weights))
            if norm > 1.0:
                for weight in weights:
                    weight.grad._values().mul_(1.0 / norm)
        optimizer.step()
        return loss.item()

    batches = [tuple(torch.from_numpy(x).long() for x in pair) for pair in zipf_ids(vocab_size, 32)]
    seconds = timed(step, batches, 60)
    return {"seconds": seconds, "loss": step(*batches[0])}


def child(kind: str, vocab_size: int, peers: str) -> dict:
    """One measurement in a process of its own."""
    environment = {
        **os.environ,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_NUM_INTRAOP_THREADS": "2",
        "CUDA_VISIBLE_DEVICES": "-1",
        "KERAS_BACKEND": "tensorflow",
    }
    python = peers if kind.startswith("torch") else sys.executable
    command = [python, __file__, "--measure", kind, str(vocab_size)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if run.returncode:
        raise SystemExit(f"{kind} at {vocab_size:,} failed:\n{run.stderr[-2000:]}")
    return json.loads(run.stdout.splitlines()[-1])


def main(arguments) -> None:
    """Print the medians and their ratios."""
    kinds = ["step", "step bf16", "fit", "keras"]
    if arguments.peers:
        kinds += ["torch", "torch bf16"]
    else:
        print("no --peers and no AIMASS_PEERS: PyTorch is left out (see benchmarks/requirements.txt)")
    times: dict[tuple[str, int], list[float]] = {}
    for _ in range(arguments.rounds):
        for size in arguments.sizes:
            for kind in kinds:
                times.setdefault((kind, size), []).append(child(kind, size, arguments.peers)["seconds"])
    found = {key: statistics.median(values) for key, values in times.items()}
    columns = ["keras/step", "torch/step", "fit/step", "best/best"]
    print(f"{'V':>10}" + "".join(f"{name:>14}" for name in [f"{kind} ms" for kind in kinds] + columns))

    def ratio(peer, ours, size):
        known = [kind for kind in peer if (kind, size) in found]
        return (
            min(found[kind, size] for kind in known) / min(found[kind, size] for kind in ours)
            if known
            else float("nan")
        )

    for size in arguments.sizes:
        ratios = [
            ratio(["keras"], ["step"], size),
            ratio(["torch"], ["step"], size),
            ratio(["fit"], ["step"], size),
            ratio(["torch", "torch bf16"], ["step", "step bf16"], size),
        ]
        cells = [f"{1000 * found[kind, size]:>14.1f}" for kind in kinds] + [
            f"{value:>14.2f}" for value in ratios
        ]
        print(f"{size:>10,}" + "".join(cells))
    first, last = arguments.sizes[0], arguments.sizes[-1]
    print(f"step at V = {last:,} / step at V = {first:,}: {found['step', last] / found['step', first]:.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        kind, size = sys.argv[2], int(sys.argv[3])
        if kind.startswith("torch"):
            result = measure_torch(size, kind)
        else:
            result = measure_fit(size) if kind == "fit" else measure_step(size, kind)
        print(json.dumps(result))
    else:
        parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
        parser.add_argument(
            "--peers", default=os.environ.get("AIMASS_PEERS", ""), help="interpreter that has PyTorch"
        )
        parser.add_argument("--rounds", type=int, default=3)
        parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
        main(parser.parse_args())
