import pytest

from aimass.errors import ChapterError
from aimass.study import coverage
from aimass.study.ledger import collect
from aimass.study.project import Project

from . import handmade as hm

CELL = "# 2.1 X\n\n```{{code-cell}} ipython3\n:tags: [parameters]\nseed = 0\n```\n\n```{{code-cell}} ipython3\n%matplotlib inline\n{}\n```\n"


@pytest.fixture
def study(tmp_path):
    """A whole study: two chapters, a package with a face, and its tests."""
    files = {
        f"chapters/{hm.NAME}.md": CELL.format(
            "import numpy\nfrom aimass.models import Classifier\nimport aimass.data.text"
        ),
        f"chapters/{hm.OTHER}.md": CELL.format("from aimass.data.newsroom import World as W"),
        "src/aimass/__init__.py": "",
        "src/aimass/models/__init__.py": "from .classifier import Classifier\n",
        "src/aimass/models/classifier.py": "class Classifier: ...\n",
        "src/aimass/data/__init__.py": "",
        "src/aimass/data/text.py": "",
        "src/aimass/data/newsroom/__init__.py": "from .facts import World\n",
        "src/aimass/data/newsroom/facts.py": "World = 1\n",
        "tests/models/test_classifier.py": "",
        "tests/data/test_text.py": "",
        "tests/data/newsroom/test_facts.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def matrix(study, **options):
    return coverage.matrix(Project(study), hm.registry(study), **options)


def test_a_whole_study_has_no_gap(study):
    found = matrix(study)
    assert found.problems == ()
    first, second, third = found.rows
    assert (first.section, first.chapter, first.claims) == (
        "2.1",
        hm.NAME,
        ("2.1-a.one", "2.1-a.two", "2.1-b.xor"),
    )
    assert [(use.module, use.tests) for use in first.uses] == [
        ("aimass.data.text", ("tests/data/test_text.py",)),
        ("aimass.models.classifier", ("tests/models/test_classifier.py",)),
    ]
    assert [use.module for use in second.uses] == ["aimass.data.newsroom.facts"]
    assert (third.chapter, third.planned, third.claims) == ("", True, ())
    assert found.summary() == "3 sections, 2 chapters, 4 claims, 3 modules: no gap"


def _registry_edit(study, before, after):
    text = hm.REGISTRY.replace(before, after)
    assert text != hm.REGISTRY
    return text


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (lambda s: (s / f"chapters/{hm.OTHER}.md").unlink(), "section 2.6 has no chapter"),
        (lambda s: (s / "chapters/5_extra.md").write_text("# x"), "chapters/5_extra.md: no section"),
        (lambda s: (s / "chapters/3.1_language_models.md").write_text("# x"), "marked as planned"),
        (
            lambda s: (s / "tests/models/test_classifier.py").unlink(),
            "aimass.models.classifier (used by 2.1_neural",
        ),
        (
            lambda s: (s / "tests/data/newsroom/test_facts.py").unlink(),
            "expected tests/data/newsroom/test_facts.py",
        ),
    ],
)
def test_each_gap_is_seen(study, fault, told):
    fault(study)
    assert told in matrix(study).problems[0]


def test_a_chapter_without_a_claim_is_a_gap(study, monkeypatch):
    monkeypatch.setattr(hm, "REGISTRY", _registry_edit(study, "claims: [2.6-a.map]", "claims: []"))
    assert matrix(study).problems == (
        f"chapters/{hm.OTHER}.md: no claim is listed for this chapter in claims.yml",
    )


def test_another_finder_of_modules_can_be_given(study):
    found = matrix(study, imported_modules=lambda path: {"aimass.models.seq2seq"})
    assert found.problems == (
        f"aimass.models.seq2seq (used by {hm.NAME}, {hm.OTHER}) has no test file; expected tests/models/test_seq2seq.py",
    )


@pytest.mark.parametrize(
    ("module", "files"),
    [
        ("aimass.data.newsroom.facts", ["tests/data/test_newsroom.py"]),
        ("aimass.data.newsroom.facts", ["tests/data/test_newsroom_facts.py"]),
        ("aimass.data.newsroom.facts", ["tests/data/newsroom/test_facts_chinese.py"]),
        ("aimass.errors", ["tests/test_errors.py"]),
    ],
)
def test_where_tests_may_lie(tmp_path, module, files):
    assert coverage.tests_of(module, tmp_path) == ()
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert coverage.tests_of(module, tmp_path) == tuple(files)


def test_a_cell_that_is_no_python_is_named(study):
    (study / f"chapters/{hm.NAME}.md").write_text(CELL.format("from aimass import ("))
    with pytest.raises(ChapterError, match=hm.NAME):
        matrix(study)


def test_markdown(study):
    text = coverage.to_markdown(matrix(study))
    assert "| 2.1 Networks | `2.1_neural_networks` | `2.1-a.one`<br>" in text
    assert "| 3.1 Language models | planned |  |  |  |" in text
    assert len({line.count("|") for line in text.splitlines() if line.startswith("|")}) == 1
    ledger = collect([hm.write(study / "a.ipynb")])
    text = coverage.to_markdown(matrix(study, ledger=ledger))
    assert "`2.1-a.one` reproduced" in text
    assert "`2.6-a.map` not made" in text
    (study / "tests/data/test_text.py").unlink()
    text = coverage.to_markdown(matrix(study))
    assert text.startswith(":::{warning}\n- aimass.data.text")
    assert "**none**" in text


def test_the_package_as_it_is_resolves_to_real_modules():
    root = Project(__import__("pathlib").Path(coverage.__file__).parents[3]).root
    assert coverage.resolve("aimass.study", "at_least", root / "src") == "aimass.study.expectation"
    assert coverage.resolve("aimass.study", "figures", root / "src") == "aimass.study.figures"


def test_one_file_may_test_several_modules_of_its_room(study):
    (study / "tests/models/test_classifier.py").unlink()
    assert "aimass.models.classifier" in matrix(study).problems[0]
    several = study / "tests/models/test_all.py"
    several.write_text("from aimass.models import Classifier\n", encoding="utf-8")
    assert matrix(study).problems == ()
    several.write_text("from aimass.models import Other\n", encoding="utf-8")
    assert matrix(study).problems, "a file that imports something else covers nothing"
