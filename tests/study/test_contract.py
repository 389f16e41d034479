"""What a chapter leaves in its notebook is what the ledger, the check, the comparison and the lint read from it."""

import matplotlib
import nbformat
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from aimass.study import Chapter, at_least, figures, measure, mime
from aimass.study.check import contradictions
from aimass.study.claims import load_registry
from aimass.study.compare import compare
from aimass.study.device import Device
from aimass.study.ledger import Ledger, audit, collect, statement_verdicts
from aimass.study.lint import lint
from aimass.study.notebooks import read_notebook
from aimass.study.sources import open_source

CHAPTER = "2.1_neural_networks"


@pytest.fixture
def executed(tmp_path, monkeypatch):
    """Write the notebook of a run whose claims all measure `value`."""

    def run(name: str, value: float):
        outputs = []
        monkeypatch.setattr(mime, "_display", lambda bundle, metadata, _: outputs.append((bundle, metadata)))
        monkeypatch.setenv("AIMASS_RUN_DIR", str(tmp_path / "run"))
        with matplotlib.rc_context():
            _chapter(value)
        cells = [
            new_code_cell("pass", outputs=[new_output("display_data", data=bundle, metadata=metadata)])
            for bundle, metadata in outputs
        ]
        path = tmp_path / f"{name}.ipynb"
        nbformat.write(new_notebook(cells=cells), path)
        return path

    return run


def _chapter(value: float) -> None:
    """A chapter that uses every method that leaves something."""
    chapter = Chapter(CHAPTER, begin=lambda kind, seed: Device("cpu", "stand-in"))
    for claim in load_registry().claims_of(CHAPTER):
        bound = at_least(0.8, because="the baseline's best seed")
        runs = measure([value - 0.01, value, value + 0.01])
        chapter.claim(
            claim,
            "It works.",
            runs,
            bound,
            verdict="refined",
            means="So.",
            unit="accuracy",
            rejects={"chance": 0.5},
        )
    chapter.number("epochs", 12, format="d")
    data = pd.DataFrame({"step": [1, 2], "loss": [0.5, 0.25]})
    fig, axes = figures.new()
    axes.plot(data["step"], data["loss"])
    axes.set_xlabel("step")
    axes.set_ylabel("loss (nats)")
    chapter.figure(fig, "curve", data=data, alt="It falls.", caption="The loss.")
    chapter.table(data, "losses", caption="The losses.")
    chapter.cost()


def test_a_real_chapter_passes(executed):
    path = executed("a", 0.9)
    ledger, registry = collect([path]), load_registry()
    entry = ledger.chapters[CHAPTER]
    assert {claim.id for claim in entry.claims} == set(registry.claims_of(CHAPTER))
    assert list(entry.figures) == ["curve"]
    assert list(entry.tables) == ["losses"]
    assert entry.numbers["epochs"].value == 12
    assert list(contradictions(entry)) == []
    assert audit(ledger, registry) == []
    assert Ledger.from_json(ledger.to_json()) == ledger
    assert {
        statement_verdicts(ledger, registry)[one.id].verdict for one in registry.statements_of(CHAPTER)
    } == {"refined"}
    glued = read_notebook(path).glued
    assert glued == {"epochs", *registry.claims_of(CHAPTER)}
    assert lint("See {glue:}`epochs`.", "x.md", glued) == []


def test_two_real_runs_are_compared(executed):
    a, near, far = (open_source(str(executed(*run)), None) for run in (("a", 0.9), ("b", 0.905), ("c", 0.99)))
    assert compare(a, near, strict=True).exit_code == 0
    found = compare(a, far)
    assert found.exit_code == 1
    assert not any(claim.agree for claim in found.claims)
    assert {claim.cause for claim in found.claims} == {"unexplained"}
