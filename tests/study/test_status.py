"""The state of a chapter, by what its last run left behind."""

import json
import os
import socket
import subprocess
import sys

import pytest

from aimass.study.project import Project
from aimass.study.status import finished_stamp, is_fresh, last_seconds, outcomes, remember_seconds, statuses

from . import handmade as hm

PRINT = {
    "code": "c",
    "parameters": {"seed": 0},
    "modules": {"aimass.models.mlp": "m"},
    "data": {},
    "lock": "l",
    "device": "cpu",
}


@pytest.fixture
def project(tmp_path):
    (tmp_path / "chapters").mkdir()
    return Project(tmp_path)


def make_plan(project, **changes):
    """A plan of one chapter, whose fingerprint differs from the stamp's by ``changes``."""
    from aimass.study.fingerprint import combined

    folder = project.build("small")
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    fingerprint = {**PRINT, **changes}
    job = {
        "name": hm.NAME,
        "fingerprint": fingerprint,
        "hash": combined(fingerprint),
        "budget": {"seconds": 60, "memory_gb": 1.5},
        "executed": str(folder / "executed" / f"{hm.NAME}.ipynb"),
        "progress": str(folder / "logs" / "progress.json"),
        "failure": str(folder / "logs" / "failure.txt"),
    }
    return {"folder": str(folder), "profile": "small", "chapters": {hm.NAME: job}}


def finish(project, folder=None, **changes):
    """Leave an executed notebook whose stamp is that of a finished run, but for ``changes``."""
    path = (folder or project.build("small") / "executed") / f"{hm.NAME}.ipynb"
    hm.write(path, hm.two_one(), stamp={})
    stamp = {
        "status": "finished",
        "fingerprint": PRINT,
        "provenance": {"seconds": 42.0, "peak_memory_gb": 0.9},
        **changes,
    }
    content = json.loads(path.read_text(encoding="utf-8"))
    content["metadata"]["aimass"] = stamp
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def put(plan, kind, text):
    with open(plan["chapters"][hm.NAME][kind], "w", encoding="utf-8") as file:
        file.write(text)


def state(project, plan, executed=None):
    (found,) = statuses(project, plan, executed)
    return found


def progress(pid, host=None):
    return json.dumps({"cell": 3, "cells": 9, "line": "x", "pid": pid, "host": host or socket.gethostname()})


def dead_pid():
    """The number of a process that has ended."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_never_run(project):
    found = state(project, make_plan(project))
    assert (found.state, found.why, found.seconds, found.peak_memory_gb) == ("never run", (), None, None)
    assert found.budget == {"seconds": 60, "memory_gb": 1.5}


def test_fresh_with_what_it_took(project):
    finish(project)
    found = state(project, make_plan(project))
    assert (found.state, found.why, found.seconds, found.peak_memory_gb) == ("fresh", (), 42.0, 0.9)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"code": "d"}, "its code cells changed"),
        ({"parameters": {"seed": 1}}, "parameter seed changed from 0 to 1"),
        ({"modules": {"aimass.models.mlp": "n"}}, "module aimass.models.mlp changed"),
        ({"data": {"atis": "x"}}, "corpus atis is new"),
        ({"device": "gpu"}, "it ran on cpu, now gpu is asked for"),
    ],
)
def test_stale_says_why(project, change, told):
    finish(project)
    plan = make_plan(project, **change)
    found = state(project, plan)
    assert (found.state, found.why) == ("stale", (told,))
    assert not is_fresh(plan["chapters"][hm.NAME])


def test_a_failed_run_never_counts_as_finished(project):
    plan = make_plan(project)
    finish(project)
    put(plan, "failure", "cell 3 of 9: ValueError: no")
    found = state(project, plan)
    assert (found.state, found.why) == ("failed", ("cell 3 of 9: ValueError: no",))


@pytest.mark.parametrize("stamp", [{"status": "failed"}, {"status": "running"}, {"fingerprint": None}])
def test_a_stamp_of_another_kind_is_no_finished_run(project, stamp):
    path = finish(project, **stamp)
    assert finished_stamp(path) is None
    plan = make_plan(project)
    assert state(project, plan).state == "never run"
    assert not is_fresh(plan["chapters"][hm.NAME])


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"metadata": {"aimass": 3}}', '{"metadata": []}'])
def test_a_damaged_notebook_is_no_finished_run(project, content):
    path = finish(project)
    path.write_text(content, encoding="utf-8")
    assert finished_stamp(path) is None
    assert state(project, make_plan(project)).state == "never run"


def test_running_and_interrupted(project):
    plan = make_plan(project)
    put(plan, "progress", progress(os.getpid()))
    assert (state(project, plan).state, state(project, plan).why) == ("running", ("cell 3 of 9",))
    put(plan, "progress", progress(dead_pid()))
    found = state(project, plan)
    assert (found.state, found.why) == (
        "interrupted",
        ("its last run was ended from outside in cell 3 of 9",),
    )
    put(plan, "progress", progress(dead_pid(), host="another machine"))
    assert state(project, plan).state == "running"
    put(plan, "progress", "{")
    assert state(project, plan).state == "never run"


def test_another_folders_notebooks_are_judged_by_their_stamps_alone(project):
    plan = make_plan(project)
    put(plan, "failure", "no")
    finish(project, project.reference)
    assert state(project, plan, project.reference).state == "fresh"
    assert state(project, make_plan(project, code="d"), project.reference).state == "stale"


def test_outcomes_of_claims(project):
    found = outcomes(finish(project))
    assert found
    assert set(found.values()) <= {"reproduced", "not reproduced"}
    assert outcomes(project.root / "none.ipynb") is None


def test_durations_are_kept_for_each_kind_of_run(project):
    plan = make_plan(project)
    other = {**plan, "folder": str(project.build("small-custom-1"))}
    assert last_seconds(project, plan, hm.NAME) is None
    remember_seconds(project, plan, hm.NAME, 5.0)
    remember_seconds(project, other, hm.NAME, 7.0)
    remember_seconds(project, plan, hm.OTHER, 1.0)
    assert [last_seconds(project, each, hm.NAME) for each in (plan, other)] == [5.0, 7.0]
    assert state(project, plan).seconds == 5.0
    (kept,) = (project.build("state")).glob("durations*")
    kept.write_text("{", encoding="utf-8")
    assert last_seconds(project, plan, hm.NAME) is None
