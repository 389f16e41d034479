import json

import pytest

from aimass.errors import ChapterError
from aimass.study.ledger import Ledger, audit, collect, collect_sound, load, statement_verdicts
from aimass.study.notebooks import find_notebooks, read_notebook

from . import handmade as hm


def kinds(ledger, registry):
    return sorted((problem.kind, problem.claim) for problem in audit(ledger, registry))


def made(tmp_path, records, **options):
    return collect([hm.write(tmp_path / "n.ipynb", records, **options)])


def test_a_notebook_gives_all_its_records(tmp_path):
    ledger = collect([hm.write(tmp_path / "a.ipynb")])
    entry = ledger.chapters[hm.NAME]
    assert [claim.id for claim in entry.claims] == ["2.1-a.one", "2.1-a.two", "2.1-b.xor"]
    assert entry.claims[0].measured.value == 0.9
    assert entry.numbers["epochs"].value == 12.0
    assert entry.figures["curve"].csv == hm.CSV
    assert entry.tables["scores"].caption == "c"
    assert entry.provenance["seed"] == 0
    assert ledger.profile == "small"
    assert audit(ledger, hm.registry(tmp_path)) == []


def test_json_round_trip_is_exact_sorted_and_stable(tmp_path):
    ledger = collect([hm.write(tmp_path / "a.ipynb")])
    text = ledger.to_json()
    assert Ledger.from_json(text) == ledger
    assert Ledger.from_json(text).to_json() == text
    shuffled = collect([hm.write(tmp_path / "b.ipynb", hm.two_one()[::-1])])
    assert shuffled.to_json() == text
    content = json.loads(text)
    assert content["schema"] == 1
    assert content["profile"] == "small"
    assert text.endswith("\n")


def test_two_runs_differ_in_provenance_only(tmp_path):
    first = collect([hm.write(tmp_path / "a.ipynb")])
    late = hm.provenance(started="2027-01-01T00:00:00Z", seconds=99.0)
    second = collect([hm.write(tmp_path / "b.ipynb", run=late)])
    one, two = (json.loads(ledger.to_json()) for ledger in (first, second))
    assert one != two
    for content in (one, two):
        content["chapters"][hm.NAME]["provenance"] = {}
    assert one == two


def test_the_runners_stamp_gives_fingerprint_and_parameters(tmp_path):
    stamp = {"fingerprint": {"code": "abc"}, "parameters": {"epochs": 3}, "provenance": {"seconds": 50.0}}
    entry = made(tmp_path, None, stamp=stamp).chapters[hm.NAME]
    assert entry.fingerprint == {"code": "abc"}
    assert entry.provenance["parameters"] == {"epochs": 3}
    assert entry.provenance["seconds"] == 50.0
    assert entry.provenance["threads"] == 2


def test_mixed_profiles_are_recorded(tmp_path):
    other = [("claim", hm.claim("2.6-a.map"))]
    paths = [
        hm.write(tmp_path / "a.ipynb"),
        hm.write(tmp_path / "b.ipynb", other, chapter=hm.OTHER, profile="full"),
    ]
    ledger = collect(paths)
    assert ledger.profile == "mixed"
    assert ledger.profiles == ("full", "small")
    assert json.loads(ledger.to_json())["profile"] == "mixed"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda records: records.append(("claim", hm.claim("2.1-a.one"))), ("duplicate", "2.1-a.one")),
        (lambda records: records.append(("claim", hm.claim("2.1-a.new"))), ("unlisted", "2.1-a.new")),
        (lambda records: records.pop(2), ("dropped", "2.1-b.xor")),
        (lambda records: records.append(("claim", hm.claim("2.6-a.map"))), ("misplaced", "2.6-a.map")),
        (lambda records: records[0][1].update(verdict="refuted"), ("contradiction", "2.1-a.one")),
    ],
)
def test_audit_finds_each_fault(tmp_path, change, expected):
    records = hm.two_one()
    change(records)
    ledger = made(tmp_path, records)
    registry = hm.registry(tmp_path)
    assert kinds(ledger, registry) == [expected]
    (problem,) = audit(ledger, registry)
    assert expected[1] in problem.message
    assert "\n" not in problem.message


