"""What makes a chapter's results stale, and what does not."""

import json

import pytest

from aimass.data import registry
from aimass.study.fingerprint import CLAIMS, combined, digest, fingerprint, reasons
from aimass.study.imports import Package
from aimass.study.project import Project

from . import handmade as hm

OWN = {"profile": "small", "seed": 0, "device": "auto", "corpus": "atis"}
CELL = "```{{code-cell}} ipython3\n{}\n```\n\n"
FILES = {
    "src/aimass/__init__.py": "",
    "src/aimass/data/__init__.py": "from .loading import load\n",
    "src/aimass/data/loading.py": "from importlib import resources\nF = 'registry.json'\ndef load(name): ...\n",
    "src/aimass/data/registry.json": "{}",
    "src/aimass/data/helper.py": "from aimass.data import load\ndef f():\n    return load('snips')\n",
    "src/aimass/study/__init__.py": "from .claims import registry\n",
    "src/aimass/study/claims.py": "FILE = 'claims.yml'\nregistry = 1\n",
    "src/aimass/study/claims.yml": hm.REGISTRY,
    "src/aimass/models.py": "x = 1\n",
    "src/aimass/unused.py": "x = 1\n",
    "requirements/cpu.txt": "numpy==2.0\n",
    "requirements/gpu.txt": "numpy==2.0\n",
}


class Study:
    """A small study whose files a test changes."""

    def __init__(self, root):
        self.root = root
        for name, text in FILES.items():
            self.write(name, text)
        self.chapter("from aimass.models import x", "from aimass.study import registry")

    def write(self, name, text):
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text, encoding="utf-8")

    def chapter(self, *cells, prose="Prose."):
        self.write(f"chapters/{hm.NAME}.md", f"# 2.1 X\n\n{prose}\n\n" + "".join(map(CELL.format, cells)))

    def taken(self, device="cpu", **parameters):
        package = Package(self.root / "src" / "aimass")
        return fingerprint(Project(self.root), hm.NAME, {**OWN, **parameters}, device, package)


@pytest.fixture
def study(tmp_path):
    return Study(tmp_path)


def why(study, change):
    """Why results from before a change are stale after it; the one hash and the list of reasons must agree."""
    before = json.loads(json.dumps(study.taken()))
    change()
    after = study.taken()
    found = reasons(before, after)
    assert bool(found) == (combined(before) != combined(after))
    return found


def test_nothing_changed(study):
    assert why(study, lambda: None) == []
    assert why(study, lambda: study.chapter("from aimass.models import x", "from aimass.study import registry", prose="Other.\n\n## More")) == []  # fmt: skip
    assert why(study, lambda: study.write("src/aimass/unused.py", "x = 2\n")) == []


def test_a_code_cell(study):
    assert why(study, lambda: study.chapter("from aimass.models import x")) == [
        "its code cells changed",
        "module aimass.study.claims is no longer used",
        "module aimass/study/claims.yml is no longer used",
    ]


def test_where_one_cell_ends_matters(study):
    study.chapter("a = 1\nb = 2")
    assert why(study, lambda: study.chapter("a = 1", "b = 2")) == ["its code cells changed"]


def test_a_module_is_named(study):
    assert why(study, lambda: study.write("src/aimass/models.py", "x = 2\n")) == [
        "module aimass.models changed"
    ]


def test_only_the_chapters_own_claims_count(study):
    def reword(old, new):
        return lambda: study.write("src/aimass/study/claims.yml", hm.REGISTRY.replace(old, new))

    assert why(study, reword("en: C,", "en: Changed,")) == []
    assert why(study, lambda: None) == []
    assert why(study, reword("en: B,", "en: Changed,")) == [f"module {CLAIMS} changed"]


def test_a_parameter_is_named_with_both_values(study):
    assert reasons(study.taken(), study.taken(seed=7)) == ["parameter seed changed from 0 to 7"]
    assert reasons(study.taken(), study.taken(rate=0.5)) == ["parameter rate is new"]
    assert reasons(study.taken(rate=0.5), study.taken()) == ["parameter rate is no longer used"]
    assert study.taken(sizes=(1, 2)) == json.loads(json.dumps(study.taken(sizes=(1, 2))))


def test_the_device_is_its_class_and_not_the_word_that_asked_for_it(study):
    found = fingerprint(Project(study.root), hm.NAME, {**OWN, "device": "cpu"}, "cpu", Package(study.root / "src" / "aimass"))  # fmt: skip
    assert found == study.taken("cpu")
    assert reasons(study.taken("gpu"), study.taken("cpu")) == ["it ran on gpu, now cpu is asked for"]


def test_the_lock(study):
    def bump():
        for flavour in ("cpu", "gpu"):
            study.write(f"requirements/{flavour}.txt", "numpy==2.1\n")

    assert why(study, bump) == ["the lock of all packages, or Python's version, changed"]


@pytest.mark.parametrize(
    ("cell", "corpora"),
    [
        ("from aimass.data import load\nload('multi30k')", ["multi30k"]),
        ("from aimass.data import load as read\nread(name='brown')", ["brown"]),
        ("import aimass.data\naimass.data.load('multi30k')", ["multi30k"]),
        ("from aimass import data\ndata.load(corpus)", ["atis"]),
        ("from aimass.data import load\n[load(n) for n in ('brown', 'atis')]", ["atis", "brown"]),
        ("from aimass.data.helper import f", ["snips"]),
        ("import numpy as np\nnp.load('multi30k')", []),
        ("from aimass.data import load\nload('nothing known')", []),
    ],
)
def test_corpora_that_are_loaded(study, cell, corpora):
    study.chapter(cell)
    assert study.taken()["data"] == {name: registry.get(name).digest for name in corpora}


def test_a_corpus_that_changes_is_named(study, monkeypatch):
    study.chapter("from aimass.data import load\nload('multi30k')")
    before = study.taken()
    monkeypatch.setattr(type(registry.get("multi30k")), "digest", property(lambda self: "another"))
    assert reasons(before, study.taken()) == ["corpus multi30k changed"]


def test_an_older_stamp_that_lacks_a_part_is_stale(study):
    taken = study.taken()
    for kind in ("code", "modules", "lock", "device"):
        assert reasons({key: value for key, value in taken.items() if key != kind}, taken), kind


def test_texts_are_kept_apart():
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("a") == digest(b"a")
