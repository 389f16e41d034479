"""`aimass run`: execute the chapters that are stale."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from aimass.errors import ChapterError
from aimass.study.project import Project, find_root


def run(
    chapters: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CHAPTER]...", help="Names, section numbers (2.1) or unique beginnings; all if none."
        ),
    ] = None,
    profile: Annotated[
        str, typer.Option("--profile", help="small (generated data) or full (real corpora).")
    ] = "small",
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "-p", metavar="NAME=VALUE", help="Override a parameter; `-p NAME VALUE` is understood, too."
        ),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Chapters that run at a time.")] = 2,
    force: Annotated[bool, typer.Option("--force", help="Run also what is fresh.")] = False,
    device: Annotated[str, typer.Option("--device", help="Where chapters run: auto, cpu or gpu.")] = "auto",
    data: Annotated[
        Path | None, typer.Option("--data", help="An offline mirror of the real corpora.")
    ] = None,
    reference: Annotated[
        bool,
        typer.Option(
            "--reference", help="Keep a finished full run as the reference edition, in book/reference."
        ),
    ] = False,
) -> None:
    """Run the chapters whose code, parameters, modules, data, lock or device have changed since they last finished.

    Exit status: 0 when all chapters are finished; 1 when one failed (the others finish all the same); 2 for a mistake in what was asked.
    """
    project = Project(find_root())
    if reference and (profile != "full" or parameter):
        raise ChapterError("--reference keeps the full profile as it stands: use --profile full, and no -p")
    if data is not None and not data.is_dir():
        raise ChapterError(f"--data {data}: no such folder; name a mirror of the real corpora")
    overrides = _overrides(parameter or [])
    if overrides and not chapters:
        raise ChapterError("-p needs a chapter: parameters belong to one, such as `aimass run 2.1 -p seed 7`")
    failed = run_profile(
        project, profile, jobs=jobs, device=device, chapters=chapters, overrides=overrides, force=force,
        data=None if data is None else str(data.resolve()),
    )  # fmt: skip
    if failed:
        raise typer.Exit(1)
    if reference:
        _keep(project)


def run_profile(
    project: Project,
    profile: str,
    *,
    jobs: int = 2,
    device: str = "auto",
    chapters: Sequence[str] | None = None,
    overrides: Mapping[str, Any] | None = None,
    force: bool = False,
    data: str | None = None,
) -> list[str]:
    """Run what is stale, tell the progress and a table at the end, and return the chapters that failed."""
    from aimass.study.run import choose, make_plan
    from aimass.study.run import run as carry_out

    plan = make_plan(
        project, profile, choose(project, chapters or []), device=device, overrides=overrides, data=data
    )
    if overrides:
        typer.echo(f"a run of its own, beside the edition: {plan['folder']}")
    outcomes = carry_out(project, plan, jobs=jobs, force=force)
    _table(outcomes)
    for outcome in outcomes:
        if outcome.failure:
            typer.echo(f"aimass: {outcome.failure}", err=True)
    return [outcome.chapter for outcome in outcomes if outcome.state == "failed"]


def split_pairs(arguments: Sequence[str]) -> list[str]:
    """``-p NAME VALUE`` as ``-p NAME=VALUE``, which the parser of options understands."""
    found, waiting = [], list(arguments)
    while waiting:
        word = waiting.pop(0)
        if word == "-p" and len(waiting) >= 2 and "=" not in waiting[0] and not waiting[1].startswith("--"):
            found += ["-p", f"{waiting.pop(0)}={waiting.pop(0)}"]
        else:
            found.append(word)
    return found


def _overrides(pairs: Sequence[str]) -> dict[str, Any]:
    from aimass.study.parameters import parse

    values = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise ChapterError(f"-p {pair}: give a name and a value, as in `-p seed 7`")
        values[name.strip()] = parse(value)
    return values


def _table(outcomes) -> None:
    """Chapter, state, time, claims reproduced."""
    rows = [
        (o.chapter, o.state, "" if o.seconds is None else f"{o.seconds:.0f} s", _claims(o)) for o in outcomes
    ]
    header = ("chapter", "state", "time", "claims reproduced")
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table

        table = Table(*header)
        for row in rows:
            table.add_row(*row, style={"failed": "red", "fresh": "dim"}.get(row[1], ""))
        Console().print(table)
        return
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(4)]
    for row in (header, *rows):
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _claims(outcome) -> str:
    from aimass.study.ledger import collect

    if outcome.state == "failed":
        return ""
    try:
        claims = collect([outcome.executed]).claims
    except ChapterError as error:
        return str(error)
    return f"{sum(claim.reproduced for claim in claims)} of {len(claims)}"


def _keep(project: Project) -> None:
    """Copy a finished full run to the reference edition, whole."""
    from aimass.study.ledger import collect

    executed = {name: project.build("full") / "executed" / f"{name}.ipynb" for name in project.chapters}
    missing = [name for name, path in executed.items() if not path.is_file()]
    if missing:
        raise ChapterError(f"the full run lacks {', '.join(missing)}; run `aimass run --profile full`")
    ledger = collect(executed.values())
    if ledger.profile != "full":
        raise ChapterError(f"the run's profile is {ledger.profile}; only a full one can be the reference")
    project.reference.mkdir(parents=True, exist_ok=True)
    for name, path in executed.items():
        shutil.copyfile(path, project.reference / f"{name}.ipynb")
    (project.reference / "ledger.json").write_text(ledger.to_json(), encoding="utf-8")
    typer.echo(f"kept as the reference edition: {len(executed)} chapters")
