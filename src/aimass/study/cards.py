"""The HTML and plain text of what a chapter shows. Pure functions from records to text; everything quoted is escaped.

Class names, for the book's style sheet (the fallback style here has no weight against it):

* ``aimass-card`` on every card, with ``aimass-banner``, ``aimass-claim`` or ``aimass-cost``; inside it ``aimass-head``,
  ``aimass-id``, ``aimass-badge`` (a profile, an outcome), ``aimass-small`` or ``aimass-full``, ``aimass-facts`` (a ``dl``),
  ``aimass-zh`` (Chinese text), ``aimass-signature``;
* a claim card also bears ``reproduced`` or ``not-reproduced`` and has the anchor ``claim-ID``; its measured value is
  ``aimass-value`` and its verdict ``aimass-verdict`` with ``supported``, ``refined`` or ``refuted``;
* ``aimass-figure`` (anchor ``figure-NAME``) and ``aimass-table`` (anchor ``table-NAME``) are ``figure`` elements with
  ``aimass-profile`` and ``aimass-download`` in their captions;
* ``aimass-number`` is a number in the prose.
"""

import base64
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from aimass.study.claims import Claim, Section, Statement
from aimass.study.measured import number_text

PROFILE_TEXT = {
    "small": "small profile: generated newsroom data",
    "full": "full profile: real corpora",
}
MARKS = {True: "\N{HEAVY CHECK MARK}", False: "\N{HEAVY BALLOT X}"}

# For JupyterLab and any page without the book's style sheet. :where() has no specificity, so that the book always wins;
# no colour but the page's own, so that it reads in the dark as in the light.
STYLE = (
    "<style>"
    ":where(.aimass-card){border:1px solid rgba(128,128,128,.5);border-left-width:4px;border-radius:6px;"
    "padding:.6em .9em;margin:.6em 0;max-width:46em;line-height:1.45;overflow-wrap:anywhere}"
    ":where(.aimass-head){display:flex;flex-wrap:wrap;gap:.3em .6em;align-items:baseline;margin:0 0 .3em}"
    ":where(.aimass-badge){border:1px solid currentColor;border-radius:1em;padding:0 .6em;font-size:.85em;white-space:nowrap}"
    ":where(.aimass-card p){margin:.3em 0}"
    ":where(.aimass-facts){display:grid;grid-template-columns:max-content 1fr;gap:.1em .9em;margin:.4em 0}"
    ":where(.aimass-facts dt){font-weight:600}:where(.aimass-facts dd){margin:0}"
    ":where(.aimass-signature,.aimass-zh){font-size:.85em;opacity:.8}"
    ":where(.aimass-signature){font-family:monospace}"
    ":where(.aimass-value){font-size:1.15em;font-weight:700}"
    ":where(.aimass-figure,.aimass-table){margin:.8em 0;overflow-x:auto}"
    ":where(.aimass-figure img){max-width:100%;height:auto;background:#fff}"
    "</style>"
)


def banner(section: Section, record: Mapping[str, Any]) -> tuple[str, str]:
    """The card at a chapter's head, as HTML and as text, from the record under :data:`aimass.study.mime.CHAPTER`."""
    title, zh = section.title["en"], section.title["zh"]
    profile = record["profile"]
    facts = [
        ("Seed", str(record["seed"])),
        ("Device", _device(record)),
        ("Versions", _versions(record["versions"])),
    ]
    if record["budget"]:
        facts.append(("Budget", _budget(record["budget"])))
    html = (
        f"{STYLE}<section class='aimass-card aimass-banner aimass-{escape(profile)}'>"
        f"<div class='aimass-head'><strong>{escape(section.id)} {escape(title)}</strong>"
        f"<span class='aimass-zh' lang='zh'>{escape(zh)}</span>"
        f"<span class='aimass-badge aimass-{escape(profile)}'>{escape(PROFILE_TEXT[profile])}</span></div>"
        f"{_facts(facts)}</section>"
    )
    lines = [
        f"{section.id} {title} {zh} ({PROFILE_TEXT[profile]})",
        *(f"  {name}: {value}" for name, value in facts),
    ]
    return html, "\n".join(lines)


def claim_card(claim: Claim, statement: Statement) -> tuple[str, str]:
    """A claim's card, as HTML with the anchor ``claim-ID``, and as text."""
    ok = claim.reproduced
    outcome = f"{MARKS[ok]} {claim.outcome}"
    value, spread = claim.measured.parts(claim.unit)
    rejects = ", ".join(f"{name} ({number_text(null)})" for name, null in claim.rejects.items())
    facts = [
        ("Measured", f"<span class='aimass-value'>{escape(value)}</span> {escape(spread)}", claim.measured.text(claim.unit)),
        ("Expected", f"{escape(claim.expect.text)} <span>because {escape(claim.expect.because)}</span>",
         f"{claim.expect.text}, because {claim.expect.because}"),
    ]  # fmt: skip
    if rejects:
        facts.append(("Bound rejects", escape(rejects), rejects))
    facts.append(
        (
            "Verdict",
            f"<span class='aimass-verdict {claim.verdict}'>{escape(_verdict(claim))}</span> {escape(claim.means)}",
            f"{_verdict(claim)} {claim.means}",
        )
    )
    en, zh = statement.statement["en"], statement.statement["zh"]
    css = "reproduced" if ok else "not-reproduced"
    html = (
        f"<section class='aimass-card aimass-claim {css}' id='claim-{escape(claim.id)}'>"
        f"<div class='aimass-head'><a class='aimass-id' href='#claim-{escape(claim.id)}'>{escape(claim.id)}</a>"
        f"<span class='aimass-badge aimass-outcome'>{outcome}</span>"
        f"<span class='aimass-badge aimass-{claim.profile}'>{claim.profile} profile</span></div>"
        f"<p class='aimass-statement'><em>The whitepaper:</em> {escape(en)} "
        f"<span class='aimass-zh' lang='zh'>{escape(zh)}</span></p>"
        f"<p class='aimass-ours'><em>Our claim:</em> {escape(claim.statement)}</p>"
        f"{_facts([(name, markup) for name, markup, _ in facts], escaped=True)}"
        f"<p class='aimass-signature'>{escape(claim.signature)}</p></section>"
    )
    lines = [
        f"{outcome}: claim {claim.id} ({claim.profile} profile)",
        f"  whitepaper: {en}",
        f"  claim: {claim.statement}",
        *(f"  {name.lower()}: {text}" for name, _, text in facts),
        f"  {claim.signature}",
    ]
    return html, "\n".join(lines)


