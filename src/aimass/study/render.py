"""Rendering a staged site to HTML, and looking at the result before anyone else does.

Warnings are errors. Pages without outputs, missing pages and dead links within the book are errors, too. The HTML takes its place only
when it passed, so that a reader never meets half a book; a site that was rendered before is not rendered again.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit

from aimass.errors import ChapterError
from aimass.study.site import fingerprint

_RENDERERS = ("aimass", "jupyter-book", "myst-nb", "sphinx", "sphinx-book-theme")
_FINDING = re.compile(r"WARNING|ERROR|Error: \S")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_OUTPUT = "cell_output"
_JUPYTER_BOOK = "import sys; from jupyter_book.cli.main import main; sys.exit(main())"


@dataclass(frozen=True)
class Rendered:
    """A rendered book: its first page, and whether it had to be rendered anew."""

    index: Path
    fresh: bool


def render(site: Path) -> Rendered:
    """Render a staged site into the folder ``html`` beside it, unless that was made from the very same site.

    Raises:
        ChapterError: when rendering warns or fails, or when the pages are not whole; the message names the first findings and the
            log.
    """
    html, stamp = site.with_name("html"), site.with_name("html.stamp")
    key = f"{fingerprint(site)} {_versions()}\n"
    if (html / "index.html").is_file() and stamp.is_file() and stamp.read_text(encoding="utf-8") == key:
        return Rendered(html / "index.html", fresh=False)
    stamp.unlink(missing_ok=True)
    new = site.with_name("html.new")
    shutil.rmtree(new, ignore_errors=True)
    _run_jupyter_book(site, new, site.with_name("render.log"))
    pages = new / "_build" / "html"
    found = problems(pages, [path.stem for path in sorted((site / "chapters").glob("*.ipynb"))])
    if found:
        raise ChapterError(f"the rendered book is not whole: {_first(found)}")
    shutil.rmtree(html, ignore_errors=True)
    pages.rename(html)
    shutil.rmtree(new, ignore_errors=True)
    stamp.write_text(key, encoding="utf-8")
    return Rendered(html / "index.html", fresh=True)


def check_links(site: Path) -> list[str]:
    """Try every outward link of a staged site; returns one line for each that is broken. Needs the network."""
    new = site.with_name("links")
    shutil.rmtree(new, ignore_errors=True)
    try:
        _run_jupyter_book(site, new, site.with_name("links.log"), "--builder", "linkcheck")
    except ChapterError:
        output = next(new.rglob("output.txt"), None)
        lines = output.read_text(encoding="utf-8").splitlines() if output else []
        broken = [line for line in lines if "[broken]" in line]
        if not broken:
            raise
        return broken
    return []


def problems(html: Path, chapters: Iterable[str]) -> list[str]:
    """What is wrong with rendered pages: a chapter without a page or without outputs, a link that leads nowhere."""
    found = []
    for chapter in chapters:
        path = html / "chapters" / f"{chapter}.html"
        if not path.is_file():
            found.append(f"chapter {chapter} has no page")
        elif _OUTPUT not in path.read_text(encoding="utf-8"):
            found.append(f"the page of chapter {chapter} shows no output")
    pages = {
        path.resolve(): _read(path) for path in sorted(html.rglob("*.html")) if "_static" not in path.parts
    }
    for path, page in pages.items():
        found += [f"{path.relative_to(html.resolve())}: {why}" for why in _dead_links(path, page, pages)]
    return found


@dataclass
class _Page(HTMLParser):
    """The anchors and the links of one page."""

    anchors: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note ids, and addresses of pages, pictures, scripts and styles."""
        for name, value in attrs:
            if not value:
                continue
            if name == "id" or (name == "name" and tag == "a"):
                self.anchors.add(value)
            elif name in ("href", "src") and tag in ("a", "img", "script", "link", "source"):
                self.links.add(value)


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _dead_links(path: Path, page: _Page, pages: dict[Path, _Page]) -> Iterable[str]:
    for link in sorted(page.links):
        parts = urlsplit(link)
        if parts.scheme or parts.netloc or (not parts.path and not parts.fragment):
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if not target.exists():
            yield f"dead link to {link}"
        elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
            yield f"dead link to {link}: no such place on that page"


def _run_jupyter_book(site: Path, target: Path, log: Path, *options: str) -> None:
    """Run Jupyter Book with warnings as errors; its words go to ``log``."""
    command = [sys.executable, "-c", _JUPYTER_BOOK, "build", str(site), "--config", str(site / "_config.yml")]
    command += [
        "--toc",
        str(site / "_toc.yml"),
        "--path-output",
        str(target),
        "-W",
        "-n",
        "--keep-going",
        *options,
    ]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    run = subprocess.run(command, cwd=site, env=environment, capture_output=True, text=True, check=False)
    said = _COLOUR.sub("", run.stdout + run.stderr)
    log.write_text(said, encoding="utf-8")
    if run.returncode:
        lines = said.splitlines()
        told = [line.strip().replace(f"{site}{os.sep}", "") for line in lines if _FINDING.search(line)]
        raise ChapterError(
            f"the book does not render: {_first(list(dict.fromkeys(told)))} (all of it: {log})"
        )


def _first(lines: list[str], limit: int = 5) -> str:
    rest = f" and {len(lines) - limit} more" if len(lines) > limit else ""
    return "; ".join(lines[:limit]) + rest


def _versions() -> str:
    return " ".join(f"{name}={metadata.version(name)}" for name in _RENDERERS)
