"""The register of statements and claims, and the record of a claim."""

import re
from dataclasses import replace

import pytest

from aimass.errors import ChapterError, ClaimError
from aimass.study import at_least, measure
from aimass.study.claims import Claim, Statement, load_registry, statement_id

REGISTER = load_registry()

FORM = """
sections:
  - {id: "1", title: {en: A, zh: 甲}, chapter: 1_a, planned: false}
  - {id: "2", title: {en: B, zh: 乙}, chapter: 2_b, planned: true}
statements:
  - {id: 1-a, section: "1", statement: {en: S, zh: 句}, prior: p, claims: [1-a, 1-a.x]}
"""


def made(value: float) -> Claim:
    return Claim(
        "2.1_neural_networks", "small", "2.1-b.xor", "2.1-b", "It learns XOR.", measure([value]), "",
        at_least(0.95, because="it can"), {"chance": 0.5}, "supported", "So it is.", "profile:small",
    )  # fmt: skip


def test_all_sections_are_there_and_three_are_written():
    ids = [section.id for section in REGISTER.sections]
    six = [f"2.{n}" for n in range(1, 7)]
    assert ids == ["1", *six, *(f"3.{n}" for n in range(1, 12)), *(f"4.{n}" for n in range(1, 6))]
    for section in REGISTER.sections:
        assert section.chapter.split("_")[0] == section.id
        assert section.title["en"]
        assert re.search(r"[\u4e00-\u9fff]", section.title["zh"])


def test_every_statement_is_in_both_languages_and_has_a_prior():
    assert len(REGISTER.statements) == 32
    for statement in REGISTER.statements:
        assert statement.statement["en"], statement.id
        assert re.search(r"[\u4e00-\u9fff]", statement.statement["zh"]), statement.id
        assert statement.prior, statement.id
        assert statement.id.startswith(f"{statement.section}-")


def test_planned_sections_have_no_claims_and_written_chapters_have():
    for section in REGISTER.sections:
        assert bool(REGISTER.claims_of(section.chapter)) != section.planned, section.id


def test_lookup():
    assert REGISTER.statement("2.1-b").section == "2.1"
    assert REGISTER.section_of("2.6_attention").id == "2.6"
    assert REGISTER.section("2.6").chapter == "2.6_attention"
    assert "2.6-c.bleu" in REGISTER.claims_of("2.6_attention")
    with pytest.raises(ChapterError, match=r"did you mean 2\.6_attention\?"):
        REGISTER.section_of("2.6_atention")
    with pytest.raises(ClaimError, match="no statement"):
        REGISTER.statement("9.9-z")


def test_check_finds_the_statement_or_says_what_is_wrong():
    assert isinstance(REGISTER.check("2.1-b.xor", "2.1_neural_networks"), Statement)
    with pytest.raises(ClaimError, match=r"did you mean 2\.1-b\.xor\?"):
        REGISTER.check("2.1-b.xr", "2.1_neural_networks")
    with pytest.raises(ClaimError, match=r"belongs to chapter 2\.1_neural_networks, not to 2\.6_attention"):
        REGISTER.check("2.1-b.xor", "2.6_attention")


@pytest.mark.parametrize("wrong", ["", "xor", "2.1b.xor", "2.1-B", "2.1-b.", "2.1-b.Xor", "2.1-b.x y", None])
def test_malformed_ids(wrong):
    with pytest.raises(ClaimError, match="claim id"):
        statement_id(wrong)


def test_statement_id():
    assert [statement_id(each) for each in ("2.1-b.xor", "1-a", "3.10-c.f1_small")] == [
        "2.1-b",
        "1-a",
        "3.10-c",
    ]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("[1-a, 1-a.x]", "[1-a, 1-a]", "claim 1-a is listed twice"),
        ("[1-a, 1-a.x]", "[1-b.x]", "claim 1-b.x is listed under statement 1-a"),
        ('section: "1"', 'section: "7"', "names section 7"),
        ("chapter: 2_b", "chapter: 1_a", "chapter 1_a is listed twice"),
        ("prior: p, ", "", "lacks 'prior'"),
        ("sections:", "sections: [", "not YAML"),
    ],
)
def test_a_damaged_register_is_refused(tmp_path, before, after, message):
    path = tmp_path / "claims.yml"
    path.write_text(FORM, encoding="utf-8")
    assert load_registry(path).claims_of("1_a") == ("1-a", "1-a.x")
    path.write_text(FORM.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(ClaimError, match=message):
        load_registry(path)


def test_outcome_is_the_bound_s():
    assert made(0.95).outcome == "reproduced"
    assert made(0.9499).outcome == "not reproduced"


def test_record_both_ways_and_a_forged_outcome():
    claim = made(0.9)
    record = claim.to_json()
    assert Claim.from_json(record) == claim
    with pytest.raises(ClaimError, match="recorded as 'reproduced'"):
        Claim.from_json({**record, "outcome": "reproduced"})
    del record["measured"]
    with pytest.raises(ClaimError, match="damaged"):
        Claim.from_json(record)


def test_claims_are_values():
    assert replace(made(1.0), id="2.1-b.xor") == made(1.0)


def test_a_claim_as_a_cells_last_value_shows_nothing_more():
    from IPython.core.formatters import DisplayFormatter

    data, metadata = DisplayFormatter().format(Claim.__new__(Claim))
    assert (data, metadata) == ({}, {})
