import json
import subprocess
import sys

import pytest

from aimass.errors import ChapterError
from aimass.study.papermill_io import JupytextHandler

CHAPTER = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# Title

```{code-cell} ipython3
:tags: [parameters]

size = 2
```

```{code-cell} ipython3
print("size is", size)
```
"""


@pytest.fixture
def chapter(tmp_path):
    path = tmp_path / "9_tiny.md"
    path.write_text(CHAPTER)
    return path


def test_read_gives_a_notebook_with_its_parameters_tagged(chapter):
    notebook = json.loads(JupytextHandler.read(f"jupytext://{chapter}"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert code[0]["metadata"]["tags"] == ["parameters"]
    assert "size = 2" in "".join(code[0]["source"])


def test_papermill_finds_the_handler_by_its_entry_point(chapter, tmp_path):
    out = tmp_path / "out.ipynb"
    command = [sys.executable, "-m", "papermill", f"jupytext://{chapter}", str(out), "-p", "size", "5"]
    subprocess.run(
        [*command, "--no-progress-bar"], check=True, capture_output=True, cwd=tmp_path, timeout=120
    )
    assert "size is 5" in out.read_text()


def test_listdir_and_write(chapter, tmp_path):
    assert JupytextHandler.listdir(f"jupytext://{tmp_path}") == [f"jupytext://{chapter}"]
    with pytest.raises(ChapterError, match="only read"):
        JupytextHandler.write("{}", "jupytext://x.md")


def test_missing_and_malformed_chapters_are_named(tmp_path):
    with pytest.raises(ChapterError, match=r"none\.md: No such file"):
        JupytextHandler.read(f"jupytext://{tmp_path}/none.md")
    (tmp_path / "bad.md").write_text("---\njupytext: [\n---\n")
    with pytest.raises(ChapterError, match=r"bad\.md: not a Jupytext notebook"):
        JupytextHandler.read(f"jupytext://{tmp_path}/bad.md")
