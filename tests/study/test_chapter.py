"""The front that chapters work with, begun without TensorFlow but for the last tests."""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from types import SimpleNamespace

import matplotlib
import nbformat.v4
import pandas as pd
import pytest

from aimass.errors import ChapterError, ClaimError, ParameterError
from aimass.study import Chapter, at_least, at_most, equals, measure, mime
from aimass.study.device import Device

GOOD = {"verdict": "supported", "means": "So it is."}
BOUND = at_least(0.95, because="it can be represented exactly")
FRAME = pd.DataFrame({"x": [1, 2], "y": [0.5, 0.25]})


@pytest.fixture
def shown(monkeypatch, tmp_path):
    """What was displayed, as (bundle, metadata); files go to a folder of the test's own."""
    outputs: list[tuple[dict, dict]] = []
    monkeypatch.setattr(mime, "_display", lambda bundle, metadata, _line: outputs.append((bundle, metadata)))
    monkeypatch.setenv("AIMASS_RUN_DIR", str(tmp_path / "run"))
    monkeypatch.delenv("AIMASS_DEVICE", raising=False)
    with matplotlib.rc_context():
        yield outputs


def begin(name: str = "2.1_neural_networks", **options) -> Chapter:
    return Chapter(
        name, begin=lambda kind, seed: Device("cpu" if kind == "auto" else kind, "stand-in"), **options
    )


def records(shown, kind: str) -> list[dict]:
    return [bundle[kind] for bundle, _ in shown if kind in bundle]


def line(caught) -> str:
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_beginning_shows_a_banner(shown, monkeypatch):
    monkeypatch.setenv("AIMASS_THREADS", "2")
    chapter = begin(seed=3)
    [record] = records(shown, mime.CHAPTER)
    fields = {"chapter", "profile", "seed", "device", "threads", "versions", "platform", "started", "budget"}
    assert set(record) == fields
    assert (record["chapter"], record["profile"], record["seed"]) == ("2.1_neural_networks", "small", 3)
    assert record["device"] == {"kind": "cpu", "name": "stand-in"}
    assert record["threads"] == 2
    assert (chapter.name, chapter.profile, chapter.seed, chapter.device) == (
        "2.1_neural_networks",
        "small",
        3,
        "cpu",
    )
    [(bundle, _)] = shown
    assert set(bundle) == {"text/html", "text/plain", mime.CHAPTER}


