"""Run the chapters that need it: a plan of all that each depends on, and Snakemake to carry it out.

The plan (``build/PROFILE/plan.json``) holds each chapter's parameters, fingerprint and places. Snakemake takes the fingerprint as a
parameter of its rule, so that a chapter runs again when, and only when, something in it has changed; prose is no part of it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from aimass.errors import AimassError, ChapterError
from aimass.study.execute import SECONDS_OVER, TIMES_OVER
from aimass.study.fingerprint import combined, digest, fingerprint
from aimass.study.parameters import effective
from aimass.study.project import PROFILES, Project, section_key
from aimass.study.status import finished_stamp, last_seconds, remember_seconds

FREE_BYTES = 200 * 2**20
THREADS = 2
"""Threads of every chapter, however many run at a time: a sum's last bits depend on how many threads made it."""


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
    overrides: Mapping[str, Any] | None = None,
    data: str | None = None,
) -> dict[str, Any]:
    """All that a run needs to know; nothing is written.

    Args:
        project: the study.
        profile: ``small`` or ``full``.
        chapters: names; all if None.
        device: ``auto``, ``cpu`` or ``gpu``.
        overrides: parameters for the chapters named; they make a run of its own, beside the edition.
        data: a mirror of the real corpora.

    Raises:
        AimassError: for an unknown profile, parameter or device.
    """
    if profile not in PROFILES:
        raise ChapterError(f"no profile {profile!r}; use {' or '.join(PROFILES)}")
    names = list(chapters) if chapters is not None else list(project.chapters)
    if not names:
        raise ChapterError(f"{project.root / 'chapters'} holds no chapters")
    kind = device_class(device)
    folder = project.build(profile)
    if overrides:
        folder = project.build(f"{profile}-custom-{digest(json.dumps(dict(overrides), sort_keys=True))[:8]}")
    plan = {
        "root": str(project.root),
        "folder": str(folder),
        "profile": profile,
        "device": kind,
        "threads": int(os.environ.get("AIMASS_THREADS", THREADS)),
        "data": data or os.environ.get("AIMASS_DATA") or "",
        "chapters": {},
    }
    for name in names:
        parameters = effective(project, name, profile, kind, overrides)
        print_ = fingerprint(project, name, parameters, kind)
        budget = (project.header(name).get("budget") or {}).get(profile) or {}
        seconds = budget.get("seconds")
        plan["chapters"][name] = {
            "name": name,
            "source": str(project.chapters[name]),
            "parameters": parameters,
            "injected": _injected(project, name, profile, kind, overrides, parameters),
            "fingerprint": print_,
            "hash": combined(print_),
            "limit": TIMES_OVER * seconds + SECONDS_OVER if seconds else None,
            "log": str(folder / "logs" / f"{name}.ipynb"),
            "executed": str(folder / "executed" / f"{name}.ipynb"),
            "progress": str(folder / "logs" / f"{name}.progress.json"),
            "failure": str(folder / "logs" / f"{name}.failure.txt"),
        }
    return plan


def _injected(project, name, profile, device, overrides, parameters) -> dict[str, Any]:
    """The parameters whose values are not the chapter's own."""
    changed = {*(overrides or {}), "device", "profile"}
    if profile == "full":
        changed |= set(project.full_parameters(name))
    return {key: parameters[key] for key in parameters if key in changed}


def device_class(device: str) -> str:
    """``cpu`` or ``gpu``; a GPU asked for and missing is an error before anything runs.

    Raises:
        AimassError: for another word, or no GPU.
    """
    if device not in ("auto", "cpu", "gpu"):
        raise AimassError(f"--device {device}: use auto, cpu or gpu")
    if device == "cpu" or (device == "auto" and not _may_have_gpu()):
        return "cpu"
    script = "import tensorflow as tf; print(len(tf.config.list_physical_devices('GPU')), tf.test.is_built_with_cuda())"
    asked = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    count, cuda = (asked.stdout.split() or ["0", "False"])[-2:]
    if count != "0":
        return "gpu"
    if device == "auto":
        return "cpu"
    why = "TensorFlow sees none" if cuda == "True" else "this TensorFlow is the CPU's; set up with EXTRA=gpu"
    raise AimassError(f"--device gpu: no GPU to run on: {why}")


def _may_have_gpu() -> bool:
    return any(Path("/dev").glob("nvidia[0-9]*"))


