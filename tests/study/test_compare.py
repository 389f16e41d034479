import pytest

from aimass.errors import ChapterError
from aimass.study.causes import CAUSES, causes, likely_cause
from aimass.study.compare import compare
from aimass.study.differences import Tolerance
from aimass.study.records import ChapterEntry
from aimass.study.sources import open_source

from . import handmade as hm

STAMP = {
    "parameters": {"profile": "small", "seed": 0, "device": "auto", "epochs": 3},
    "fingerprint": {
        "code": "c" * 64,
        "modules": {"aimass.models.classifier": "m" * 64},
        "data": {"multi30k": "d" * 64},
        "lock": "l" * 64,
        "device": "cpu",
    },
}


def source(tmp_path, name, records=None, **options):
    return open_source(
        str(hm.write(tmp_path / f"{name}.ipynb", records, stamp=options.pop("stamp", STAMP), **options)), None
    )


def against(tmp_path, records=None, strict=False, **options):
    """The comparison of the sound run with one that is changed, checked to be the same in both directions."""
    a, b = source(tmp_path, "a"), source(tmp_path, "b", records, **options)
    there, back = compare(a, b, strict=strict), compare(b, a, strict=strict)
    assert there.exit_code == back.exit_code
    assert [claim.agree for claim in there.claims] == [claim.agree for claim in back.claims]
    return there


def with_claim(**changes):
    records = hm.two_one()
    records[0] = ("claim", hm.claim("2.1-a.one", **changes))
    return records


def test_a_run_agrees_with_itself(tmp_path):
    found = against(tmp_path, strict=True)
    assert found.exit_code == 0
    *claims, summary = found.lines()
    for id, line in zip(("2.1-a.one", "2.1-a.two", "2.1-b.xor"), claims, strict=True):
        assert line.startswith(f"{id}: agree: 0.900")
        assert "the same outcome" in line
    assert summary.endswith("3 of 3 claims agree, 3 of 3 numbers, figures and tables")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"measured": hm.measured(0.92)}, 0),
        ({"measured": hm.measured(0.99)}, 1),
        ({"measured": hm.measured(-0.9), "outcome": "not reproduced"}, 1),
        ({"measured": hm.measured(0.0), "outcome": "not reproduced"}, 1),
        ({"measured": hm.measured(0.79), "outcome": "not reproduced"}, 1),
        ({"measured": hm.measured(0.97, 0.89, 0.99)}, 0),
        ({"measured": hm.measured(0.97, 0.96, 0.99)}, 1),
        ({"verdict": "supported"}, 1),
        ({"unit": "%"}, 1),
    ],
)
def test_one_changed_claim(tmp_path, changes, expected):
    found = against(tmp_path, with_claim(**changes))
    assert found.exit_code == expected
    assert [claim.agree for claim in found.claims] == [expected == 0, True, True]


def test_overlap_with_different_outcome_is_disagreement(tmp_path):
    spread = {"measured": hm.measured(0.79, 0.7, 0.9), "outcome": "not reproduced"}
    (claim, *_) = against(tmp_path, with_claim(**spread)).claims
    assert not claim.same_outcome
    assert claim.interval.agree
    assert not claim.agree


def test_a_claim_missing_on_one_side_disagrees(tmp_path):
    found = against(tmp_path, hm.two_one()[1:])
    assert found.exit_code == 1
    assert "missing" in found.lines()[0]


def test_the_tolerance_decides_for_single_runs(tmp_path):
    a, b = source(tmp_path, "a"), source(tmp_path, "b", with_claim(measured=hm.measured(0.92)))
    assert compare(a, b, Tolerance(0.05)).exit_code == 0
    assert compare(a, b, Tolerance(0.01)).exit_code == 1


@pytest.mark.parametrize(
    ("place", "record", "plain", "strict"),
    [
        (3, ("number", hm.number("epochs", 12.1)), 0, 0),
        (3, ("number", hm.number("epochs", 24.0)), 0, 1),
        (3, ("number", hm.number("epochs", 12.0, unit="s")), 1, 1),
        (3, ("number", hm.number("other", 12.0)), 1, 1),
        (4, ("figure", hm.figure("curve", hm.CSV.replace("0.25", "0.5"))), 0, 1),
        (4, ("figure", hm.figure("curve", hm.CSV.replace("2,0.25", "2,-0.25"))), 0, 1),
        (4, ("figure", hm.figure("curve", hm.CSV.replace("loss", "cost"))), 1, 1),
        (4, ("figure", hm.figure("elsewhere")), 1, 1),
        (5, ("table", {"name": "scores", "caption": "c", "csv": "who,score\nours,0.5\n"}), 0, 1),
    ],
)
def test_numbers_figures_and_tables(tmp_path, place, record, plain, strict):
    records = hm.two_one()
    records[place] = record
    found = against(tmp_path, records)
    assert found.exit_code == plain
    assert against(tmp_path, records, strict=True).exit_code == strict
    if strict:
        assert any(record[1]["name"] in line for line in found.lines())


def test_a_figures_difference_is_measured(tmp_path):
    records = hm.two_one()
    records[4] = ("figure", hm.figure("curve", hm.CSV.replace("0.25", "0.5")))
    (item,) = [item for item in against(tmp_path, records).items if item.kind == "figure"]
    assert (item.absolute, item.relative) == (0.25, 0.5)
    assert [column.column for column in item.columns if not column.agree] == ["loss"]


