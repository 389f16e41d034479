"""The ledger: every claim, number, figure and table of a set of executed notebooks, collected from them alone.

`collect` reads notebooks, `Ledger.to_json` and `from_json` keep it, `audit` holds it against the study's list of claims, and
`statement_verdicts` says what it makes of each of the whitepaper's statements. The JSON is sorted and carries no time outside
the chapters' provenance, so that two runs that measured the same give ledgers that differ only there.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from aimass.errors import ChapterError

from .claims import Claim, Registry, Statement
from .notebooks import ExecutedNotebook, damaged, read_notebook
from .records import (
    ChapterEntry,
    Fields,
    number_in,
    number_out,
    read_claim,
    read_figure,
    read_number,
    read_table,
)

SCHEMA = 1
MIXED = "mixed"
NOT_MEASURED, UNDECIDED = "not yet measured", "undecided"

T = TypeVar("T")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a ledger.

    `kind` is one of `duplicate`, `unlisted`, `dropped`, `misplaced`, `contradiction`, `profile`; `message` names claim, chapter
    and reason in one line.
    """

    kind: str
    chapter: str
    claim: str
    message: str


@dataclass(frozen=True)
class StatementVerdict:
    """What a ledger makes of one of the whitepaper's statements.

    `verdict` is `supported`, `refined`, `refuted`, `undecided` or `not yet measured`; `claims` are the ids it rests on;
    `why` says in a few words how it came about.
    """

    statement_id: str
    verdict: str
    claims: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Ledger:
    """The chapters of one run, by name and sorted by it."""

    chapters: Mapping[str, ChapterEntry]

    @property
    def profiles(self) -> tuple[str, ...]:
        """The profiles found, sorted."""
        return tuple(sorted({entry.profile for entry in self.chapters.values()}))

    @property
    def profile(self) -> str:
        """The one profile of all chapters, `mixed` where there are several, "" for an empty ledger."""
        return MIXED if len(self.profiles) > 1 else "".join(self.profiles)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """All claims, by chapter and id; a claim made twice stands here twice."""
        return tuple(claim for entry in self.chapters.values() for claim in entry.claims)

    def to_json(self) -> str:
        """The ledger as a JSON text: sorted keys, indented by one, a newline at its end."""
        content = {
            "schema": SCHEMA,
            "profile": self.profile,
            "chapters": {name: entry.to_json() for name, entry in self.chapters.items()},
        }
        return (
            json.dumps(_finite(content), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
        )

    @classmethod
    def from_json(cls, text: str, where: str = "ledger") -> Ledger:
        """Read the text of :meth:`to_json`.

        Raises:
            ChapterError: if it is damaged or of another schema; `where` (a file's name) opens the message.
        """
        try:
            content = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ChapterError(
                f"{where}: damaged ledger: not JSON ({error}); run `aimass check` again"
            ) from None
        if not isinstance(content, dict) or content.get("schema") != SCHEMA:
            found = content.get("schema") if isinstance(content, dict) else None
            raise ChapterError(f"{where}: damaged ledger: schema {found!r}, not {SCHEMA}; collect it again")
        chapters = Fields(content, where).mapping("chapters")
        ledger = cls({name: _entry_from_json(name, chapters[name], where) for name in sorted(chapters)})
        if content.get("profile") != ledger.profile:
            raise ChapterError(
                f"{where}: damaged ledger: it says profile {content.get('profile')!r}, its chapters {ledger.profile!r}"
            )
        return ledger


def collect(paths: Iterable[Path | str]) -> Ledger:
    """The ledger of some executed notebooks.

    Args:
        paths: `.ipynb` files, one per chapter.

    Raises:
        ChapterError: for the first notebook that is missing or damaged, and for two notebooks of one chapter.
    """
    ledger, errors = collect_sound(paths)
    if errors:
        raise errors[0]
    return ledger


def collect_sound(paths: Iterable[Path | str]) -> tuple[Ledger, list[ChapterError]]:
    """The ledger of those notebooks that are sound, and the error of each that is not."""
    entries: dict[str, ChapterEntry] = {}
    files: dict[str, Path | str] = {}
    errors: list[ChapterError] = []
    for path in paths:
        try:
            entry = _entry_from_notebook(read_notebook(path))
            if entry.name in entries:
                raise ChapterError(
                    f"{path}: a second notebook of chapter {entry.name} beside {files[entry.name]}"
                )
        except ChapterError as error:
            errors.append(error)
            continue
        entries[entry.name], files[entry.name] = entry, path
    return Ledger(dict(sorted(entries.items()))), errors


def load(path: Path | str) -> Ledger:
    """Read a ledger's file; raises ChapterError when it is missing or damaged."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ChapterError(f"{path}: no such ledger; run the chapters first (`aimass run`)") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ChapterError(f"{path}: damaged ledger: can't be read ({error})") from None
    return Ledger.from_json(text, where=str(path))


def audit(ledger: Ledger, registry: Registry) -> list[Problem]:
    """All that is wrong with a ledger's claims as a set, whatever their outcomes.

    Found are: a claim made twice, one that the study does not list, one made in another chapter or under another statement than
    listed, one that is listed for an executed chapter but never made, and statements whose reproduced claims disagree.
    """
    listed = {claim: statement for statement in registry.statements for claim in statement.claims}
    homes = {claim: chapter for chapter in registry.chapters for claim in registry.claims_of(chapter)}
    problems = []
    for claim_id, times in sorted(Counter(claim.id for claim in ledger.claims).items()):
        if times > 1:
            places = sorted({claim.chapter for claim in ledger.claims if claim.id == claim_id})
            text = f"claim {claim_id} is made {times} times, in {', '.join(places)}"
            problems.append(Problem("duplicate", places[0], claim_id, text))
    for claim in {(claim.chapter, claim.id): claim for claim in ledger.claims}.values():
        statement = listed.get(claim.id)
        if statement is None:
            text = f"claim {claim.id} of chapter {claim.chapter} is not listed in claims.yml"
            problems.append(Problem("unlisted", claim.chapter, claim.id, text))
        elif (statement.id, homes[claim.id]) != (claim.statement_id, claim.chapter):
            text = (
                f"claim {claim.id} is made in {claim.chapter} under statement {claim.statement_id}; claims.yml lists it "
                f"for {homes[claim.id]} under {statement.id}"
            )
            problems.append(Problem("misplaced", claim.chapter, claim.id, text))
    for name, entry in ledger.chapters.items():
        if name not in registry.chapters:
            problems.append(Problem("unlisted", name, "", f"chapter {name} is not listed in claims.yml"))
            continue
        made = {claim.id for claim in entry.claims}
        for claim_id in registry.claims_of(name):
            if claim_id not in made:
                text = f"claim {claim_id} is listed for chapter {name}, which was executed but never makes it"
                problems.append(Problem("dropped", name, claim_id, text))
    return problems + _contradictions(ledger, registry)


def statement_verdicts(ledger: Ledger, registry: Registry) -> dict[str, StatementVerdict]:
    """For each statement of the study, in its order, the verdict that its claims give it.

    None measured: `not yet measured`. All listed claims reproduced and of one verdict: that verdict. Otherwise `undecided`.
    """
    made: dict[str, list[Claim]] = {}
    for claim in ledger.claims:
        made.setdefault(claim.id, []).append(claim)
    return {statement.id: _verdict(statement, made) for statement in registry.statements}


def _verdict(statement: Statement, made: Mapping[str, list[Claim]]) -> StatementVerdict:
    """The verdict on one statement, from all claims made in the study, by id."""
    claims = [claim for claim_id in statement.claims for claim in made.get(claim_id, ())]
    ids = tuple(claim.id for claim in claims)
    missing = [claim_id for claim_id in statement.claims if claim_id not in made]
    failed = [claim.id for claim in claims if not claim.reproduced]
    verdicts = sorted({claim.verdict for claim in claims})
    if not claims:
        return StatementVerdict(statement.id, NOT_MEASURED, ids, "no claim of it was made")
    if failed:
        return StatementVerdict(statement.id, UNDECIDED, ids, "not reproduced: " + ", ".join(failed))
    if missing:
        return StatementVerdict(statement.id, UNDECIDED, ids, "not made: " + ", ".join(missing))
    if len(verdicts) > 1:
        return StatementVerdict(statement.id, UNDECIDED, ids, "its claims disagree: " + ", ".join(verdicts))
    return StatementVerdict(statement.id, verdicts[0], ids, "all its claims are reproduced")


def _contradictions(ledger: Ledger, registry: Registry) -> list[Problem]:
    """Statements whose claims, all reproduced or not, were made with different verdicts."""
    problems = []
    for statement in registry.statements:
        claims = [claim for claim in ledger.claims if claim.statement_id == statement.id]
        if len({claim.verdict for claim in claims}) > 1:
            told = ", ".join(f"{claim.id} says {claim.verdict}" for claim in claims)
            text = f"the claims of statement {statement.id} disagree: {told}"
            problems.append(Problem("contradiction", claims[0].chapter, claims[0].id, text))
    return problems


def _entry_from_notebook(notebook: ExecutedNotebook) -> ChapterEntry:
    """One chapter's entry; the runner's stamp is preferred for provenance, the chapter's own record fills the rest."""
    where = str(notebook.path)
    own = [payload.content for payload in notebook.of_kind("provenance")]
    stamped = notebook.stamp.get("provenance", {})
    fingerprint = notebook.stamp.get("fingerprint", {})
    if not isinstance(stamped, Mapping) or not isinstance(fingerprint, Mapping):
        raise damaged(where, "the provenance or fingerprint in its metadata is not a mapping")
    provenance = {**(own[-1] if own else {}), **stamped}
    if "parameters" in notebook.stamp and provenance:
        provenance["parameters"] = notebook.stamp["parameters"]
    for key in ("chapter", "profile"):
        provenance.pop(key, None)
    return ChapterEntry(
        name=notebook.chapter,
        profile=notebook.profile,
        provenance=provenance,
        fingerprint=fingerprint,
        claims=tuple(
            sorted(
                (read_claim(p.content, f"{where}: cell {p.cell}") for p in notebook.of_kind("claim")),
                key=lambda claim: claim.id,
            )
        ),
        numbers=_by_name(notebook, "number", read_number),
        figures=_by_name(notebook, "figure", read_figure),
        tables=_by_name(notebook, "table", read_table),
    )


def _by_name(notebook: ExecutedNotebook, kind: str, read: Callable[[Fields], T]) -> dict[str, T]:
    """The records of one kind by their names; a name used for two different things is an error."""
    found: dict[str, T] = {}
    for payload in notebook.of_kind(kind):
        fields = Fields(payload.content, f"{notebook.path}: cell {payload.cell}")
        name, record = fields.text("name"), read(fields)
        if name in found:
            raise ChapterError(
                f"{notebook.path}: cell {payload.cell}: {kind} {name!r} is made twice; rename one of them"
            )
        found[name] = record
    return dict(sorted(found.items()))


def _entry_from_json(name: str, content: Any, where: str) -> ChapterEntry:
    """One chapter's entry from a ledger's JSON."""
    fields = Fields(content, f"{where}: chapter {name}")
    claims = content.get("claims")
    if not isinstance(claims, list):
        raise ChapterError(
            f"{fields.where}: damaged record: 'claims' is not a list; collect the ledger again"
        )
    entry = ChapterEntry(
        name=name,
        profile=fields.text("profile"),
        provenance=fields.mapping("provenance"),
        fingerprint=fields.mapping("fingerprint"),
        claims=tuple(read_claim(claim, fields.where) for claim in claims),
        numbers=fields.named("numbers", read_number),
        figures=fields.named("figures", read_figure),
        tables=fields.named("tables", read_table),
    )
    for claim in entry.claims:
        if (claim.chapter, claim.profile) != (name, entry.profile):
            raise ChapterError(f"{fields.where}: damaged record: claim {claim.id} belongs to {claim.chapter}")
    return entry


def _finite(value: Any) -> Any:
    """`value` with every float that is not finite replaced by its name, as JSON has none for them."""
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return number_out(number_in(value)) if isinstance(value, float) else value
