"""Skip-gram and CBOW against gensim: words a second on two threads, and correlation with people's judgement of likeness.

    python benchmarks/bench_word2vec.py [--peers PYTHON] [--rounds 3] [--epochs 5] [--models skip-gram,cbow]

Needs `gensim` in an environment of its own, whose interpreter is named by --peers or by AIMASS_PEERS, and the corpora nltk_text, brown and
similarity. Both sides train on one text file (4.3 million words) with d = 100, window 5, 5 negatives, subsampling at 1e-3 and words
seen 5 times or more, in processes of their own, turn by turn; ours with two workers, 128 blocks a step. A word counts when it stands in the file, whether it is kept or not.
Ours: from opening the file to the trained vectors, the encoding of words and XLA's compilation included; gensim's: `train` on sentences
that are in memory as lists already, or on the file (`corpus_file`). The vocabulary's making is left out on both sides. What counts is the
ratio of the medians; words/s depend on the machine.

Both sides run with MALLOC_TOP_PAD_ at 64 MB (glibc's: how much a heap keeps beyond its need). XLA takes some 600 KB of scratch for each block
and gives it back; a heap without reserve returns the pages to the system each time.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MODELS = ("skip-gram", "cbow")
SIZES = {"units": 100, "window": 5, "negatives": 5, "subsample": 1e-3, "min_count": 5}
OURS = {"skip-gram": {"rate": 0.025}, "cbow": {"rate": 0.15}}
BLOCKS, THREADS = 128, 2

GENSIM = """
import json, sys, time
from gensim.models import Word2Vec
from gensim.models.word2vec import LineSentence
task = json.load(sys.stdin)
sizes = task["sizes"]
lines = list(LineSentence(task["corpus"]))
model = Word2Vec(vector_size=sizes["units"], window=sizes["window"], negative=sizes["negatives"], sample=sizes["subsample"],
                 min_count=sizes["min_count"], sg=int(task["model"] == "skip-gram"), workers=task["threads"],
                 epochs=task["epochs"], seed=task["seed"] + 1)
