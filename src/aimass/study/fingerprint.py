"""What a chapter's results depend on, as hashes: its staleness is a difference between two of these."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from aimass.study.claims import load_registry
from aimass.study.imports import code_cells, data_files, imported_modules
from aimass.study.project import Project

CLAIMS = "claims.yml"


def fingerprint(project: Project, chapter: str, parameters: Mapping[str, Any], device: str) -> dict[str, Any]:
    """Hashes of all that a run of a chapter depends on; its prose is not among them.

    Args:
        project: the study.
        chapter: its name.
        parameters: all of them, with the values of the run.
        device: the device class, ``cpu`` or ``gpu``.

    Returns:
        ``code`` and ``lock`` (hashes), ``parameters`` (name to value), ``modules`` (name to hash; the chapter's entries of
        ``claims.yml`` among them), ``data`` (corpus to digest), ``device``.
    """
    path = project.chapters[chapter]
    cells = code_cells(path)
    modules = {name: _module_digest(file) for name, file in imported_modules(path).items()}
    modules[CLAIMS] = _claims_digest(chapter)
    lock = project.root / "requirements" / ("gpu.txt" if device == "gpu" else "cpu.txt")
    return {
        "code": digest(*cells),
        "parameters": {name: value for name, value in parameters.items() if name != "device"},
        "modules": dict(sorted(modules.items())),
        "data": corpora(cells),
        "lock": digest(lock.read_bytes()) if lock.is_file() else "none",
        "device": device,
    }


def digest(*parts: str | bytes) -> str:
    """A short SHA-256 over texts or bytes, kept apart."""
    hashed = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        hashed.update(len(content).to_bytes(8, "big") + content)
    return hashed.hexdigest()[:16]


def combined(print_: Mapping[str, Any]) -> str:
    """One hash of a whole fingerprint."""
    return digest(json.dumps(print_, sort_keys=True, ensure_ascii=False))


def corpora(cells: list[str]) -> dict[str, str]:
    """The registered corpora that code cells load by a literal name, with the digests of their files."""
    from aimass.data import registry

    names = set()
    for source in cells:
        lines = ["" if line.lstrip()[:1] in ("%", "!") else line for line in source.splitlines()]
        for node in ast.walk(ast.parse("\n".join(lines))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", getattr(node.func, "attr", "")) == "load"
            ):
                names |= {
                    a.value for a in node.args[:1] if isinstance(a, ast.Constant) and isinstance(a.value, str)
                }
    return {name: registry.get(name).digest for name in sorted(names & set(registry.names()))}


def reasons(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Why a result with the old fingerprint is stale: one phrase for each thing that differs, none if it is fresh."""
    found = []
    if old.get("code") != new["code"]:
        found.append("its code cells changed")
    for kind, what in (("parameters", "parameter"), ("modules", "module"), ("data", "corpus")):
        before, after = old.get(kind) or {}, new[kind]
        for name in sorted({*before, *after}):
            if before.get(name) != after.get(name):
                change = "is new" if name not in before else "is gone" if name not in after else "changed"
                detail = (
                    f" from {before[name]!r} to {after[name]!r}"
                    if kind == "parameters" and change == "changed"
                    else ""
                )
                found.append(f"{what} {name} {change}{detail}")
    if old.get("lock") != new["lock"]:
        found.append("the lock of all packages changed")
    if old.get("device") != new["device"]:
        found.append(f"it ran on {old.get('device')}, now {new['device']} is asked for")
    return found


def _module_digest(file: Path) -> str:
    beside = [path for path in data_files(file) if path.name != CLAIMS]
    return digest(file.read_bytes(), *(path.read_bytes() for path in beside))


@cache
def _claims_digest(chapter: str) -> str:
    registry = load_registry()
    return digest(repr(registry.section_of(chapter)), *map(repr, registry.statements_of(chapter)))
