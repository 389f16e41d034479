"""Which modules of the package a piece of code really imports, found by reading it, not by running it.

``from aimass.models import Seq2Seq`` depends on the module that defines ``Seq2Seq`` and on what that imports, not on all models:
a package's ``__init__`` that only passes names on (a face) is looked through, name by name. Imports count wherever they stand, in
functions and branches too, except those for type checkers. Files that lie in the package and that a module names in a string
(its data) count as well. Where reading can't tell (a star, a face handed around as a value, code that is no Python), all that
might be meant counts: a chapter may run once too often, never once too few.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from importlib import resources
from pathlib import Path

from aimass.study.cells import read_cells

_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_MAGIC = re.compile(r"^\s*[%!?].*$|^.*\?\s*$", re.MULTILINE)
_STAR = "*"
_INIT = ".__init__"  # a face as a module of its own, of which names are taken that it defines itself


def imported_modules(chapter: Path, root: Path | None = None) -> dict[str, Path]:
    """The modules and data files of the package that a chapter's code cells import, directly or through one another.

    Args:
        chapter: a Jupytext notebook.
        root: the package's folder; by default that of ``aimass`` as it is imported.

    Raises:
        ChapterError: if the file can't be read or is no Jupytext notebook.
    """
    return Package(root).imported_modules(cell.source for cell in read_cells(chapter))


def without_magic(source: str) -> ast.Module | None:
    """The syntax tree of a cell, its lines of IPython magic left out; None when it is no Python even so."""
    return _parse(_MAGIC.sub("", source))


class Package:
    """A package's source, read module by module and only once.

    Args:
        root: the package's folder; by default that of ``aimass`` as it is imported.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or Path(str(resources.files("aimass")))
        self.name = self.root.name
        self._direct: dict[str, frozenset[str]] = {}
        self._faces: dict[str, _Face | None] = {}

    def imported_modules(self, sources: Iterable[str]) -> dict[str, Path]:
        """All modules and data files that pieces of code import, directly or through one another.

        Args:
            sources: pieces of Python, such as a chapter's cells. Lines of magic are left out.

        Returns:
            Dotted module name, or a data file's path with the package's name first, to the file; sorted by name.
        """
        waiting: set[str] = set()
        for source in sources:
            tree = without_magic(source)
            waiting |= set(self._everything) if tree is None else self._targets(tree, "")
        found: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting |= self._dependencies(name) - found
        return {name: self._file(name) for name in sorted(found)}

    def trees(self, modules: Iterable[str]) -> Iterator[ast.Module]:
        """The syntax trees of some modules; data files are left out."""
        for name in modules:
            path = self.module_path(name)
            tree = _parse(path.read_text(encoding="utf-8")) if path else None
            if tree is not None:
                yield tree

    def module_path(self, dotted: str) -> Path | None:
        """The file of a module or of a package's ``__init__``; None when there is none of that name."""
        first, *parts = dotted.split(".")
        if first != self.name:
            return None
        base = self.root.joinpath(*parts)
        places = (base / "__init__.py", *((base.with_name(f"{base.name}.py"),) if parts else ()))
        return next((path for path in places if path.is_file()), None)

    def _dependencies(self, name: str) -> frozenset[str]:
        """What one module depends on directly, its packages' ``__init__`` included where that does more than pass names on."""
        if name not in self._direct:
            path = self.module_path(name)
            tree = _parse(path.read_text(encoding="utf-8")) if path else None
            found: set[str] = set()
            if path is not None and tree is not None:
                package = path.name == "__init__.py" and not name.endswith(_INIT)
                base = name if package else name.rpartition(".")[0]
                found = self._targets(tree, base) | self._data_files(tree, path)
                parts = name.split(".")
                above = (".".join(parts[:n]) for n in range(1, len(parts)))
                found |= {each for each in above if self.module_path(each) and not self._face(each)}
            self._direct[name] = frozenset(found - {name})
        return self._direct[name]

    def _targets(self, tree: ast.AST, base: str) -> set[str]:
        """The modules that a syntax tree imports; ``base`` is the package that relative imports start from."""
        found: set[str] = set()
        bound: dict[str, str] = {}
        for node in _running(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name.split(".")[0] == self.name:
                        found |= self._module_or_nothing(alias.name)
                        bound[alias.asname or self.name] = alias.name if alias.asname else self.name
            elif isinstance(node, ast.ImportFrom):
                stem = _absolute(node, base)
                for alias in node.names if stem.split(".")[0] == self.name else ():
                    target = self._resolve(stem, alias.name)
                    faces = {name for name in target if self._face(name)}
                    found |= target - faces
                    for face in faces:
                        bound[alias.asname or alias.name] = face
            elif isinstance(node, ast.Constant) and _DOTTED.fullmatch(str(node.value)):
                found |= self._module_or_nothing(str(node.value))
        return found | self._used(tree, bound)

    def _used(self, tree: ast.AST, bound: dict[str, str]) -> set[str]:
        """The modules behind the attributes that are taken of names bound to faces."""
        found: set[str] = set()
        inner: set[int] = set()
        for node in _running(tree):
            if id(node) in inner:
                continue
            chain: list[str] = []
            value: ast.AST = node
            while isinstance(value, ast.Attribute):
                chain.append(value.attr)
                value = value.value
                inner.add(id(value))
            if isinstance(value, ast.Name) and value.id in bound and isinstance(value.ctx, ast.Load):
                found |= self._walk(bound[value.id], chain[::-1])
        return found

    def _walk(self, package: str, chain: list[str]) -> set[str]:
        """The module that ``package.a.b`` means; all that the last face passes on when the attributes end at a face."""
        for attribute in chain:
            if not self._face(package):
                return {package}
            target = self._resolve(package, attribute)
            if len(target) != 1:
                return target
            (package,) = target
        return self._resolve(package, _STAR) if self._face(package) else {package}

    def _resolve(self, package: str, name: str) -> set[str]:
        """The module (or face) that a name imported from a package leads to; several for a star."""
        face = self._face(package)
        below = f"{package}.{name}"
        if face is None:
            path = self.module_path(package)
            inside = path is not None and path.name == "__init__.py" and self.module_path(below)
            return ({package} if path else set()) | ({below} if inside else set())
        if name == _STAR:
            passed = [self._resolve(package, each) for each in face.passed if each != _STAR]
            return set().union(*passed) | {package + _INIT}
        stem, original = face.passed.get(name, (package, name))
        if original is None:
            return {stem}
        if (stem, original) != (package, name):
            return self._resolve(stem, original)
        return {below} if self.module_path(below) and name not in face.own else {package + _INIT}

    def _module_or_nothing(self, dotted: str) -> set[str]:
        """A module by its full name; nothing for a face, of which only what is taken counts."""
        return {dotted} if self.module_path(dotted) and not self._face(dotted) else set()

    def _face(self, dotted: str) -> "_Face | None":
        """What a package's ``__init__`` passes on; None for a module, and for an ``__init__`` that does more than that."""
        if dotted not in self._faces:
            path = None if dotted.endswith(_INIT) else self.module_path(dotted)
            is_package = path is not None and path.name == "__init__.py"
            tree = _parse(path.read_text(encoding="utf-8")) if path is not None and is_package else None
            self._faces[dotted] = _as_face(tree, dotted, self.name) if tree is not None else None
        return self._faces[dotted]

    def _data_files(self, tree: ast.AST, path: Path) -> set[str]:
        """The files of the package, other than modules, that a module names in a string."""
        found = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_plain(node.value):
                text = node.value.strip("/")
                for name, file in self._data.items():
                    if file.is_relative_to(path.parent / text) or name == text or name.endswith(f"/{text}"):
                        found.add(name)
        return found

    @cached_property
    def _data(self) -> dict[str, Path]:
        code = (".py", ".pyc", ".typed")
        files = (path for path in self.root.rglob("*") if path.is_file() and path.suffix not in code)
        return {path.relative_to(self.root.parent).as_posix(): path for path in sorted(files)}

    @cached_property
    def _everything(self) -> frozenset[str]:
        modules = (path.relative_to(self.root.parent).with_suffix("") for path in self.root.rglob("*.py"))
        return frozenset(".".join(p.parts[:-1] if p.name == "__init__" else p.parts) for p in modules)

    def _file(self, name: str) -> Path:
        path = self.module_path(name)
        return path if path is not None else self._data[name]


class _Face:
    """What a package's ``__init__`` passes on, name to (module, name there); and the names that it defines itself."""

    def __init__(self, passed: dict[str, tuple[str, str | None]], own: set[str]) -> None:
        self.passed, self.own = passed, own


def _as_face(tree: ast.Module, dotted: str, package: str) -> _Face | None:
    """An ``__init__`` of imports, assignments and texts alone; None for any other."""
    passed: dict[str, tuple[str, str | None]] = {}
    own: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            if any(alias.name == _STAR for alias in node.names):
                return None
            stem = _absolute(node, dotted)
            if stem.split(".")[0] == package:
                passed.update({alias.asname or alias.name: (stem, alias.name) for alias in node.names})
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == package and alias.asname:
                    passed[alias.asname] = (alias.name, None)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            names = (each for each in ast.walk(node) if isinstance(each, ast.Name))
            own |= {name.id for name in names if isinstance(name.ctx, ast.Store)}
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) and not _for_types(
            node
        ):
            return None
    return _Face(passed, own)


def _absolute(node: ast.ImportFrom, base: str) -> str:
    """The dotted name that ``from ... import`` starts from."""
    if not node.level:
        return node.module or ""
    parts = base.split(".")
    kept = parts[: len(parts) - node.level + 1]
    return ".".join([*kept, *([node.module] if node.module else [])])


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes of a tree but those under ``if TYPE_CHECKING``, parents before children."""
    for node in ast.iter_child_nodes(tree):
        if _for_types(node):
            for other in node.orelse:  # type: ignore[attr-defined]
                yield other
                yield from _running(other)
            continue
        yield node
        yield from _running(node)


def _for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).split(".")[-1] == "TYPE_CHECKING"


def _is_plain(text: str) -> bool:
    """Whether a string can be the path of a file in the package."""
    return 0 < len(text) < 100 and not text.startswith(("/", ".")) and "\0" not in text


def _parse(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        return None
