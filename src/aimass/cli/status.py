"""`aimass status`: what is fresh, what is stale, and why."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from aimass.errors import ChapterError
from aimass.study.project import PROFILES, Project, find_root


def status(
    profile: Annotated[str, typer.Option("--profile", help="small, full or reference.")] = "small",
    device: Annotated[
        str, typer.Option("--device", help="Judge for this device: auto, cpu or gpu.")
    ] = "auto",
) -> None:
    """Tell each chapter's state: fresh; stale, and which of code, parameters, modules, data, lock or device changed; failed; never run.

    Exit status: 0 when all are fresh, 1 otherwise.
    """
    from aimass.study.run import make_plan
    from aimass.study.status import statuses

    if profile not in (*PROFILES, "reference"):
        raise ChapterError(f"no profile {profile!r}; use small, full or reference")
    project = Project(find_root())
    plan = make_plan(project, "full" if profile == "reference" else profile, device=device)
    found = statuses(project, plan, project.reference if profile == "reference" else None)
    header = ("chapter", "state", "last run", "budget", "why")
    rows = [
        (s.chapter, s.state, _amount(s.seconds, s.peak_memory_gb), _budget(s.budget), _why(s.why))
        for s in found
    ]
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table

        table = Table(*header)
        for row in rows:
            table.add_row(*row)
        Console().print(table)
    else:
        for row in (header, *rows):
            typer.echo("  ".join(cell for cell in row if cell))
    if any(s.state != "fresh" for s in found):
        raise typer.Exit(1)


def _amount(seconds: float | None, memory: float | None) -> str:
    parts = [f"{seconds:.0f} s"] if seconds is not None else []
    return ", ".join(parts + ([f"{memory:.1f} GB"] if memory is not None else []))


def _budget(budget) -> str:
    amount = _amount(budget.get("seconds"), budget.get("memory_gb"))
    return f"budget {amount}" if amount else ""


def _why(why: tuple[str, ...], most: int = 4) -> str:
    more = f"; and {len(why) - most} more" if len(why) > most else ""
    return "; ".join(why[:most]) + more