model.build_vocab(lines)
how = {"corpus_file": task["corpus"], "total_words": model.corpus_total_words} if task["from_file"] else {"corpus_iterable": lines}
begin, cpu = time.perf_counter(), time.process_time()
model.train(total_examples=model.corpus_count, epochs=task["epochs"], **how)
seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
model.wv.save_word2vec_format(task["vectors"], binary=True)
print(json.dumps({"seconds": seconds, "cpu": cpu, "words": model.corpus_total_words * task["epochs"]}))
"""


def ours(task: dict) -> dict:
    """Train ours in this process; leaves the vectors in the file that the task names."""
    import keras
    import tensorflow as tf

    from aimass.data.text_stream import TextStream, read_lines
    from aimass.data.vocabulary import Vocabulary
    from aimass.models import CBOW, SkipGram
    from aimass.models.word2vec import block_size, linear_decay

    tf.config.threading.set_intra_op_parallelism_threads(task["threads"])
    tf.config.experimental.enable_op_determinism()
    sizes = task["sizes"]
    vocabulary = Vocabulary.build(read_lines(task["corpus"]), min_count=sizes["min_count"])
    cls = SkipGram if task["model"] == "skip-gram" else CBOW
    model = cls(
        len(vocabulary),
        sizes["units"],
        sizes["window"],
        sizes["negatives"],
        counts=vocabulary.counts,
        workers=task["threads"],
        seed=task["seed"],
    )
    begin, cpu = time.perf_counter(), time.process_time()
    stream = TextStream.from_sentences(
        read_lines(task["corpus"]), vocabulary, subsample=sizes["subsample"], seed=task["seed"]
    )
    size = block_size(vocabulary.counts, subsample=sizes["subsample"])
    steps = stream.steps(size, BLOCKS)
    model.compile(keras.optimizers.SGD(linear_decay(OURS[task["model"]]["rate"], steps * task["epochs"])))
    model.fit(
        stream.dataset(size, sizes["window"], BLOCKS),
        epochs=task["epochs"], steps_per_epoch=steps, shuffle=False, verbose=0,
    )  # fmt: skip
    model.vectors.numpy()
    seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
    model.word_vectors(vocabulary.tokens[4:], first=4).save(task["vectors"], binary=True)
    words = sum(map(len, read_lines(task["corpus"]))) * task["epochs"]
    return {"seconds": seconds, "cpu": cpu, "words": words}


def correlations(task: dict) -> dict[str, float]:
    """Spearman's correlation of the task's file of vectors with both sets of pairs, words in lower case."""
    from aimass.data import load
    from aimass.data.records import WordPair
    from aimass.evaluation import word_similarity
    from aimass.models import WordVectors

    vectors = WordVectors.load(task["vectors"], binary=True)
    splits = load("similarity").splits
    return {
        split: word_similarity(
            vectors.matrix,
            vectors.index,
            [WordPair(p.first.lower(), p.second.lower(), p.score) for p in pairs],
        ).correlation()
        for split, pairs in splits.items()
    }


def write_corpus(path: Path) -> None:
    """nltk_text and brown, one sentence a line."""
    from aimass.data import load
    from aimass.data.text_stream import sentences

    texts = [document.text for split in load("nltk_text").splits.values() for document in split]
    texts += [" ".join(sentence.tokens) for sentence in load("brown")["all"]]
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(" ".join(line) + "\n" for line in sentences(texts))


def child(command: list[str], task: dict) -> dict:
    """Run one training in a process of its own."""
    environment = {
        **os.environ,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "OMP_NUM_THREADS": str(task["threads"]),
        "MALLOC_TOP_PAD_": str(64 << 20),
    }
    run = subprocess.run(command, input=json.dumps(task), env=environment, capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"bench_word2vec: {Path(command[0]).name} failed: {run.stderr.strip().splitlines()[-1]}")
    return json.loads(run.stdout.splitlines()[-1])


def peers_interpreter(named: str | None) -> str:
    """The interpreter that has gensim; ends with a clear message where there is none."""
    python = named or os.environ.get("AIMASS_PEERS")
    advice = "make an environment with `python -m venv DIR` and `DIR/bin/pip install gensim`, then give --peers DIR/bin/python"
    if not python:
        sys.exit(f"bench_word2vec: no interpreter with gensim named; {advice}")
    try:
        found = subprocess.run(
            [python, "-c", "import gensim; print(gensim.__version__)"], capture_output=True, text=True
        )
    except OSError as error:
        sys.exit(f"bench_word2vec: {python}: {error.strerror}; {advice}")
    if found.returncode:
        sys.exit(f"bench_word2vec: {python} has no gensim; {advice}")
    print(f"gensim {found.stdout.strip()}, {THREADS} threads each")
    return python


def main() -> None:
    """Train turn by turn and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peers", help="interpreter of an environment with gensim")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--models", default=",".join(MODELS))
    options = parser.parse_args()
    python = peers_interpreter(options.peers)
    sides = {
        "ours": ([sys.executable, __file__, "--train"], {}),
        "gensim, lists": ([python, "-c", GENSIM], {"from_file": False}),
        "gensim, file": ([python, "-c", GENSIM], {"from_file": True}),
    }
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus.txt"
        write_corpus(corpus)
        for model in options.models.split(","):
            found: dict[str, list[dict]] = {side: [] for side in sides}
            for number in range(options.rounds):
                for side, (command, extra) in sides.items():
                    task = {
                        "corpus": str(corpus), "model": model, "epochs": options.epochs, "threads": THREADS, "seed": number,
                        "sizes": SIZES, "vectors": str(Path(folder) / "vectors.bin"), **extra,
                    }  # fmt: skip
                    result = child(command, task)
                    found[side].append({**result, **child([sys.executable, __file__, "--score"], task)})
            report(model, found)


def report(model: str, found: dict[str, list[dict]]) -> None:
    """One table: medians of words/s, their ratio, processor time a word, and mean correlations."""
    print(f"\n{model}: {len(found['ours'])} rounds")
    print(
        f"{'':15s} {'words/s':>10s} {'least':>10s} {'most':>10s} {'cpu us/word':>12s} {'WordSim-353':>12s} {'SimLex-999':>11s}"
    )
    speeds = {}
    for side, results in found.items():
        each = [result["words"] / result["seconds"] for result in results]
        speeds[side] = statistics.median(each)
        cpu = statistics.median(1e6 * result["cpu"] / result["words"] for result in results)
        wordsim, simlex = (
            statistics.mean(result[name] for result in results) for name in ("wordsim353", "simlex999")
        )
        print(
            f"{side:15s} {speeds[side]:10,.0f} {min(each):10,.0f} {max(each):10,.0f} {cpu:12.2f} {wordsim:12.3f} {simlex:11.3f}"
        )
    fastest = max(speed for side, speed in speeds.items() if side != "ours")
    speed = {
        side: [result["words"] / result["seconds"] for result in results] for side, results in found.items()
    }
    peers = zip(*(each for side, each in speed.items() if side != "ours"), strict=True)
    per_round = [own / max(others) for own, others in zip(speed["ours"], peers, strict=True)]
    print(
        f"ours / gensim's faster way: {speeds['ours'] / fastest:.2f} (by round: {', '.join(f'{r:.2f}' for r in per_round)})"
    )


if __name__ == "__main__":
    if sys.argv[1:] in (["--train"], ["--score"]):
        print(json.dumps({"--train": ours, "--score": correlations}[sys.argv[1]](json.load(sys.stdin))))
    else:
        main()
