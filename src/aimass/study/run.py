"""Run the chapters that need it: a plan of all that each depends on, and Snakemake to carry it out.

The plan (``build/PROFILE/plan.json``) holds each chapter's parameters, fingerprint and places. Whether a chapter is fresh is read from the
stamp in its executed notebook alone; Snakemake executes those that are not, so many at a time, here or elsewhere.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from aimass.errors import ChapterError, ParameterError
from aimass.study.claims import nearest
from aimass.study.environment import device_class, require_room, threads
from aimass.study.execute import shown, time_limit
from aimass.study.fingerprint import combined, digest, fingerprint
from aimass.study.imports import Package
from aimass.study.outputs import write_atomically
from aimass.study.parameters import effective
from aimass.study.progress import Going, follower
from aimass.study.project import PROFILES, Project, section_key
from aimass.study.status import finished_stamp, is_fresh, last_seconds, read_progress, remember_seconds
from aimass.study.workflow import snakemake


@dataclass(frozen=True)
class Outcome:
    """What became of one chapter: ``ran``, ``fresh`` or ``failed``; seconds of its last run; why it failed."""

    chapter: str
    state: str
    seconds: float | None
    executed: Path
    failure: str = ""


def choose(project: Project, asked: Sequence[str]) -> list[str]:
    """The chapters that names, section numbers or unique beginnings mean; all of them for none.

    Raises:
        ChapterError: for an unknown or ambiguous name, with the near miss.
    """
    known = list(project.chapters)
    chosen = []
    for name in asked:
        name = Path(name).stem if name.endswith(".md") else name
        exact = [c for c in known if c == name or c.split("_")[0] == name]
        matches = exact or [c for c in known if c.startswith(name)]
        if len(matches) > 1:
            raise ChapterError(f"chapter {name!r} may be {' or '.join(matches)}; give more of its name")
        if not matches:
            near = get_close_matches(name, known, 1, 0.4)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            raise ChapterError(f"no chapter {name!r}; {hint}")
        chosen += matches
    return sorted(set(chosen), key=lambda c: (section_key(c), c)) or known


def make_plan(
    project: Project,
    profile: str,
    chapters: Sequence[str] | None = None,
    *,
    device: str = "auto",
    overrides: Mapping[str, str] | None = None,
    data: str | None = None,
) -> dict[str, Any]:
    """All that a run needs to know; nothing is written.

    Args:
        project: the study.
        profile: ``small`` or ``full``.
        chapters: names; all if None.
        device: ``auto``, ``cpu`` or ``gpu``.
        overrides: parameters of the user's own, name to text, which every chapter chosen must have. They make a run of its own,
            beside the edition, unless they are what the profile has anyway.
        data: a mirror of the real corpora.

    Raises:
        AimassError: for an unknown profile, parameter or device.
    """
    if profile not in PROFILES:
        raise ParameterError(
            f"no profile {profile!r}; use {' or '.join(PROFILES)}{nearest(profile, PROFILES)}"
        )
    names = list(chapters) if chapters is not None else list(project.chapters)
    if not names:
        raise ChapterError(f"{project.root / 'chapters'} holds no chapters")
    kind = device_class(device)
    parameters = {name: effective(project, name, profile, kind, overrides) for name in names}
    changed = _changed(project, profile, kind, parameters) if overrides else {}
    folder = project.build(
        f"{profile}-custom-{digest(json.dumps(changed, sort_keys=True))[:8]}" if changed else profile
    )
    plan: dict[str, Any] = {
        "root": str(project.root),
        "folder": str(folder),
        "profile": profile,
        "device": kind,
        "threads": threads(),
        "data": str(Path(data or os.environ["AIMASS_DATA"]).absolute())
        if data or os.environ.get("AIMASS_DATA")
        else "",
        "chapters": {},
    }
    package = Package()
    for name in names:
        print_ = fingerprint(project, name, parameters[name], kind, package)
        budget = _budget(project, name, profile)
        plan["chapters"][name] = {
            "name": name,
            "source": str(project.chapters[name]),
            "parameters": parameters[name],
            "injected": _injected(project, name, profile, changed, parameters[name]),
            "fingerprint": print_,
            "hash": combined(print_),
            "budget": budget,
            "limit": time_limit(budget),
            "log": str(folder / "logs" / f"{name}.ipynb"),
            "executed": str(folder / "executed" / f"{name}.ipynb"),
            "progress": str(folder / "logs" / f"{name}.progress.json"),
            "failure": str(folder / "logs" / f"{name}.failure.txt"),
        }
    return plan


def write_plan(plan: Mapping[str, Any]) -> Path:
    """Keep a plan in its folder, where Snakemake reads it; returns the file."""
    path = Path(plan["folder"]) / "plan.json"
    write_atomically(path, json.dumps(plan, indent=1, ensure_ascii=False).encode("utf-8"))
    return path


def _budget(project: Project, name: str, profile: str) -> dict[str, float]:
    """The seconds and gigabytes that a chapter states for a profile; may be empty."""
    stated = (project.header(name).get("budget") or {}).get(profile) or {}
    if not isinstance(stated, dict) or not all(isinstance(value, int | float) for value in stated.values()):
        raise ChapterError(
            f"chapter {name}: its front matter's budget.{profile} must map seconds and memory_gb to numbers"
        )
    return dict(stated)


def _changed(
    project: Project, profile: str, kind: str, parameters: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """The user's parameters that are not what the profile has anyway."""
    changed = {}
    for name, values in parameters.items():
        usual = effective(project, name, profile, kind)
        changed.update({key: value for key, value in values.items() if value != usual[key]})
    return changed


