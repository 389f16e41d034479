"""Whole runs of small studies: what is run again, what is told, and what is left when something goes wrong."""

import json
import os
import signal

import nbformat
import pytest

from aimass.errors import AimassError, ChapterError, ParameterError
from aimass.study import environment
from aimass.study.project import Project
from aimass.study.run import choose, make_plan
from tests.study import runkit

SHOW = "print('size is', size)"


def executed(root, name, folder="small"):
    return root / "build" / folder / "executed" / f"{name}.ipynb"


def edit(root, name, old, new):
    path = root / "chapters" / f"{name}.md"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_only_what_changed_is_run_again(tmp_path):
    root = runkit.study(tmp_path / "s", {"1_one": [SHOW], "2.1_two": [SHOW, "1 + 1"]})
    first = runkit.aimass(root, "run")
    assert first.returncode == 0, first.stderr
    notebook = nbformat.read(executed(root, "1_one"), as_version=4)
    stamp = notebook.metadata["aimass"]
    assert (stamp["status"], stamp["profile"], stamp["fingerprint"]["device"]) == ("finished", "small", "cpu")
    assert {"seed", "versions", "threads", "seconds", "peak_memory_gb", "source"} <= set(stamp["provenance"])
    assert str(root) not in executed(root, "1_one").read_text()

    edit(root, "1_one", "# 1_one", "# Another title\n\nMore prose.")
    assert "1_one    fresh" in runkit.aimass(root, "run").stdout
    edit(root, "2.1_two", "1 + 1", "1 + 2")
    status = runkit.aimass(root, "status")
    assert status.returncode == 1
    assert "2.1_two  stale" in status.stdout
    assert "its code cells changed" in status.stdout
    again = runkit.aimass(root, "run")
    assert "1_one    fresh" in again.stdout
    assert "2.1_two  ran" in again.stdout
    assert "2.1_two: begins, about" in again.stdout
    assert runkit.aimass(root, "status").returncode == 0


def test_a_run_with_own_parameters_lies_beside_the_edition(tmp_path):
    root = runkit.study(tmp_path / "s", {"1_one": [SHOW]})
    done = runkit.aimass(root, "run", "1", "-p", "size", "7")
    assert done.returncode == 0, done.stderr
    assert not executed(root, "1_one").exists()
    (notebook,) = (root / "build").glob("small-custom-*/executed/1_one.ipynb")
    assert "size is 7" in notebook.read_text()


def test_failures_are_told_and_the_others_finish(tmp_path):
    cells = {
        "1_good": [SHOW],
        "2.1_crash": ["x = 0", "# a comment\ny = 1 / x"],
        "2.2_killed": ["import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"],
        "2.3_hung": ["import subprocess\nsubprocess.Popen(['sleep', '300'])", "import time\ntime.sleep(300)"],
    }
    root = runkit.study(tmp_path / "s", cells)
    done = runkit.aimass(root, "run", AIMASS_TIME_LIMIT="10")
    assert done.returncode == 1
    assert "1_good      ran" in done.stdout
    told = {line.split("chapters/")[1].split(".md")[0]: line for line in done.stderr.splitlines()}
    assert "cell 3 of 3 `y = 1 / x`: ZeroDivisionError: division by zero" in told["2.1_crash"]
    assert "the partial notebook is build/small/logs/2.1_crash.ipynb" in told["2.1_crash"]
    assert "its kernel was killed, most likely for want of memory" in told["2.2_killed"]
    assert "ran for more than 10 s, far past its budget" in told["2.3_hung"]
    partial = json.loads((root / "build/small/logs/2.1_crash.ipynb").read_text())
    assert partial["metadata"]["aimass"]["status"] == "failed"
    assert [path.stem for path in (root / "build/small/executed").iterdir()] == ["1_good"]
    assert "2.1_crash   failed" in runkit.aimass(root, "status").stdout
    runkit.wait_for(lambda: not runkit.left_behind(root), 10)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_nothing_survives_a_run_and_the_next_resumes(tmp_path, number):
    flag = tmp_path / "go on"
    wait = f"import os, time\nwhile not os.path.exists({str(flag)!r}):\n    time.sleep(0.1)"
    root = runkit.study(tmp_path / "s", {"1_quick": [SHOW], "2.1_slow": [wait]})
    run = runkit.start(root, "run")
    progress = root / "build/small/logs/2.1_slow.progress.json"
    talk = root / "build/small/logs/snakemake.log"
    runkit.wait_for(lambda: "Finished jobid" in _text(talk) and '"cell": 2' in _text(progress))
    run.send_signal(number)
    assert run.wait(30) == {signal.SIGKILL: -9, signal.SIGINT: 130, signal.SIGTERM: 143}[number]
    runkit.wait_for(lambda: not runkit.left_behind(root), 20)
    assert not executed(root, "2.1_slow").exists()
    if number != signal.SIGKILL:
        return
    flag.touch()
    again = runkit.aimass(root, "run")
    assert again.returncode == 0, again.stderr
    assert "1_quick   fresh" in again.stdout
    assert "2.1_slow  ran" in again.stdout


