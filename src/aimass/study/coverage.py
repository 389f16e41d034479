"""The coverage matrix: whitepaper section, chapter, claims, the package's modules that the chapter uses, and their tests.

It is drawn from the files themselves: the study's list of sections and claims, the chapters' code cells, the package's source and
the test files, found by their paths: `aimass.models.seq2seq` is tested by `tests/models/test_seq2seq.py`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from aimass.errors import ChapterError

from .claims import Registry, Section
from .ledger import Ledger
from .project import Project

_CODE_CELL = re.compile(r"^`{3,}\{code-cell\}[^\n]*\n(.*?)^`{3,}\s*$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Use:
    """A module that a chapter uses, and the test files that cover it, as paths from the project's root."""

    module: str
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One section: its chapter's file ("" where there is none), its claims, and the modules that the chapter uses."""

    section: str
    title: str
    chapter: str
    planned: bool
    claims: tuple[str, ...]
    uses: tuple[Use, ...]


@dataclass(frozen=True)
class Coverage:
    """The matrix; `problems` are its gaps, one line each; `outcomes` are those of the claims made in a run."""

    rows: tuple[Row, ...]
    problems: tuple[str, ...]
    outcomes: dict[str, str]

    def summary(self) -> str:
        """One line: sections, chapters, claims, modules, gaps."""
        chapters = sum(bool(row.chapter) for row in self.rows)
        claims = sum(len(row.claims) for row in self.rows)
        modules = len({use.module for row in self.rows for use in row.uses})
        gaps = f"{len(self.problems)} gaps" if self.problems else "no gap"
        return f"{len(self.rows)} sections, {chapters} chapters, {claims} claims, {modules} modules: {gaps}"


def matrix(
    project: Project,
    registry: Registry,
    ledger: Ledger | None = None,
    imported_modules: Callable[[Path], Iterable[str]] | None = None,
) -> Coverage:
    """The coverage matrix of a study.

    Args:
        project: its chapters, source and tests.
        registry: its sections and claims.
        ledger: a run, whose outcomes stand beside the claims; may be None.
        imported_modules: gives the `aimass` modules that a chapter's file uses; by default those that its code cells name
            directly, with the names that a package merely passes on followed to the module that defines them.

    Gaps are: a section without a chapter that is not planned, a planned one that has a chapter, a chapter without a section, a
    chapter without a claim, and a module that a chapter uses and no test file covers.
    """
    source = project.root / "src"
    find = imported_modules or (lambda path: direct_modules(path, source))
    chapters = project.chapters
    rows = tuple(_row(section, chapters, registry, project.root, find) for section in registry.sections)
    known = set(registry.chapters)
    problems = [
        problem
        for row, section in zip(rows, registry.sections, strict=True)
        for problem in _gaps(row, section)
    ]
    problems += [
        f"chapters/{name}.md: no section of claims.yml has this chapter; list it there"
        for name in chapters
        if name not in known
    ]
    untested: dict[str, list[str]] = {}
    for row in rows:
        for use in row.uses:
            if not use.tests:
                untested.setdefault(use.module, []).append(row.chapter)
    problems += [
        f"{module} (used by {', '.join(users)}) has no test file; expected {expected_test(module)}"
        for module, users in sorted(untested.items())
    ]
    outcomes = {claim.id: claim.outcome for claim in ledger.claims} if ledger is not None else {}
    return Coverage(rows, tuple(problems), outcomes)


def to_markdown(coverage: Coverage) -> str:
    """The matrix as a MyST Markdown table, with its gaps above it."""
    lines = []
    if coverage.problems:
        lines += [":::{warning}", *(f"- {_cell(problem)}" for problem in coverage.problems), ":::", ""]
    lines += ["| Section | Chapter | Claims | Modules | Tests |", "|---|---|---|---|---|"]
    for row in coverage.rows:
        chapter = f"`{row.chapter}`" if row.chapter else ("planned" if row.planned else "**missing**")
        claims = "<br>".join(_claim(id, coverage) for id in row.claims)
        modules = "<br>".join(f"`{use.module.removeprefix('aimass.')}`" for use in row.uses)
        tests = "<br>".join(", ".join(f"`{test}`" for test in use.tests) or "**none**" for use in row.uses)
        lines.append(f"| {row.section} {_cell(row.title)} | {chapter} | {claims} | {modules} | {tests} |")
    return "\n".join([*lines, ""])


