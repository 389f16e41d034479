"""How a run is followed: lines where they are kept, a live table where someone looks at a terminal."""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from aimass.study.cards import duration

EVERY = 30.0  # seconds between two lines on a chapter that just goes on


@dataclass
class Going:
    """A chapter that runs or has run.

    Attributes:
        chapter: its name.
        began: when it was first seen, by the monotonic clock.
        expected: seconds that it took last time; None when that is not known.
        cell, cells: the code cell that runs, and how many there are; 0 until the kernel is ready.
        line: that cell's first line.
        end: ``done`` or ``failed``; empty while it runs.
        seconds: since it began, or how long it took.
    """

    chapter: str
    began: float
    expected: float | None
    cell: int = 0
    cells: int = 0
    line: str = ""
    end: str = ""
    seconds: float = 0.0

    def update(self, told: Mapping[str, Any]) -> None:
        """Take over what the executing process tells."""
        self.cell, self.cells, self.line = told["cell"], told["cells"], told["line"]
        self.seconds = time.monotonic() - self.began

    @property
    def where(self) -> str:
        """The cell that runs."""
        return f"cell {self.cell} of {self.cells}" if self.cell else "starts"

    @property
    def time(self) -> str:
        """Elapsed, and expected from last time."""
        text = duration(self.seconds)
        return f"{text} of about {duration(self.expected)}" if self.expected and not self.end else text


class Lines:
    """Progress as plain lines: when a chapter begins, ends, and now and then between."""

    def __init__(self) -> None:
        self._told: dict[str, float] = {}

    def show(self, going: Sequence[Going], waiting: int) -> None:
        """Print what is new."""
        for one in going:
            if one.chapter not in self._told:
                self._told[one.chapter] = 0.0
                expected = f", about {duration(one.expected)} last time" if one.expected else ""
                self._print(f"{one.chapter}: begins{expected}")
            if self._told[one.chapter] < 0:
                continue
            if one.end:
                self._told[one.chapter] = -1.0
                self._print(f"{one.chapter}: {one.end} after {one.time}")
            elif one.seconds - self._told[one.chapter] >= EVERY:
                self._told[one.chapter] = one.seconds
                self._print(f"{one.chapter}: {one.where}, {one.time}")

    def _print(self, line: str) -> None:
        print(line, flush=True)


class Live:
    """Progress as a table that is drawn anew."""

    def __init__(self, live: Any) -> None:
        self._live = live

    def show(self, going: Sequence[Going], waiting: int) -> None:
        """Draw the table."""
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, show_header=False)
        for one in going:
            style = {"done": "green", "failed": "bold red"}.get(one.end, "")
            table.add_row(
                Text(one.chapter, style=style),
                Text(one.end or one.where),
                Text(one.time),
                Text("" if one.end else one.line, style="dim", overflow="ellipsis", no_wrap=True),
            )
        if waiting:
            table.add_row(Text(f"{waiting} waiting", style="dim"))
        self._live.update(table, refresh=True)


@contextmanager
def follower() -> Iterator[Lines | Live]:
    """A live table on a terminal, plain lines elsewhere."""
    if not sys.stdout.isatty():
        yield Lines()
        return
    from rich.console import Console
    from rich.live import Live as RichLive

    with RichLive(console=Console(), auto_refresh=False) as live:
        yield Live(live)