def test_a_chapter_that_the_study_does_not_list_is_a_problem(tmp_path):
    ledger = made(tmp_path, [], chapter="9_unheard")
    assert kinds(ledger, hm.registry(tmp_path)) == [("unlisted", "")]


def test_a_duplicate_survives_the_round_trip(tmp_path):
    ledger = made(tmp_path, [*hm.two_one(), ("claim", hm.claim("2.1-a.one"))])
    assert kinds(Ledger.from_json(ledger.to_json()), hm.registry(tmp_path)) == [("duplicate", "2.1-a.one")]


def test_statement_verdicts(tmp_path):
    records = hm.two_one()
    failed = hm.claim("2.1-b.xor", measured=hm.measured(0.7), outcome="not reproduced")
    verdicts = statement_verdicts(made(tmp_path, records), hm.registry(tmp_path))
    assert {id: each.verdict for id, each in verdicts.items()} == {
        "2.1-a": "refined",
        "2.1-b": "supported",
        "2.6-a": "not yet measured",
        "3.1-a": "not yet measured",
    }
    records[2] = ("claim", failed)
    verdicts = statement_verdicts(made(tmp_path, records), hm.registry(tmp_path))
    assert (verdicts["2.1-a"].verdict, verdicts["2.1-b"].verdict) == ("refined", "undecided")
    assert "2.1-b.xor" in verdicts["2.1-b"].why


@pytest.mark.parametrize(
    "change",
    [lambda records: records.pop(0), lambda records: records[0][1].update(verdict="supported")],
    ids=["one claim missing", "claims disagree"],
)
def test_a_statement_is_undecided_without_agreement_of_all_its_claims(tmp_path, change):
    records = hm.two_one()
    change(records)
    assert statement_verdicts(made(tmp_path, records), hm.registry(tmp_path))["2.1-a"].verdict == "undecided"


def broken(tmp_path, change):
    path = hm.write(tmp_path / "x.ipynb")
    change(path)
    return path


def _no_outputs(path):
    hm.edit(path, lambda nb: [cell.update(outputs=[]) for cell in nb["cells"] if cell["cell_type"] == "code"])


def _error_output(path):
    error = {"output_type": "error", "ename": "ValueError", "evalue": "no\nluck", "traceback": []}
    hm.edit(path, lambda nb: nb["cells"][-1].update(outputs=[error]))


def _data(nb, cell, kind):
    return nb["cells"][cell]["outputs"][0]["data"][hm.MIME.format(kind)]


