"""Training an attention encoder-decoder, beside JoeyNMT's recurrent model of the same sizes: target tokens a second.

    python benchmarks/bench_seq2seq.py [--peers PYTHON] [--rounds N] [--steps N] [--attention additive] [--smoothing 0]

Bidirectional recurrent encoder of 256 units a direction, recurrent decoder of 256, both gated recurrent units, embeddings of 256, one joint vocabulary of 8,000
subwords with tied embeddings, dropout 0.3, label smoothing, gradients clipped to norm 1, Adam. Both sides train on the same batches of 64 real pairs of
Multi30k (English to German), of about one length. ``fed`` feeds the attentional vector back (Luong et al. 2015, section 3.3), ``plain`` does not;
``float32`` and ``bfloat16`` name the arithmetic (a Keras policy of mixed precision here, ``torch.autocast`` there).

Every measurement is a process of its own on two threads; ours runs two operations side by side, of one thread each, which is quicker here than one operation
on two. Rounds go through all of them in turn. What counts are ratios of medians: the best of ours to the best of JoeyNMT's, and the same with input feeding on
both sides. ``sampled`` is ours with a sampled softmax in place of the full one, which JoeyNMT has not; it is a different loss, so it stands apart.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from side_by_side import (
    VOCAB_SIZE,
    in_rounds,
    parser,
    peer_job,
    run_job,
    subwords_and_pairs,
    warn_without_peer,
)

KINDS = [(fed, low) for fed in ("plain", "fed") for low in ("float32", "bfloat16")]
WARM_UP_STEPS = 40


def real_batches(count: int | None) -> list:
    """``count`` batches (all if ``None``) of 64 pairs of ids with their ends, and the targets' begins."""
    from aimass.data.batches import plan_batches
    from aimass.data.vocabulary import BOS, EOS

    subwords, pairs = subwords_and_pairs("train")
    sources = [[*ids, EOS] for ids in subwords.encode([pair.en for pair in pairs])]
    targets = [[BOS, *ids, EOS] for ids in subwords.encode([pair.de for pair in pairs])]
    plan = plan_batches([(len(t), len(s)) for s, t in zip(sources, targets, strict=True)], 64)
    return [([sources[i] for i in rows], [targets[i] for i in rows]) for rows in plan[:count]]


def measure(path: str) -> dict:
    """Target tokens a second of ours over the job's batches, by the model's own training step, traced once."""
    import keras
    import numpy as np
    import tensorflow as tf

    from aimass.data.batches import pad
    from aimass.losses import MaskedCrossEntropy
    from aimass.models import Seq2Seq
    from aimass.optimizers import FusedAdam

    job = json.loads(Path(path).read_text())
    keras.config.set_dtype_policy("mixed_bfloat16" if job["bfloat16"] else "float32")
    model = Seq2Seq(
        VOCAB_SIZE, VOCAB_SIZE, attention=job["attention"], dropout_rate=job["dropout"], share_embeddings=True,
        input_feeding=job["input_feeding"], num_sampled=job["num_sampled"],
    )  # fmt: skip
    model.compile(FusedAdam(1e-3, global_clipnorm=1.0), MaskedCrossEntropy(job["smoothing"]))
    batches, tokens = [], []
    for sources, targets in job["batches"]:
        target = pad(targets)
        target_in = np.where(target[:, :-1] == 3, 0, target[:, :-1])
        batches.append(tuple(tf.constant(x) for x in (pad(sources), target_in, target[:, 1:])))
        tokens.append(sum(len(row) - 1 for row in targets))
    ids = tf.TensorSpec([None, None], tf.int32)

    @tf.function(input_signature=[ids, ids, ids], autograph=False)
    def step(source, target_in, target_out):
        return model.train_step(((source, target_in), target_out))["loss"]

    for batch in batches[:WARM_UP_STEPS]:
        step(*batch)
    model.reset_metrics()
    begin = time.perf_counter()
    for batch in batches:
        loss = step(*batch).numpy()
    return {"per_second": sum(tokens) / (time.perf_counter() - begin), "loss": float(loss)}


def main(arguments) -> None:
    """Print medians and ratios."""
    batches = real_batches(arguments.steps)
    with tempfile.TemporaryDirectory() as folder:

        def measurement(who, fed, low, num_sampled=None):
            job = {
                "batches": batches[: arguments.peer_steps] if who == "joeynmt" else batches,
                "vocab_size": VOCAB_SIZE, "attention": arguments.attention, "smoothing": arguments.smoothing,
                "dropout": 0.3, "input_feeding": fed == "fed", "bfloat16": low == "bfloat16", "num_sampled": num_sampled,
            }  # fmt: skip
            if num_sampled is not None:
                job["smoothing"] = 0.0
            if who == "joeynmt":
                return peer_job(arguments.peers, "train", job, folder)
            path = Path(folder) / "ours.json"
            path.write_text(json.dumps(job))
            return run_job(arguments.python, [__file__, "--measure", str(path)], threads=1)

        sides = ["aimass", "joeynmt"] if arguments.peers else ["aimass"]
        kinds = {
            (who, *kind): (lambda who=who, kind=kind: measurement(who, *kind))
            for kind in KINDS
            if "_".join(kind) not in arguments.skip
            for who in sides
        }
        if arguments.num_sampled:
            kinds["aimass", "sampled", "bfloat16"] = lambda: measurement(
                "aimass", "plain", "bfloat16", arguments.num_sampled
            )
        found = in_rounds(kinds, arguments.rounds)
    print(f"{'':22}" + "".join(f"{who + ' tokens/s':>20}" for who in sides) + f"{'ratio':>10}")
    for kind in dict.fromkeys(key[1:] for key in kinds if key[1] != "sampled"):
        rates = [found[who, *kind]["per_second"] for who in sides]
        ratio = f"{rates[0] / rates[1]:10.2f}" if len(rates) > 1 else f"{'-':>10}"
        print(f"{' '.join(kind):22}" + "".join(f"{rate:20,.0f}" for rate in rates) + ratio)
    if len(sides) < 2:
        return

    def best(who, feeds):
        return max(r["per_second"] for (side, fed, _), r in found.items() if side == who and fed in feeds)

    every = ("plain", "fed")
    if arguments.num_sampled:
        rate = found["aimass", "sampled", "bfloat16"]["per_second"]
        print(
            f"ours with a softmax sampled by {arguments.num_sampled:,}: {rate:,.0f}; / best of JoeyNMT: {rate / best('joeynmt', every):.2f}"
        )
    print(f"best of ours / best of JoeyNMT: {best('aimass', every) / best('joeynmt', every):.2f}")
    if any(fed == "fed" for _, fed, _ in found):
        print(
            f"the same, with input feeding on both sides: {best('aimass', ['fed']) / best('joeynmt', ['fed']):.2f}"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(sys.argv[2])))
    else:
        options = parser(__doc__, "JoeyNMT")
        options.add_argument("--steps", type=int, default=150, help="batches that ours trains on")
        options.add_argument(
            "--peer-steps", type=int, default=24, help="of these, batches that JoeyNMT trains on"
        )
        options.add_argument("--attention", choices=["multiplicative", "additive"], default="multiplicative")
        options.add_argument("--smoothing", type=float, default=0.1, help="label smoothing")
        options.add_argument(
            "--num-sampled", type=int, default=1024, help="of the row `sampled`; 0 leaves it out"
        )
        options.add_argument("--skip", nargs="*", default=[], help="kinds to leave out, such as fed_bfloat16")
        arguments = options.parse_args()
        warn_without_peer(arguments)
        main(arguments)
