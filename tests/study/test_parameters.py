"""A chapter's parameters: what its tagged cell declares, and which overrides fit it."""

import pytest

from aimass.errors import ChapterError, ParameterError
from aimass.study.parameters import declared, effective
from aimass.study.project import Project

NAME = "2.1_neural_networks"
OWN = 'profile = "small"\nseed = 0\ndevice = "auto"\nrate = 0.5\nlabel = "x"\ndeep = False\nsizes = [1, 2]'
FENCE = "```{{code-cell}} ipython3\n{}{}\n```\n\n"


def write(root, source=OWN, full=None, tags=":tags: [parameters]\n\n"):
    """A study of one chapter, with nothing but a cell of parameters and another cell."""
    (root / "chapters").mkdir(exist_ok=True)
    text = "# 2.1 X\n\n" + FENCE.format(tags, source) + FENCE.format("", "raise RuntimeError")
    (root / "chapters" / f"{NAME}.md").write_text(text, encoding="utf-8")
    if full is not None:
        (root / "chapters" / "full.yml").write_text(full, encoding="utf-8")
    return Project(root)


def values(root, profile="small", full=None, source=OWN, **overrides):
    return effective(write(root, source, full), NAME, profile, "cpu", overrides)


def test_the_cell_is_read_and_not_run(tmp_path):
    project = write(tmp_path, '"""Knobs."""\nseed: int = 3\n# more\nrate = -1e-3\nsizes = (1, 2)')
    assert declared(project.chapters[NAME]) == {"seed": 3, "rate": -1e-3, "sizes": (1, 2)}


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("seed = 1 + x", "plain literal, not `seed = 1 \\+ x`"),
        ("seed = len([1])", "plain literal"),
        ("import os", "`import os`"),
        ("a = b = 1", "only `name = literal`"),
        ("a, b = 1, 2", "only `name = literal`"),
        ("print(1)", "only `name = literal`"),
        ("seed = 0\nrate = (", "not Python: .* line 2"),
    ],
)
def test_a_cell_of_more_than_literals_is_refused(tmp_path, source, told):
    with pytest.raises(ChapterError, match=told) as caught:
        declared(write(tmp_path, source).chapters[NAME])
    assert f"{NAME}.md" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_exactly_one_cell_is_tagged(tmp_path):
    with pytest.raises(ChapterError, match="0 cells are tagged `parameters`; tag exactly one"):
        declared(write(tmp_path, tags="").chapters[NAME])
    project = write(tmp_path)
    path = project.chapters[NAME]
    path.write_text(path.read_text() + FENCE.format(":tags: [parameters]\n\n", "a = 1"))
    with pytest.raises(ChapterError, match="2 cells"):
        declared(path)


def test_a_missing_chapter_and_one_that_is_no_notebook(tmp_path):
    with pytest.raises(ChapterError, match=r"2\.1_x\.md"):
        declared(tmp_path / "2.1_x.md")
    (tmp_path / "2.1_x.md").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ChapterError, match="not a Jupytext notebook"):
        declared(tmp_path / "2.1_x.md")


def test_profile_and_device_are_those_of_the_run(tmp_path):
    found = values(tmp_path, "full", full=f"{NAME}: {{seed: 4}}")
    assert (found["profile"], found["device"], found["seed"]) == ("full", "cpu", 4)
    assert values(tmp_path, "small")["seed"] == 0
    assert values(tmp_path, "small")["profile"] == "small"


def test_the_users_value_comes_after_the_full_profiles(tmp_path):
    assert values(tmp_path, "full", full=f"{NAME}: {{seed: 4}}", seed="9")["seed"] == 9


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("seed", "7", 7),
        ("seed", "-7", -7),
        ("rate", "2", 2.0),
        ("rate", "1e-3", 1e-3),
        ("label", "7", "7"),
        ("label", "", ""),
        ("label", "true", "true"),
        ("deep", "true", True),
        ("deep", "False", False),
        ("sizes", "[3]", [3]),
    ],
)
def test_a_text_is_read_as_the_default_asks(tmp_path, name, text, value):
    found = values(tmp_path, **{name: text})[name]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("seed", "x", "a whole number"),
        ("seed", "1.5", "a whole number"),
        ("seed", "", "a whole number"),
        ("seed", "true", "a whole number"),
        ("rate", "high", "a number"),
        ("rate", "nan", "a number"),
        ("deep", "1", "true or false"),
        ("sizes", "3", "a list"),
        ("sizes", "[3", "a list"),
    ],
)
def test_a_text_of_another_type_is_refused_with_what_is_expected(tmp_path, name, text, expected):
    with pytest.raises(ParameterError, match=f"parameter {name} takes {expected}") as caught:
        values(tmp_path, **{name: text})
    assert NAME in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_name_is_refused_with_the_near_miss(tmp_path):
    with pytest.raises(ParameterError, match=f"{NAME} has no parameter 'sede'.* seed"):
        values(tmp_path, sede="1")
    with pytest.raises(ParameterError, match="it has seed, rate, label, deep, sizes"):
        values(tmp_path, qqqqq="1")


@pytest.mark.parametrize("name", ["profile", "device"])
def test_what_has_an_option_is_no_override(tmp_path, name):
    with pytest.raises(ParameterError, match=f"{name} is set by --{name}"):
        effective(write(tmp_path), NAME, "small", "cpu", {name: "full"})
    with pytest.raises(ChapterError, match=r"chapters/full\.yml"):
        values(tmp_path, "full", full=f"{NAME}: {{{name}: full}}")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("sede: 1", "no parameter 'sede'"),
        ("seed: x", "whole number"),
        ("seed: 1.0", "whole number"),
        ("rate: true", "takes a number"),
    ],
)
def test_a_mistake_in_the_full_profile_names_its_file(tmp_path, line, told):
    with pytest.raises(ChapterError, match=f"chapters/full.yml: .*{told}"):
        values(tmp_path, "full", full=f"{NAME}: {{{line}}}")


def test_a_chapter_that_can_not_be_told_its_profile_has_no_full_run(tmp_path):
    assert values(tmp_path, "small", source="seed = 0") == {"seed": 0}
    with pytest.raises(ChapterError, match="no parameter `profile`"):
        values(tmp_path, "full", source="seed = 0")
