"""What the benchmarks beside JoeyNMT share: real batches, a process for every measurement, rounds in turn, medians and ratios."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PEER = Path(__file__).with_name("joeynmt_peer.py")
VOCAB_SIZE = 8000


def subwords_and_pairs(split: str):
    """Joint English-German subwords of Multi30k's training texts, and the pairs of a split."""
    from aimass.data import load
    from aimass.data.subwords import Subwords

    corpus = load("multi30k")
    place = Path(tempfile.gettempdir()) / f"aimass_bench_multi30k_{VOCAB_SIZE}.model"
    if place.exists():
        return Subwords.load(place), list(corpus[split])
    texts = [text for pair in corpus["train"] for text in (pair.en, pair.de)]
    subwords = Subwords.train(texts, VOCAB_SIZE)
    subwords.save(place)
    return subwords, list(corpus[split])


def run_job(python: str, command: list[str], threads: int = 2) -> dict:
    """The JSON that a process of its own prints last; ``threads`` is how many an operation may use."""
    environment = {
        **os.environ,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "OMP_NUM_THREADS": str(threads),
        "CUDA_VISIBLE_DEVICES": "-1",
        "KERAS_BACKEND": "tensorflow",
    }
    run = subprocess.run([python, *command], env=environment, capture_output=True, text=True, check=False)
    if run.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{run.stderr[-2000:]}")
    return json.loads(run.stdout.splitlines()[-1])


def peer_job(python: str, task: str, job: dict, folder: str) -> dict:
    """One measurement of JoeyNMT."""
    path = Path(folder) / "job.json"
    path.write_text(json.dumps(job))
    return run_job(python, [str(PEER), task, str(path)], 2 // job.get("workers", 1))


def in_rounds(kinds: dict, rounds: int) -> dict[str, dict]:
    """Each kind's measurement with the median rate; the rounds go through all kinds in turn.

    Args:
        kinds: from a name to a function without arguments that measures once: a dict with ``per_second``.
        rounds: how many.
    """
    found: dict[str, list[dict]] = {name: [] for name in kinds}
    for _ in range(rounds):
        for name, measure in kinds.items():
            found[name].append(measure())
            print(f"  {name}: {found[name][-1]['per_second']:,.0f}", file=sys.stderr, flush=True)
    medians = {name: statistics.median(r["per_second"] for r in runs) for name, runs in found.items()}
    return {name: {**runs[-1], "per_second": medians[name]} for name, runs in found.items()}


def parser(description: str, peer: str) -> argparse.ArgumentParser:
    """The options that all share."""
    options = argparse.ArgumentParser(description=description.split("\n\n")[0])
    options.add_argument(
        "--peers", default=os.environ.get("AIMASS_PEERS", ""), help=f"interpreter that has {peer}"
    )
    options.add_argument("--python", default=sys.executable, help="interpreter that has aimass")
    options.add_argument("--rounds", type=int, default=3)
    return options


def warn_without_peer(arguments) -> None:
    """Say so where no peer is named."""
    if not arguments.peers:
        print("no --peers and no AIMASS_PEERS: JoeyNMT is left out (see benchmarks/requirements.txt)")
