"""Executed notebooks made by hand from the contract of the MIME types, so that each test can plant its own fault."""

import hashlib
import json
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from aimass.study.claims import Registry, load_registry

NAME = "2.1_neural_networks"
OTHER = "2.6_attention"
MIME = "application/vnd.aimass.{}+json"
CSV = "step,loss,kind\n1,0.5,ours\n2,0.25,ours\n"

REGISTRY = """
sections:
  - {id: "2.1", title: {en: Networks, zh: 网络}, chapter: 2.1_neural_networks, planned: false}
  - {id: "2.6", title: {en: Attention, zh: 注意力}, chapter: 2.6_attention, planned: false}
  - {id: "3.1", title: {en: Language models, zh: 语言模型}, chapter: 3.1_language_models, planned: true}
statements:
  - {id: 2.1-a, section: "2.1", statement: {en: A, zh: 甲}, prior: p, claims: [2.1-a.one, 2.1-a.two]}
  - {id: 2.1-b, section: "2.1", statement: {en: B, zh: 乙}, prior: p, claims: [2.1-b.xor]}
  - {id: 2.6-a, section: "2.6", statement: {en: C, zh: 丙}, prior: p, claims: [2.6-a.map]}
  - {id: 3.1-a, section: "3.1", statement: {en: D, zh: 丁}, prior: p, claims: []}
"""


def registry(folder: Path) -> Registry:
    """A small study: two chapters, a planned third."""
    path = folder / "claims.yml"
    path.write_text(REGISTRY, encoding="utf-8")
    return load_registry(path)


def measured(
    value: float = 0.9, low: float | None = None, high: float | None = None, values=None
) -> dict[str, Any]:
    """A measured value, without spread unless ends are given."""
    single = low is None
    return {
        "value": value,
        "low": value if low is None else low,
        "high": value if high is None else high,
        "n": 1 if single else 3,
        "spread": "one run, no spread" if single else "range over 3 seeds",
        "values": [value] if values is None else values,
    }


def at_least(low: float) -> dict[str, Any]:
    """A lower bound."""
    return {
        "kind": "at_least",
        "low": low,
        "high": None,
        "tolerance": None,
        "because": "r",
        "text": f"≥ {low:g}",
    }


def claim(id: str, **changes: Any) -> dict[str, Any]:
    """A claim that is reproduced: 0.9 against at least 0.8."""
    record = {
        "chapter": NAME,
        "profile": "small",
        "id": id,
        "statement_id": id.split(".")[0] + "." + id.split(".")[1],
        "statement": "ours",
        "measured": measured(),
        "unit": "accuracy",
        "expect": at_least(0.8),
        "rejects": {"chance": 0.5},
        "outcome": "reproduced",
        "verdict": "refined",
        "means": "m",
        "signature": "profile:small|seed:0|n:1",
    }
    return {**record, **changes}


def number(name: str, value: float, text: str | None = None, unit: str = "") -> dict[str, Any]:
    """A number for the prose."""
    return {"name": name, "value": value, "text": text or f"{value:g}", "unit": unit}


def figure(name: str, csv: str = CSV, **changes: Any) -> dict[str, Any]:
    """A figure with its data and their checksum."""
    digest = hashlib.sha256(csv.encode()).hexdigest()
    return {"name": name, "alt": "a", "caption": "c", "csv": csv, "sha256": digest, **changes}


def provenance(**changes: Any) -> dict[str, Any]:
    """A run's provenance."""
    record = {
        "seed": 0,
        "device": {"kind": "cpu", "name": "x86_64"},
        "threads": 2,
        "versions": {"python": "3.11.7", "tensorflow": "2.21.0"},
        "platform": "Linux-x86_64",
        "started": "2026-11-23T16:50:00Z",
        "budget": {},
        "seconds": 12.5,
        "peak_memory_gb": 0.7,
    }
    return {**record, **changes}


def two_one() -> list[tuple[str, dict[str, Any]]]:
    """The claims of chapter 2.1, all reproduced, with a number and a figure."""
    return [
        ("claim", claim("2.1-a.one")),
        ("claim", claim("2.1-a.two")),
        ("claim", claim("2.1-b.xor", verdict="supported")),
        ("number", number("epochs", 12.0)),
        ("figure", figure("curve")),
        ("table", {"name": "scores", "caption": "c", "csv": "who,score\nours,0.9\n"}),
    ]


def write(
    path: Path,
    records: list[tuple[str, dict[str, Any]]] | None = None,
    *,
    chapter: str = NAME,
    profile: str = "small",
    run: dict[str, Any] | None = None,
    stamp: dict[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
) -> Path:
    """Write an executed notebook: banner, the records, provenance (unless `run` is {}), as a chapter would leave them."""
    run = provenance() if run is None else run
    own = {"chapter": chapter, "profile": profile}
    told = [("chapter", run or {"seed": 0}), *(two_one() if records is None else records)]
    if run:
        told.append(("provenance", run))
    cells = [new_markdown_cell("# Title")]
    for kind, content in told:
        data = {"text/plain": kind, MIME.format(kind): {**content, **own}}
        output = new_output("display_data", data=data)
        if kind == "number":
            output.metadata["scrapbook"] = {
                "name": content["name"],
                "mime_prefix": "application/papermill.record/",
            }
        cells.append(new_code_cell("pass", outputs=[output], execution_count=1))
    book = new_notebook(cells=cells, metadata=metadata or {})
    if stamp is not None:
        book.metadata["aimass"] = {**own, "status": "finished", **stamp}
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(book, path)
    return path


def edit(path: Path, change) -> None:
    """Change the notebook's JSON in place."""
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")
