"""What the outputs of a chapter are made of: data as CSV, cells of a table, files written whole, the place of a cell."""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aimass.errors import ChapterError, ParameterError

if TYPE_CHECKING:
    import pandas as pd

MAX_DATA = 2_000_000  # characters of CSV: beyond that a page is a burden


def tidy_csv(frame: "pd.DataFrame", what: str) -> str:
    """A frame as CSV with ``\\n`` line ends; its index goes along when it has a name.

    Raises:
        ParameterError: when it is no frame, empty, or more than two million characters.
    """
    import pandas as pd

    if not isinstance(frame, pd.DataFrame) or frame.empty:
        raise ParameterError(f"{what}: data must be a pandas DataFrame with rows, the numbers that are shown")
    csv = _with_index(frame).to_csv(index=False, lineterminator="\n")
    if len(csv) > MAX_DATA:
        raise ParameterError(
            f"{what}: {len(csv):,} characters of data; give the numbers shown, at most {MAX_DATA:,}"
        )
    return csv


def _with_index(frame: "pd.DataFrame") -> "pd.DataFrame":
    return frame.reset_index() if any(name is not None for name in frame.index.names) else frame


def table_cells(
    frame: "pd.DataFrame", name: str, format: str | Mapping[str, str] | None
) -> tuple[list[str], list[list[str]], set[int]]:
    """Header, rows of text, and the positions of the numeric columns of a frame.

    Raises:
        ParameterError: for a format that names no column or formats no number.
    """
    import pandas as pd

    shown = _with_index(frame)
    header = [str(column) for column in shown.columns]
    by_column = format if isinstance(format, Mapping) else {}
    unknown = [column for column in by_column if column not in header]
    if unknown:
        raise ParameterError(
            f"table {name!r}: format for {unknown[0]!r}, but the columns are {', '.join(header)}"
        )
    default = format if isinstance(format, str) else ".3f"
    numeric = {n for n in range(len(header)) if pd.api.types.is_numeric_dtype(shown.iloc[:, n].dtype)}

    def text(value: Any, column: str) -> str:
        if not pd.api.types.is_scalar(value):
            return str(value)
        if pd.isna(value):
            return "\N{EN DASH}"
        spec = by_column.get(column)
        if spec is None:
            spec = default if pd.api.types.is_float(value) else ""
        try:
            return (
                f"{value:{spec}}".replace("-", "\N{MINUS SIGN}")
                if pd.api.types.is_number(value)
                else str(value)
            )
        except ValueError:
            raise ParameterError(
                f"table {name!r}: {spec!r} does not format {value!r} of column {column!r}"
            ) from None

    rows = [[text(value, column) for value, column in zip(row, header, strict=True)] for row in _rows(shown)]
    return header, rows, numeric


def _rows(frame: "pd.DataFrame") -> list[tuple[Any, ...]]:
    return list(frame.itertuples(index=False, name=None))


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, with the folders above it.

    Raises:
        ChapterError: when the place can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.chmod(partial, 0o644)
            os.replace(partial, path)
        except BaseException:
            Path(partial).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ChapterError(
            f"can't write {path} ({error.strerror or error}); free space or set AIMASS_RUN_DIR"
        ) from None


def cell_place() -> tuple[str, int, tuple[str, ...]]:
    """The notebook cell now running: what identifies it, its execution count, and the sources of all cells run so far.

    A front end's cell id identifies it where there is one, its source otherwise. Outside IPython all three are empty.
    """
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        return "", 0, ()
    history = tuple(shell.user_ns.get("In", ()))
    parent = getattr(shell, "parent_header", None) or {}
    identity = (parent.get("metadata") or {}).get("cellId") or (history[-1] if history else "")
    return str(identity), int(shell.execution_count), history


@cache
def package_digest() -> str:
    """SHA-256 of the package's Python sources, names included."""
    digest = hashlib.sha256()
    root = Path(str(resources.files("aimass")))
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
