"""What a chapter's results depend on, as hashes: code cells, parameters, the package's modules, data, the lock, the device.

Prose is no part of it. The fingerprint of the run stands in the executed notebook; a chapter is stale when today's differs.
"""

import ast
import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from aimass.data import registry
from aimass.study.cells import INJECTED, PARAMETERS, Cell
from aimass.study.imports import Package, without_magic

_CLAIMS = "aimass/study/claims.yml"
_REGISTRY = "aimass/data/registry.json"
_LOADING = "aimass.data.loading"


@dataclass(frozen=True)
class Fingerprint:
    """Hashes of all that a chapter's results depend on.

    Attributes:
        code: the code cells in order.
        parameters: what the runner injects over the chapter's own.
        modules: each module or data file of the package that the chapter imports, directly or not.
        data: each real corpus that it loads, by the registry's digest.
        lock: the lock file with all packages' versions, and the minor version of Python.
        device: ``cpu`` or ``gpu``.
    """

    code: str
    parameters: str
    modules: dict[str, str]
    data: dict[str, str]
    lock: str
    device: str

    def to_json(self) -> dict[str, Any]:
        """The fields, as they stand in a notebook's stamp."""
        return asdict(self)

    @property
    def source(self) -> str:
        """One hash over the chapter's code and all of the package that it uses."""
        return _hash([self.code, self.modules])


def take(
    chapter: str,
    cells: Iterable[Cell],
    parameters: Mapping[str, Any],
    defaults: Mapping[str, Any],
    *,
    package: Package,
    lock: Path,
    device: str,
) -> Fingerprint:
    """A chapter's fingerprint as of now.

    Args:
        chapter: its name, which chooses its entries in ``claims.yml``.
        cells: its code cells.
        parameters: what the runner injects.
        defaults: what the chapter's own cell of parameters says.
        package: where its imports lead.
        lock: the lock file in force; one that is missing counts as empty.
        device: ``cpu`` or ``gpu``.
    """
    cells = list(cells)
    sources = [cell.source for cell in cells]
    modules = package.imported_modules(sources)
    return Fingerprint(
        code=hash_code(cells),
        parameters=_hash(dict(parameters)),
        modules={name: _module_hash(name, path, chapter) for name, path in modules.items() if name != _REGISTRY},
        data=_corpora(sources, modules, {**defaults, **parameters}, package),
        lock=_hash([_file_hash(lock) if lock.is_file() else "", list(sys.version_info[:2])]),
        device=device,
    )


def hash_code(cells: Iterable[Cell]) -> str:
    """The hash of code cells: their sources in order, and which of them holds the parameters."""
    return _hash([[cell.source, PARAMETERS in cell.tags] for cell in cells if INJECTED not in cell.tags])


def reasons(
    then: Mapping[str, Any], now: Fingerprint, given_then: Mapping[str, Any], given_now: Mapping[str, Any]
) -> list[str]:
    """Why results with one fingerprint are stale under another, one short text for each cause; empty when they are fresh.

    Args:
        then: the stored fingerprint, as JSON.
        now: today's.
        given_then: the parameters that were injected.
        given_now: those that would be.
    """
    found = []
    if then.get("code") != now.code:
        found.append("its code cells changed")
    if then.get("parameters") != now.parameters:
        found.append(f"parameters changed: {_changed_values(given_then, given_now)}")
    found += _changed("module", then.get("modules"), now.modules)
    found += _changed("corpus", then.get("data"), now.data)
    if then.get("lock") != now.lock:
        found.append("the lock of packages (or Python) changed")
    if then.get("device") != now.device:
        found.append(f"it ran on {then.get('device', 'an unknown device')}, {now.device} is asked for")
    return found


def _changed_values(then: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    def shown(values: Mapping[str, Any], name: str) -> str:
        return json.dumps(values[name]) if name in values else "its default"

    names = sorted({*then, *now})
    parts = [f"{n} from {shown(then, n)} to {shown(now, n)}" for n in names if shown(then, n) != shown(now, n)]
    return ", ".join(parts) or "another form"


def _changed(what: str, then: Any, now: Mapping[str, str]) -> list[str]:
    then = then if isinstance(then, Mapping) else {}
    texts = []
    for name in sorted({*then, *now}):
        if name not in now:
            texts.append(f"{what} {name} is no longer used")
        elif name not in then:
            texts.append(f"{what} {name} is newly used")
        elif then[name] != now[name]:
            texts.append(f"{what} {name} changed")
    return texts


def _module_hash(name: str, path: Path, chapter: str) -> str:
    return _claims_hash(path, chapter) if name == _CLAIMS else _file_hash(path)


def _claims_hash(path: Path, chapter: str) -> str:
    """The hash of one chapter's entries in the register of claims, so that another chapter's do not touch it."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    sections = [section for section in content["sections"] if section.get("chapter") == chapter]
    ids = {section["id"] for section in sections}
    statements = [statement for statement in content["statements"] if statement["section"] in ids]
    return _hash([sections, statements])


def _corpora(
    sources: Iterable[str], modules: Mapping[str, Path], values: Mapping[str, Any], package: Package
) -> dict[str, str]:
    """The corpora that a chapter, or a module that it uses, names in a call of ``aimass.data.load``."""
    if _LOADING not in modules:
        return {}
    own = [tree for tree in map(without_magic, sources) if tree is not None]
    used = package.trees(name for name in modules if name != _LOADING)
    merged = ast.Module(body=[node for tree in own for node in tree.body], type_ignores=[])
    known = registry.entries()
    found: set[str] = set()
    for tree in (merged, *used):
        found |= _loaded(tree, values, set(known))
    return {name: known[name].digest[:16] for name in sorted(found)}


def _loaded(tree: ast.Module, values: Mapping[str, Any], known: set[str]) -> set[str]:
    names = _names_of_load(tree)
    found: set[str] = set()
    if not names:
        return found
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or ast.unparse(node.func) not in names:
            continue
        given = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "name")]
        for argument in given:
            if isinstance(argument, ast.Constant):
                found |= {argument.value} & known
            elif isinstance(argument, ast.Name) and values.get(argument.id) in known:
                found.add(values[argument.id])
            else:  # computed: any corpus that the code names anywhere may be meant
                texts = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
                found |= texts & known
    return found


def _names_of_load(tree: ast.Module) -> set[str]:
    """The texts by which a module may call ``aimass.data.load``."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            stem = node.module or ""
            for alias in node.names:
                bound = alias.asname or alias.name
                if alias.name == "load" and (stem.endswith(("data", "loading")) or (node.level and not stem)):
                    names.add(bound)
                elif alias.name in ("data", "loading"):
                    names.add(f"{bound}.load")
        elif isinstance(node, ast.Import):
            names |= {f"{a.asname or a.name}.load" for a in node.names if a.name in ("aimass.data", _LOADING)}
            names |= {f"{a.asname or a.name}.data.load" for a in node.names if a.name == "aimass"}
    return names


def _file_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _hash(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=repr)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]
