"""Beam search, beside JoeyNMT's on the same weights: sentences a second.

    python benchmarks/bench_decoding.py [--peers PYTHON] [--rounds N] [--batches 64 128] [--attention additive]

A model (bidirectional GRU encoder of 256 a direction, GRU decoder of 256, embeddings of 256, joint 8,000 subwords) is trained for a few epochs on Multi30k,
enough to end its sentences, and its weights are given to JoeyNMT's recurrent model. Both then translate the 1,000 sentences of test 2016 from English to German
with a beam of 5 and a length penalty of 1, sorted by length. ``fed`` feeds the attentional vector back (Luong et al. 2015, section 3.3), ``plain`` does not;
``float32`` and ``bfloat16`` name the arithmetic. That the weights are equal shows in the outputs: the share that is the same, the greatest difference of their
scores, and the BLEU of both. The rest is the searches' own: JoeyNMT lets finished hypotheses go on, ours does not.

``1`` is one worker whose operations use two threads, ``2`` is two workers of one thread each that take batches in turn; the last number is the size of a batch.
Two workers are an option of our ``Translator``; JoeyNMT has none, and is given a copy of its model for each.

Every measurement is a process of its own on two cores; rounds go through all of them in turn. What counts are ratios of medians.
"""

import json
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

from bench_seq2seq import real_batches
from side_by_side import (
    VOCAB_SIZE,
    in_rounds,
    parser,
    peer_job,
    run_job,
    subwords_and_pairs,
    warn_without_peer,
)

BEAM_SIZE, ALPHA = 5, 1.0


def build(job):
    """Our model for a job; with its weights if there are some."""
    import keras

    from aimass.models import Seq2Seq

    keras.config.set_dtype_policy("mixed_bfloat16" if job["bfloat16"] else "float32")
    model = Seq2Seq(
        VOCAB_SIZE, VOCAB_SIZE, attention=job["attention"], input_feeding=job["input_feeding"], dropout_rate=0.0, share_embeddings=True
    )  # fmt: skip
    if job.get("keras_weights"):
        model.load_weights(job["keras_weights"])
    return model


def train(path: str) -> dict:
    """Train for the job's steps; write our weights, and JoeyNMT's."""
    import numpy as np

    from aimass.data.batches import PairBatches
    from aimass.losses import MaskedCrossEntropy
    from aimass.optimizers import FusedAdam

    job = json.loads(Path(path).read_text())
    model = build(
        {**job, "keras_weights": None, "bfloat16": True}
    )  # the quicker way; the weights are float32 all the same
    pairs = [pair for batch in job["batches"] for pair in zip(*batch, strict=True)]
    batches = PairBatches([s[:-1] for s, _ in pairs], [t[1:-1] for _, t in pairs])
    model.compile(FusedAdam(2e-3, global_clipnorm=1.0), MaskedCrossEntropy(0.1))
    history = model.fit(
        batches.dataset(), steps_per_epoch=batches.steps, epochs=job["epochs"], verbose=0, shuffle=False
    )
    model.save_weights(job["keras_weights"])
    np.savez(job["weights"], **joey_weights(model))
    return {"loss": history.history["loss"][-1]}


