"""The stamp of a finished notebook: which run it is of, and nothing that names this machine's folders or the time of a cell."""

import hashlib
from collections.abc import Mapping
from typing import Any

from aimass.study import mime, provenance
from aimass.study.fingerprint import combined

_NOISE = ("papermill", "execution")  # of each cell: times, by which every run would differ in every cell


def stamp(notebook: Any, plan: Mapping[str, Any], chapter: str, measured: Mapping[str, Any]) -> None:
    """Write into a notebook that was executed to its end what made it, and take out what is only of this machine and moment.

    Args:
        notebook: the notebook; it is changed.
        plan: from :func:`aimass.study.run.make_plan`.
        chapter: its name.
        measured: ``started``, ``finished``, ``seconds`` and ``peak_memory_gb`` as the runner saw them.
    """
    job = plan["chapters"][chapter]
    recorded = _recorded(notebook)
    notebook.metadata["aimass"] = {
        "chapter": chapter,
        "profile": plan["profile"],
        "parameters": job["parameters"],
        "provenance": {
            "seed": job["parameters"].get("seed"),
            "device": {"kind": plan["device"]},
            "threads": plan["threads"],
            "versions": provenance.versions(),
            "platform": provenance.platform_name(),
            "budget": job["budget"],
            **recorded,
            **measured,
            "seconds": round(measured["seconds"] + recorded.get("resumed_seconds", 0.0), 1),
            "peak_memory_gb": max(measured["peak_memory_gb"], recorded.get("peak_memory_gb", 0.0)),
            "parameters": job["parameters"],
            "source": combined({key: job["fingerprint"][key] for key in ("code", "modules")}),
        },
        "fingerprint": job["fingerprint"],
        "status": "finished",
    }
    notebook.metadata["papermill"] = {
        "input_path": f"chapters/{chapter}.md",
        "output_path": f"executed/{chapter}.ipynb",
        "parameters": job["injected"],
        "exception": None,
    }
    for place, cell in enumerate(notebook.cells):
        for key in _NOISE:
            cell.metadata.pop(key, None)
        cell["id"] = hashlib.sha256(f"{place}\0{cell.source}".encode()).hexdigest()[:8]
    notebook.nbformat, notebook.nbformat_minor = 4, 5


def _recorded(notebook: Any) -> dict[str, Any]:
    """What the chapter itself left of its provenance: its banner, and its cost over that."""
    found: dict[str, Any] = {}
    for kind in (mime.CHAPTER, mime.PROVENANCE):
        for cell in notebook.cells:
            for output in cell.get("outputs", ()):
                found.update(output.get("data", {}).get(kind, {}))
    return {key: value for key, value in found.items() if key not in ("chapter", "profile")}
