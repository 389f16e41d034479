"""The commands' front: help at once, mistakes in one line, nothing written for them."""

import subprocess
import sys

import pytest

from aimass import cli
from aimass.cli.run import split_pairs
from tests.study import runkit


@pytest.fixture
def root(tmp_path, monkeypatch):
    folder = runkit.study(tmp_path / "s", {"1_one": ["1 + 1"], "2.1_two": ["1 + 1"]})
    monkeypatch.chdir(folder)
    monkeypatch.delenv("AIMASS_ROOT", raising=False)
    monkeypatch.delenv("AIMASS_DEVICE", raising=False)
    monkeypatch.setattr(cli.signal, "signal", lambda *_: None)
    return folder


def status_of(*words):
    with pytest.raises(SystemExit) as end:
        cli.main(list(words))
    return end.value.code


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run", "2.1_tow"], "no chapter '2.1_tow'; did you mean 2.1_two?"),
        (["run", "1", "-p", "sixe", "3"], "1_one has no parameter 'sixe'; did you mean size?"),
        (
            ["run", "1", "-p", "size", "much"],
            "parameter size takes a whole number (its own is 2), not 'much'",
        ),
        (["run", "1", "-p", "rate", "x"], "parameter rate takes a number"),
        (["run", "1", "-p", "flag", "1"], "parameter flag takes true or false"),
        (["run", "1", "-p", "sizes", "3"], "parameter sizes takes a list"),
        (["run", "1", "-p", "device", "gpu"], "device is set by --device"),
        (["run", "1", "-p", "size"], "-p"),
        (["run", "--profile", "ful"], "no profile 'ful'; use small or full; did you mean full?"),
        (["run", "--device", "tpu"], "device 'tpu': use cpu, gpu or auto"),
        (["run", "--data", "nowhere"], "--data nowhere: no such folder"),
        (["run", "--reference"], "--reference keeps the full profile"),
        (["run", "--profle", "full"], "No such option: --profle"),
        (["rnu"], "No such command 'rnu'. Did you mean 'run'?"),
        (["status", "7"], "no chapter '7'"),
    ],
)
def test_a_mistake_is_one_line_and_writes_nothing(root, capsys, words, told):
    assert status_of(*words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("aimass: ")
    assert err.count("\n") == 1
    assert told in err
    assert not list(root.glob("build/small*"))


def test_a_run_that_can_not_be_written_or_has_no_room_is_one_line(root, capsys, monkeypatch):
    (root / "build").mkdir()
    (root / "build" / "small").write_text("in the way")
    assert status_of("run") == 2
    assert "can't write into" in capsys.readouterr().err
    (root / "build" / "small").unlink()
    monkeypatch.setattr("aimass.study.environment.FREE_BYTES", 10**18)
    assert status_of("run") == 2
    assert "MB are free" in capsys.readouterr().err


def test_a_missing_corpus_is_told_before_anything_runs(root, capsys, monkeypatch):
    chapter = root / "chapters" / "1_one.md"
    text = chapter.read_text().replace("1 + 1", "from aimass.data import load\ntext = load('brown')")
    chapter.write_text(text)
    for name in ("AIMASS_CACHE", "AIMASS_DATA"):
        (root / name).mkdir()
        monkeypatch.setenv(name, str(root / name))
    monkeypatch.setattr("aimass.data.fetch.download", _no_network)
    assert status_of("run", "1", "--profile", "full") == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "brown" in err
    assert not (root / "build" / "full").exists()


def _no_network(*_, **__):
    from aimass.data.download import UnreachableError

    raise UnreachableError("no server answers")


def test_a_second_run_beside_the_first_is_refused(root, capsys):
    import fcntl

    folder = root / "build" / "small"
    folder.mkdir(parents=True)
    with (folder / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert status_of("run") == 2
    assert "another run is at work" in capsys.readouterr().err


def test_pairs_are_joined():
    assert split_pairs(["1", "-p", "seed", "-7", "-p", "rate=2", "--force"]) == [
        "1", "-p", "seed=-7", "-p", "rate=2", "--force",
    ]  # fmt: skip


def test_help_names_every_command_and_loads_nothing_heavy():
    script = (
        "import sys, aimass.cli\n"
        "try:\n    aimass.cli.main(['--help'])\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "print([m for m in ('jupytext', 'nbformat', 'papermill', 'numpy', 'tensorflow') if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("[]")
    for name in cli.COMMANDS:
        assert name in done.stdout
        cli.load_command(name)
