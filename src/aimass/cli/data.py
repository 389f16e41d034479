"""`aimass data`: the real corpora, where they are, and whether they are intact."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from aimass.data import fetch as fetching
from aimass.data import registry
from aimass.data.download import UnreachableError
from aimass.data.registry import Entry
from aimass.errors import DataError, ParameterError

app = typer.Typer(
    help="List, fetch and verify the real corpora of the full profile.",
    no_args_is_help=True,
    add_completion=False,
)

DataDir = Annotated[
    str | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="A mirror of the corpora, looked in before AIMASS_DATA, the cache and the network.",
    ),
]
_HEADINGS = ("name", "task", "size", "licence", "where")


@app.command("list")
def list_(data_dir: DataDir = None) -> None:
    """Show each corpus: name, task, size, licence, and where it is (mirror, cache, or not here)."""
    fetching.mirrors(data_dir)
    rows: list[tuple[str, ...]] = [
        (entry.name, entry.task, size_text(entry.bytes), entry.licence, whereabouts(entry, data_dir))
        for entry in registry.entries().values()
    ]
    if sys.stdout.isatty():
        _show_table(rows)
        return
    for row in (_HEADINGS, *rows):
        print("\t".join(row))


@app.command()
def fetch(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME...", help="Corpora to fetch.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Fetch all corpora.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Download what is not here into the cache, and verify all of it.

    Exit status: 0 when all are here and intact; 1 when one could not be had.
    """
    if bool(names) == every:
        raise ParameterError("aimass data fetch: name the corpora to fetch, or give --all instead")
    failures = 0
    for entry in _chosen(names):
        before = whereabouts(entry, data_dir)
        try:
            fetching.read(entry, data_dir=data_dir)
        except UnreachableError:
            raise
        except DataError as error:
            print(f"error: {error}", file=sys.stderr)
            failures += 1
            continue
        note = f"was here ({before})" if before in ("mirror", "cache") else "fetched into the cache"
        print(f"{entry.name}: {note}, intact")
    if failures:
        raise typer.Exit(1)


@app.command()
def verify(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME...", help="Corpora to verify; all that are here if none."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Compare each file that is here with its checksum; nothing is downloaded.

    Exit status: 0 when all is intact; 1 when a file is damaged, or a corpus that was named is not here as a whole.
    """
    fetching.mirrors(data_dir)
    bad = []
    for entry in _chosen(names):
        findings = fetching.verify(entry, data_dir=data_dir)
        faults = [finding.fault for finding in findings if finding.fault]
        missing = [finding.source.file for finding in findings if finding.place is None]
        for fault in faults:
            print(f"damaged: {fault}")
        if missing:
            print(f"{entry.name}: not here: {', '.join(missing)}; try: aimass data fetch {entry.name}")
        elif not faults:
            kinds = sorted({finding.place.kind for finding in findings if finding.place})
            print(
                f"{entry.name}: intact ({len(findings)} file{'s'[: len(findings) != 1]}, {' and '.join(kinds)})"
            )
        if faults or (missing and names):
            bad.append(entry.name)
    if bad:
        print(f"not intact: {', '.join(bad)}")
        raise typer.Exit(1)


def whereabouts(entry: Entry, data_dir: str | None = None) -> str:
    """Where a corpus is: ``"mirror"``, ``"cache"``, both, a part of it, or ``"not here"``; nothing is verified."""
    places = [fetching.locate(source, data_dir) for source in entry.files]
    found = [place.kind for place in places if place is not None]
    if not found:
        return "not here"
    kinds = " and ".join(sorted(set(found), reverse=True))
    return kinds if len(found) == len(places) else f"{kinds}, {len(found)} of {len(places)} files"


def size_text(size: int) -> str:
    """Bytes in decimal units: ``"1.9 MB"``."""
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{size / 1e3:.0f} kB"


def _chosen(names: list[str] | None) -> Iterator[Entry]:
    """The corpora named, each once; all of them when none is. Unknown names fail before anything is done."""
    yield from [registry.get(name) for name in dict.fromkeys(names or registry.names())]


def _show_table(rows: list[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for heading in _HEADINGS:
        table.add_column(heading, justify="right" if heading == "size" else "left", overflow="fold")
    for *fields, where in rows:
        style = "green" if where in ("mirror", "cache") else "dim" if where == "not here" else "yellow"
        table.add_row(*(Text(field) for field in fields), Text(where, style=style))
    Console(highlight=False).print(table)
