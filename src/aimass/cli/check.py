"""`aimass check`: is every claim of a run reproduced?"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Annotated

import typer

from aimass.errors import ChapterError
from aimass.study.check import CheckReport
from aimass.study.check import check as check_run
from aimass.study.claims import load_registry
from aimass.study.project import Project, find_root
from aimass.study.sources import WORDS, open_source


def check(
    profile: Annotated[
        str | None,
        typer.Option(
            "--profile", help="Check the run of this profile: small (the default), full, or reference."
        ),
    ] = None,
    ledger: Annotated[
        str | None,
        typer.Option(
            "--ledger",
            metavar="PATH",
            help="Check this ledger.json, notebook, or directory of executed notebooks.",
        ),
    ] = None,
) -> None:
    """Check that every claim of a run is reproduced and none is missing.

    Exit status: 0 when all claims are reproduced; 1 when one is not, or is dropped, duplicated or unlisted; 2 when a notebook is
    damaged or missing, or contradicts its own numbers.
    """
    if profile is not None and profile not in WORDS:
        raise ChapterError(f"no profile {profile!r}; use {', '.join(WORDS)}")
    if ledger is None:
        source = open_source(profile or "small", find_project(required=True))
    else:
        source = open_source(ledger, find_project(required=False))
        if profile is not None:
            source = replace(source, required_profile="full" if profile == "reference" else profile)
    report = check_run(source, load_registry())
    if sys.stdout.isatty():
        _show_table(report)
    else:
        _print_plain(report)
    if report.exit_code:
        raise typer.Exit(report.exit_code)


def find_project(required: bool) -> Project | None:
    """The project around the working directory; None where there is none and none is required."""
    try:
        return Project(find_root())
    except ChapterError:
        if required:
            raise
        return None


def _print_plain(report: CheckReport) -> None:
    """One line per claim, then the findings and the summary."""
    for claim in report.ledger.claims:
        print(
            f"{claim.id}: {claim.outcome}: {claim.measured.text(claim.unit)} against {claim.expect.text} ({claim.chapter})"
        )
    for line in report.lines():
        print(line)


def _show_table(report: CheckReport) -> None:
    """The claims as a table for a terminal, then the findings and the summary."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=f"Claims of {report.label}", title_justify="left")
    for heading in ("claim", "chapter", "measured", "bound", "outcome", "whitepaper"):
        table.add_column(heading)
    for claim in report.ledger.claims:
        style = "green" if claim.reproduced else "bold red"
        table.add_row(
            *(
                Text(text)
                for text in (claim.id, claim.chapter, claim.measured.text(claim.unit), claim.expect.text)
            ),
            Text(claim.outcome, style=style),
            Text(claim.verdict),
        )
    console = Console(highlight=False)
    if report.ledger.claims:
        console.print(table)
    *findings, summary = report.lines()
    for line in findings:
        console.print(Text(line, style="yellow" if line.startswith("note:") else "red"))
    console.print(Text(summary, style="bold red" if report.exit_code else "bold green"))
