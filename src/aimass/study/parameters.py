"""A chapter's parameters: read from its tagged cell without running it, and overridden only by what fits them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from aimass.errors import ChapterError, ParameterError
from aimass.study.cells import PARAMETERS, Cell, read_cells
from aimass.study.claims import nearest
from aimass.study.project import Project

RESERVED = ("profile", "device")
_EXPECTED = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    list: "a list, such as [1, 2]",
    tuple: "a list, such as [1, 2]",
    dict: "a mapping, such as {a: 1}",
}


def declared(chapter: Path, cache: Path | None = None) -> dict[str, Any]:
    """The names and default values of a chapter's parameters.

    Args:
        chapter: a Jupytext notebook.
        cache: as :func:`aimass.study.cells.read_cells` takes it.

    Raises:
        ChapterError: if not exactly one cell is tagged ``parameters``, or that cell holds more than plain literals.
    """
    return declared_in(read_cells(chapter, cache), chapter.name)


def declared_in(cells: Iterable[Cell], where: str) -> dict[str, Any]:
    """As :func:`declared`, from cells; ``where`` names the chapter's file in errors."""
    tagged = [cell for cell in cells if PARAMETERS in cell.tags]
    if len(tagged) != 1:
        raise ChapterError(f"{where}: {len(tagged)} cells are tagged `parameters`; tag exactly one")
    source, values = tagged[0].source, {}
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        raise ChapterError(
            f"{where}: the cell of parameters is not Python: {error.msg} in line {error.lineno}"
        ) from None
    for node in body:
        line = source.splitlines()[node.lineno - 1].strip()
        target = _target(node)
        if target is None:
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                continue
            raise ChapterError(
                f"{where}: the cell of parameters may hold only `name = literal`, not `{line}`"
            )
        try:
            values[target[0]] = ast.literal_eval(target[1])
        except ValueError:
            raise ChapterError(f"{where}: a parameter must be a plain literal, not `{line}`") from None
    return values


def effective(
    project: Project,
    chapter: str,
    profile: str,
    device: str = "auto",
    overrides: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """All parameters with which a chapter runs: its own, the full profile's, then the user's.

    Args:
        project: the study.
        chapter: its name.
        profile: ``small`` or ``full``.
        device: the device class, for the parameter ``device``.
        overrides: the user's, name to text as on a command line; the text is read as the default's type asks.

    Raises:
        ChapterError: if ``chapters/full.yml`` names a parameter that the chapter lacks or gives it another type, or if the chapter can't
            be told that it runs in the full profile.
        ParameterError: for an unknown name, one that has an option of its own, or a text that is not of the default's type.
    """
    values = declared(project.chapters[chapter], project.build("state") / "cells")
    own = dict(values)
    if profile == "full":
        if "profile" not in own:
            raise ChapterError(
                f"{chapter} has no parameter `profile`, so it knows only the small one; add it"
            )
        for name, value in project.full_parameters(chapter).items():
            try:
                values[name] = _checked(own, chapter, name, value)
            except ParameterError as error:
                raise ChapterError(f"chapters/full.yml: {error}") from None
    for name, text in (overrides or {}).items():
        values[name] = _checked(own, chapter, name, _read(own.get(name), text))
    for name, value in (("profile", profile), ("device", device)):
        if name in values:
            values[name] = value
    return values


def _target(node: ast.stmt) -> tuple[str, ast.expr] | None:
    """The name and value of an assignment to one plain name."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id, node.value
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
        return node.target.id, node.value
    return None


def _read(default: Any, text: str) -> Any:
    """A text as a value of the default's type; the text itself where it can't be read so."""
    if isinstance(default, str):
        return text
    try:
        if isinstance(default, bool):
            return {"true": True, "false": False}.get(text.lower(), text)
        if isinstance(default, int | float):
            return type(default)(text)
        return yaml.safe_load(text)
    except (ValueError, yaml.YAMLError):
        return text


def _checked(own: Mapping[str, Any], chapter: str, name: str, value: Any) -> Any:
    """A value, of the very type of the chapter's own; errors as in :func:`effective`."""
    if name in RESERVED:
        raise ParameterError(f"{chapter}: {name} is set by --{name}, not as a parameter")
    if name not in own:
        names = [known for known in own if known not in RESERVED]
        hint = nearest(name, names) or f"; it has {', '.join(names) or 'none'}"
        raise ParameterError(f"{chapter} has no parameter {name!r}{hint}")
    default = own[name]
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    fits = default is None or type(value) is type(default)
    fits = fits or (isinstance(default, tuple) and isinstance(value, list))
    if not fits or value != value:
        raise ParameterError(
            f"{chapter}: parameter {name} takes {_EXPECTED.get(type(default), 'another value')} "
            f"(its own is {default!r}), not {value!r}"
        )
    return value
