"""The code cells of a chapter's file: what is executed, without the prose around it."""

import contextlib
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from aimass.errors import ChapterError
from aimass.study.outputs import write_atomically

PARAMETERS = "parameters"
_FORMAT = 1  # of the cache; raised when Cell or the reading of it changes


@dataclass(frozen=True)
class Cell:
    """One code cell: its source, and its tags in the order of the alphabet."""

    source: str
    tags: tuple[str, ...] = ()


def read_cells(path: Path, cache: Path | None = None) -> tuple[Cell, ...]:
    """The code cells of a chapter in their order.

    Args:
        path: a Jupytext notebook.
        cache: a folder in which what Jupytext made of a file's very bytes is kept, because importing Jupytext takes longer than
            all else that a command without work to do does. A cache that is damaged or can't be written is done without.

    Raises:
        ChapterError: when the file can't be read or is no Jupytext notebook.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ChapterError(
            f"chapter {path}: {error.strerror}; give the path of a Jupytext notebook"
        ) from None
    kept = cache / f"{hashlib.sha256(content).hexdigest()[:24]}.json" if cache else None
    cells = _from_cache(kept) if kept else None
    if cells is None:
        cells = _by_jupytext(path, content)
        if kept:
            _into_cache(kept, cells)
    return cells


def _by_jupytext(path: Path, content: bytes) -> tuple[Cell, ...]:
    import jupytext

    try:
        notebook = jupytext.reads(content.decode("utf-8"), fmt=path.suffix.lstrip(".") or "md")
    except Exception as error:  # Jupytext raises as many kinds as its readers and YAML do
        raise ChapterError(
            f"chapter {path}: not a Jupytext notebook ({' '.join(str(error).split())})"
        ) from None
    return tuple(
        Cell(cell.source, tuple(sorted(cell.metadata.get("tags", []))))
        for cell in notebook.cells
        if cell.cell_type == "code"
    )


def _from_cache(kept: Path) -> tuple[Cell, ...] | None:
    try:
        held = json.loads(kept.read_text(encoding="utf-8"))
        if held["format"] != _FORMAT:
            return None
        return tuple(Cell(cell["source"], tuple(cell["tags"])) for cell in held["cells"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _into_cache(kept: Path, cells: tuple[Cell, ...]) -> None:
    text = json.dumps({"format": _FORMAT, "cells": [asdict(cell) for cell in cells]})
    with contextlib.suppress(ChapterError):
        write_atomically(kept, text.encode("utf-8"))
