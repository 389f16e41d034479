"""The parts of the book that are drawn from a ledger: the findings at a glance, the ledger's table, the bar under each title.

Pure functions from records to MyST Markdown or HTML; everything quoted is escaped.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from aimass.study.cards import duration
from aimass.study.claims import Claim, Registry, Section, Statement
from aimass.study.ledger import MIXED, NOT_MEASURED, Ledger, StatementVerdict, statement_verdicts

EDITIONS = {
    "small": "small profile: generated newsroom data",
    "full": "full profile: real corpora",
    "reference": "reference edition: full profile, real corpora",
    MIXED: "mixed profiles: chapters of this edition ran with different profiles",
}


def glance_markdown(ledger: Ledger, registry: Registry, link: str) -> str:
    """The whitepaper's statements with what this edition makes of each, by section; sections without a chapter are folded away.

    Args:
        ledger: the edition's ledger.
        registry: the study's statements.
        link: the way from the including page to the site's root, "" or "../".
    """
    verdicts = statement_verdicts(ledger, registry)
    shown: list[str] = []
    folded: list[str] = []
    for section in registry.sections:
        statements = registry.statements_of(section.chapter)
        measured = section.chapter in ledger.chapters
        rows = shown if measured else folded
        if statements:
            rows.append(_section_row(section, measured, link))
            rows += [_statement_row(one, verdicts[one.id], ledger, link) for one in statements]
    parts = [_tally(verdicts), _glance_table(shown) if shown else ""]
    if folded:
        sections = sum("am-section" in row for row in folded)
        parts.append(
            f"<details class='am-more'><summary>{_count(sections, 'section')} whose chapter is still to come</summary>"
            f"{_glance_table(folded)}</details>"
        )
    return _raw("".join(parts))


def _glance_table(rows: Sequence[str]) -> str:
    return (
        "<div class='am-scroll'><table class='am-glance'><thead><tr><th>Id</th><th>The whitepaper's statement</th>"
        f"<th>Verdict</th><th>Claims</th></tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def ledger_markdown(ledger: Ledger, registry: Registry) -> str:
    """The ledger's page: a summary, the filters, all claims, and the statements that no claim tests yet."""
    claims = sorted(ledger.claims, key=lambda claim: (_order(claim.chapter, registry), claim.id))
    reproduced = sum(claim.reproduced for claim in claims)
    summary = (
        f"<p class='am-summary'><strong>{reproduced} of {len(claims)}</strong> claims reproduced in "
        f"{_count(len(ledger.chapters), 'chapter')}. {escape(_edition_text(ledger))}.</p>"
    )
    rows = "".join(_claim_row(claim, registry) for claim in claims)
    head = "".join(
        f"<th>{name}</th>"
        for name in ("Claim", "What is claimed", "Measured", "Expected", "Outcome, verdict")
    )
    table = (
        f"<table class='am-ledger' id='ledger-table'><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        "<p id='ledger-none' class='am-none' hidden>No claim fits these filters.</p>"
    )
    verdicts = statement_verdicts(ledger, registry)
    return "\n\n".join(
        [
            _raw(summary + _filters(claims, registry) + f"<div class='am-scroll'>{table}</div>"),
            "## By statement",
            "What the claims amount to, for each statement of the whitepaper. A statement whose claims are not all reproduced,"
            " or were not all made, is *undecided*.",
            _raw(f"{_tally(verdicts)}<div class='am-scroll'>{_statements(verdicts, registry)}</div>"),
        ]
    )


def pagebar(badge: str, text: str, downloads: Sequence[tuple[str, str]]) -> str:
    """The bar under a page's title: the profile's badge, a few words on the run, and the downloads (label, address)."""
    links = " ".join(f"<a href='{escape(href)}' download>{escape(label)}</a>" for label, href in downloads)
    return (
        f"<div class='am-pagebar'><span class='am-badge am-{escape(badge)}' title='{escape(EDITIONS.get(badge, badge))}'>"
        f"{escape(badge)}{'' if badge == MIXED or badge == 'reference' else ' profile'}</span>"
        f"<span class='am-run'>{escape(text)}</span><span class='am-downloads'>Download {links}</span></div>"
    )


def run_text(provenance: Mapping[str, Any]) -> str:
    """A few words on a chapter's run: device, time, day."""
    parts = []
    device = provenance.get("device")
    if isinstance(device, Mapping) and device.get("kind"):
        parts.append(f"measured on {str(device['kind']).upper()}")
    if isinstance(provenance.get("seconds"), (int, float)):
        parts.append(f"in {duration(provenance['seconds'])}")
    day = str(provenance.get("finished") or provenance.get("started") or "")[:10]
    return " ".join([*parts, *([f"on {day}"] if day else [])])


def _raw(html: str) -> str:
    return f"```{{raw}} html\n{html}\n```"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _edition_text(ledger: Ledger) -> str:
    """The edition in words; a mixed one names the chapters of each profile."""
    if ledger.profile != MIXED:
        return EDITIONS.get(ledger.profile, "no chapter was run").capitalize()
    told = "; ".join(
        f"{profile}: {', '.join(name for name, entry in ledger.chapters.items() if entry.profile == profile)}"
        for profile in ledger.profiles
    )
    return f"Mixed profiles ({told})"


def _order(chapter: str, registry: Registry) -> int:
    names = list(registry.chapters)
    return names.index(chapter) if chapter in names else len(names)