FAULTS = {
    "cut short": (lambda p: p.write_text(p.read_text()[:400]), "not JSON"),
    "not text": (lambda p: p.write_bytes(b"\xff\xfe\x00"), "can't be read"),
    "a list": (lambda p: p.write_text("[1]"), "not a notebook"),
    "another JSON": (lambda p: p.write_text('{"a": 1}'), "not a notebook"),
    "schema": (lambda p: hm.edit(p, lambda nb: nb["cells"][1].pop("source")), "not a valid notebook"),
    "old format": (lambda p: hm.edit(p, lambda nb: nb.update(nbformat=99)), "not a valid notebook"),
    "papermill": (
        lambda p: hm.edit(p, lambda nb: nb["metadata"].update(papermill={"exception": True})),
        "exception",
    ),
    "error output": (_error_output, "ValueError: no luck"),
    "no outputs": (_no_outputs, "never executed"),
    "unfinished": (
        lambda p: hm.edit(p, lambda nb: nb["metadata"].update(aimass={"status": "running"})),
        "'running'",
    ),
    "no banner": (lambda p: hm.edit(p, lambda nb: nb["cells"].pop(1)), "banner"),
    "foreign claim": (
        lambda p: hm.edit(p, lambda nb: _data(nb, 2, "claim").update(chapter="2.6_attention")),
        "2.6_att",
    ),
    "other profile": (
        lambda p: hm.edit(p, lambda nb: _data(nb, 2, "claim").update(profile="full")),
        "'full'",
    ),
    "stamp": (lambda p: hm.edit(p, lambda nb: nb["metadata"].update(aimass={"chapter": "1_x"})), "'1_x'"),
    "no value": (lambda p: hm.edit(p, lambda nb: _data(nb, 2, "claim")["measured"].pop("value")), "value"),
    "no unit": (lambda p: hm.edit(p, lambda nb: _data(nb, 2, "claim").pop("unit")), "unit"),
    "odd outcome": (lambda p: hm.edit(p, lambda nb: _data(nb, 2, "claim").update(outcome="fine")), "fine"),
    "lie": (
        lambda p: hm.edit(p, lambda nb: _data(nb, 2, "claim").update(outcome="not reproduced")),
        "2.1-a.one",
    ),
    "odd verdict": (lambda p: hm.edit(p, lambda nb: _data(nb, 2, "claim").update(verdict="maybe")), "maybe"),
    "NaN": (
        lambda p: hm.edit(p, lambda nb: _data(nb, 2, "claim")["measured"].update(value=float("nan"))),
        "nan",
    ),
    "text value": (lambda p: hm.edit(p, lambda nb: _data(nb, 5, "number").update(value="12")), "'12'"),
    "no csv": (lambda p: hm.edit(p, lambda nb: _data(nb, 6, "figure").pop("csv")), "csv"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_kind_of_damage_is_one_clear_line(tmp_path, fault):
    change, told = FAULTS[fault]
    with pytest.raises(ChapterError) as caught:
        collect([broken(tmp_path, change)])
    message = str(caught.value)
    assert told in message
    assert "x.ipynb" in message
    assert "\n" not in message


def test_two_figures_of_one_name_are_refused(tmp_path):
    with pytest.raises(ChapterError, match="figure 'curve' is made twice"):
        made(tmp_path, [("figure", hm.figure("curve")), ("figure", hm.figure("curve"))])


def test_missing_notebook_and_folder(tmp_path):
    with pytest.raises(ChapterError, match="no such notebook"):
        collect([tmp_path / "none.ipynb"])
    with pytest.raises(ChapterError, match="no such directory"):
        find_notebooks(tmp_path / "none")


def test_all_damaged_notebooks_are_named_and_the_sound_ones_kept(tmp_path):
    good = hm.write(tmp_path / "good.ipynb")
    again = hm.write(tmp_path / "again.ipynb")
    bad = tmp_path / "bad.ipynb"
    bad.write_text("{")
    ledger, errors = collect_sound([good, bad, tmp_path / "gone.ipynb", again])
    assert list(ledger.chapters) == [hm.NAME]
    assert ["bad" in str(errors[0]), "gone" in str(errors[1]), "second notebook" in str(errors[2])] == [
        True
    ] * 3


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-20],
        lambda text: text.replace('"schema": 1', '"schema": 2'),
        lambda text: text.replace('"outcome": "reproduced"', '"outcome": "not reproduced"', 1),
        lambda text: text.replace('"profile": "small",\n "schema"', '"profile": "full",\n "schema"'),
        lambda text: "[]",
    ],
)
def test_a_damaged_ledger_is_refused(tmp_path, change):
    text = collect([hm.write(tmp_path / "a.ipynb")]).to_json()
    path = tmp_path / "ledger.json"
    path.write_text(change(text), encoding="utf-8")
    assert change(text) != text
    with pytest.raises(ChapterError, match=r"ledger\.json"):
        load(path)


def test_glued_keys_are_read(tmp_path):
    assert read_notebook(hm.write(tmp_path / "a.ipynb")).glued == {"epochs"}
