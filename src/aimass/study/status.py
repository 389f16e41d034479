"""The state of each chapter: fresh, stale and why, failed, or never run."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aimass.study.fingerprint import reasons
from aimass.study.project import Project


@dataclass(frozen=True)
class Status:
    """One chapter's state.

    Attributes:
        chapter: its name.
        state: ``fresh``, ``stale``, ``failed`` or ``never run``.
        why: what made it stale, or how it failed.
        seconds, peak_memory_gb: of its last finished run, if any.
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
        return stamp if stamp["status"] == "finished" and "fingerprint" in stamp else None
    except (OSError, ValueError, KeyError, TypeError):
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
        failure = Path(job["failure"])
        why: tuple[str, ...] = ()
        if not executed and failure.is_file():
            state, why = "failed", (failure.read_text(encoding="utf-8"),)
        elif stamp is None:
            state = "never run"
        else:
            why = tuple(reasons(stamp["fingerprint"], job["fingerprint"]))
            state = "stale" if why else "fresh"
        provenance = (stamp or {}).get("provenance", {})
        budget = (project.header(name).get("budget") or {}).get(plan["profile"]) or {}
        found.append(
            Status(name, state, why, provenance.get("seconds"), provenance.get("peak_memory_gb"), budget)
        )
    return found


def last_seconds(project: Project, profile: str, chapter: str) -> float | None:
    """How long a chapter took when it last finished here; None if that is not known."""
    return _durations(project).get(f"{profile}/{chapter}")


def remember_seconds(project: Project, profile: str, chapter: str, seconds: float) -> None:
    """Keep how long a chapter took."""
    path = _file(project)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    content = {**_durations(project), f"{profile}/{chapter}": seconds}
    partial.write_text(json.dumps(content, indent=1, sort_keys=True))
    os.replace(partial, path)


def _file(project: Project) -> Path:
    return project.build("state") / "durations.json"


def _durations(project: Project) -> dict[str, float]:
    try:
        return json.loads(_file(project).read_text())
    except (OSError, ValueError):
        return {}
