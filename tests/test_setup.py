"""Setting up: asked for once, again when something that it rests on has changed or is broken, and refused in one line."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")


def interpreter(path, version):
    """A stand-in for an interpreter that tells its version, makes virtual environments, and runs nothing else."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "#!/bin/sh\n"
        f'if [ "$1" = -c ]; then echo {version}; exit 0; fi\n'
        'if [ "$1" = -m ] && [ "$2" = venv ]; then\n'
        '  mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; echo "command = $0 -m venv $PWD/$3" >"$3/pyvenv.cfg"; exit 0\n'
        "fi\n"
        'if [ "$1" = -m ] && [ "$2" = pip ] && [ "$3" = install ]; then\n'
        "  printf '#!/bin/sh\\necho \"$@\" >>uv.log\\n[ ! -f fail ]\\n' >.venv/bin/uv; cp .venv/bin/uv .venv/bin/aimass\n"
        "  chmod +x .venv/bin/uv .venv/bin/aimass\n"
        "fi\n",
        encoding="utf-8",
    )
    path.chmod(0o755)
    return path


@pytest.fixture
def project(tmp_path):
    """The files that setting up needs, and an interpreter that does not really install."""
    for name in ("Makefile", "pyproject.toml", "requirements", "tools"):
        source, target = ROOT / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)
    interpreter(tmp_path / "python3.12", "3.12")
    return tmp_path


def make(project, *arguments):
    """Run make as from a plain shell, also when these tests were started by make."""
    inherited = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "PYTHON", "EXTRA", "PROFILE")
    clean = {name: value for name, value in os.environ.items() if name not in inherited}
    return subprocess.run(["make", *arguments], cwd=project, capture_output=True, text=True, env=clean)


def setup(project, *arguments):
    run = make(project, "setup", "PYTHON=./python3.12", *arguments)
    assert run.returncode == 0, run.stderr
    return run.stdout


def syncs(project):
    log = project / "uv.log"
    return log.read_text(encoding="utf-8").count("pip sync") if log.is_file() else 0


def test_a_second_call_does_nothing(project):
    assert "a new .venv with Python 3.12" in setup(project)
    assert "Nothing to be done" in setup(project)
    assert syncs(project) == 1
    assert "--require-hashes requirements/cpu.txt" in (project / "uv.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["requirements/cpu.txt", "requirements/peers.txt", "pyproject.toml"])
def test_what_it_rests_on_changes(project, name):
    setup(project)
    with (project / name).open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    setup(project)
    assert syncs(project) == 2
    assert "Nothing to be done" in setup(project)


def test_a_set_up_that_failed_is_repeated_from_nothing(project):
    (project / "fail").touch()
    run = make(project, "setup", "PYTHON=./python3.12")
    assert run.returncode == 2
    (project / "fail").unlink()
    assert "a new .venv" in setup(project)
    assert "Nothing to be done" in setup(project)


@pytest.mark.parametrize("broken", ["bin/python", "bin/aimass", "bin/uv"])
def test_a_broken_environment_is_not_believed(project, broken):
    setup(project)
    (project / ".venv" / broken).unlink()
    assert "set-up" in setup(project)
    assert "Nothing to be done" in setup(project)


def test_a_moved_project_is_set_up_again(project, tmp_path_factory):
    setup(project)
    moved = tmp_path_factory.mktemp("moved") / "project"
    shutil.move(project, moved)
    assert "a new .venv" in setup(moved)


def test_another_interpreter_makes_another_environment(project):
    setup(project)
    interpreter(project / "python3.13", "3.13")
    run = make(project, "setup", "PYTHON=./python3.13")
    assert "a new .venv with Python 3.13" in run.stdout
    assert "Nothing to be done" in make(project, "setup").stdout, (
        "an environment that is there is kept by default"
    )


@pytest.mark.parametrize(
    ("name", "version"), [("python3.10", "3.10"), ("python3.14", "3.14"), ("nowhere", None)]
)
def test_a_python_that_will_not_do(project, name, version):
    if version:
        interpreter(project / name, version)
    run = make(project, "book", f"PYTHON=./{name}")
    assert run.returncode == 2
    assert run.stdout == ""
    (line,) = run.stderr.splitlines()
    assert "Python 3.11, 3.12 or 3.13 is needed" in line
    assert (version or "not found") in line
    assert not (project / ".venv").exists()


def test_an_unknown_extra(project):
    run = make(project, "setup", "PYTHON=./python3.12", "EXTRA=tpu")
    assert run.returncode == 2
    assert "EXTRA is cpu or gpu" in run.stderr
    assert not (project / ".venv").exists()


def test_the_gpu_has_a_lock_of_its_own(project):
    setup(project)
    setup(project, "EXTRA=gpu")
    assert "--require-hashes requirements/gpu.txt" in (project / "uv.log").read_text(encoding="utf-8")