def test_the_budget_stands_in_the_front_matter(shown, monkeypatch, tmp_path):
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "2.1_neural_networks.md").write_text(
        "---\naimass:\n  budget: {small: {seconds: 60, memory_gb: 1.5}}\n---\n"
    )
    monkeypatch.setenv("AIMASS_ROOT", str(tmp_path))
    begin()
    assert records(shown, mime.CHAPTER)[0]["budget"] == {"seconds": 60, "memory_gb": 1.5}
    assert "about 1 min 00 s, 1.5 GB" in shown[0][0]["text/plain"]
    begin(profile="full")
    assert records(shown, mime.CHAPTER)[1]["budget"] == {}


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"name": "2.1_neural_network"}, ChapterError, r"did you mean 2\.1_neural_networks\?"),
        ({"profile": "smal"}, ParameterError, "did you mean small"),
        ({"profile": None}, ParameterError, "small or full"),
        ({"seed": -1}, ParameterError, "seed=-1"),
        ({"seed": 2**32}, ParameterError, "whole number"),
        ({"seed": 1.0}, ParameterError, "whole number"),
        ({"seed": True}, ParameterError, "whole number"),
        ({"seed": "0"}, ParameterError, "whole number"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_shown(shown, options, error, message):
    with pytest.raises(error, match=message) as caught:
        begin(**options)
    line(caught)
    assert shown == []


def test_the_environment_names_the_device_unless_the_chapter_does(shown, monkeypatch):
    monkeypatch.setenv("AIMASS_DEVICE", "gpu")
    assert begin().device == "gpu"
    assert begin(device="cpu").device == "cpu"


def test_seeds_are_fixed_distinct_and_grow_at_the_end(shown):
    chapter = begin(seed=1)
    assert chapter.seeds(3) == chapter.seeds(5)[:3] == begin(seed=1).seeds(3)
    assert len({*chapter.seeds(50), *begin(seed=2).seeds(50)}) == 100
    assert all(0 <= seed < 2**31 for seed in chapter.seeds(50))
    with pytest.raises(ParameterError, match="count"):
        chapter.seeds(0)


def test_a_claim_leaves_its_record_and_its_number(shown):
    chapter = begin()
    made = chapter.claim(
        "2.1-b.xor",
        "It learns XOR.",
        measure([0.99, 1]),
        BOUND,
        unit="points",
        rejects={"chance": 0.5},
        **GOOD,
    )
    [record] = records(shown, mime.CLAIM)
    assert made.reproduced
    assert record == made.to_json()
    assert record["outcome"] == "reproduced"
    assert record["statement_id"] == "2.1-b"
    assert record["rejects"] == {"chance": 0.5}
    assert record["expect"]["because"] == "it can be represented exactly"
    pattern = r"profile:small\|seed:0\|n:2\|tf:[\d.]+\|keras:[\d.]+\|aimass:[\d.]+\|device:cpu"
    assert re.fullmatch(pattern, record["signature"])
    [number] = records(shown, mime.NUMBER)
    assert (number["name"], number["value"]) == ("2.1-b.xor", 0.995)
    assert number["text"] == "0.995\N{NO-BREAK SPACE}points"


def test_a_failing_claim_is_shown_and_does_not_raise(shown):
    made = begin().claim("2.1-b.xor", "It learns XOR.", measure([0.5, 0.6]), BOUND, **GOOD)
    assert not made.reproduced
    assert records(shown, mime.CLAIM)[0]["outcome"] == "not reproduced"


def test_the_bound_is_the_profile_s(shown):
    both = {"small": at_least(0.9, because="w"), "full": at_least(0.99, because="w")}
    for profile, outcome in (("small", "reproduced"), ("full", "not reproduced")):
        made = begin(profile=profile).claim("2.1-b.xor", "s", measure([0.95]), both, **GOOD)
        assert made.outcome == outcome


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "2.1-b.xr"}, r"did you mean 2\.1-b\.xor\?"),
        ({"id": "2.6-c.bleu"}, "belongs to chapter"),
        ({"expect": at_least(0, because="w")}, "accepts zero"),
        ({"expect": equals(1, tolerance=2, because="w")}, "accepts zero"),
        ({"expect": at_most(2, because="w")}, "rejects nothing"),
        ({"rejects": {"chance": 0.97}}, r"claim 2\.1-b\.xor: the bound ≥ 0\.95 accepts chance"),
        ({"expect": {"full": BOUND}}, "no expectation for the small profile"),
        ({"measured": 0.99}, "measured must come from"),
        ({"verdict": "true"}, "supported, refined, refuted"),
        ({"means": ""}, "means is empty"),
        ({"statement": " "}, "statement is empty"),
    ],
)
def test_a_claim_that_proves_nothing_is_refused_and_leaves_no_record(shown, change, message):
    chapter = begin()
    fields = {
        "id": "2.1-b.xor",
        "statement": "s",
        "measured": measure([1.0]),
        "expect": BOUND,
        **GOOD,
        **change,
    }
    with pytest.raises(ClaimError, match=message) as caught:
        chapter.claim(**fields)
    line(caught)
    assert records(shown, mime.CLAIM) == []


def test_each_name_is_made_once(shown):
    chapter = begin()
    chapter.claim("2.1-b.xor", "s", measure([1.0]), BOUND, **GOOD)
    with pytest.raises(ClaimError, match="made twice"):
        chapter.claim("2.1-b.xor", "s", measure([1.0]), BOUND, **GOOD)
    chapter.number("acc", 1)
    with pytest.raises(ParameterError, match="made twice"):
        chapter.number("acc", 1)


def test_a_cell_may_be_run_again_but_another_cell_may_not_repeat_it(shown, monkeypatch):
    shell = SimpleNamespace(user_ns={"In": ["", "cell a"]}, execution_count=1, parent_header={})
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    chapter = begin()
    chapter.number("acc", 1)
    with pytest.raises(ParameterError, match="made twice"):
        chapter.number("acc", 1)
    shell.execution_count, shell.user_ns["In"] = 2, ["", "cell a", "cell a"]
    chapter.number("acc", 1)
    shell.execution_count, shell.user_ns["In"] = 3, ["", "cell a", "cell a", "cell b"]
    with pytest.raises(ParameterError, match="made twice"):
        chapter.number("acc", 1)


