"""Which modules of the package a chapter really imports, found statically: its results can depend on these and no others."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import jupytext

from aimass.errors import ChapterError

PACKAGE = Path(__file__).resolve().parents[1]


def code_cells(chapter: Path) -> list[str]:
    """The sources of a chapter's code cells, in order.

    Raises:
        ChapterError: if the file is missing or is not a Jupytext notebook.
    """
    try:
        notebook = jupytext.read(chapter)
    except OSError as error:
        raise ChapterError(f"chapter {chapter.name}: {error.strerror}") from None
    except Exception as error:
        raise ChapterError(f"chapter {chapter.name} is not a Jupytext notebook: {error}") from None
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def imported_modules(chapter: Path, package: Path = PACKAGE) -> dict[str, Path]:
    """The modules of the package that a chapter imports, directly or through others, with their files.

    Imports inside functions and under conditions count. ``from aimass.models import Seq2Seq`` depends on the module that defines
    ``Seq2Seq``, not on all that ``aimass.models`` hands on: a package's ``__init__`` counts only where it does more than that.
    Data files (``.json``, ``.yml``) whose name a module mentions count with it.

    Args:
        chapter: a Jupytext notebook.
        package: the folder of the package.

    Raises:
        ChapterError: if a code cell is not Python.
    """
    found: dict[str, Path] = {}
    waiting = []
    for number, source in enumerate(code_cells(chapter), start=1):
        try:
            waiting += _named(_parse(source), package.name, package)
        except SyntaxError as error:
            raise ChapterError(
                f"{chapter.name}: code cell {number} is not Python (line {error.lineno}: {error.msg})"
            ) from None
    while waiting:
        name = waiting.pop()
        path = _file(name, package)
        if name in found or path is None:
            continue
        found[name] = path
        waiting += _module_imports(name, path, package)
        waiting += _parents(name, package)
    return dict(sorted(found.items()))


def data_files(module: Path) -> list[Path]:
    """Data files beside a module that it mentions by name."""
    text = module.read_text(encoding="utf-8")
    beside = [path for suffix in ("json", "yml") for path in module.parent.glob(f"*.{suffix}")]
    return sorted(path for path in beside if path.name in text)


def resolve(module: str, name: str, package: Path = PACKAGE) -> str:
    """The module that defines what ``from module import name`` gives; a package's face is looked through."""
    folder = package.parent.joinpath(*module.split("."))
    face = folder / "__init__.py"
    if not face.is_file():
        return module
    if (folder / f"{name}.py").is_file() or (folder / name / "__init__.py").is_file():
        return f"{module}.{name}"
    for node in ast.walk(_tree(face)):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    target = _absolute(node, module, is_package=True)
                    return module if target == module else resolve(target, alias.name, package)
    return module


def _parse(source: str) -> ast.Module:
    """A cell's syntax tree, without the lines that speak to IPython."""
    lines = ["" if line.lstrip()[:1] in ("%", "!") else line for line in source.splitlines()]
    return ast.parse("\n".join(lines))


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def _module_imports(name: str, path: Path, package: Path) -> tuple[str, ...]:
    return tuple(_named(_tree(path), name, package, is_package=path.name == "__init__.py"))


def _named(tree: ast.AST, module: str, package: Path, is_package: bool = True) -> Iterator[str]:
    """The modules that the import statements of a tree name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] == package.name)
        elif isinstance(node, ast.ImportFrom):
            target = _absolute(node, module, is_package)
            if target.split(".")[0] == package.name:
                yield from (resolve(target, alias.name, package) for alias in node.names)


def _absolute(node: ast.ImportFrom, module: str, is_package: bool) -> str:
    """The module of a ``from`` import, relative ones made absolute."""
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    base = parts[: len(parts) - node.level + is_package]
    return ".".join([*base, *([node.module] if node.module else [])])


def _file(name: str, package: Path) -> Path | None:
    base = package.parent.joinpath(*name.split("."))
    candidates = (base.with_name(f"{base.name}.py"), base / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)


def _parents(name: str, package: Path) -> Iterator[str]:
    """The packages above a module whose ``__init__`` does more than hand names on."""
    parts = name.split(".")
    for depth in range(1, len(parts)):
        parent = ".".join(parts[:depth])
        path = _file(parent, package)
        if path is not None and not _is_face(path):
            yield parent


def _is_face(path: Path) -> bool:
    """Whether an ``__init__`` holds nothing but imports, a docstring and ``__all__``."""
    for node in _tree(path).body:
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_list = isinstance(node, ast.Assign) and all(
            isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets
        )
        if not (is_text or is_list or isinstance(node, ast.Import | ast.ImportFrom)):
            return False
    return True
