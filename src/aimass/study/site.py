"""Staging the book: the pages of one edition in one folder, ready to be rendered.

An edition is a set of executed notebooks: those of a profile's build, or the reference edition's. Staging copies the book's pages,
weaves each chapter's present prose onto its outputs, draws the pages that come from the ledger, and lays out what each page offers
for download. It executes nothing. :mod:`aimass.study.render` makes HTML of it.
"""

import hashlib
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import yaml

from aimass.errors import ChapterError
from aimass.study import coverage
from aimass.study.claims import Registry, load_registry
from aimass.study.ledger import MIXED, Ledger, collect
from aimass.study.project import Project, section_key
from aimass.study.sitepages import glance_markdown, ledger_markdown, pagebar, run_text
from aimass.study.weave import weave_notebook

EDITIONS = ("small", "full", "reference")
OUTDATED = "the chapter's code has changed since"
PAGES = ("*.md", "*.bib", "_static/*")


@dataclass(frozen=True)
class Edition:
    """One set of executed notebooks.

    Attributes:
        name: ``small``, ``full`` or ``reference``.
        notebooks: chapter to executed notebook, in section order.
        ledger: what they say.
    """

    name: str
    notebooks: Mapping[str, Path]
    ledger: Ledger

    @property
    def badge(self) -> str:
        """The edition's name, ``mixed`` when its chapters ran with different profiles or not with the edition's own."""
        own = "full" if self.name == "reference" else self.name
        return self.name if self.ledger.profile == own else MIXED


def open_edition(project: Project, name: str) -> Edition:
    """Find and read an edition's executed notebooks.

    Raises:
        ChapterError: for another name, and when a notebook is missing or damaged. The reference edition holds the chapters that
            were put there; a profile's edition must hold all.
    """
    if name not in EDITIONS:
        raise ChapterError(f"no edition {name!r}; the editions are {', '.join(EDITIONS)}")
    folder = project.reference if name == "reference" else project.build(name) / "executed"
    found = {chapter: folder / f"{chapter}.ipynb" for chapter in project.chapters}
    missing = [chapter for chapter, path in found.items() if not path.is_file()]
    if name == "reference":
        found = {chapter: path for chapter, path in found.items() if chapter not in missing}
        if not found:
            raise ChapterError(f"{folder} holds no executed notebook; make them with `make reference`")
    elif missing:
        raise ChapterError(f"{folder} lacks {', '.join(missing)}; run `aimass run --profile {name}`")
    return Edition(name, found, collect(found.values()))


def stage(project: Project, edition: Edition, fragments: Mapping[str, str] | None = None) -> Path:
    """Lay out an edition's pages under ``build/NAME/site`` and return that folder.

    The folder is made beside its old self and takes its place when it is whole.

    Args:
        project: the study.
        edition: what to show.
        fragments: MyST text by name, made elsewhere; a page includes it as ``_generated/NAME.md``.
    """
    site = project.build(edition.name) / "site"
    new = site.with_name("site.new")
    shutil.rmtree(new, ignore_errors=True)
    _copy_pages(project.root / "book", new)
    outdated = {
        chapter for chapter in edition.notebooks if not _stage_chapter(project, edition, chapter, new)
    }
    _write(
        new / "_toc.yml",
        yaml.safe_dump(_contents(project.root / "book" / "_toc.yml", edition), sort_keys=False),
    )
    _draw(new, project, edition, load_registry())
    for name, text in (fragments or {}).items():
        _write(new / "_generated" / f"{name}.md", text)
    downloads = _lay_out_downloads(new, project)
    _write(new / "_config.yml", _configuration(project.root / "_config.yml", edition, downloads, outdated))
    shutil.rmtree(site, ignore_errors=True)
    new.rename(site)
    return site


