"""JoeyNMT's recurrent model on given ids: one measurement of training or of beam search, printed as JSON.

    PEERS/bin/python joeynmt_peer.py {train,decode} JOB.json

Run by bench_seq2seq.py and bench_decoding.py with the interpreter that has JoeyNMT 2.3 (see requirements.txt). The job is a JSON file: ``batches``, lists of
``[source ids, target ids]`` with their ends (and the targets' begins) in aimass's numbering, ``vocab_size``, and options; ``weights`` names an ``.npz`` file with
JoeyNMT's own parameter names. Model, loss, search and optimizer are JoeyNMT's; the training step is that of its ``TrainManager``.
"""

import copy
import json
import logging
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import torch

SIZE = 256
SWAP = {0: 1, 1: 0}  # JoeyNMT numbers unknown 0 and padding 1


def joey_model(job):
    """JoeyNMT's model as its own builder makes it; for the sizes see the job."""
    from joeynmt.model import build_model
    from joeynmt.vocabulary import Vocabulary

    specials = SimpleNamespace(
        unk_token="<unk>", pad_token="<pad>", bos_token="<s>", eos_token="</s>", sep_token=None, lang_tags=[],
        unk_id=0, pad_id=1, bos_id=2, eos_id=3,
    )  # fmt: skip
    vocabulary = Vocabulary([f"piece{i}" for i in range(4, job["vocab_size"])], specials)
    dropout = job.get("dropout", 0.0)
    embeddings = {"embedding_dim": SIZE, "dropout": dropout}
    recurrent = {
        "type": "recurrent",
        "rnn_type": "gru",
        "hidden_size": SIZE,
        "num_layers": 1,
        "dropout": dropout,
    }
    attention = {"multiplicative": "luong", "additive": "bahdanau"}[job["attention"]]
    config = {
        "encoder": {**recurrent, "bidirectional": True, "embeddings": embeddings},
        "decoder": {
            **recurrent, "embeddings": embeddings, "attention": attention, "init_hidden": "bridge",
            "input_feeding": job["input_feeding"], "hidden_dropout": dropout,
        },
        "tied_embeddings": True,
        "tied_softmax": True,
        "init_rnn_orthogonal": True,
    }  # fmt: skip
    model = build_model(config, src_vocab=vocabulary, trg_vocab=vocabulary)
    if job.get("weights"):
        load(model, np.load(job["weights"]))
    return model


def load(model, arrays) -> None:
    """Copy every parameter; none may be missing or left over."""
    state = model.state_dict()
    given = {name: torch.from_numpy(arrays[name]) for name in arrays.files}
    table = given["src_embed.lut.weight"]
    table[[0, 1]] = table[[1, 0]]
    for name in ("trg_embed.lut.weight", "decoder.output_layer.weight"):
        given[name] = table
    if set(state) != set(given):
        raise SystemExit(f"weights differ from the model's in {sorted(set(state) ^ set(given))}")
    model.load_state_dict(given)


def padded(rows) -> torch.Tensor:
    """``[batch, longest]`` in JoeyNMT's numbering."""
    ids = torch.full((len(rows), max(map(len, rows))), 1)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor([SWAP.get(x, x) for x in row])
    return ids


def joey_batch(sources, targets, train: bool):
    """A batch as JoeyNMT's own collate function makes it."""
    from joeynmt.batch import Batch

    return Batch(
        src=padded(sources),
        src_length=torch.tensor([len(row) for row in sources]),
        src_prompt_mask=None,
        trg=padded(targets) if train else None,
        trg_prompt_mask=None,
        indices=torch.arange(len(sources)),
        device=torch.device("cpu"),
        pad_index=1,
        eos_index=3,
        is_train=train,
    )


def autocast_of(job) -> dict:
    """What JoeyNMT hands to ``torch.autocast``."""
    return {"device_type": "cpu", "enabled": job["bfloat16"], "dtype": torch.bfloat16}


def train(job) -> dict:
    """Target tokens a second over the batches, after a warm-up over the first of them."""
    from joeynmt.builders import build_gradient_clipper, build_optimizer

    model = joey_model(job).train()
    model.loss_function = ("crossentropy", job["smoothing"])
    config = {
        "optimizer": "adam",
        "learning_rate": 1e-3,
        "weight_decay": 0.0,
        "clip_grad_norm": 1.0,
        "clip_grad_val": None,
    }
    config = {**config, "adam_betas": (0.9, 0.999), "fp16": False}
    clip, optimizer = build_gradient_clipper(config), build_optimizer(config, model.parameters())
    autocast = autocast_of(job)

    def step(pair):
        batch = joey_batch(*pair, train=True)
        begin = time.perf_counter()
        batch.sort_by_src_length()
        with torch.autocast(**autocast):
            loss, *_ = model(return_type="loss", **vars(batch))
        loss = batch.normalize(loss, normalization="tokens")
        loss.backward()
        clip(parameters=model.parameters())
        optimizer.step()
        model.zero_grad()
        return loss.item(), batch.ntokens, time.perf_counter() - begin

    for pair in job["batches"][:4]:
        step(pair)
    done = [step(pair) for pair in job["batches"]]
    return {
        "per_second": sum(tokens for _, tokens, _ in done) / sum(seconds for *_, seconds in done),
        "loss": float(np.mean([loss for loss, *_ in done[-10:]])),
    }


def decode(job) -> dict:
    """Sentences a second of beam search over the batches, and the outputs in aimass's numbering."""
    from joeynmt.search import search

    model = joey_model(job).eval()
    autocast = autocast_of(job)
    batches = [joey_batch(sources, None, train=False) for sources, _ in job["batches"]]
    orders = [batch.sort_by_src_length() for batch in batches]

    copies = [
        copy.deepcopy(model) for _ in range(job["workers"])
    ]  # JoeyNMT's attention keeps its keys between calls

    def run(batch):
        model = copies.pop()
        with torch.inference_mode():
            outputs, scores, _ = search(
                model, batch, max_output_length=job["max_length"], beam_size=job["beam_size"],
                beam_alpha=job["alpha"], n_best=1, min_output_length=0, generate_unk=False, return_prob="hyp",
                autocast=autocast,
            )  # fmt: skip
        copies.append(model)
        return outputs, scores

    for batch in batches[: 1 + len(batches) // 8]:
        run(batch)
    begin = time.perf_counter()
    with ThreadPoolExecutor(job["workers"]) as pool:
        found = list(pool.map(run, batches))
    seconds = time.perf_counter() - begin
    results = []
    for (outputs, scores), order in zip(found, orders, strict=True):
        for row in order:
            ids = [SWAP.get(int(x), int(x)) for x in outputs[row]]
            results.append((ids, float(scores[row][0])))
    return {"per_second": len(results) / seconds, "outputs": results}


if __name__ == "__main__":
    torch.manual_seed(0)
    logging.disable(logging.INFO)
    task, path = sys.argv[1:3]
    with open(path) as file:
        job = json.load(file)
    torch.set_num_threads(2 // job.get("workers", 1))
    print(json.dumps({"train": train, "decode": decode}[task](job)))
