import pytest
import typer
from typer.testing import CliRunner

from aimass.cli import lint as module
from aimass.errors import ChapterError

from ..study import handmade as hm


@pytest.fixture
def run(tmp_path, monkeypatch):
    registry = hm.registry(tmp_path)
    monkeypatch.setattr(module, "load_registry", lambda: registry)
    monkeypatch.setenv("AIMASS_ROOT", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chapters").mkdir()
    for name in (hm.NAME, hm.OTHER):
        (tmp_path / "chapters" / f"{name}.md").write_text("# x\n\nSound prose.\n")
    app = typer.Typer()
    app.command("lint")(module.lint)
    app.command("coverage")(module.coverage)
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


def test_sound_prose_is_0_and_a_typed_result_is_1(run, tmp_path):
    result = run("lint")
    assert result.exit_code == 0
    assert result.output.splitlines()[-1] == "prose of 2 chapters: no findings"
    (tmp_path / "chapters" / f"{hm.NAME}.md").write_text("# x\n\nWe reach 37.2 BLEU.\n")
    result = run("lint")
    assert result.exit_code == 1
    assert result.output.startswith(f"chapters/{hm.NAME}.md:3: numeral '37.2'")
    assert run("lint", hm.OTHER).exit_code == 0
    assert run("lint", f"chapters/{hm.NAME}.md").exit_code == 1


def test_keys_and_verdicts_are_held_against_the_run(run, tmp_path):
    path = tmp_path / "chapters" / f"{hm.NAME}.md"
    path.write_text("# x\n\nSee {glue:}`epochs`. So 2.1-b is supported.\n")
    assert "not executed in small" in run("lint").output
    hm.write(tmp_path / "build/small/executed" / f"{hm.NAME}.ipynb")
    assert run("lint").exit_code == 0
    path.write_text("# x\n\nSee {glue:}`epoch`. So 2.1-b is refuted.\n")
    result = run("lint")
    assert result.exit_code == 1
    assert "glue key 'epoch'" in result.output
    assert "the ledger supported" in result.output
    assert run("lint", "--profile", "full").exit_code == 0


@pytest.mark.parametrize("arguments", [["nothing"], ["--profile", "tiny"]])
def test_user_mistakes(run, arguments):
    assert isinstance(run("lint", *arguments).exception, ChapterError)


def test_a_damaged_notebook_is_an_error(run, tmp_path):
    path = tmp_path / "build/small/executed" / f"{hm.NAME}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text("{")
    assert isinstance(run("lint").exception, ChapterError)


def test_coverage(run, tmp_path):
    result = run("coverage")
    assert result.exit_code == 0
    assert result.output == "3 sections, 2 chapters, 4 claims, 0 modules: no gap\n"
    assert "| 3.1 Language models | planned |" in run("coverage", "--markdown").output
    (tmp_path / "chapters" / f"{hm.OTHER}.md").unlink()
    result = run("coverage")
    assert result.exit_code == 1
    assert "section 2.6 has no chapter" in result.output