def test_a_claims_own_number_is_not_compared_twice(tmp_path):
    records = [*hm.two_one(), ("number", hm.number("2.1-a.one", 0.9))]
    assert not [item for item in against(tmp_path, records).items if item.name == "2.1-a.one"]


def test_different_profiles_compare_outcomes_only_and_say_so(tmp_path):
    found = against(tmp_path, with_claim(measured=hm.measured(0.99)), profile="full")
    assert found.exit_code == 0
    assert found.items == ()
    assert all(claim.interval is None for claim in found.claims)
    assert any("only outcomes" in line for line in found.lines())
    failed = with_claim(measured=hm.measured(0.1), outcome="not reproduced")
    found = against(tmp_path, failed, profile="full")
    assert found.exit_code == 1
    assert found.claims[0].cause == "profile"


def test_nothing_in_common_is_2(tmp_path):
    other = [("claim", hm.claim("2.6-a.map"))]
    found = against(tmp_path, other, chapter=hm.OTHER)
    assert found.exit_code == 2
    assert any("no claim in common" in line for line in found.lines())
    assert against(tmp_path, hm.two_one()[3:]).exit_code == 2


def test_damage_is_2(tmp_path):
    good = source(tmp_path, "a")
    (tmp_path / "run").mkdir()
    hm.write(tmp_path / "run" / "one.ipynb")
    (tmp_path / "run" / "two.ipynb").write_text("{")
    assert compare(good, open_source(str(tmp_path / "run"), None)).exit_code == 2
    assert against(tmp_path, [*hm.two_one(), ("figure", hm.figure("x", sha256="0"))]).exit_code == 2
    assert against(tmp_path, [*hm.two_one(), ("claim", hm.claim("2.1-a.one"))]).exit_code == 2
    with pytest.raises(ChapterError, match="names a column twice"):
        compare(
            good, source(tmp_path, "b", [*hm.two_one()[:4], ("figure", hm.figure("curve", "a,a\n1,2\n"))])
        )


def test_a_chapter_of_one_side_only_is_noted(tmp_path):
    for name in ("one", "two"):
        hm.write(tmp_path / name / "a.ipynb")
    hm.write(tmp_path / "two" / "b.ipynb", [("claim", hm.claim("2.6-a.map"))], chapter=hm.OTHER)
    found = compare(*(open_source(str(tmp_path / name), None) for name in ("one", "two")))
    assert found.exit_code == 0
    assert any("not compared: 2.6_attention" in line for line in found.lines())


RECORDED = {
    "provenance": {**hm.provenance(), "parameters": STAMP["parameters"]},
    "fingerprint": STAMP["fingerprint"],
}

CHANGES = {
    "parameters": {"provenance": {"parameters": {"epochs": 9}}},
    "data": {"fingerprint": {"data": {"multi30k": "e" * 64}}},
    "seed": {"provenance": {"seed": 1}},
    "code": {"fingerprint": {"modules": {"aimass.models.classifier": "n" * 64}}},
    "versions": {"provenance": {"versions": {"python": "3.12.1", "tensorflow": "2.21.0"}}},
    "device": {"provenance": {"device": {"kind": "gpu", "name": "H200"}}},
    "threads": {"provenance": {"threads": 8}},
}


def entry(*kinds, profile="small"):
    parts = {name: dict(RECORDED[name]) for name in RECORDED}
    for kind in kinds:
        for part, changes in CHANGES[kind].items():
            parts[part].update(changes)
    return ChapterEntry(hm.NAME, profile, **parts)


def test_the_likely_cause_follows_the_documented_order():
    assert likely_cause(causes(entry(), entry())) == "unexplained"
    kinds = list(CHANGES)
    assert [kind for kind in CAUSES if kind in CHANGES] == kinds
    for place, kind in enumerate(kinds):
        assert {cause.kind for cause in causes(entry(), entry(kind))} == {kind}
        assert likely_cause(causes(entry(), entry(*kinds[place:]))) == kind
    assert likely_cause(causes(entry(), entry(*kinds, profile="full"))) == "profile"


@pytest.mark.parametrize("part", ["lock", "code"])
def test_lock_and_code_cells_count(part):
    other = entry()
    other = ChapterEntry(hm.NAME, "small", other.provenance, {**other.fingerprint, part: "z" * 64})
    (cause,) = causes(entry(), other)
    assert cause.kind == ("versions" if part == "lock" else "code")


def test_the_cause_is_named_beside_the_disagreement(tmp_path):
    records = with_claim(measured=hm.measured(0.99))
    found = against(tmp_path, records, run=hm.provenance(seed=7, threads=8))
    assert found.claims[0].cause == "seed"
    assert found.claims[1].cause == ""
    assert "likely cause: seed" in found.lines()[0]
    assert any("seed: 0 against 7" in line or "seed: 7 against 0" in line for line in found.lines())
    assert against(tmp_path, records).claims[0].cause == "unexplained"


def test_what_is_not_recorded_is_said(tmp_path):
    found = against(tmp_path, stamp=None)
    assert any("not recorded on both sides: code, data, lock, parameters" in line for line in found.lines())
