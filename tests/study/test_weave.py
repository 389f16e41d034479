import jupytext
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_output

from aimass.errors import ChapterError
from aimass.study.weave import main, weave_notebook
from tests.study.test_papermill_io import CHAPTER


@pytest.fixture
def chapter(tmp_path):
    path = tmp_path / "9_tiny.md"
    path.write_text(CHAPTER)
    return path


@pytest.fixture
def executed(chapter):
    notebook = jupytext.read(chapter)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    code[1].outputs = [new_output("stream", text="size is 5\n")]
    code[1].execution_count = 3
    injected = new_code_cell("size = 5", metadata={"tags": ["injected-parameters"]})
    notebook.cells.insert(notebook.cells.index(code[0]) + 1, injected)
    notebook.metadata["aimass"] = {"profile": "small"}
    return notebook


def test_new_prose_meets_old_outputs(chapter, executed):
    chapter.write_text(CHAPTER.replace("# Title", "# Another title\n\nMore prose."))
    woven = weave_notebook(chapter, executed)
    assert "More prose." in woven.cells[0].source
    assert woven.cells[-1].outputs[0].text == "size is 5\n"
    assert woven.cells[-1].execution_count == 3
    assert woven.metadata["aimass"] == {"profile": "small"}
    nbformat.validate(woven)


def test_injected_parameters_stay_behind_the_chapters_own_and_are_folded(chapter, executed):
    cells = weave_notebook(chapter, executed).cells
    place = next(i for i, cell in enumerate(cells) if cell.source == "size = 5")
    assert "parameters" in cells[place - 1].metadata["tags"]
    assert "hide-input" in cells[place].metadata["tags"]


def test_the_same_inputs_give_the_same_bytes(chapter, executed, tmp_path):
    nbformat.write(executed, tmp_path / "run.ipynb")
    first, second = (nbformat.writes(weave_notebook(chapter, tmp_path / "run.ipynb")) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('print("size is", size)', 'print("size:", size)', "code cell 2 is not the one"),
        ("size = 2", "size = 3", "code cell 1 is not the one"),
        ("# Title", "```{code-cell} ipython3\n1 + 1\n```", "code cell 1 is not the one"),
        (
            '```{code-cell} ipython3\nprint("size is", size)\n```',
            "",
            "2 code cells were executed, 1 are left",
        ),
    ],
)
def test_changed_code_is_refused(chapter, executed, old, new, message):
    assert old in CHAPTER
    chapter.write_text(CHAPTER.replace(old, new))
    with pytest.raises(ChapterError, match=message):
        weave_notebook(chapter, executed)


def test_weaving_by_the_workflow_refuses_other_code_in_one_line(chapter, executed, tmp_path, capsys):
    ran, woven = tmp_path / "run.ipynb", tmp_path / "woven" / "9_tiny.ipynb"
    nbformat.write(executed, ran)
    assert main([str(chapter), str(ran), str(woven)]) == 0
    assert nbformat.read(woven, as_version=4).cells[-1].outputs[0].text == "size is 5\n"
    chapter.write_text(CHAPTER.replace("size = 2", "size = 3"))
    assert main([str(chapter), str(ran), str(woven)]) == 2
    assert "code cell 1 is not the one that was executed" in capsys.readouterr().err