def _verdict(claim: Claim) -> str:
    """The verdict on the whitepaper's statement, which only a reproduced claim carries."""
    if claim.reproduced:
        return f"{claim.verdict}:"
    return f"none from this run (it would have been {claim.verdict}):"


def cost_card(record: Mapping[str, Any]) -> tuple[str, str]:
    """What a run took, against its budget, as HTML and as text, from the record under ``PROVENANCE``."""
    seconds, memory, budget = record["seconds"], record["peak_memory_gb"], record["budget"] or {}
    resumed = record.get("resumed_seconds")
    before = f" ({duration(resumed)} of it before, for models read back)" if resumed else ""
    facts = [
        ("Device", _device(record)),
        ("Time", f"{duration(seconds)}{before}{_share(seconds, budget.get('seconds'), duration)}"),
        ("Peak memory", f"{memory:.1f} GB{_share(memory, budget.get('memory_gb'), _gigabytes)}"),
    ]
    head = f"Cost of this run ({PROFILE_TEXT[record['profile']]})"
    html = f"<section class='aimass-card aimass-cost'><p><strong>{escape(head)}</strong></p>{_facts(facts)}</section>"
    return html, "\n".join([head, *(f"  {name}: {value}" for name, value in facts)])


def figure_html(record: Mapping[str, Any], png: bytes, size: tuple[int, int]) -> str:
    """A figure with its caption and its data, all within the page; ``size`` is the picture's, in CSS pixels."""
    source = base64.b64encode(png).decode("ascii")
    name = escape(record["name"])
    return (
        f"<figure class='aimass-figure' id='figure-{name}'>"
        f"<img src='data:image/png;base64,{source}' alt='{escape(record['alt'])}' width='{size[0]}' height='{size[1]}'>"
        f"<figcaption>{_caption(record)}</figcaption></figure>"
    )


def table_html(
    record: Mapping[str, Any], header: Sequence[str], rows: Sequence[Sequence[str]], numeric: set[int]
) -> str:
    """A table with its caption and its data; ``numeric`` are the columns that are set flush right."""

    def cell(tag: str, column: int, text: str) -> str:
        align = " style='text-align:right'" if column in numeric else " style='text-align:left'"
        return f"<{tag}{align}>{escape(text)}</{tag}>"

    head = "".join(cell("th", column, text) for column, text in enumerate(header))
    body = "".join(
        "<tr>" + "".join(cell("td", n, text) for n, text in enumerate(row)) + "</tr>" for row in rows
    )
    return (
        f"<figure class='aimass-table' id='table-{escape(record['name'])}'>"
        f"<table class='dataframe'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        f"<figcaption>{_caption(record)}</figcaption></figure>"
    )


def number_html(text: str, profile: str) -> str:
    """A number for the prose, which tells its profile when pointed at."""
    return f"<span class='aimass-number' title='{escape(profile)} profile'>{escape(text)}</span>"


def duration(seconds: float) -> str:
    """``42 s``, ``3 min 05 s``, ``1 h 02 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def _gigabytes(amount: float) -> str:
    return f"{amount:g} GB"


def _share(used: float, budget: float | None, write: Any) -> str:
    if not budget:
        return ""
    return f", {used / budget:.0%} of the budget of {write(budget)}"


def _budget(budget: Mapping[str, Any]) -> str:
    parts = []
    if budget.get("seconds"):
        parts.append(duration(budget["seconds"]))
    if budget.get("memory_gb"):
        parts.append(_gigabytes(budget["memory_gb"]))
    return "about " + ", ".join(parts) if parts else "none stated"


def _device(record: Mapping[str, Any]) -> str:
    device, threads = record["device"], record["threads"]
    kind = device["kind"].upper()
    return f"{kind} ({device['name']}), {threads} thread{'s' if threads != 1 else ''}"


def _versions(versions: Mapping[str, str]) -> str:
    shown = ("aimass", "tensorflow", "keras", "numpy", "python")
    return ", ".join(f"{name} {versions[name]}" for name in shown if name in versions)


def _facts(facts: Sequence[tuple[str, str]], escaped: bool = False) -> str:
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{value if escaped else escape(value)}</dd>" for name, value in facts
    )
    return f"<dl class='aimass-facts'>{rows}</dl>"


def _caption(record: Mapping[str, Any]) -> str:
    data = base64.b64encode(record["csv"].encode("utf-8")).decode("ascii")
    return (
        f"{escape(record['caption'])} <span class='aimass-profile'>[{escape(record['profile'])} profile]</span> "
        f"<a class='aimass-download' download='{escape(record['name'])}.csv' href='data:text/csv;base64,{data}'>"
        "data (CSV)</a>"
    )