def joey_weights(model) -> dict:
    """Our weights under JoeyNMT's parameter names and in its layout."""
    import numpy as np

    weights = {"src_embed.lut.weight": model.output_matrix}
    readers = [("encoder.rnn", model.encoder.readers[0]), ("decoder.rnn", model.decoder.readers[0])]
    for name, reader in readers:
        for i, end in enumerate(["", "_reverse"][: reader.directions]):
            weights[f"{name}.weight_ih_l0{end}"] = torch_gates(reader.kernels[i]).T
            weights[f"{name}.weight_hh_l0{end}"] = torch_gates(reader.recurrent_kernels[i]).T
            weights[f"{name}.bias_ih_l0{end}"], weights[f"{name}.bias_hh_l0{end}"] = torch_gates(
                reader.biases[i]
            )
    units = model.decoder.output_units
    kernel = np.asarray(model.combine.kernel)  # ours reads the context first, theirs the state
    weights["decoder.att_vector_layer.weight"] = np.concatenate([kernel[-units:], kernel[:-units]]).T
    weights["decoder.att_vector_layer.bias"] = model.combine.bias
    weights["decoder.bridge_layer.weight"] = np.asarray(model.bridge[0].kernel).T
    weights["decoder.bridge_layer.bias"] = model.bridge[0].bias
    weights["decoder.attention.key_layer.weight"] = np.asarray(model.attention.key_kernel).T
    if hasattr(model.attention, "query_kernel"):
        weights["decoder.attention.query_layer.weight"] = np.asarray(model.attention.query_kernel).T
        weights["decoder.attention.energy_layer.weight"] = np.reshape(model.attention.score_kernel, [1, -1])
    return {name: np.ascontiguousarray(value, dtype="float32") for name, value in weights.items()}


def torch_gates(weight):
    """PyTorch's order of the gates (reset, update, candidate) from Keras's (update, reset, candidate), on the last axis."""
    import numpy as np

    update, reset, candidate = np.split(np.asarray(weight), 3, axis=-1)
    return np.concatenate([reset, update, candidate], axis=-1)