def _text(path):
    try:
        return path.read_text()
    except OSError:
        return ""


def test_a_killed_executor_leaves_no_kernel_and_is_told(tmp_path):
    root = runkit.study(tmp_path / "s", {"1_slow": ["import time\ntime.sleep(300)"]})
    run = runkit.start(root, "run")
    progress = root / "build/small/logs/1_slow.progress.json"
    runkit.wait_for(lambda: '"cell": 2' in _text(progress))
    os.kill(json.loads(progress.read_text())["pid"], signal.SIGKILL)
    assert run.wait(60) == 1
    runkit.wait_for(lambda: not runkit.left_behind(root), 20)
    assert "1_slow   interrupted" in runkit.aimass(root, "status").stdout


@pytest.fixture
def project(tmp_path):
    return Project(runkit.study(tmp_path / "s", {"1_one": [SHOW], "2.1_two": [SHOW], "2.10_ten": [SHOW]}))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ([], ["1_one", "2.1_two", "2.10_ten"]),
        (["2.1"], ["2.1_two"]),
        (["2.10_t"], ["2.10_ten"]),
        (["chapters/2.1_two.md", "1"], ["1_one", "2.1_two"]),
    ],
)
def test_chapters_are_chosen_by_name_number_or_beginning(project, asked, found):
    assert choose(project, asked) == found


def test_a_chapter_that_is_none_is_refused_with_the_near_miss(project):
    with pytest.raises(ChapterError, match=r"did you mean 2\.1_two"):
        choose(project, ["2.1_tow"])
    with pytest.raises(ChapterError, match=r"may be 2\.1_two or 2\.10_ten"):
        choose(project, ["2."])


def test_a_parameter_that_changes_nothing_is_the_edition(project):
    plan = make_plan(project, "small", ["1_one"], overrides={"size": "2"})
    assert plan["folder"] == str(project.build("small"))
    assert plan["chapters"]["1_one"]["injected"] == {}


def test_the_full_profile_is_injected_with_its_values(project):
    (project.root / "chapters" / "full.yml").write_text("1_one: {size: 9}\n")
    job = make_plan(project, "full", ["1_one"])["chapters"]["1_one"]
    assert job["injected"] == {"profile": "full", "size": 9}
    assert job["hash"] != make_plan(project, "small", ["1_one"])["chapters"]["1_one"]["hash"]


def test_planning_writes_no_run(project):
    with pytest.raises(ParameterError, match="no profile 'smal'; use small or full; did you mean small"):
        make_plan(project, "smal")
    with pytest.raises(AimassError, match="did you mean size"):
        make_plan(project, "small", ["1_one"], overrides={"sixe": "2"})
    assert not project.build("small").exists()


def test_no_room_and_no_right_to_write_are_told_before_anything_runs(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(ChapterError, match="can't write into"):
        environment.require_room(tmp_path / "file" / "logs")
    monkeypatch.setattr(environment, "FREE_BYTES", 10**18)
    with pytest.raises(ChapterError, match="MB are free"):
        environment.require_room(tmp_path / "logs")