def test_a_number_s_text(shown):
    chapter = begin()
    for name, value, form, unit in [
        ("a", 0.98765, ".3f", ""),
        ("b", 12345, ",d", ""),
        ("c", -2.5, ".1f", "%"),
        ("d", 256.0, "d", ""),
    ]:
        chapter.number(name, value, form, unit)
    nbsp, minus = "\N{NO-BREAK SPACE}", "\N{MINUS SIGN}"
    assert [record["text"] for record in records(shown, mime.NUMBER)] == [
        "0.988",
        "12,345",
        f"{minus}2.5{nbsp}%",
        "256",
    ]
    assert [record["value"] for record in records(shown, mime.NUMBER)] == [0.98765, 12345.0, -2.5, 256.0]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("Acc", 1.0), "lower-case"),
        (("", 1.0), "lower-case"),
        (("acc", float("nan")), "must be finite"),
        (("acc", "1"), "must be a number"),
        (("acc", 1.5, "d"), "no format"),
        (("acc", 1.5, ".q"), "no format"),
    ],
)
def test_a_number_that_is_none_is_refused(shown, args, message):
    with pytest.raises(ParameterError, match=message) as caught:
        begin().number(*args)
    line(caught)


def test_prose_finds_the_number_by_glue_and_the_page_does_not_show_it_twice(shown):
    from myst_nb.ext.glue import extract_glue_data_cell

    begin().number("acc", 0.5)
    bundle, metadata = shown[-1]
    output = nbformat.v4.new_output("display_data", data=bundle, metadata=metadata)
    cell = nbformat.v4.new_code_cell(outputs=[output])
    [(name, found)] = extract_glue_data_cell(cell)
    assert name == "acc"
    assert found["data"]["text/plain"] == "0.500"
    assert found["data"]["text/html"] == "<span class='aimass-number' title='small profile'>0.500</span>"
    assert cell.outputs == []


def drawn(title: str = "t"):
    from aimass.study import figures

    figure, ax = figures.new(height=2)
    ax.plot(FRAME["x"], FRAME["y"])
    ax.set_title(title)
    return figure


def test_a_figure_is_shown_saved_and_carries_its_data(shown, tmp_path):
    begin().figure(drawn(), "rise", data=FRAME, alt="It falls.", caption="A line.")
    [record] = records(shown, mime.FIGURE)
    folder = tmp_path / "run" / "figures" / "2.1_neural_networks"
    assert sorted(path.name for path in folder.iterdir()) == ["rise.csv", "rise.png"]
    assert (folder / "rise.csv").read_text() == record["csv"] == "x,y\n1,0.5\n2,0.25\n"
    assert set(record) == {"chapter", "profile", "name", "alt", "caption", "csv", "sha256"}
    assert record["sha256"] == hashlib.sha256(b"x,y\n1,0.5\n2,0.25\n").hexdigest()
    picture = base64.b64encode((folder / "rise.png").read_bytes()).decode()
    html = shown[-1][0]["text/html"]
    assert f"data:image/png;base64,{picture}" in html
    assert "alt='It falls.'" in html
    assert "[small profile]" in html


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"alt": ""}, "alt is empty"),
        ({"caption": " "}, "caption is empty"),
        ({"name": "../x"}, "lower-case"),
        ({"name": "Rise"}, "lower-case"),
        ({"data": None}, "DataFrame"),
    ],
)
def test_a_figure_without_its_words_or_data_is_refused_and_nothing_saved(shown, tmp_path, change, message):
    fields = {"name": "rise", "data": FRAME, "alt": "a", "caption": "c", **change}
    with pytest.raises(ParameterError, match=message) as caught:
        begin().figure(drawn(), **fields)
    line(caught)
    assert not (tmp_path / "run").exists()


def test_a_figure_with_a_box_for_a_character_is_refused(shown):
    with pytest.raises(ChapterError, match="none of its fonts"):
        begin().figure(drawn("\N{EGYPTIAN HIEROGLYPH A001}"), "rise", data=FRAME, alt="a", caption="c")
    assert records(shown, mime.FIGURE) == []


def test_a_table(shown):
    begin().table(FRAME, "scores", caption="Scores.", format=".1f")
    [record] = records(shown, mime.TABLE)
    assert record["csv"] == "x,y\n1,0.5\n2,0.25\n"
    assert "<td style='text-align:right'>0.5</td>" in shown[-1][0]["text/html"]
    assert "Scores. [small profile]" in shown[-1][0]["text/plain"]


def test_cost(shown):
    begin().cost()
    [record] = records(shown, mime.PROVENANCE)
    assert record["seconds"] >= 0
    assert record["peak_memory_gb"] > 0
    [banner] = records(shown, mime.CHAPTER)
    assert {name: record[name] for name in banner} == banner


