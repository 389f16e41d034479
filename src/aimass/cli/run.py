"""`aimass run`: execute the chapters that are stale."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aimass.cli.table import show_table
from aimass.errors import ChapterError, ParameterError
from aimass.study.project import Project, find_root

if TYPE_CHECKING:
    from aimass.study.run import Outcome


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
    if reference and not force:
        from aimass.study.keep import take_back

        taken = take_back(project, device)
        if taken:
            typer.echo(f"fresh in the reference edition, not run again: {', '.join(taken)}")
    failed = run_profile(
        project,
        profile,
        jobs=jobs,
        device=device,
        chapters=chapters,
        overrides=_overrides(parameter or []),
        force=force,
        data=None if data is None else str(data.resolve()),
    )
    if failed:
        raise typer.Exit(1)
    if reference:
        from aimass.study.keep import keep

        typer.echo(f"kept as the reference edition: {', '.join(keep(project, device))}")


def run_profile(
    project: Project,
    profile: str,
    *,
    jobs: int = 2,
    device: str = "auto",
    chapters: Sequence[str] | None = None,
    overrides: Mapping[str, str] | None = None,
    force: bool = False,
    data: str | None = None,
) -> list[str]:
    """Run what is stale, tell the progress and a table at the end, and return the chapters that failed."""
    from aimass.study.execute import shown
    from aimass.study.run import choose, make_plan
    from aimass.study.run import run as carry_out

    plan = make_plan(
        project, profile, choose(project, chapters or []), device=device, overrides=overrides, data=data
    )
    if Path(plan["folder"]) != project.build(profile):
        print(
            f"a run of its own, beside the {profile} edition: {shown(Path(plan['folder']), plan['root'])}",
            flush=True,
        )
    outcomes = carry_out(project, plan, jobs=jobs, force=force)
    _table(outcomes)
    for outcome in outcomes:
        if outcome.failure:
            print(f"aimass: {outcome.failure}", file=sys.stderr)
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


def _overrides(pairs: Sequence[str]) -> dict[str, str]:
    values = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise ParameterError(f"-p {pair}: give a name and a value, as in `-p seed 7`")
        values[name.strip()] = value
    return values


def _table(outcomes: Sequence[Outcome]) -> None:
    """Chapter, state, time, claims reproduced."""
    from aimass.study.cards import duration

    rows = [
        (one.chapter, one.state, "" if one.seconds is None else duration(one.seconds), _claims(one))
        for one in outcomes
    ]
    show_table(
        ("chapter", "state", "time", "claims reproduced"), rows, {"failed": "bold red", "fresh": "dim"}
    )


def _claims(outcome: Outcome) -> str:
    """How many of the chapter's claims are reproduced; those that it was to make and did not count as not reproduced."""
    from aimass.study.claims import load_registry
    from aimass.study.status import outcomes

    made = None if outcome.state == "failed" else outcomes(outcome.executed)
    if made is None:
        return ""
    registry = load_registry()
    listed = registry.claims_of(outcome.chapter) if outcome.chapter in registry.chapters else ()
    good = sum(each == "reproduced" for each in made.values())
    total = len({*made, *listed})
    return f"{good} of {total}" if total else "none made"
