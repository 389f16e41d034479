import pytest
import typer
from typer.testing import CliRunner

from aimass.cli import compare as module
from aimass.errors import AimassError

from ..study import handmade as hm


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("AIMASS_ROOT", str(tmp_path))
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / f"{hm.OTHER}.md").write_text("# not run yet\n")
    app = typer.Typer()
    app.command()(module.compare)
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


def moved(value=0.99):
    records = hm.two_one()
    records[0] = ("claim", hm.claim("2.1-a.one", measured=hm.measured(value)))
    return records


def test_0_1_and_2(run, tmp_path):
    a, b, c = (tmp_path / f"{name}.ipynb" for name in "abc")
    hm.write(a), hm.write(b, moved()), c.write_text("{")
    assert run(a, a).exit_code == 0
    result = run(a, b)
    assert result.exit_code == 1
    assert "2.1-a.one: DISAGREE" in result.output
    assert "likely cause: unexplained" in result.output
    assert run(a, b, "--tolerance", "0.2").exit_code == 0
    result = run(a, c)
    assert result.exit_code == 2
    assert "damaged notebook" in result.output


def test_the_words_name_the_projects_runs_and_need_no_other_chapter(run, tmp_path):
    hm.write(tmp_path / "build/full/executed" / f"{hm.NAME}.ipynb", profile="full")
    hm.write(tmp_path / "book/reference" / f"{hm.NAME}.ipynb", profile="full")
    assert run("full", "reference").exit_code == 0
    hm.write(tmp_path / "build/full/executed" / f"{hm.NAME}.ipynb", moved(), profile="full")
    assert run("full", "reference").exit_code == 1


def test_a_terminal_gets_tables(run, tmp_path, monkeypatch, capsys):
    hm.write(tmp_path / "a.ipynb")
    hm.write(tmp_path / "b.ipynb", moved(), run=hm.provenance(seed=3))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(typer.Exit) as caught:
        module.compare(str(tmp_path / "a.ipynb"), str(tmp_path / "b.ipynb"))
    assert caught.value.exit_code == 1
    output = capsys.readouterr().out
    assert "likely cause" in output
    assert "2 of 3 claims agree" in output
    assert "seed: 0 against 3" in output


@pytest.mark.parametrize("arguments", [["nowhere", "a.ipynb"], ["a.ipynb", "a.ipynb", "--tolerance", "1"]])
def test_user_mistakes_are_one_line(run, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    hm.write(tmp_path / "a.ipynb")
    error = run(*arguments).exception
    assert isinstance(error, AimassError)
    assert "\n" not in str(error)
