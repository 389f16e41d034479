"""Which modules a chapter depends on: those that it really imports, found without importing them."""

import pytest

from aimass.errors import ChapterError
from aimass.study.imports import Package, imported_modules
from aimass.study.project import Project, find_root

FILES = {
    "__init__.py": '"""Face."""\n__version__ = "1"\n',
    "errors.py": "class E(Exception): ...\n",
    "models/__init__.py": "from .big import Big\nfrom .small import Small as Tiny\n__all__ = ['Big', 'Tiny']\n",
    "models/big.py": "from ..layers import Layer\nclass Big: ...\n",
    "models/small.py": "def f():\n    from aimass import errors\n    return errors.E\nclass Small: ...\n",
    "layers/__init__.py": "from .layer import Layer\nfrom .other import Other\n",
    "layers/layer.py": "import numpy\nclass Layer: ...\n",
    "layers/other.py": "class Other: ...\n",
    "busy/__init__.py": "from aimass.errors import E\nprint('does more')\n",
    "busy/quiet.py": "x = 1\n",
    "facts/__init__.py": "",
    "facts/table.py": "from importlib import resources\nTEXT = resources.files('aimass.facts') / 'table.json'\n",
    "facts/table.json": "{}",
    "facts/unread.json": "{}",
    "typed.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from aimass.models import Big\n",
    "ring_a.py": "import aimass.ring_b\n",
    "ring_b.py": "import aimass.ring_a\n",
}


@pytest.fixture
def package(tmp_path):
    root = tmp_path / "aimass"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def found(package, *sources):
    """The short names of what pieces of code depend on."""
    names = Package(package).imported_modules(sources)
    assert all(path.is_file() for path in names.values())
    return {name.removeprefix("aimass.") for name in names}


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        ("import numpy", set()),
        ("from aimass.models.big import Big", {"models.big", "layers.layer"}),
        ("from aimass.models import Big", {"models.big", "layers.layer"}),
        ("from aimass.models import Tiny", {"models.small", "errors"}),
        ("from aimass.models import small", {"models.small", "errors"}),
        ("import aimass.models as m\nm.Tiny()", {"models.small", "errors"}),
        ("from aimass import models\nmodels.Big()", {"models.big", "layers.layer"}),
        ("import aimass.models.big\nprint(aimass.models.big.Big)", {"models.big", "layers.layer"}),
        ("def f():\n    if True:\n        from aimass.layers import Other", {"layers.other"}),
        ("%matplotlib inline\n!ls\nfrom aimass.layers import Other\nOther?", {"layers.other"}),
        ("from aimass.ring_a import x", {"ring_a", "ring_b"}),
        ("from aimass import typed", {"typed"}),
        ("import importlib\nimportlib.import_module('aimass.layers.other')", {"layers.other"}),
    ],
)
def test_a_name_leads_to_the_module_that_defines_it(package, source, modules):
    assert found(package, source) == modules


def test_cells_count_together(package):
    one, two = "from aimass.layers import Other", "from aimass.models import Tiny"
    assert found(package, one, two) == found(package, one) | found(package, two)


def test_an_init_that_does_more_than_pass_names_on_counts(package):
    assert found(package, "from aimass.busy.quiet import x") == {"busy", "busy.quiet", "errors"}


def test_data_that_a_module_names_counts_with_it(package):
    assert found(package, "from aimass.facts.table import TEXT") == {"facts.table", "aimass/facts/table.json"}


def test_where_reading_can_not_tell_all_counts(package):
    both = {"models.big", "models.small", "layers.layer", "errors"}
    assert both <= found(package, "from aimass.models import *")
    assert both <= found(package, "import aimass.models as m\nshow(m)")
    assert both | {"ring_a", "busy", "typed"} <= found(package, "this is no Python")


def test_what_is_new_in_a_module_is_seen(package):
    assert "layers.other" not in found(package, "from aimass.models import Big")
    (package / "models" / "big.py").write_text("from ..layers import Other\nclass Big: ...\n")
    assert found(package, "from aimass.models import Big") == {"models.big", "layers.other"}


def test_only_the_code_of_a_chapter_counts(package, tmp_path):
    path = tmp_path / "2.1_x.md"
    path.write_text(
        "# X\n\nfrom aimass.layers import Layer\n\n```python\nfrom aimass.layers import Layer\n```\n\n"
        "```{code-cell} ipython3\nfrom aimass.layers import Other\n```\n",
        encoding="utf-8",
    )
    assert set(imported_modules(path, package)) == {"aimass.layers.other"}
    with pytest.raises(ChapterError, match=r"gone\.md"):
        imported_modules(tmp_path / "gone.md", package)


def test_the_studys_own_chapters_depend_on_what_they_use_and_not_on_the_runner():
    project = Project(find_root())
    for name, path in project.chapters.items():
        modules = set(imported_modules(path))
        assert "aimass.study.chapter" in modules, name
        assert not {m for m in modules if m.startswith("aimass.cli") or m == "aimass.study.run"}, name
    network = set(imported_modules(project.chapters["2.1_neural_networks"]))
    assert "aimass.models.mlp" in network
    assert "aimass.models.seq2seq" not in network