def test_checkpoints_are_kept_apart_by_what_made_them(shown, monkeypatch):
    shell = SimpleNamespace(user_ns={"In": ["", "epochs = 1"]}, execution_count=1, parent_header={})
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    first = begin().checkpoint_dir
    assert first.is_dir()
    assert begin().checkpoint_dir == first
    assert begin(seed=1).checkpoint_dir != first
    assert begin(profile="full").checkpoint_dir != first
    shell.user_ns["In"] = ["", "epochs = 2"]
    assert begin().checkpoint_dir != first


class Weights:
    """A model whose weights are a number."""

    value = 0

    def save_weights(self, path):
        path.write_text(str(self.value))

    def load_weights(self, path):
        self.value = int(path.read_text())


def test_a_model_is_trained_once_and_what_that_took_counts_in_the_run_that_reads_it_back(shown, monkeypatch):
    from aimass.study import chapter as module

    shell = SimpleNamespace(user_ns={"In": ["", "epochs = 1"]}, execution_count=1, parent_header={})
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=lambda: clock.now))

    def run(value):
        chapter, model = begin(), Weights()

        def train(path):
            clock.now += 100.0
            model.value = value
            model.save_weights(path)
            model.value = -1  # the weights that count are those in the file

        chapter.trained("ours", model, train)
        clock.now += 5.0
        chapter.cost()
        return model.value, records(shown, mime.PROVENANCE)[-1]

    value, trained = run(7)
    assert (value, trained["seconds"], trained["resumed_seconds"]) == (7, 105.0, 0.0)
    value, resumed = run(8)
    assert (value, resumed["seconds"], resumed["resumed_seconds"]) == (7, 105.0, 100.0)
    assert "1 min 45 s (1 min 40 s of it before, for models read back)" in shown[-1][0]["text/plain"]
    shell.user_ns["In"] = ["", "epochs = 2"]
    assert run(9)[0] == 9


def test_an_interrupted_training_leaves_nothing_to_read_back(shown):
    def train(path):
        path.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        begin().trained("ours", Weights(), train)
    with pytest.raises(ChapterError, match="left no weights"):
        begin().trained("theirs", Weights(), lambda path: None)
    model = begin().trained("ours", Weights(), lambda path: path.write_text("3"))
    assert model.value == 3


def test_without_a_run_folder_files_go_to_the_study_s_or_a_temporary_one(shown, monkeypatch, tmp_path):
    monkeypatch.delenv("AIMASS_RUN_DIR")
    (tmp_path / "chapters").mkdir()
    monkeypatch.setenv("AIMASS_ROOT", str(tmp_path))
    assert begin().run_dir == tmp_path / "build" / "small"
    monkeypatch.setenv("AIMASS_ROOT", str(tmp_path / "nowhere"))
    chapter = begin()
    assert chapter.run_dir.is_dir()
    assert chapter.run_dir == chapter.run_dir


def test_importing_the_room_loads_nothing_heavy():
    code = "import sys, aimass.study; print([m for m in ('tensorflow', 'keras', 'pandas', 'matplotlib') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


REAL = """
import json, random, sys
import numpy as np
from aimass.study import Chapter, at_least, measure
chapter = Chapter("2.1_neural_networks", seed=5, device="cpu")
import keras, tensorflow as tf
model = keras.Sequential([keras.layers.Dense(8, activation="tanh"), keras.layers.Dropout(0.2), keras.layers.Dense(1)])
model.compile("adam", "mse")
x = np.random.normal(size=(64, 4)).astype("float32")
model.fit(x, x.sum(axis=1), epochs=2, verbose=0)
loss = model.evaluate(x, x.sum(axis=1), verbose=0)
Chapter("2.1_neural_networks", seed=5, device="cpu")  # the same cell again, TensorFlow having started
made = chapter.claim("2.1-b.xor", "s", measure([loss, random.random(), float(tf.random.normal([]))]),
                     at_least(1e-9, because="w"), verdict="supported", means="m")
print("RECORD " + json.dumps(made.to_json()))
"""


def test_two_runs_are_equal_to_the_last_bit_and_say_nothing_on_standard_error(tmp_path):
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("TF_", "AIMASS_"))
    }
    environment |= {"AIMASS_THREADS": "1", "AIMASS_RUN_DIR": str(tmp_path), "TF_ENABLE_ONEDNN_OPTS": "1"}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", REAL],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    ended = [(*process.communicate(), process.returncode) for process in started]
    assert [(code, errors) for _, errors, code in ended] == [(0, ""), (0, "")]
    first, second = (re.search(r"^RECORD (.*)$", out, flags=re.MULTILINE).group(1) for out, _, _ in ended)
    assert first == second
    assert json.loads(first)["measured"]["n"] == 3
