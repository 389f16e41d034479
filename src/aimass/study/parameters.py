"""A chapter's parameters: read from its tagged cell, checked against what a user asks for, without starting a kernel."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import jupytext

from aimass.errors import ChapterError, ParameterError
from aimass.study.project import Project

RESERVED = ("profile", "device")


def declared(chapter: Path) -> dict[str, Any]:
    """The names and default values of a chapter's parameters.

    Raises:
        ChapterError: if the chapter has no cell tagged ``parameters``, or the cell holds more than plain literals.
    """
    try:
        cells = jupytext.read(chapter).cells
    except OSError as error:
        raise ChapterError(f"chapter {chapter.name}: {error.strerror}") from None
    tagged = [cell for cell in cells if "parameters" in cell.metadata.get("tags", [])]
    if len(tagged) != 1:
        raise ChapterError(f"{chapter.name}: {len(tagged)} cells are tagged `parameters`; tag exactly one")
    values: dict[str, Any] = {}
    try:
        for node in ast.parse(tagged[0].source).body:
            if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
                raise ValueError("only `name = literal` may stand there")
            values[node.targets[0].id] = ast.literal_eval(node.value)
    except (ValueError, SyntaxError) as error:
        raise ChapterError(f"{chapter.name}: the cell of parameters is not plain literals: {error}") from None
    return values


def parse(text: str) -> Any:
    """A value from the command line: a Python literal, else the text itself (``true`` and ``false`` count as booleans)."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def effective(
    project: Project,
    chapter: str,
    profile: str,
    device: str = "auto",
    overrides: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """All parameters with which a chapter runs: its own, the full profile's, then the user's.

    Raises:
        ChapterError: if ``chapters/full.yml`` names a parameter that the chapter lacks.
        ParameterError: for an unknown name, or a value of another type than the default's.
    """
    values = declared(project.chapters[chapter])
    if profile == "full":
        for name, value in project.full_parameters(chapter).items():
            try:
                _check(values, chapter, name, value)
            except ParameterError as error:
                raise ChapterError(f"chapters/full.yml: {error}") from None
            values[name] = value
    for name, value in (overrides or {}).items():
        if name in RESERVED:
            raise ParameterError(f"{chapter}: {name} is set by --{name}, not by -p")
        values[name] = _check(values, chapter, name, value)
    for name, value in (("profile", profile), ("device", device)):
        if name in values:
            values[name] = value
    return values


def _check(values: Mapping[str, Any], chapter: str, name: str, value: Any) -> Any:
    if name not in values:
        near = get_close_matches(name, values, 1, 0.5)
        hint = f"; did you mean {near[0]}?" if near else f"; it has {', '.join(values)}"
        raise ParameterError(f"{chapter} has no parameter {name!r}{hint}")
    default = values[name]
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if default is not None and (type(value) is not type(default)):
        raise ParameterError(
            f"{chapter}: {name} is {value!r} ({type(value).__name__}); expected {type(default).__name__}, such as {default!r}"
        )
    return value