def _page(chapter: str) -> str:
    return f"chapters/{chapter}.html"


def _chip(word: str) -> str:
    return f"<span class='am-chip am-{escape(word.replace(' ', '-'))}'>{escape(word)}</span>"


def _tally(verdicts: Mapping[str, StatementVerdict]) -> str:
    """One line of chips: how many statements have which verdict."""
    words = [verdict.verdict for verdict in verdicts.values()]
    shown = ("supported", "refined", "refuted", "undecided", NOT_MEASURED)
    parts = [
        f"<span>{_chip(word)} <strong>{words.count(word)}</strong></span>" for word in shown if word in words
    ]
    return f"<p class='am-tally'>{_count(len(words), 'statement')}: {' '.join(parts)}</p>"


def _section_row(section: Section, measured: bool, link: str) -> str:
    title = f"{escape(section.id)} {escape(section.title['en'])}"
    if measured:
        title = f"<a href='{link}{_page(section.chapter)}'>{title}</a>"
    zh = f"<span class='am-zh' lang='zh'>{escape(section.title['zh'])}</span>"
    return f"<tr class='am-section'><th colspan='4'>{title} {zh}</th></tr>"


def _statement_row(statement: Statement, verdict: StatementVerdict, ledger: Ledger, link: str) -> str:
    made = {claim.id: claim for claim in ledger.claims}
    links = " ".join(_claim_link(made[claim_id], link) for claim_id in verdict.claims)
    return (
        f"<tr><td class='am-id'>{escape(statement.id)}</td><td>{escape(statement.statement['en'])} "
        f"<span class='am-zh' lang='zh'>{escape(statement.statement['zh'])}</span></td>"
        f"<td title='{escape(verdict.why)}'>{_chip(verdict.verdict)}</td>"
        f"<td class='am-links'>{links}</td></tr>"
    )


def _claim_link(claim: Claim, link: str) -> str:
    mark = "" if claim.reproduced else " class='am-missed'"
    name = claim.id[len(claim.statement_id) :].lstrip(".") or claim.id
    return f"<a{mark} href='{link}{_page(claim.chapter)}#claim-{escape(claim.id)}'>{escape(name)}</a>"


def _claim_row(claim: Claim, registry: Registry) -> str:
    verdict = claim.verdict if claim.reproduced else "undecided"
    cells = [
        (
            "Claim",
            f"<a href='{_page(claim.chapter)}#claim-{escape(claim.id)}'>{escape(claim.id)}</a>"
            f"<span class='am-sub'>{escape(claim.profile)}</span>",
        ),
        ("What is claimed", escape(claim.statement) + _known(claim, registry)),
        ("Measured", escape(claim.measured.text(claim.unit))),
        ("Expected", f"<span title='{escape(claim.expect.because)}'>{escape(claim.expect.text)}</span>"),
        ("Outcome, verdict", f"{_chip(claim.outcome)} {_chip(verdict)}"),
    ]
    tds = "".join(f"<td data-label='{name}'>{html}</td>" for name, html in cells)
    return (
        f"<tr id='row-{escape(claim.id)}' data-chapter='{escape(claim.chapter)}' data-verdict='{escape(verdict)}' "
        f"data-outcome='{escape(claim.outcome)}'>{tds}</tr>"
    )


def _known(claim: Claim, registry: Registry) -> str:
    """Why a claim is known not to be reproduced; nothing for any other."""
    finding = registry.finding(claim.id, claim.profile)
    return f"<span class='am-sub'>a known finding: {escape(finding.why)}</span>" if finding else ""


def _filters(claims: Sequence[Claim], registry: Registry) -> str:
    """The controls above the table; shown only where the page's script runs."""

    def select(name: str, label: str, options: Iterable[tuple[str, str]]) -> str:
        items = "".join(f"<option value='{escape(value)}'>{escape(text)}</option>" for value, text in options)
        return (
            f"<label>{label} <select id='ledger-{name}'><option value=''>all</option>{items}</select></label>"
        )

    chapters = dict.fromkeys(claim.chapter for claim in claims)
    verdicts = sorted({claim.verdict if claim.reproduced else "undecided" for claim in claims})
    return (
        "<form class='am-filters' id='ledger-filters' hidden>"
        + select("chapter", "Chapter", [(name, _chapter_title(name, registry)) for name in chapters])
        + select("verdict", "Verdict", [(word, word) for word in verdicts])
        + select("outcome", "Outcome", [(word, word) for word in sorted({claim.outcome for claim in claims})])
        + "<label>Words <input id='ledger-words' type='search' placeholder='in the claim'></label>"
        + "<output id='ledger-count' aria-live='polite'></output></form>"
    )


def _chapter_title(chapter: str, registry: Registry) -> str:
    for section in registry.sections:
        if section.chapter == chapter:
            return f"{section.id} {section.title['en']}"
    return chapter


def _statements(verdicts: Mapping[str, StatementVerdict], registry: Registry) -> str:
    rows = "".join(
        f"<tr><td class='am-id'>{escape(one.id)}</td><td>{escape(one.statement['en'])}</td>"
        f"<td>{_chip(verdicts[one.id].verdict)}</td><td>{escape(verdicts[one.id].why)}</td></tr>"
        for one in registry.statements
    )
    return (
        "<table class='am-statements'><thead><tr><th>Id</th><th>Statement</th><th>Verdict</th><th>Because</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )
