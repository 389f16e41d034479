"""`aimass book`: run what is stale, check the ledger, render the book."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aimass.errors import ChapterError
from aimass.study.check import check as check_run
from aimass.study.claims import load_registry
from aimass.study.project import Project, find_root
from aimass.study.sources import open_source

EDITIONS = ("small", "full", "reference")


def book(
    profile: Annotated[
        str,
        typer.Option("--profile", help="The edition: small, full, or reference (renders without executing)."),
    ] = "small",
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Chapters that run at a time.")] = 2,
    device: Annotated[str, typer.Option("--device", help="Where chapters run: auto, cpu or gpu.")] = "auto",
    check_links: Annotated[
        bool, typer.Option("--check-links", help="Also try every outward link (needs the network).")
    ] = False,
) -> None:
    """Run the chapters that are stale, check their claims, and render the book of one edition.

    Exit status: 0 when the book is rendered and every claim is reproduced; 1 when a chapter failed (then nothing is rendered), when a
    claim is not reproduced or is missing (the book is rendered and says so), or when an outward link is broken; 2 for a book that does
    not render.
    """
    if profile not in EDITIONS:
        raise ChapterError(f"no edition {profile!r}; use {', '.join(EDITIONS)}")
    project = Project(find_root())
    if profile != "reference":
        _run(project, profile, jobs, device)
    in_order = _check(project, profile)
    site, index, fresh = _render(project, profile)
    typer.echo(f"{'rendered' if fresh else 'up to date'}: {_shown(index)}")
    if check_links:
        in_order = _links_hold(site) and in_order
    if not in_order:
        raise typer.Exit(1)


def _run(project: Project, profile: str, jobs: int, device: str) -> None:
    """Run what is stale; a failed chapter ends the command, since a book without it would be taken for whole."""
    from aimass.cli.run import run_profile

    if run_profile(project, profile, jobs=jobs, device=device):
        typer.echo("the book is not rendered, because a chapter failed", err=True)
        raise typer.Exit(1)


def _check(project: Project, profile: str) -> bool:
    """Tell what the check of the ledger found, and keep the ledger; damaged notebooks raise."""
    report = check_run(open_source(profile, project, complete=profile != "reference"), load_registry())
    if report.damaged:
        raise ChapterError("; ".join(report.damaged))
    if profile != "reference":
        (project.build(profile) / "ledger.json").write_text(report.ledger.to_json(), encoding="utf-8")
    for line in report.lines():
        typer.echo(line)
    return report.exit_code == 0


def _render(project: Project, profile: str) -> tuple[Path, Path, bool]:
    from aimass.study.render import render
    from aimass.study.site import open_edition, stage

    site = stage(project, open_edition(project, profile), {"newsroom": _newsroom()})
    rendered = render(site)
    return site, rendered.index, rendered.fresh


def _newsroom() -> str:
    """What the newsroom's page shows: one of its articles with all labels."""
    from aimass.data.newsroom import load
    from aimass.data.newsroom.show import example, fragment

    return fragment(example(load(seed=0).iter_articles(200)))


def _links_hold(site: Path) -> bool:
    from aimass.study.render import check_links

    broken = check_links(site)
    for line in broken:
        typer.echo(line, err=True)
    return not broken


def _shown(path: Path) -> str:
    """A path as short as it may be for the reader's working directory."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
