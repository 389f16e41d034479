"""The MIME types by which a chapter's outputs carry their numbers, and the one way to show an output.

Every output of :class:`aimass.study.Chapter` is a display bundle of ``text/html`` (the reader's view), ``text/plain`` (a
terminal's) and one of the types below (JSON, for the ledger). The executed notebook is thereby the record of the run.
"""

import json
from collections.abc import Mapping
from typing import Any

CHAPTER = "application/vnd.aimass.chapter+json"
CLAIM = "application/vnd.aimass.claim+json"
NUMBER = "application/vnd.aimass.number+json"
FIGURE = "application/vnd.aimass.figure+json"
TABLE = "application/vnd.aimass.table+json"
PROVENANCE = "application/vnd.aimass.provenance+json"

ALL = (CHAPTER, CLAIM, NUMBER, FIGURE, TABLE, PROVENANCE)

# What MyST-NB looks for when a page says {glue:}`name`: an output whose metadata name it, its types behind this prefix so
# that the page does not show the output where it was made. (Written here rather than imported: myst_nb.glue loads Sphinx.)
GLUE_PREFIX = "application/papermill.record/"


def show(html: str, text: str, mime: str, record: Mapping[str, Any]) -> None:
    """Display one output: HTML for the page, ``text`` for a terminal, ``record`` as JSON under ``mime``.

    Outside IPython ``text`` is printed. Raises ``ValueError`` when ``record`` is not strict JSON (NaN or infinity in it).
    """
    _display({"text/html": html, "text/plain": text, mime: _strict(record)}, {}, text)


def show_glued(name: str, html: str, text: str, record: Mapping[str, Any]) -> None:
    """Leave a number that a page's prose can quote as ``{glue:}`name```; JupyterLab shows ``name = text``, the book nothing.

    Args:
        name: the key for the ``glue`` role, unique on the page.
        html: what stands in the prose.
        text: the same in plain text.
        record: JSON under :data:`NUMBER`.
    """
    line = f"{name} = {text}"
    bundle = {
        "text/plain": line,
        NUMBER: _strict(record),
        GLUE_PREFIX + "text/html": html,
        GLUE_PREFIX + "text/plain": text,
    }
    _display(bundle, {"scrapbook": {"name": name, "mime_prefix": GLUE_PREFIX}}, line)


def _strict(record: Mapping[str, Any]) -> dict[str, Any]:
    """``record`` as plain JSON values, exactly as the notebook file will hold them."""
    return json.loads(json.dumps(record, allow_nan=False))


def _display(bundle: dict[str, Any], metadata: dict[str, Any], line: str) -> None:
    from IPython import get_ipython
    from IPython.display import display

    if get_ipython() is None:
        print(line)
    else:
        display(bundle, raw=True, metadata=metadata)
