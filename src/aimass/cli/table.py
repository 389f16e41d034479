"""A table for whoever looks: drawn on a terminal, aligned text elsewhere."""

import sys
from collections.abc import Mapping, Sequence


def show_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], styles: Mapping[str, str], column: int = 1
) -> None:
    """Print a table on standard output.

    Args:
        header: the columns' names.
        rows: as many texts each.
        styles: the style of a row by its text in ``column``, where there is one.
        column: counted from 0.
    """
    if not sys.stdout.isatty():
        widths = [max(len(row[place]) for row in (header, *rows)) for place in range(len(header))]
        for row in (header, *rows):
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*header)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row), style=styles.get(row[column], ""))
    Console(highlight=False).print(table)
