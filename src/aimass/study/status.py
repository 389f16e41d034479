"""The state of each chapter: fresh, stale and why, running, interrupted, failed, or never run."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aimass.study import mime
from aimass.study.environment import alive
from aimass.study.fingerprint import combined, reasons
from aimass.study.outputs import write_atomically
from aimass.study.project import Project


@dataclass(frozen=True)
class Status:
    """One chapter's state.

    Attributes:
        chapter: its name.
        state: ``fresh``, ``stale``, ``running``, ``interrupted``, ``failed`` or ``never run``.
        why: what made it stale, how it failed, or where it is.
        seconds, peak_memory_gb: of its last finished run, if that is known.
        budget: the seconds and gigabytes that the chapter states.
    """

    chapter: str
    state: str
    why: tuple[str, ...]
    seconds: float | None
    peak_memory_gb: float | None
    budget: Mapping[str, float]


def finished_stamp(executed: Path) -> dict[str, Any] | None:
    """The runner's stamp in an executed notebook; None if there is no finished one."""
    try:
        stamp = json.loads(executed.read_text(encoding="utf-8"))["metadata"]["aimass"]
        return stamp if stamp["status"] == "finished" and isinstance(stamp["fingerprint"], dict) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_fresh(job: Mapping[str, Any]) -> bool:
    """Whether a plan's chapter has a finished notebook of this very plan."""
    stamp = finished_stamp(Path(job["executed"]))
    return stamp is not None and combined(stamp["fingerprint"]) == job["hash"]


def outcomes(executed: Path) -> dict[str, str] | None:
    """The claims that an executed notebook made, each with its outcome; None if it can't be read."""
    try:
        cells = json.loads(executed.read_text(encoding="utf-8"))["cells"]
        bundles = [output.get("data", {}) for cell in cells for output in cell.get("outputs", ())]
        claims = [bundle[mime.CLAIM] for bundle in bundles if mime.CLAIM in bundle]
        return {claim["id"]: claim["outcome"] for claim in claims}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def read_progress(job: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the process that executes a chapter last told; None if none does."""
    try:
        return dict(json.loads(Path(job["progress"]).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def statuses(project: Project, plan: Mapping[str, Any], executed: Path | None = None) -> list[Status]:
    """The state of every chapter of a plan.

    Args:
        project: the study.
        plan: from :func:`aimass.study.run.make_plan`.
        executed: a folder of executed notebooks, if not the plan's own (the reference edition's).
    """
    found = []
    for name, job in plan["chapters"].items():
        stamp = finished_stamp((executed / f"{name}.ipynb") if executed else Path(job["executed"]))
        state, why = ("", ()) if executed else _unfinished(job)
        if not state and stamp is None:
            state = "never run"
        elif not state:
            why = tuple(reasons(stamp["fingerprint"], job["fingerprint"]))  # type: ignore[index]
            state = "stale" if why else "fresh"
        provenance = (stamp or {}).get("provenance", {})
        seconds = provenance.get("seconds") or (None if executed else last_seconds(project, plan, name))
        found.append(Status(name, state, why, seconds, provenance.get("peak_memory_gb"), job["budget"]))
    return found


def _unfinished(job: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """The state of a chapter whose last run has not finished; empty for one that has, or never began."""
    failure, told = Path(job["failure"]), read_progress(job)
    if failure.is_file():
        return "failed", (failure.read_text(encoding="utf-8"),)
    if not told:
        return "", ()
    at = f"cell {told.get('cell')} of {told.get('cells')}"
    if told.get("host") == socket.gethostname() and not alive(int(told.get("pid", 0))):
        return "interrupted", (f"its last run was ended from outside in {at}",)
    return "running", (at,)


def last_seconds(project: Project, plan: Mapping[str, Any], chapter: str) -> float | None:
    """How long a chapter took when this kind of run last finished it here; None if that is not known."""
    seconds = _durations(project).get(_key(plan, chapter))
    return float(seconds) if isinstance(seconds, int | float) else None


def remember_seconds(project: Project, plan: Mapping[str, Any], chapter: str, seconds: float) -> None:
    """Keep how long a chapter took."""
    content = {**_durations(project), _key(plan, chapter): seconds}
    write_atomically(_file(project), json.dumps(content, indent=1, sort_keys=True).encode("utf-8"))


def _key(plan: Mapping[str, Any], chapter: str) -> str:
    return f"{Path(plan['folder']).name}/{chapter}"


def _file(project: Project) -> Path:
    return project.build("state") / "durations.json"


def _durations(project: Project) -> dict[str, Any]:
    try:
        return dict(json.loads(_file(project).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}
