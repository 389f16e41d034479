"""A small study to stage and render: the real book's pages around two chapters made by hand."""

import shutil
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from aimass.study import cards
from aimass.study.claims import Claim, load_registry
from aimass.study.project import Project

from . import handmade as hm

ROOT = Path(__file__).resolve().parents[2]
CLAIMS = {"1_background": ["1-b.newsroom"], "2.1_neural_networks": ["2.1-a.rule110", "2.1-b.xor"]}
PROSE = {
    "1_background": "# 1 Background · 背景介绍\n\nThe statements {cite}`rosenblatt1958`.\n\n```{include} ../_generated/glance.md\n```\n",
    "2.1_neural_networks": "# 2.1 Neural networks · 神经网络\n\nA perceptron learns 训练 by the equation\n\n$$ y = w x $$ (eq-line)\n\n"
    "that is {eq}`eq-line`, as {doc}`/claims` says.\n",
}
PYTHON = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
CELL = "```{{code-cell}} ipython3\n{}\n```\n\n"
HEADER = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---

"""


def study(root: Path, profile: str = "small") -> Project:
    """A study in ``root`` with the real book's pages, and the executed notebooks of two chapters."""
    shutil.copytree(ROOT / "book", root / "book", ignore=shutil.ignore_patterns("reference"))
    shutil.copyfile(ROOT / "_config.yml", root / "_config.yml")
    (root / "book" / "newsroom.md").write_text("# The newsroom\n\nA page.\n", encoding="utf-8")
    (root / "chapters").mkdir()
    for chapter in CLAIMS:
        write_chapter(root, chapter, profile)
    return Project(root)


def write_chapter(
    root: Path, chapter: str, profile: str = "small", prose: str = "", folder: str = "small"
) -> Path:
    """A chapter's source and its executed notebook; ``prose`` is added to its text. Returns the notebook's path."""
    text = PROSE[chapter] + prose
    source = ["banner()", *(f"claim({claim!r})" for claim in CLAIMS[chapter]), "cost()"]
    cells = "".join(CELL.format(line) for line in source)
    (root / "chapters" / f"{chapter}.md").write_text(f"{HEADER}{text}\n{cells}", encoding="utf-8")
    path = root / "build" / folder / "executed" / f"{chapter}.ipynb"
    records = [("claim", record(chapter, claim, profile)) for claim in CLAIMS[chapter]]
    hm.write(path, records, chapter=chapter, profile=profile, stamp={}, metadata=PYTHON)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [new_markdown_cell(text), *_code_cells(notebook, source)]
    nbformat.write(notebook, path)
    return path


def record(chapter: str, claim: str, profile: str) -> dict:
    """A claim's record under its real statement; that on XOR is not reproduced."""
    good = claim != "2.1-b.xor"
    return hm.claim(
        claim,
        chapter=chapter,
        profile=profile,
        statement_id=claim.split(".")[0] if claim.startswith("1-") else ".".join(claim.split(".")[:2]),
        measured=hm.measured(0.9 if good else 0.6),
        outcome="reproduced" if good else "not reproduced",
        verdict="supported" if claim != "2.1-a.rule110" else "refuted",
        statement=f"The claim {claim} holds.",
    )


def _code_cells(notebook, sources):
    """The banner and the claims with their cards as a chapter shows them."""
    registry = load_registry()
    outputs = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
    for cell_outputs in outputs:
        for output in cell_outputs:
            if content := output.data.get(hm.MIME.format("claim")):
                made = Claim.from_json(content)
                output.data["text/html"] = cards.claim_card(made, registry.statement(made.statement_id))[0]
    return [
        new_code_cell(source, outputs=made, execution_count=number)
        for number, (source, made) in enumerate(zip(sources, outputs, strict=True), start=1)
    ]


def add_cell(path: Path, source: str, *outputs) -> None:
    """Add a code cell at the end of a chapter and of its executed notebook, which lies at ``path``."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(new_code_cell(source, outputs=list(outputs), execution_count=9))
    nbformat.write(notebook, path)
    chapter = path.parents[3] / "chapters" / f"{path.stem}.md"
    chapter.write_text(chapter.read_text(encoding="utf-8") + CELL.format(source), encoding="utf-8")


def stderr(text: str):
    """What a cell wrote to standard error."""
    return new_output("stream", name="stderr", text=text)