def fingerprint(site: Path) -> str:
    """A hash over the names and contents of all files of a staged site."""
    digest = hashlib.sha256()
    for path in sorted(path for path in site.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(site).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _copy_pages(book: Path, site: Path) -> None:
    """The pages, the bibliography and the static files, without the reference edition."""
    for pattern in PAGES:
        for path in sorted(book.glob(pattern)):
            target = site / path.relative_to(book)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def _stage_chapter(project: Project, edition: Edition, chapter: str, site: Path) -> bool:
    """Stage a chapter: the present prose over the outputs of the run. Returns whether the run was of the present code.

    A reference run of older code is shown as it was, since the reference edition is rendered without executing anything.

    Raises:
        ChapterError: when the code differs in another edition.
    """
    executed = edition.notebooks[chapter]
    current = True
    try:
        notebook = weave_notebook(project.chapters[chapter], executed)
    except ChapterError:
        if edition.name != "reference":
            raise
        notebook, current = nbformat.read(executed, as_version=4), False
    target = site / "chapters" / f"{chapter}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)
    return current


def _contents(path: Path, edition: Edition) -> dict[str, Any]:
    """The table of contents with each ``glob`` replaced by the edition's chapters that match it.

    Raises:
        ChapterError: when a chapter has no place in it.
    """
    toc = yaml.safe_load(path.read_text(encoding="utf-8"))
    parts, placed = [], set()
    for part in toc["parts"]:
        entries = []
        for entry in part["chapters"]:
            if "glob" not in entry:
                entries.append(entry)
                continue
            pattern = entry["glob"].removeprefix("chapters/")
            names = sorted(
                (n for n in edition.notebooks if Path(n).match(pattern)), key=lambda n: (section_key(n), n)
            )
            entries += [{"file": f"chapters/{name}"} for name in names]
            placed.update(names)
        if entries:
            parts.append({**part, "chapters": entries})
    homeless = [name for name in edition.notebooks if name not in placed]
    if homeless:
        raise ChapterError(
            f"book/_toc.yml has no place for chapter {homeless[0]}; add a glob that matches it"
        )
    return {**toc, "parts": parts}


def _draw(site: Path, project: Project, edition: Edition, registry: Registry) -> None:
    """The pages' parts that come from the ledger and the code."""
    generated = site / "_generated"
    _write(generated / "glance.md", glance_markdown(edition.ledger, registry, "../"))
    _write(generated / "findings.md", glance_markdown(edition.ledger, registry, ""))
    _write(generated / "ledger.md", ledger_markdown(edition.ledger, registry))
    _write(
        generated / "coverage.md", coverage.to_markdown(coverage.matrix(project, registry, edition.ledger))
    )


def _lay_out_downloads(site: Path, project: Project) -> dict[str, list[tuple[str, str]]]:
    """For each page its notebook and its Markdown under ``_extra/downloads``; returns labels and addresses by page."""
    downloads = {}
    extra = site / "_extra" / "downloads"
    for page in sorted([*site.glob("*.md"), *site.glob("chapters/*.ipynb")]):
        name = (
            page.relative_to(site).with_suffix("").as_posix()
            if page.suffix == ".md"
            else f"chapters/{page.stem}"
        )
        base = extra / name
        base.parent.mkdir(parents=True, exist_ok=True)
        notebook, text = base.parent / f"{base.name}.ipynb", base.parent / f"{base.name}.md"
        if page.suffix == ".md":
            shutil.copyfile(page, text)
            _write(notebook, nbformat.writes(_page_as_notebook(page)))
        else:
            shutil.copyfile(page, notebook)
            shutil.copyfile(project.chapters[page.stem], text)
        downloads[name] = [
            (f.suffix, f"{{root}}{f.relative_to(site / '_extra').as_posix()}") for f in (notebook, text)
        ]
    return downloads


def _page_as_notebook(page: Path) -> nbformat.NotebookNode:
    """A page without code as a notebook, its cell ids from its text so that two stagings agree."""
    notebook = jupytext.read(page, fmt="md:myst")
    notebook.metadata.clear()
    for number, cell in enumerate(notebook.cells):
        cell["id"] = hashlib.sha256(f"{page.name}/{number}".encode()).hexdigest()[:12]
    return notebook


def _configuration(
    path: Path, edition: Edition, downloads: Mapping[str, list[tuple[str, str]]], outdated: Collection[str]
) -> str:
    """``_config.yml`` with the bar of each page in it."""
    configuration = yaml.safe_load(path.read_text(encoding="utf-8"))
    bars = {}
    for page, links in downloads.items():
        chapter = page.removeprefix("chapters/")
        entry = edition.ledger.chapters.get(chapter)
        if entry is None:
            bars[page] = pagebar(edition.badge, _edition_words(edition), links)
        else:
            words = [run_text(entry.provenance), *([OUTDATED] if chapter in outdated else [])]
            bars[page] = pagebar(entry.profile, "; ".join(filter(None, words)), links)
    configuration["sphinx"]["config"]["aimass_bars"] = bars
    return yaml.safe_dump(configuration, allow_unicode=True, sort_keys=False)


def _edition_words(edition: Edition) -> str:
    """What stands in the bar of a page that is no chapter."""
    if edition.badge == MIXED:
        told = ", ".join(f"{name} ({entry.profile})" for name, entry in edition.ledger.chapters.items())
        return f"this edition mixes profiles: {told}"
    return ""


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
