"""Where the study's files lie: chapters, builds, the reference edition."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from aimass.errors import ChapterError

PROFILES = ("small", "full")

_CHAPTER_FILE = re.compile(r"^(\d+(?:\.\d+)*)_[a-z0-9_]+$")


def find_root() -> Path:
    """The study's root folder, which holds ``chapters/`` and ``_config.yml``.

    Looked for in the environment variable ``AIMASS_ROOT``, then in the working directory and the folders above it, then
    where the package's own source tree lies (an editable install).

    Raises:
        ChapterError: when ``AIMASS_ROOT`` is no such folder, or none is found.
    """
    named = os.environ.get("AIMASS_ROOT")
    if named:
        root = Path(named).expanduser().resolve()
        if not (root / "chapters").is_dir():
            raise ChapterError(
                f"AIMASS_ROOT={named} has no chapters/ folder; name the study's root folder or unset it"
            )
        return root
    here = Path.cwd().resolve()
    for folder in (here, *here.parents):
        if _is_root(folder):
            return folder
    source_tree = Path(__file__).resolve().parents[3]
    if _is_root(source_tree):
        return source_tree
    raise ChapterError(
        f"no study found in {here} or above it (a folder with chapters/ and _config.yml); "
        "change into the study's folder or set AIMASS_ROOT"
    )


def _is_root(folder: Path) -> bool:
    return (folder / "chapters").is_dir() and (folder / "_config.yml").is_file()


def section_key(name: str) -> tuple[int, ...]:
    """The sort key of a chapter or section name: ``"2.10_x"`` gives ``(2, 10)``."""
    return tuple(int(part) for part in re.match(r"\d+(?:\.\d+)*", name).group().split("."))  # type: ignore[union-attr]


@dataclass(frozen=True)
class Project:
    """The study's folders, from its root."""

    root: Path

    @property
    def chapters(self) -> dict[str, Path]:
        """Chapter name to its ``.md`` file, ordered by section number."""
        files = (self.root / "chapters").glob("*.md")
        return {path.stem: path for path in _by_section(p for p in files if _CHAPTER_FILE.match(p.stem))}

    @property
    def reference(self) -> Path:
        """The reference edition's folder."""
        return self.root / "book" / "reference"

    def build(self, profile: str) -> Path:
        """The folder that a profile's run writes into."""
        return self.root / "build" / profile

    def full_parameters(self, chapter: str) -> dict[str, Any]:
        """The full profile's overrides for one chapter, from ``chapters/full.yml`` (empty when it names none).

        Raises:
            ChapterError: when the file is not a mapping from chapters to parameters.
        """
        path = self.root / "chapters" / "full.yml"
        if not path.is_file():
            return {}
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        except yaml.YAMLError as error:
            raise ChapterError(f"chapters/full.yml is not YAML: {' '.join(str(error).split())}") from None
        if not isinstance(content, dict) or not isinstance(content.get(chapter) or {}, dict):
            raise ChapterError("chapters/full.yml must map each chapter to a mapping of parameters")
        return dict(content.get(chapter) or {})

    def header(self, chapter: str) -> dict[str, Any]:
        """The ``aimass:`` mapping of a chapter's YAML front matter (budget, titles); empty when there is none.

        Raises:
            ChapterError: when the front matter is not YAML.
        """
        path = self.chapters.get(chapter)
        if path is None:
            return {}
        match = re.match(r"\A---\n(.*?)\n---\n", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        if match is None:
            return {}
        try:
            matter = yaml.safe_load(match.group(1)) or {}
        except yaml.YAMLError as error:
            raise ChapterError(
                f"the front matter of {path.name} is not YAML: {' '.join(str(error).split())}"
            ) from None
        return dict(matter.get("aimass") or (matter.get("jupyter") or {}).get("aimass") or {})


def _by_section(paths: Iterable[Path]) -> list[Path]:
    return sorted(paths, key=lambda path: (section_key(path.stem), path.stem))
