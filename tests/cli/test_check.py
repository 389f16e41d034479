import pytest
import typer
from typer.testing import CliRunner

from aimass.cli import check as module
from aimass.errors import ChapterError

from ..study import handmade as hm


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The command as a user calls it, in a project of two chapters."""
    registry = hm.registry(tmp_path)
    monkeypatch.setattr(module, "load_registry", lambda: registry)
    monkeypatch.setenv("AIMASS_ROOT", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name in (hm.NAME, hm.OTHER):
        (tmp_path / "chapters").mkdir(exist_ok=True)
        (tmp_path / "chapters" / f"{name}.md").write_text("# x\n")
    app = typer.Typer()
    app.command()(module.check)
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


def build(tmp_path, records=None, folder="build/small/executed", profile="small"):
    hm.write(tmp_path / folder / f"{hm.NAME}.ipynb", records, profile=profile)
    hm.write(
        tmp_path / folder / f"{hm.OTHER}.ipynb",
        [("claim", hm.claim("2.6-a.map"))],
        chapter=hm.OTHER,
        profile=profile,
    )


def test_0_1_and_2(run, tmp_path):
    build(tmp_path)
    result = run()
    assert result.exit_code == 0
    assert result.output.splitlines()[-1] == "small: 4 of 4 claims reproduced in 2 chapters"
    records = hm.two_one()
    records[0] = ("claim", hm.claim("2.1-a.one", measured=hm.measured(0.5), outcome="not reproduced"))
    build(tmp_path, records)
    result = run("--profile", "small")
    assert result.exit_code == 1
    assert "claim 2.1-a.one is not reproduced: 0.500" in result.output
    (tmp_path / "build/small/executed" / f"{hm.NAME}.ipynb").unlink()
    result = run()
    assert result.exit_code == 2
    assert f"aimass run {hm.NAME}" in result.output


def test_a_directory_a_notebook_and_a_wrong_profile(run, tmp_path):
    build(tmp_path, folder="mine")
    assert run("--ledger", str(tmp_path / "mine")).exit_code == 0
    assert run("--ledger", str(tmp_path / "mine" / f"{hm.OTHER}.ipynb")).exit_code == 0
    result = run("--ledger", str(tmp_path / "mine"), "--profile", "full")
    assert result.exit_code == 1
    assert "is of profile small, not full" in result.output
    assert run("--profile", "reference").exit_code != 0


def test_a_terminal_gets_a_table(run, tmp_path, monkeypatch, capsys):
    build(tmp_path)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    module.check()
    output = capsys.readouterr().out
    assert "Claims of small" in output
    assert "small: 4 of 4 claims reproduced in 2 chapters" in output.splitlines()[-1]


def test_what_can_not_be_checked_is_one_clear_error(run, tmp_path):
    for arguments in (["--profile", "tiny"], ["--ledger", "nowhere"], ["--profile", "full"]):
        error = run(*arguments).exception
        assert isinstance(error, ChapterError)
        assert "\n" not in str(error)
