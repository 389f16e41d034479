"""Keep a finished run of the full profile as the reference edition, which is committed."""

from pathlib import Path

from aimass.errors import ChapterError
from aimass.study.ledger import Ledger, collect
from aimass.study.outputs import write_atomically
from aimass.study.project import Project
from aimass.study.run import make_plan
from aimass.study.status import is_fresh, statuses


def take_back(project: Project, device: str = "auto") -> list[str]:
    """Put chapters of the reference edition that are still fresh where a full run looks for them, unless it has them already.

    So a new chapter joins the edition without the others being run again. What counts as fresh is what does so everywhere: code, parameters,
    modules, data, lock and device are those of the run that the edition keeps.

    Args:
        project: the study.
        device: ``auto``, ``cpu`` or ``gpu``, as the run will be asked for.

    Returns:
        The chapters that were taken.
    """
    plan = make_plan(project, "full", device=device)
    taken = []
    for held in statuses(project, plan, executed=project.reference):
        job = plan["chapters"][held.chapter]
        if held.state != "fresh" or is_fresh(job):
            continue
        pictures = sorted((project.reference / "figures" / held.chapter).glob("*.png"))
        for picture in pictures:
            place = project.build("full") / "figures" / held.chapter / picture.name
            write_atomically(place, picture.read_bytes())
        write_atomically(Path(job["executed"]), (project.reference / f"{held.chapter}.ipynb").read_bytes())
        taken.append(held.chapter)
    return taken


def keep(project: Project, device: str = "auto") -> list[str]:
    """Put the executed notebooks of the full profile, their ledger and their figures into ``book/reference``.

    All chapters go in together, each of them fresh, or none does: the edition never holds results of code that is no more, and never
    those of the small profile.

    Args:
        project: the study.
        device: ``auto``, ``cpu`` or ``gpu``, as the run was asked for.

    Returns:
        The chapters that were kept.

    Raises:
        ChapterError: when a chapter is not fresh, or ran in another profile; nothing is written then.
    """
    plan = make_plan(project, "full", device=device)
    unfit = [
        f"{found.chapter} is {found.state}" for found in statuses(project, plan) if found.state != "fresh"
    ]
    if unfit:
        raise ChapterError(
            f"not kept as the reference edition: {', '.join(unfit)}; run `aimass run --profile full --reference`"
        )
    executed = {name: Path(job["executed"]) for name, job in plan["chapters"].items()}
    ledger = collect(executed.values())
    if ledger.profile != "full":
        raise ChapterError(
            f"the run's profile is {ledger.profile}; only a full one can be the reference edition"
        )
    contents = {f"{name}.ipynb": path.read_bytes() for name, path in executed.items()}
    contents["ledger.json"] = ledger.to_json().encode("utf-8")
    contents |= _figures(project.build("full") / "figures", ledger)
    for name, content in contents.items():
        write_atomically(project.reference / name, content)
    for path in [*project.reference.glob("*.ipynb"), *project.reference.glob("figures/*/*.png")]:
        if path.relative_to(project.reference).as_posix() not in contents:
            path.unlink()
    return list(executed)


def _figures(folder: Path, ledger: Ledger) -> dict[str, bytes]:
    """The pictures of all chapters, for pages outside the book: path in the edition to content."""
    names = [
        f"{chapter}/{figure}.png" for chapter, entry in ledger.chapters.items() for figure in entry.figures
    ]
    try:
        return {f"figures/{name}": (folder / name).read_bytes() for name in names}
    except OSError as error:
        raise ChapterError(
            f"not kept as the reference edition: {error.filename} can't be read ({error.strerror})"
        ) from None
