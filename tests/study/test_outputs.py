"""What outputs are made of: CSV, cells of a table, files written whole."""

import os

import numpy as np
import pandas as pd
import pytest

from aimass.errors import ChapterError, ParameterError
from aimass.study import outputs


def test_csv_has_plain_line_ends_and_a_named_index():
    frame = pd.DataFrame({"x": [1, 2], "y": [0.1, 0.2]})
    assert outputs.tidy_csv(frame, "f") == "x,y\n1,0.1\n2,0.2\n"
    assert outputs.tidy_csv(frame.set_index("x"), "f") == "x,y\n1,0.1\n2,0.2\n"


@pytest.mark.parametrize("wrong", [None, [1, 2], pd.DataFrame(), pd.DataFrame({"x": []})])
def test_no_data_is_refused(wrong):
    with pytest.raises(ParameterError, match="figure 'f': data must be a pandas DataFrame"):
        outputs.tidy_csv(wrong, "figure 'f'")


def test_too_much_data_is_refused(monkeypatch):
    monkeypatch.setattr(outputs, "MAX_DATA", 10)
    with pytest.raises(ParameterError, match="characters of data"):
        outputs.tidy_csv(pd.DataFrame({"x": range(10)}), "f")


def test_cells():
    frame = pd.DataFrame(
        {"model": ["a", "b"], "score": [0.12345, np.nan], "runs": [3, 4], "gain": [-1.5, 2.0]}
    )
    header, rows, numeric = outputs.table_cells(frame, "t", {"gain": "+.1f"})
    assert header == ["model", "score", "runs", "gain"]
    assert rows == [["a", "0.123", "3", "\N{MINUS SIGN}1.5"], ["b", "\N{EN DASH}", "4", "+2.0"]]
    assert numeric == {1, 2, 3}
    assert outputs.table_cells(frame, "t", ".1f")[1][0] == ["a", "0.1", "3", "\N{MINUS SIGN}1.5"]


def test_cells_of_a_named_index_and_of_booleans():
    frame = pd.DataFrame({"ok": [True]}, index=pd.Index(["a-b"], name="model"))
    assert outputs.table_cells(frame, "t", None)[1] == [["a-b", "True"]]


def test_a_format_for_nothing_is_refused():
    frame = pd.DataFrame({"score": [0.5]})
    with pytest.raises(ParameterError, match="but the columns are score"):
        outputs.table_cells(frame, "t", {"scores": ".1f"})
    with pytest.raises(ParameterError, match="does not format"):
        outputs.table_cells(frame, "t", ".q")


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "a" / "f.png"
    outputs.write_atomically(path, b"old")
    assert path.read_bytes() == b"old"

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(ChapterError, match="No space left on device"):
        outputs.write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [each.name for each in path.parent.iterdir()] == ["f.png"]


def test_a_file_where_a_folder_should_be(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(ChapterError, match="can't write"):
        outputs.write_atomically(tmp_path / "a" / "f.png", b"x")


def test_package_digest_is_stable():
    assert outputs.package_digest() == outputs.package_digest.__wrapped__()
    assert len(outputs.package_digest()) == 64