def direct_modules(path: Path, source: Path) -> set[str]:
    """The `aimass` modules that a chapter's code cells import, each name followed to the module that defines it.

    Args:
        path: the chapter's MyST Markdown.
        source: the folder that holds the package `aimass`.

    Raises:
        ChapterError: if a code cell is no Python.
    """
    found: set[str] = set()
    for cell in _CODE_CELL.findall(path.read_text(encoding="utf-8")):
        plain = "\n".join(
            "" if line.lstrip().startswith(("%", "!", ":")) else line for line in cell.split("\n")
        )
        try:
            tree = ast.parse(re.sub(r"\A\s*---\n.*?\n---\n", "", plain, flags=re.DOTALL))
        except SyntaxError as error:
            raise ChapterError(
                f"{path.name}: a code cell is no Python: {error.msg}: {(error.text or '').strip()}"
            ) from None
        for node in ast.walk(tree):
            found |= _named(node, source)
    return found


def expected_test(module: str) -> str:
    """Where the test file of a module is looked for first."""
    *rooms, name = module.split(".")[1:]
    return "/".join(["tests", *rooms, f"test_{name.lstrip('_')}.py"])


def tests_of(module: str, root: Path) -> tuple[str, ...]:
    """The test files that cover a module by their paths, or else those of its room that import from it.

    For `aimass.data.newsroom.world` these are `tests/data/newsroom/test_world*.py`, `tests/data/test_newsroom_world*.py`, and,
    for the room's folder as a whole, `tests/data/test_newsroom.py`. One file may test several small modules of a kind:
    `tests/layers/test_attention.py`, which imports what `aimass.layers.multiplicative_attention` defines, covers that module.
    """
    *rooms, name = module.split(".")[1:]
    name = name.lstrip("_")
    folder = root.joinpath("tests", *rooms)
    found = [folder / f"test_{name}.py", *sorted(folder.glob(f"test_{name}_*.py"))]
    if len(rooms) > 1:
        above = folder.parent
        found += [above / f"test_{rooms[-1]}_{name}.py", above / f"test_{rooms[-1]}.py"]
    found = [path for path in dict.fromkeys(found) if path.is_file()]
    found = found or [
        path for path in sorted(folder.glob("test_*.py")) if module in _imports(path, root / "src")
    ]
    return tuple(path.relative_to(root).as_posix() for path in found)


def _imports(path: Path, source: Path) -> set[str]:
    """The `aimass` modules that a Python file imports, each name followed to the module that defines it."""
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    return set().union(*(_named(node, source) for node in ast.walk(tree)))


def _row(
    section: Section,
    chapters: dict[str, Path],
    registry: Registry,
    root: Path,
    find: Callable[[Path], Iterable[str]],
) -> Row:
    """One section's row."""
    path = chapters.get(section.chapter)
    modules = sorted(find(path)) if path else []
    uses = tuple(Use(module, tests_of(module, root)) for module in modules)
    claims = registry.claims_of(section.chapter)
    return Row(
        section.id, section.title["en"], section.chapter if path else "", section.planned, claims, uses
    )


def _gaps(row: Row, section: Section) -> Iterable[str]:
    """The gaps of one section's row, tests apart."""
    if not row.chapter and not row.planned:
        yield f"section {row.section} has no chapter: write chapters/{section.chapter}.md or mark it as planned in claims.yml"
    if row.chapter and row.planned:
        yield f"section {row.section} is marked as planned, but chapters/{row.chapter}.md is there: unmark it in claims.yml"
    if row.chapter and not row.claims:
        yield f"chapters/{row.chapter}.md: no claim is listed for this chapter in claims.yml"


def _named(node: ast.AST, source: Path) -> set[str]:
    """The `aimass` modules that an import statement names."""
    if isinstance(node, ast.Import):
        return {
            alias.name
            for alias in node.names
            if alias.name.split(".")[0] == "aimass" and alias.name != "aimass"
        }
    if isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").split(".")[0] == "aimass":
        return {resolve(node.module or "", alias.name, source) for alias in node.names}
    return set()


def resolve(module: str, name: str, source: Path) -> str:
    """The module that defines what `from module import name` gives: a package's face is looked through."""
    folder = source.joinpath(*module.split("."))
    face = folder / "__init__.py"
    if not face.is_file():
        return module
    if (folder / f"{name}.py").is_file():
        return f"{module}.{name}"
    if (folder / name / "__init__.py").is_file():
        return f"{module}.{name}"
    for node in ast.walk(ast.parse(face.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom):
            continue
        for alias in node.names:
            if (alias.asname or alias.name) == name:
                target = f"{module}.{node.module or ''}".rstrip(".") if node.level else node.module or module
                return target if target == module else resolve(target, alias.name, source)
    return module


def _claim(id: str, coverage: Coverage) -> str:
    """A claim's id, with its outcome where a run is given."""
    return f"`{id}`" + (f" {coverage.outcomes.get(id, 'not made')}" if coverage.outcomes else "")


def _cell(text: str) -> str:
    """A text that may stand in a table."""
    return text.replace("|", "\\|")