def run(
    project: Project,
    plan: Mapping[str, Any],
    *,
    jobs: int = 2,
    force: bool = False,
    tell: Callable[[str], None] = print,
) -> list[Outcome]:
    """Carry a plan out.

    Args:
        project: the study.
        plan: from :func:`make_plan`.
        jobs: chapters at a time.
        force: run also what is fresh.
        tell: takes lines of progress.

    Returns:
        One outcome a chapter, in order. A failed chapter does not keep others from finishing.

    Raises:
        AimassError: if the folder cannot be written, the disk is full, or another run is at work there.
    """
    folder = Path(plan["folder"])
    stale = [name for name, job in plan["chapters"].items() if force or not _is_fresh(job)]
    _prepare(folder)
    with _alone(folder):
        (folder / "plan.json").write_text(json.dumps(plan, indent=1, ensure_ascii=False), encoding="utf-8")
        before = {name: Path(job["executed"]).stat().st_mtime_ns if Path(job["executed"]).is_file() else 0
                  for name, job in plan["chapters"].items()}  # fmt: skip
        if stale:
            for name in stale:
                Path(plan["chapters"][name]["failure"]).unlink(missing_ok=True)
            _snakemake(project, plan, stale, jobs, tell)
    outcomes = []
    for name, job in plan["chapters"].items():
        executed = Path(job["executed"])
        if name not in stale:
            outcomes.append(Outcome(name, "fresh", last_seconds(project, plan["profile"], name), executed))
            continue
        ran = executed.is_file() and executed.stat().st_mtime_ns != before[name] and _is_fresh(job)
        seconds = (finished_stamp(executed) or {}).get("provenance", {}).get("seconds") if ran else None
        if ran and seconds:
            remember_seconds(project, plan["profile"], name, seconds)
        failure = "" if ran else _failure(job)
        outcomes.append(Outcome(name, "ran" if ran else "failed", seconds, executed, failure))
    return outcomes


def _is_fresh(job: Mapping[str, Any]) -> bool:
    stamp = finished_stamp(Path(job["executed"]))
    return bool(stamp) and combined(stamp["fingerprint"]) == job["hash"]


def _failure(job: Mapping[str, Any]) -> str:
    told = Path(job["failure"])
    if told.is_file():
        return told.read_text(encoding="utf-8")
    return (
        f"chapters/{job['name']}.md: ended from outside (killed, for memory or time); "
        f"the partial notebook is {job['log']}"
    )


def _prepare(folder: Path) -> None:
    try:
        for sub in ("logs", "executed"):
            (folder / sub).mkdir(parents=True, exist_ok=True)
        probe = folder / ".probe"
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        raise AimassError(f"cannot write to {folder}: {error.strerror}; free it or run elsewhere") from None
    free = shutil.disk_usage(folder).free
    if free < FREE_BYTES:
        raise AimassError(
            f"{folder}: {free / 2**20:.0f} MB free, at least {FREE_BYTES / 2**20:.0f} MB are needed; free some space"
        )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder; a lock that a killed run left behind is no lock."""
    with (folder / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AimassError(f"another run is at work in {folder}; wait for it, or end it") from None
        yield


def _snakemake(project: Project, plan: Mapping[str, Any], stale: Sequence[str], jobs: int, tell) -> None:
    folder = Path(plan["folder"])
    targets = [plan["chapters"][name]["executed"] for name in stale]
    command = [
        sys.executable, "-m", "snakemake", *targets, "--snakefile", str(Path(plan["root"]) / "workflow" / "Snakefile"),
        "--directory", str(folder), "--cores", str(jobs), "--resources", "gpu=1", "--keep-going", "--rerun-incomplete",
        "--rerun-triggers", "params", "--forcerun", *targets, "--nolock", "--config", f"plan={folder / 'plan.json'}",
    ]  # fmt: skip
    with (folder / "logs" / "snakemake.log").open("wb") as log:
        child = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=plan["root"]
        )
        try:
            _follow(project, plan, stale, child, tell)
        except BaseException:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
            raise


def _follow(project: Project, plan: Mapping[str, Any], stale: Sequence[str], child, tell) -> None:
    """Tell what runs until Snakemake ends."""
    began, started, told = time.monotonic(), {}, {}
    while True:
        done = child.poll() is not None
        for name in stale:
            job = plan["chapters"][name]
            progress = _read(Path(job["progress"]))
            now = time.monotonic()
            if progress and name not in started:
                started[name] = now
                expected = last_seconds(project, plan["profile"], name)
                tell(f"{name}: runs" + (f", about {expected:.0f} s last time" if expected else ""))
            elif name in started and told.get(name) != "end":
                if progress is None:
                    told[name] = "end"
                    state = "failed" if Path(job["failure"]).is_file() or not _is_fresh(job) else "done"
                    tell(f"{name}: {state} after {now - started[name]:.0f} s")
                elif now - told.get(name, started[name]) >= 20:
                    told[name] = now
                    tell(
                        f"{name}: cell {progress['cell']} of {progress['cells']}, {now - started[name]:.0f} s"
                    )
        if done:
            return
        time.sleep(0.2 if time.monotonic() - began < 10 else 0.5)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None
