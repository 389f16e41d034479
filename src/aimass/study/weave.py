"""Put a chapter's present prose onto the outputs of its executed notebook, so that editing prose executes nothing."""

import hashlib
import sys
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from aimass.errors import AimassError, ChapterError
from aimass.study.outputs import write_atomically

INJECTED = "injected-parameters"


def weave_notebook(chapter: Path, executed: Path | NotebookNode) -> NotebookNode:
    """The chapter as a notebook with today's prose and the outputs of its last execution.

    The code cells are matched in order. The cell of parameters that the runner injected stays, folded, after the chapter's own.
    Cell ids are derived from place and content, so that the same inputs give the same bytes.

    Args:
        chapter: path of the Jupytext notebook.
        executed: the executed notebook, or its path.

    Returns:
        A notebook; its metadata are the executed one's.

    Raises:
        ChapterError: if the code differs from the code that was executed.
    """
    woven = jupytext.read(chapter)
    ran = executed if isinstance(executed, NotebookNode) else nbformat.read(executed, as_version=4)
    cells = [cell for cell in ran.cells if cell.cell_type == "code"]
    injected = [cell for cell in cells if INJECTED in cell.metadata.get("tags", [])]
    outputs = [cell for cell in cells if cell not in injected]
    code = [cell for cell in woven.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, start=1):
        if number > len(outputs) or outputs[number - 1].source != cell.source:
            raise ChapterError(
                f"{chapter.name}: code cell {number} is not the one that was executed; run the chapter again"
            )
        cell.outputs = outputs[number - 1].outputs
        cell.execution_count = outputs[number - 1].execution_count
    if len(outputs) > len(code):
        raise ChapterError(
            f"{chapter.name}: {len(outputs)} code cells were executed, {len(code)} are left; run the chapter again"
        )
    _insert(woven.cells, injected)
    woven.metadata = {**ran.metadata, "jupytext": woven.metadata.get("jupytext", {})}
    for place, cell in enumerate(woven.cells):
        cell.id = hashlib.sha256(f"{place}\0{cell.source}".encode()).hexdigest()[:8]
    woven.nbformat, woven.nbformat_minor = 4, 5
    return woven


def _insert(cells: list[NotebookNode], injected: list[NotebookNode]) -> None:
    """Put the injected cell behind the chapter's parameters, hidden behind a button."""
    for cell in injected:
        cell.metadata["tags"] = sorted({*cell.metadata.get("tags", []), "hide-input"})
        place = next((i for i, c in enumerate(cells) if "parameters" in c.metadata.get("tags", [])), -1)
        cells.insert(place + 1, cell)


def main(arguments: list[str]) -> int:
    """Entry of ``python -m aimass.study.weave CHAPTER.md EXECUTED.ipynb OUTPUT.ipynb``."""
    chapter, executed, output = map(Path, arguments)
    try:
        woven = weave_notebook(chapter, executed)
        write_atomically(output, (nbformat.writes(woven) + "\n").encode("utf-8"))
    except AimassError as error:
        print(f"aimass: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
