"""`aimass lint`: does every result in the prose come from a run or a source? `aimass coverage`: is the study whole?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aimass.errors import ChapterError
from aimass.study import coverage as coverage_of
from aimass.study.claims import load_registry
from aimass.study.ledger import collect, statement_verdicts
from aimass.study.lint import lint_file
from aimass.study.notebooks import read_notebook
from aimass.study.project import Project, find_root
from aimass.study.sources import WORDS


def lint(
    chapters: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CHAPTER]...", help="Chapters or Markdown files; all chapters if none."),
    ] = None,
    profile: Annotated[
        str,
        typer.Option(
            "--profile", help="The run to hold keys and verdicts against: small, full, or reference."
        ),
    ] = "small",
) -> None:
    """Find numbers in the prose that no claim, run or source stands behind.

    Where a chapter was executed, its {glue:} keys and the verdicts that its prose states are checked, too. Exit status: 0 when
    nothing is found; 1 with one line for each finding; 2 when a file or an executed notebook can't be read.
    """
    if profile not in WORDS:
        raise ChapterError(f"no profile {profile!r}; use {', '.join(WORDS)}")
    project = Project(find_root())
    folder = project.reference if profile == "reference" else project.build(profile) / "executed"
    executed = {
        name: folder / f"{name}.ipynb" for name in project.chapters if (folder / f"{name}.ipynb").is_file()
    }
    verdicts = statement_verdicts(collect(executed.values()), load_registry()) if executed else None
    findings, unchecked, count = [], [], 0
    for path in _files(chapters or [], project):
        glued = read_notebook(executed[path.stem]).glued if path.stem in executed else None
        if glued is None:
            unchecked.append(path.stem)
        findings += lint_file(path, glued, verdicts, project.root)
        count += 1
    for finding in findings:
        print(finding)
    if unchecked:
        print(
            f"note: not executed in {profile}, so keys of {{glue:}} were not checked: {', '.join(unchecked)}"
        )
    print(f"prose of {count} chapters: {len(findings) or 'no'} finding{'' if len(findings) == 1 else 's'}")
    if findings:
        raise typer.Exit(1)


def coverage(
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the matrix as a Markdown table.")
    ] = False,
) -> None:
    """Check that every section has its chapter, every chapter its claims, and every module it uses its tests.

    Exit status: 0 when the study is whole; 1 with one line for each gap.
    """
    matrix = coverage_of.matrix(Project(find_root()), load_registry())
    if markdown:
        print(coverage_of.to_markdown(matrix))
    for problem in matrix.problems:
        print(problem)
    if not markdown:
        print(matrix.summary())
    if matrix.problems:
        raise typer.Exit(1)


def _files(names: list[str], project: Project) -> list[Path]:
    """The Markdown files of some chapters or paths; those of all chapters for none."""
    chapters = project.chapters
    if not names:
        return list(chapters.values())
    found = []
    for name in names:
        path = chapters.get(name, Path(name))
        if not path.is_file():
            raise ChapterError(
                f"{name}: no such chapter or file; the chapters are {', '.join(chapters) or 'none'}"
            )
        found.append(path)
    return found
