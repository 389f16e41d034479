"""Where a run is found: a ledger's file, a folder of executed notebooks, or the words `small`, `full` and `reference`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aimass.errors import ChapterError

from .ledger import Ledger, collect_sound, load
from .notebooks import find_notebooks
from .project import Project

WORDS = ("small", "full", "reference")


@dataclass(frozen=True)
class Source:
    """A run that was read.

    Attributes:
        label: what the user called it.
        ledger: what its sound notebooks say.
        damaged: one line for each notebook that is missing or can't be believed.
        required_profile: the profile that every chapter must have for the place it was found in; None where any may be.
    """

    label: str
    ledger: Ledger
    damaged: tuple[str, ...] = ()
    required_profile: str | None = None


def open_source(name: str, project: Project | None, complete: bool = True) -> Source:
    """Read the run called `name`.

    Args:
        name: `small`, `full` (the build of that profile), `reference` (the committed edition), a ledger's JSON file, one
            executed notebook, or a directory of executed notebooks (a build directory with `executed/` in it will do).
        project: the project that the words refer to. None where none was found: then the words are an error, and paths are
            read all the same.
        complete: whether every chapter of the project must have its notebook, where `name` is a word.

    Raises:
        ChapterError: if there is nothing of that name. Damaged notebooks do not raise, they are listed in the result.
    """
    if name in WORDS:
        if project is None:
            raise ChapterError(
                f"{name!r} names a run of a project, but no project was found here; give a path instead"
            )
        folder = project.reference if name == "reference" else project.build(name) / "executed"
        profile = "full" if name == "reference" else name
        return _read_folder(name, folder, list(project.chapters) if complete else (), profile)
    path = Path(name)
    if path.is_dir():
        inner = path / "executed"
        return _read_folder(name, inner if inner.is_dir() else path)
    if path.suffix == ".ipynb":
        ledger, errors = collect_sound([path])
        return Source(name, ledger, tuple(str(error) for error in errors))
    if path.is_file():
        return Source(name, load(path))
    raise ChapterError(
        f"{name}: no such run; give {', '.join(WORDS)}, a ledger.json, a notebook, or a directory of executed notebooks"
    )


def _read_folder(
    label: str, folder: Path, chapters: Sequence[str] = (), required_profile: str | None = None
) -> Source:
    """All notebooks in `folder`; each name in `chapters` must be among them."""
    paths = find_notebooks(folder)
    if not paths and (folder / "ledger.json").is_file():
        return Source(label, load(folder / "ledger.json"), (), required_profile)
    if not paths and not chapters:
        raise ChapterError(f"{folder}: no executed notebook in it; run the chapters first (`aimass run`)")
    ledger, errors = collect_sound(paths)
    damaged = [str(error) for error in errors]
    stems = {path.stem for path in paths}
    damaged += [
        f"{folder / chapter}.ipynb: no executed notebook of chapter {chapter}; run it first (`aimass run {chapter}`)"
        for chapter in chapters
        if chapter not in ledger.chapters and chapter not in stems
    ]
    damaged += [
        f"{folder / chapter}.ipynb: damaged notebook: it holds another chapter; run the chapter again"
        for chapter in chapters
        if chapter not in ledger.chapters
        and chapter in stems
        and not any(f"{chapter}.ipynb" in line for line in damaged)
    ]
    return Source(label, ledger, tuple(damaged), required_profile)
