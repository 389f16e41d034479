"""What a chapter's results depend on, as hashes: its staleness is a difference between two of these.

Code cells, parameters, the package's modules, data, the lock and the device are among it; prose is not. The fingerprint of a run stands
in the executed notebook's stamp.
"""

from __future__ import annotations

import ast
import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from aimass.data import registry
from aimass.study.cells import PARAMETERS, read_cells
from aimass.study.environment import lock_flavour
from aimass.study.imports import Package, without_magic
from aimass.study.project import Project

CLAIMS = "aimass/study/claims.yml"
REGISTRY = "aimass/data/registry.json"
LOADING = "aimass.data.loading"


def fingerprint(
    project: Project, chapter: str, parameters: Mapping[str, Any], device: str, package: Package | None = None
) -> dict[str, Any]:
    """Hashes of all that a run of a chapter depends on, as JSON; its prose is not among them.

    Args:
        project: the study.
        chapter: its name.
        parameters: all of them, with the values of the run.
        device: the device class, ``cpu`` or ``gpu``.
        package: where its imports lead; the installed one if None. Give the same one for several chapters to read it only once.

    Returns:
        ``code`` (hash), ``parameters`` (name to value), ``modules`` (each module or data file of the package to its hash, of the
        register of claims only this chapter's entries), ``data`` (each corpus that it loads to the registry's digest), ``lock``
        (hash of the packages' lock and the minor version of Python), ``device``.
    """
    package = package or Package()
    cells = read_cells(project.chapters[chapter], project.build("state") / "cells")
    sources = [cell.source for cell in cells]
    modules = package.imported_modules(sources)
    lock = project.root / "requirements" / f"{lock_flavour()}.txt"
    values = {name: value for name, value in parameters.items() if name != "device"}
    return {
        "code": digest(*(f"{PARAMETERS in cell.tags} {cell.source}" for cell in cells)),
        "parameters": json.loads(json.dumps(values)),
        "modules": {
            name: _claims_digest(path, chapter) if name == CLAIMS else digest(path.read_bytes())
            for name, path in modules.items()
            if name != REGISTRY
        },
        "data": corpora(sources, modules, parameters, package),
        "lock": digest(
            lock.read_bytes() if lock.is_file() else b"", f"{sys.version_info.major}.{sys.version_info.minor}"
        ),
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


def corpora(
    sources: Iterable[str], modules: Mapping[str, Path], parameters: Mapping[str, Any], package: Package
) -> dict[str, str]:
    """The corpora that a chapter, or a module that it uses, gives to ``aimass.data.load``, with the digests of their files.

    A name may be written out or be a parameter's value; where it is computed, each corpus counts whose name the code holds anywhere.
    """
    if LOADING not in modules:
        return {}
    own = [tree for tree in map(without_magic, sources) if tree is not None]
    chapter = ast.Module(body=[node for tree in own for node in tree.body], type_ignores=[])
    known = registry.entries()
    found: set[str] = set()
    for tree in (chapter, *package.trees(name for name in modules if name != LOADING)):
        found |= _loaded(tree, parameters, set(known))
    return {name: known[name].digest for name in sorted(found)}


def reasons(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Why a result with the old fingerprint is stale: one phrase for each thing that differs, none if it is fresh."""
    found = []
    if old.get("code") != new["code"]:
        found.append("its code cells changed")
    for kind, what in (("parameters", "parameter"), ("modules", "module"), ("data", "corpus")):
        before, after = old.get(kind) or {}, new[kind]
        for name in sorted({*before, *after}):
            if name not in after:
                found.append(f"{what} {name} is no longer used")
            elif name not in before:
                found.append(f"{what} {name} is new")
            elif before[name] != after[name]:
                detail = f" from {before[name]!r} to {after[name]!r}" if kind == "parameters" else ""
                found.append(f"{what} {name} changed{detail}")
    if old.get("lock") != new["lock"]:
        found.append("the lock of all packages, or Python's version, changed")
    if old.get("device") != new["device"]:
        found.append(f"it ran on {old.get('device')}, now {new['device']} is asked for")
    return found


@cache
def _register(path: Path, _: int) -> Mapping[str, Any]:
    return dict(
        yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    )


def _claims_digest(path: Path, chapter: str) -> str:
    """The hash of one chapter's entries in the register of claims, so that those of another do not touch it."""
    register = _register(path, path.stat().st_mtime_ns)
    sections = [section for section in register["sections"] if section.get("chapter") == chapter]
    ids = {section["id"] for section in sections}
    statements = [statement for statement in register["statements"] if statement["section"] in ids]
    return digest(json.dumps([sections, statements], sort_keys=True))


def _loaded(tree: ast.Module, parameters: Mapping[str, Any], known: set[str]) -> set[str]:
    """The corpora of :func:`corpora` in one syntax tree."""
    names = _names_of_load(tree)
    found: set[str] = set()
    for node in ast.walk(tree) if names else ():
        if not isinstance(node, ast.Call) or ast.unparse(node.func) not in names:
            continue
        given = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "name")]
        for argument in given:
            if isinstance(argument, ast.Constant):
                found |= known & {argument.value}
            elif isinstance(argument, ast.Name) and parameters.get(argument.id) in known:
                found.add(parameters[argument.id])
            else:
                found |= known & {each.value for each in ast.walk(tree) if isinstance(each, ast.Constant)}
    return found


def _names_of_load(tree: ast.Module) -> set[str]:
    """The texts by which a piece of code may call ``aimass.data.load``."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            stem = node.module or ""
            for alias in node.names:
                bound = alias.asname or alias.name
                if alias.name == "load" and (stem.endswith((".data", ".loading")) or node.level):
                    names.add(bound)
                elif alias.name in ("data", "loading"):
                    names.add(f"{bound}.load")
        elif isinstance(node, ast.Import):
            names |= {f"{a.asname or a.name}.load" for a in node.names if a.name in ("aimass.data", LOADING)}
            names |= {f"{a.asname or a.name}.data.load" for a in node.names if a.name == "aimass"}
    return names
