"""`aimass compare`: do two runs agree?"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from aimass.study.compare import RunComparison, describe_item
from aimass.study.compare import compare as compare_runs
from aimass.study.differences import Tolerance
from aimass.study.sources import open_source

from .check import find_project


def compare(
    a: Annotated[
        str,
        typer.Argument(
            metavar="A", help="small, full, reference, a ledger.json, or a directory of executed notebooks."
        ),
    ],
    b: Annotated[str, typer.Argument(metavar="B", help="The run to compare it with, given likewise.")],
    tolerance: Annotated[
        float,
        typer.Option(
            "--tolerance", help="Relative tolerance for values without spread and for figures' data."
        ),
    ] = 0.05,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict", help="Numbers and figures' values beyond the tolerance are a disagreement, too."
        ),
    ] = False,
) -> None:
    """Compare two runs claim by claim, and name the likely cause of a difference.

    Exit status: 0 when they agree; 1 when a claim differs in outcome, verdict or interval, or something is missing in one of
    them; 2 when a notebook is damaged or the two have no claim in common.
    """
    limits = Tolerance(tolerance)
    project = find_project(required=False)
    left, right = (open_source(name, project, complete=False) for name in (a, b))
    result = compare_runs(left, right, limits, strict)
    if sys.stdout.isatty():
        _show_tables(result)
    else:
        print("\n".join(result.lines()))
    if result.exit_code:
        raise typer.Exit(result.exit_code)


def _show_tables(result: RunComparison) -> None:
    """The comparison for a terminal: a table of claims, then what differs."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    for line in result.damaged:
        console.print(Text(line, style="bold red"))
    table = Table(title="Claims", title_justify="left")
    for heading in ("claim", result.label_a, result.label_b, "agree", "why", "likely cause"):
        table.add_column(Text(heading))
    for claim in result.claims:
        sides = [
            "missing" if side is None else f"{side.measured.text(side.unit)}\n{side.outcome}"
            for side in (claim.a, claim.b)
        ]
        verdict = Text("agree", style="green") if claim.agree else Text("disagree", style="bold red")
        table.add_row(
            Text(claim.id), *(Text(side) for side in sides), verdict, Text(claim.why), Text(claim.cause)
        )
    if result.claims:
        console.print(table)
    for chapter in result.chapters:
        for item in chapter.items:
            if not item.agree:
                console.print(Text(describe_item(item), style="yellow" if item.sound else "red"))
        for cause in chapter.causes:
            console.print(Text(f"{chapter.name}: differs: {cause.text}"))
        if chapter.unrecorded:
            console.print(
                Text(f"{chapter.name}: not recorded on both sides: {', '.join(chapter.unrecorded)}")
            )
    for note in result.notes:
        console.print(Text(f"note: {note}", style="yellow"))
    console.print(Text(result.summary(), style="bold red" if result.exit_code else "bold green"))
