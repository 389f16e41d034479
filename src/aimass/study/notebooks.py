"""Reading an executed notebook: the record that every claim, number and figure of the study is drawn from.

A notebook is only believed when it is whole: valid JSON, a valid notebook, executed to its end, with the banner of one
chapter and payloads that all belong to that chapter and profile. Everything else raises a :class:`ChapterError` of one line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from aimass.errors import ChapterError

from . import mime

PREFIX = "application/vnd.aimass."
KINDS = {
    mime.CHAPTER: "chapter",
    mime.CLAIM: "claim",
    mime.NUMBER: "number",
    mime.FIGURE: "figure",
    mime.TABLE: "table",
    mime.PROVENANCE: "provenance",
}


@dataclass(frozen=True)
class Payload:
    """One JSON object that a chapter left in an output: its kind, its content, and the number of its cell (from 1)."""

    kind: str
    content: Mapping[str, Any]
    cell: int


@dataclass(frozen=True)
class ExecutedNotebook:
    """What an executed notebook says.

    Attributes:
        path: the file.
        chapter, profile: as the banner gives them.
        payloads: all payloads of our own MIME types, in page order.
        stamp: the runner's record in the notebook's metadata; empty after a run by papermill or Jupyter alone.
        glued: the keys that `{glue:}` roles can find in this notebook.
    """

    path: Path
    chapter: str
    profile: str
    payloads: tuple[Payload, ...]
    stamp: Mapping[str, Any] = field(default_factory=dict)
    glued: frozenset[str] = frozenset()

    def of_kind(self, kind: str) -> Iterator[Payload]:
        """The payloads of one kind (a value of :data:`KINDS`), in page order."""
        return (payload for payload in self.payloads if payload.kind == kind)


def damaged(path: Path | str, why: str) -> ChapterError:
    """The error for a notebook that can't be believed: the file, the reason, the remedy, in one line."""
    return ChapterError(f"{path}: damaged notebook: {' '.join(why.split())}; run the chapter again")


def read_notebook(path: Path | str) -> ExecutedNotebook:
    """Read one executed notebook.

    Args:
        path: an `.ipynb` file.

    Raises:
        ChapterError: if it is missing, unreadable, not a notebook, not executed to its end, or mixes chapters.
    """
    path = Path(path)
    node = _parse(path)
    _refuse_unfinished(path, node)
    payloads = tuple(_payloads(path, node))
    banners = [payload.content for payload in payloads if payload.kind == "chapter"]
    if not banners:
        raise damaged(path, "no cell shows a chapter's banner")
    chapter, profile = banners[0].get("chapter"), banners[0].get("profile")
    if not isinstance(chapter, str) or not isinstance(profile, str) or not chapter or not profile:
        raise damaged(path, "its banner names no chapter or no profile")
    stamp = node.metadata.get("aimass", {})
    if not isinstance(stamp, Mapping):
        raise damaged(path, "the runner's stamp in its metadata is not a mapping")
    _refuse_strangers(path, chapter, profile, payloads, stamp)
    return ExecutedNotebook(path, chapter, profile, payloads, _plain(stamp), frozenset(_glued(node)))


def find_notebooks(folder: Path | str) -> list[Path]:
    """The notebooks directly in `folder`, sorted by name; checkpoints and hidden files are left out.

    Raises:
        ChapterError: if `folder` is no directory.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ChapterError(f"{folder}: no such directory; run the chapters first (`aimass run`)")
    return sorted(path for path in folder.glob("*.ipynb") if not path.name.startswith("."))


def _parse(path: Path) -> nbformat.NotebookNode:
    """The notebook's tree, validated against the notebook format's schema."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ChapterError(f"{path}: no such notebook; run the chapter first (`aimass run`)") from None
    except (OSError, UnicodeDecodeError) as error:
        raise damaged(path, f"can't be read ({error})") from None
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise damaged(path, f"not JSON ({error})") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("nbformat"), int) or "cells" not in raw:
        raise damaged(path, "JSON, but not a notebook of format 4")
    try:
        node = nbformat.reads(text, as_version=4)
        nbformat.validate(node)
    except (
        Exception
    ) as error:  # nbformat raises a dozen kinds (its own, KeyError, AttributeError, jsonschema's)
        first = str(error).strip().splitlines() or [type(error).__name__]
        raise damaged(path, f"not a valid notebook ({first[0]})") from None
    return node


def _refuse_unfinished(path: Path, node: nbformat.NotebookNode) -> None:
    """Raise unless the notebook was executed to its end."""
    papermill = node.metadata.get("papermill", {})
    if isinstance(papermill, Mapping) and papermill.get("exception"):
        raise damaged(path, "its run ended in an error (papermill's exception flag is set)")
    stamp = node.metadata.get("aimass", {})
    if isinstance(stamp, Mapping) and stamp.get("status", "finished") != "finished":
        raise damaged(path, f"its run is marked {stamp.get('status')!r}, not 'finished'")
    code = [(n, cell) for n, cell in enumerate(node.cells, start=1) if cell.cell_type == "code"]
    for number, cell in code:
        for output in cell.outputs:
            if output.output_type == "error":
                raise damaged(path, f"cell {number} failed: {output.ename}: {str(output.evalue)[:120]}")
    if not any(cell.outputs for _, cell in code):
        raise damaged(path, "it has no outputs, so it was never executed")


def _payloads(path: Path, node: nbformat.NotebookNode) -> Iterator[Payload]:
    """All payloads of our own MIME types, in page order."""
    for number, cell in enumerate(node.cells, start=1):
        for output in cell.get("outputs", ()):
            for name, content in output.get("data", {}).items():
                if not name.startswith(PREFIX):
                    continue
                kind = KINDS.get(name)
                if kind is None:
                    raise damaged(path, f"cell {number} holds an unknown kind of record, {name!r}")
                if not isinstance(content, Mapping):
                    raise damaged(path, f"cell {number} holds a {kind} record that is not a mapping")
                yield Payload(kind, _plain(content), number)


def _refuse_strangers(
    path: Path, chapter: str, profile: str, payloads: tuple[Payload, ...], stamp: Mapping[str, Any]
) -> None:
    """Raise if a payload or the runner's stamp speaks of another chapter or profile than the banner."""
    for payload in payloads:
        found = payload.content.get("chapter"), payload.content.get("profile")
        if found != (chapter, profile):
            raise damaged(
                path,
                f"cell {payload.cell} holds a {payload.kind} record of chapter {found[0]!r}, profile {found[1]!r}, "
                f"in a notebook of {chapter!r}, {profile!r}",
            )
    for key, value in (("chapter", chapter), ("profile", profile)):
        if key in stamp and stamp[key] != value:
            raise damaged(path, f"the runner's stamp says {key} {stamp[key]!r}, the banner {value!r}")


def _glued(node: nbformat.NotebookNode) -> Iterator[str]:
    """The keys of all glued outputs."""
    for cell in node.cells:
        for output in cell.get("outputs", ()):
            scrapbook = output.get("metadata", {}).get("scrapbook", {})
            name = scrapbook.get("name") if isinstance(scrapbook, Mapping) else None
            if isinstance(name, str):
                yield name


def _plain(value: Any) -> Any:
    """`value` with nbformat's mapping type replaced by plain dicts, all the way down."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
