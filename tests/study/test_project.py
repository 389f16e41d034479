"""Finding the study, its chapters and their headers."""

import pytest

from aimass.errors import ChapterError
from aimass.study import project
from aimass.study.project import Project, find_root


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.delenv("AIMASS_ROOT", raising=False)
    (tmp_path / "chapters").mkdir()
    (tmp_path / "_config.yml").write_text("")
    return tmp_path


def test_root_by_environment_then_by_folder(root, tmp_path, monkeypatch):
    deep = root / "book" / "x"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert find_root() == root
    other = tmp_path / "other"
    (other / "chapters").mkdir(parents=True)
    monkeypatch.setenv("AIMASS_ROOT", str(other))
    assert find_root() == other
    monkeypatch.setenv("AIMASS_ROOT", str(deep))
    with pytest.raises(ChapterError, match="AIMASS_ROOT"):
        find_root()


def test_no_study_anywhere_is_one_clear_line(tmp_path, monkeypatch):
    monkeypatch.delenv("AIMASS_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(project, "__file__", str(tmp_path / "a" / "b" / "c" / "project.py"))
    with pytest.raises(ChapterError, match="no study found"):
        find_root()


def test_chapters_come_in_the_order_of_their_sections(root):
    for name in ("2.10_z", "2.6_attention", "1_background", "2.1_neural_networks", "README", "2.2 x"):
        (root / "chapters" / f"{name}.md").write_text("")
    assert list(Project(root).chapters) == ["1_background", "2.1_neural_networks", "2.6_attention", "2.10_z"]


def test_folders(root):
    study = Project(root)
    assert study.build("small") == root / "build" / "small"
    assert study.reference == root / "book" / "reference"


def test_full_parameters(root):
    assert Project(root).full_parameters("1_background") == {}
    (root / "chapters" / "full.yml").write_text("1_background: {epochs: 3}\n2_x:\n")
    assert Project(root).full_parameters("1_background") == {"epochs": 3}
    assert Project(root).full_parameters("2_x") == {}
    (root / "chapters" / "full.yml").write_text("1_background: 3\n")
    with pytest.raises(ChapterError, match="must map"):
        Project(root).full_parameters("1_background")
    (root / "chapters" / "full.yml").write_text("a: [\n")
    with pytest.raises(ChapterError, match="not YAML"):
        Project(root).full_parameters("a")


def test_header(root):
    path = root / "chapters" / "1_background.md"
    assert Project(root).header("1_background") == {}
    path.write_text("# No front matter\n")
    assert Project(root).header("1_background") == {}
    path.write_text("---\njupytext: {}\naimass: {budget: {small: {seconds: 60}}}\n---\n\n# Title\n")
    assert Project(root).header("1_background") == {"budget": {"small": {"seconds": 60}}}
    path.write_text("---\na: [\n---\n")
    with pytest.raises(ChapterError, match="front matter"):
        Project(root).header("1_background")
