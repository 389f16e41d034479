"""`aimass status`: what is fresh, what is stale, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from aimass.cli.table import show_table
from aimass.errors import ChapterError
from aimass.study.cards import duration
from aimass.study.project import PROFILES, Project, find_root


def status(
    chapters: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CHAPTER]...", help="As for `aimass run`; all chapters if none."),
    ] = None,
    profile: Annotated[str, typer.Option("--profile", help="small, full or reference.")] = "small",
    device: Annotated[
        str, typer.Option("--device", help="Judge for this device: auto, cpu or gpu.")
    ] = "auto",
) -> None:
    """Tell each chapter's state: fresh; stale, and which of code, parameters, modules, data, lock or device changed; failed; never run.

    Exit status: 0 when all are fresh, 1 otherwise.
    """
    from aimass.study.run import choose, make_plan
    from aimass.study.status import statuses

    if profile not in (*PROFILES, "reference"):
        raise ChapterError(f"no profile {profile!r}; use small, full or reference")
    project = Project(find_root())
    plan = make_plan(
        project,
        "full" if profile == "reference" else profile,
        choose(project, chapters or []),
        device=device,
    )
    found = statuses(project, plan, project.reference if profile == "reference" else None)
    rows = [
        (one.chapter, one.state, _amount(one.seconds, one.peak_memory_gb), _budget(one.budget), _why(one.why))
        for one in found
    ]
    styles = {
        "fresh": "green",
        "stale": "yellow",
        "failed": "bold red",
        "interrupted": "red",
        "running": "cyan",
    }
    show_table(("chapter", "state", "last run", "budget", "why"), rows, styles)
    if any(s.state != "fresh" for s in found):
        raise typer.Exit(1)


def _amount(seconds: float | None, memory: float | None) -> str:
    parts = [duration(seconds)] if seconds is not None else []
    return ", ".join(parts + ([f"{memory:.1f} GB"] if memory is not None else []))


def _budget(budget: Mapping[str, float]) -> str:
    return _amount(budget.get("seconds"), budget.get("memory_gb"))


def _why(why: tuple[str, ...], most: int = 4) -> str:
    more = f"; and {len(why) - most} more" if len(why) > most else ""
    return "; ".join(why[:most]) + more
