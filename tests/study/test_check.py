from dataclasses import replace

import pytest

from aimass.errors import ChapterError
from aimass.study.check import check
from aimass.study.claims import Finding
from aimass.study.project import Project
from aimass.study.sources import Source, open_source

from . import handmade as hm


def report(tmp_path, records=None, **options):
    hm.write(tmp_path / "run" / f"{hm.NAME}.ipynb", records, **options)
    return check(open_source(str(tmp_path / "run"), None), hm.registry(tmp_path))


def project(tmp_path):
    (tmp_path / "chapters").mkdir()
    for name in (hm.NAME, hm.OTHER):
        (tmp_path / "chapters" / f"{name}.md").write_text("# x\n")
    return Project(tmp_path)


def test_all_reproduced_is_0(tmp_path):
    found = report(tmp_path)
    assert found.exit_code == 0
    assert found.lines() == [f"{tmp_path / 'run'}: 3 of 3 claims reproduced in 1 chapters"]


def test_a_claim_not_reproduced_is_1_with_value_bound_and_chapter(tmp_path):
    records = hm.two_one()
    records[1] = ("claim", hm.claim("2.1-a.two", measured=hm.measured(0.75), outcome="not reproduced"))
    found = report(tmp_path, records)
    assert found.exit_code == 1
    line = found.lines()[0]
    for part in ("2.1-a.two", "not reproduced", "0.75", "≥ 0.8", hm.NAME):
        assert part in line


def test_a_known_finding_is_noted_and_one_that_is_gone_is_1(tmp_path):
    records = hm.two_one()
    records[1] = ("claim", hm.claim("2.1-a.two", measured=hm.measured(0.75), outcome="not reproduced"))
    hm.write(tmp_path / "run" / f"{hm.NAME}.ipynb", records)
    known = (Finding("2.1-a.two", "small", "too few rows"), Finding("2.1-a.one", "full", "another profile"))
    registry = replace(hm.registry(tmp_path), findings=known)
    found = check(open_source(str(tmp_path / "run"), None), registry)
    assert found.exit_code == 0
    assert "2.1-a.two is not reproduced" in found.lines()[0]
    assert "too few rows" in found.lines()[0]
    gone = replace(registry, findings=(Finding("2.1-a.one", "small", "it once failed"), *known))
    found = check(open_source(str(tmp_path / "run"), None), gone)
    assert found.exit_code == 1
    assert "2.1-a.one is reproduced, but" in found.lines()[0]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda records: records.pop(0), "never makes it"),
        (lambda records: records.append(("claim", hm.claim("2.1-a.one"))), "made 2 times"),
        (lambda records: records.append(("claim", hm.claim("2.1-a.new"))), "not listed"),
    ],
)
def test_dropped_duplicated_and_unlisted_claims_are_1(tmp_path, change, told):
    records = hm.two_one()
    change(records)
    found = report(tmp_path, records)
    assert found.exit_code == 1
    assert told in found.lines()[0]


def test_a_figure_whose_checksum_does_not_fit_is_2(tmp_path):
    found = report(tmp_path, [*hm.two_one(), ("figure", hm.figure("other", sha256="0" * 64))])
    assert found.exit_code == 2
    assert "figure other" in found.lines()[0]


@pytest.mark.parametrize(
    ("run", "told"), [({}, "no provenance"), ({"seed": 0, "threads": 2}, "versions, device")]
)
def test_missing_provenance_is_2(tmp_path, run, told):
    found = report(tmp_path, run=run)
    assert found.exit_code == 2
    assert told in found.lines()[0]


def test_a_bound_that_accepts_what_it_must_reject_is_2(tmp_path):
    records = hm.two_one()
    records[0] = ("claim", hm.claim("2.1-a.one", rejects={"the baseline": 0.85}))
    found = report(tmp_path, records)
    assert found.exit_code == 2
    assert "the baseline" in found.lines()[0]


def test_a_stored_outcome_that_its_numbers_contradict_is_2(tmp_path):
    records = hm.two_one()
    records[0] = ("claim", hm.claim("2.1-a.one", measured=hm.measured(0.1)))
    found = report(tmp_path, records)
    assert found.exit_code == 2
    assert "2.1-a.one" in found.lines()[0]


def test_an_empty_run_is_2(tmp_path):
    (tmp_path / "run").mkdir()
    with pytest.raises(ChapterError, match="no executed notebook"):
        open_source(str(tmp_path / "run"), None)
    empty = Source("empty", open_source(str(_ledger(tmp_path, [])), None).ledger)
    assert check(empty, hm.registry(tmp_path)).exit_code == 2


def _ledger(tmp_path, paths):
    from aimass.study.ledger import collect

    path = tmp_path / "ledger.json"
    path.write_text(collect(paths).to_json(), encoding="utf-8")
    return path


def test_a_ledger_is_checked_like_its_notebooks(tmp_path):
    records = hm.two_one()
    records.pop(2)
    path = _ledger(tmp_path, [hm.write(tmp_path / "a.ipynb", records)])
    found = check(open_source(str(path), None), hm.registry(tmp_path))
    assert found.exit_code == 1
    assert "2.1-b.xor" in found.lines()[0]


def test_a_profile_needs_every_chapter_of_the_project(tmp_path):
    study = project(tmp_path)
    folder = study.build("small") / "executed"
    hm.write(folder / f"{hm.NAME}.ipynb")
    found = check(open_source("small", study), hm.registry(tmp_path))
    assert found.exit_code == 2
    assert "2.6_attention" in found.lines()[0]
    hm.write(folder / f"{hm.OTHER}.ipynb", [("claim", hm.claim("2.6-a.map"))], chapter=hm.OTHER)
    assert check(open_source("small", study), hm.registry(tmp_path)).exit_code == 0
    (folder / f"{hm.OTHER}.ipynb").write_text("{")
    found = check(open_source("small", study), hm.registry(tmp_path))
    assert found.exit_code == 2
    assert [hm.OTHER in line for line in found.lines()] == [True, False]


def test_a_notebook_under_another_chapters_name_does_not_hide_that_it_is_missing(tmp_path):
    study = project(tmp_path)
    folder = study.build("small") / "executed"
    hm.write(folder / f"{hm.NAME}.ipynb")
    hm.write(folder / f"{hm.OTHER}.ipynb")
    found = check(open_source("small", study), hm.registry(tmp_path))
    assert found.exit_code == 2
    assert hm.OTHER in found.lines()[0]


def test_a_small_result_cannot_pass_as_reference(tmp_path):
    study = project(tmp_path)
    hm.write(study.reference / f"{hm.NAME}.ipynb", profile="full")
    hm.write(study.reference / f"{hm.OTHER}.ipynb", [("claim", hm.claim("2.6-a.map"))], chapter=hm.OTHER)
    found = check(open_source("reference", study), hm.registry(tmp_path))
    assert found.exit_code == 1
    assert any("profile small, not full" in line for line in found.lines())
    assert any("mixes profiles" in line for line in found.lines())
    hm.write(
        study.reference / f"{hm.OTHER}.ipynb",
        [("claim", hm.claim("2.6-a.map"))],
        chapter=hm.OTHER,
        profile="full",
    )
    assert check(open_source("reference", study), hm.registry(tmp_path)).exit_code == 0


def test_what_is_no_run_is_an_error(tmp_path):
    for name in ("nowhere", "small"):
        with pytest.raises(ChapterError):
            open_source(name, None)