def _injected(
    project: Project, name: str, profile: str, changed: Mapping[str, Any], parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """What papermill puts over the chapter's own parameters: the user's, and in the full profile that profile's."""
    names = set(changed)
    if profile == "full":
        names |= {"profile", *project.full_parameters(name)}
    return {key: value for key, value in parameters.items() if key in names}


def run(project: Project, plan: Mapping[str, Any], *, jobs: int = 2, force: bool = False) -> list[Outcome]:
    """Carry a plan out, and tell the progress on standard output.

    Args:
        project: the study.
        plan: from :func:`make_plan`.
        jobs: chapters at a time.
        force: run also what is fresh.

    Returns:
        One outcome a chapter, in order. A failed chapter does not keep others from finishing.

    Raises:
        ChapterError: if the folder can't be written, the disk is full, or another run is at work there.
        DataError: if a corpus that a chapter of the full profile loads is not here and can't be fetched.
    """
    stale = [name for name, job in plan["chapters"].items() if force or not is_fresh(job)]
    ended: dict[str, Going] = {}
    if stale:
        _have_corpora(plan, stale)
        folder = Path(plan["folder"])
        for place in ("logs", "executed"):
            require_room(folder / place)
        with _alone(folder):
            write_plan(plan)
            for name in stale:
                for kind in ("executed", "failure", "progress", "log"):
                    Path(plan["chapters"][name][kind]).unlink(missing_ok=True)
            talk = folder / "logs" / "snakemake.log"
            with snakemake(plan, stale, jobs, talk) as child:
                ended = _follow(project, plan, stale, child)
    return [_outcome(project, plan, name, name in stale, ended) for name in plan["chapters"]]


def _outcome(
    project: Project, plan: Mapping[str, Any], name: str, ran: bool, ended: Mapping[str, Going]
) -> Outcome:
    """What became of one chapter, by what lies in the folder now."""
    job = plan["chapters"][name]
    executed = Path(job["executed"])
    if not ran:
        return Outcome(name, "fresh", last_seconds(project, plan, name), executed)
    if not is_fresh(job):
        seconds = ended[name].seconds if name in ended else None
        return Outcome(name, "failed", seconds, executed, _failure(plan, name))
    provenance = (finished_stamp(executed) or {})["provenance"]
    remember_seconds(project, plan, name, provenance["seconds"])
    return Outcome(name, "ran", provenance["seconds"] - provenance.get("resumed_seconds", 0.0), executed)


def _failure(plan: Mapping[str, Any], name: str) -> str:
    job = plan["chapters"][name]
    told, log = Path(job["failure"]), Path(job["log"])
    if told.is_file():
        return told.read_text(encoding="utf-8")
    partial = f"; the partial notebook is {shown(log, plan['root'])}" if log.is_file() else ""
    talk = shown(Path(plan["folder"]) / "logs" / "snakemake.log", plan["root"])
    return f"chapters/{name}.md failed: its process was ended from outside{partial}; see {talk}"


def _have_corpora(plan: Mapping[str, Any], chapters: Sequence[str]) -> None:
    """Fetch what the full profile needs and is not here, before anything runs. The chapters verify what is here when they read it."""
    if plan["profile"] != "full":
        return
    from aimass.data import fetch, registry

    for name in sorted(
        {corpus for chapter in chapters for corpus in plan["chapters"][chapter]["fingerprint"]["data"]}
    ):
        entry = registry.get(name)
        if any(fetch.locate(source, plan["data"] or None) is None for source in entry.files):
            fetch.read(entry, data_dir=plan["data"] or None)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder; a lock that a killed run left behind is no lock."""
    with (folder / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ChapterError(f"another run is at work in {folder}; wait for it, or end it") from None
        yield


def _follow(project: Project, plan: Mapping[str, Any], stale: Sequence[str], child: Any) -> dict[str, Going]:
    """Tell what runs until Snakemake ends; returns the chapters that were seen."""
    going: dict[str, Going] = {}
    with follower() as view:
        while True:
            over = child.poll() is not None
            for name in stale:
                _look(project, plan, name, going)
            view.show(list(going.values()), len(stale) - len(going))
            if over:
                return going
            time.sleep(0.2)


def _look(project: Project, plan: Mapping[str, Any], name: str, going: dict[str, Going]) -> None:
    """Bring up to date what is known of one chapter."""
    job = plan["chapters"][name]
    told = read_progress(job)
    if told and name not in going:
        going[name] = Going(name, time.monotonic(), last_seconds(project, plan, name))
    if name not in going or going[name].end:
        return
    if told:
        going[name].update(told)
    elif Path(job["failure"]).is_file():
        going[name].end = "failed"
    elif Path(job["executed"]).is_file():
        going[name].end = "done"
