"""A room of the package imports only from the rooms below it; what must start fast imports no TensorFlow."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "aimass"
# From the ground up; rooms on one floor do not know each other.
FLOORS = (
    ("errors",),
    ("data",),
    ("losses",),
    ("layers", "optimizers"),
    ("models",),
    ("decoding",),
    ("evaluation",),
    ("scaling", "service"),
    ("study",),
    ("cli",),
)
HEIGHT = {room: height for height, floor in enumerate(FLOORS) for room in floor}
# What a room must not know although it lies below: metrics know no model, the study's machinery knows no task.
STRANGERS = {
    "evaluation": {"layers", "losses", "optimizers", "models", "decoding", "data"},
    "study": {"layers", "losses", "optimizers", "models", "decoding", "evaluation", "scaling", "service"},
    "layers": {"data"},
    "losses": {"data"},
    "optimizers": {"data"},
    "models": {"data"},
}
HEAVY = {"tensorflow", "keras"}
LIGHT_ROOMS = ("errors", "data", "study", "cli")
HEAVY_FILES = {"data/batches.py"}


def module_of(path, package):
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path, package, top_level_only=False):
    """The dotted names that a file imports, relative ones made absolute."""
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    here = module_of(path, package).split(".")
    base = here if path.name == "__init__.py" else here[:-1]
    for node in statements(tree) if top_level_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            prefix = base[: len(base) - node.level + 1] if node.level else []
            stem = ".".join([*prefix, *([node.module] if node.module else [])])
            yield stem
            yield from (f"{stem}.{alias.name}" for alias in node.names)


def statements(tree):
    """The statements that run on import: not those in functions, nor those for type checkers."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from statements(node)


def room_of(dotted):
    parts = dotted.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "aimass" else None


def upward_imports(package):
    """One line for each import that goes up, sideways or to a stranger."""
    found = []
    for path in sorted(package.rglob("*.py")):
        room = room_of(module_of(path, package))
        if room is None:
            continue
        if room not in HEIGHT:
            found.append(f"{path.relative_to(package)}: a room of no floor: {room}")
            continue
        for target in {room_of(dotted) for dotted in imported(path, package)} & set(HEIGHT):
            if target != room and (HEIGHT[target] >= HEIGHT[room] or target in STRANGERS.get(room, ())):
                found.append(f"{path.relative_to(package)} imports {target}")
    return found


def heavy_imports(package):
    """One line for each file of a light room that loads TensorFlow or Keras when it is imported."""
    found = []
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package).as_posix()
        if room_of(module_of(path, package)) not in LIGHT_ROOMS or name in HEAVY_FILES:
            continue
        names = set(imported(path, package, top_level_only=True))
        heavy = {dotted for dotted in names if dotted.split(".")[0] in HEAVY} | (
            {"aimass.data.batches"} & names
        )
        found += [f"{name} imports {dotted}" for dotted in sorted(heavy)]
    return found


def plant(tmp_path, name, text):
    package = tmp_path / "aimass"
    path = package / name
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return package


def test_rooms_import_downwards():
    assert upward_imports(PACKAGE) == []


def test_light_rooms_start_without_tensorflow():
    assert heavy_imports(PACKAGE) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("data/planted.py", "from aimass.models import Seq2Seq\n"),
        ("data/planted.py", "from ..study import Chapter\n"),
        ("data/planted.py", "def late():\n    import aimass.cli\n"),
        ("layers/planted.py", "from aimass import optimizers\n"),
        ("losses/planted.py", "from aimass import layers\n"),
        ("evaluation/planted.py", "import aimass.models.seq2seq as m\n"),
        ("study/deep/planted.py", "from ...decoding import beam\n"),
        ("attic/planted.py", ""),
    ],
)
def test_upward_import_is_found(tmp_path, name, text):
    assert len(upward_imports(plant(tmp_path, name, text))) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "models/fine.py",
            "from ..layers import attention\nfrom aimass.errors import AimassError\nimport keras\n",
        ),
        ("cli/fine.py", "from aimass.study.ledger import collect\n"),
    ],
)
def test_downward_import_is_fine(tmp_path, name, text):
    assert upward_imports(plant(tmp_path, name, text)) == []


@pytest.mark.parametrize(
    "text",
    ["import tensorflow as tf\n", "try:\n    from keras import ops\nexcept ImportError:\n    ops = None\n"],
)
def test_heavy_import_is_found(tmp_path, text):
    assert heavy_imports(plant(tmp_path, "study/planted.py", text))


def test_heavy_import_within_a_function_is_fine(tmp_path):
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import keras\ndef late():\n    import keras\n"
    assert heavy_imports(plant(tmp_path, "study/planted.py", text)) == []