def measure(path: str) -> dict:
    """Sentences a second of our beam search over the batches, and the outputs."""
    import tensorflow as tf

    from aimass.data.batches import pad
    from aimass.decoding import search

    job = json.loads(Path(path).read_text())
    model = build(job)

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32)], autograph=False)
    def run(source):
        found = search(model, source, beam_size=BEAM_SIZE, alpha=ALPHA, n=1)
        return found.tokens[:, 0], found.scores[:, 0]

    batches = [tf.constant(pad(sources)) for sources, _ in job["batches"]]
    for batch in batches[: 1 + len(batches) // 8]:
        run(batch)
    begin = time.perf_counter()
    with ThreadPoolExecutor(job["workers"]) as pool:
        found = list(pool.map(lambda batch: [x.numpy().tolist() for x in run(batch)], batches))
    seconds = time.perf_counter() - begin
    results = [pair for tokens, scores in found for pair in zip(tokens, scores, strict=True)]
    return {"per_second": len(results) / seconds, "outputs": results}


def test_batches(size: int):
    """The sources of test 2016 in batches of about one length, longest first; the references in their order; the subwords."""
    from aimass.data.vocabulary import EOS

    subwords, pairs = subwords_and_pairs("test")
    sources = [[*ids, EOS] for ids in subwords.encode([pair.en for pair in pairs])]
    order = sorted(range(len(sources)), key=lambda i: -len(sources[i]))
    batches = [([sources[i] for i in order[k : k + size]], None) for k in range(0, len(order), size)]
    return batches, [pairs[i].de for i in order], subwords


def bleu(outputs, references, subwords) -> float:
    """Corpus BLEU of the outputs' texts."""
    import sacrebleu

    return sacrebleu.corpus_bleu(subwords.decode([ids for ids, _ in outputs]), [references]).score


def agreement(first, second):
    """Share of the outputs that are the same, and the greatest difference of the scores of those."""

    def until_end(ids):
        return ids[: ids.index(3) + 1] if 3 in ids else [i for i in ids if i]

    same = [abs(a - b) for (x, a), (y, b) in zip(first, second, strict=True) if until_end(x) == until_end(y)]
    return len(same) / len(first), max(same, default=float("nan"))


def main(arguments) -> None:
    """Train, measure, print."""
    sides = ["aimass", "joeynmt"] if arguments.peers else ["aimass"]
    tests = {size: test_batches(size) for size in arguments.batches}
    with tempfile.TemporaryDirectory() as folder:

        def job(fed, low, workers, batches):
            place = Path(arguments.weights or folder)
            return {
                "batches": batches, "vocab_size": VOCAB_SIZE, "attention": arguments.attention, "input_feeding": fed == "fed",
                "bfloat16": low == "bfloat16", "beam_size": BEAM_SIZE, "alpha": ALPHA, "max_length": -1, "epochs": arguments.epochs, "workers": workers,
                "weights": str(place / f"{fed}_{arguments.attention}.npz"), "keras_weights": str(place / f"{fed}_{arguments.attention}.weights.h5"),
            }  # fmt: skip

        def ours(task, description):
            path = Path(folder) / "ours.json"
            path.write_text(json.dumps(description))
            return run_job(arguments.python, [__file__, task, str(path)], 2 // description["workers"])

        def measurement(who, fed, low, workers, size):
            description = job(fed, low, workers, tests[size][0])
            if who == "joeynmt":
                return peer_job(arguments.peers, "decode", description, folder)
            return ours("--measure", description)

        for fed in arguments.kinds:
            if not Path(job(fed, "float32", 1, [])["weights"]).exists():
                ours("--train", job(fed, "float32", 1, real_batches(None)))
        kinds = {
            (who, *kind): (lambda who=who, kind=kind: measurement(who, *kind))
            for kind in product(arguments.kinds, arguments.arithmetic, arguments.workers, arguments.batches)
            for who in sides
        }
        found = in_rounds(kinds, arguments.rounds)
    report(found, tests, sides, arguments)


def report(found, tests, sides, arguments) -> None:
    """Print rates, ratios and the outputs' agreement."""
    columns = [f"{who} {what}" for what in ("sentences/s", "BLEU") for who in sides]
    print(f"{'':22}" + "".join(f"{name:>21}" for name in columns) + f"{'ratio':>8}{'same':>8}{'scores':>9}")
    for key in dict.fromkeys(key[1:] for key in found):
        _, references, subwords = tests[key[3]]
        results = [found[who, *key] for who in sides]
        row = f"{' '.join(map(str, key)):22}"
        row += "".join(f"{r['per_second']:21,.0f}" for r in results)
        row += "".join(f"{bleu(r['outputs'], references, subwords):21.2f}" for r in results)
        if len(results) > 1:
            share, difference = agreement(*(r["outputs"] for r in results))
            row += f"{results[0]['per_second'] / results[1]['per_second']:8.2f}{share:8.1%}{difference:9.1e}"
        print(row)
    if len(sides) < 2:
        return
    for fed in dict.fromkeys(key[1] for key in found):
        rates = {key[:1] + key[3:4]: [] for key in found}
        for key, result in found.items():
            if key[1] == fed:
                rates[key[0], key[3]].append(result["per_second"])
        ours = max(max(values) for (who, _), values in rates.items() if who == "aimass")
        for workers in arguments.workers:
            ratio = ours / max(rates["joeynmt", workers])
            print(
                f"{fed}: best of ours / best of JoeyNMT with {workers} worker{'s' * (workers > 1)}: {ratio:.2f}"
            )


if __name__ == "__main__":
    if sys.argv[1:2] in (["--measure"], ["--train"]):
        print(json.dumps({"--measure": measure, "--train": train}[sys.argv[1]](sys.argv[2])))
    else:
        options = parser(__doc__, "JoeyNMT")
        options.add_argument("--epochs", type=int, default=3, help="of training")
        options.add_argument(
            "--weights", default="", help="folder that keeps the trained weights for the next time"
        )
        options.add_argument("--attention", choices=["multiplicative", "additive"], default="multiplicative")
        options.add_argument("--batches", type=int, nargs="+", default=[64], help="sentences a batch")
        options.add_argument("--workers", type=int, nargs="+", choices=[1, 2], default=[1, 2])
        options.add_argument("--kinds", nargs="+", choices=["plain", "fed"], default=["plain", "fed"])
        options.add_argument(
            "--arithmetic", nargs="+", choices=["float32", "bfloat16"], default=["float32", "bfloat16"]
        )
        arguments = options.parse_args()
        warn_without_peer(arguments)
        main(arguments)
