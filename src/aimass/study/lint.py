"""The lint of prose: a result stands in a chapter only as a claim, as a number that the run left, or with its source.

What counts as a result's numeral: a decimal, a percentage, a number with a unit of quality or time, "N of M". It is in order when
its sentence cites a source, or when the paragraph follows a line `% number: reason`, for constants of the design. Years, ids of
statements, section numbers, versions, code and mathematics are no results.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aimass.errors import ChapterError

from .claims import VERDICTS, statement_id
from .ledger import StatementVerdict
from .prose import Sentence, glue_references, paragraphs

_REMEDY = "state it by a claim, chapter.number, a citation, or a '% number: reason' line"

_SPACE = r"[\s\u00a0\u2009\u202f]"
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?"
_RANGE = rf"{_NUMBER}(?:{_SPACE}?(?:[-–—~～至到]|to){_SPACE}?{_NUMBER})?"
_UNITS = (
    r"%|％|‰|per\s?cent\b|percent(?:age)?\b|points?\b|BLEU\b|ROUGE\b|F1\b|F-score\b|nDCG\b|accuracy\b|perplexity\b|times\b|-?fold\b"
    r"|[x×](?!\w|\s*\d)|[µμ]s\b|ms\b|s\b|sec(?:onds?)?\b|milliseconds?\b|minutes?\b|mins?\b|hours?\b|days?\b"
    r"|(?:words|tokens|sentences)/s|[GMK]i?B\b|nats?\b|bits?\b|倍|秒|分钟|小时|毫秒|个?百分点"
)
_SCORES = (
    r"BLEU|ROUGE(?:-\w+)?|F1|F-score|nDCG(?:@\d+)?|accuracy|perplexity|precision|recall|准确率|困惑度|百分之"
)
_BEFORE = r"(?<![\w.,/-])[-−+±]?"  # no part of a word, an id, a path or a longer number
_AFTER = r"(?!\w|\.\d|-[a-z]\b)"
_NUMERALS = tuple(
    re.compile(pattern, re.ASCII | re.IGNORECASE)  # ASCII: a Chinese character may touch a numeral
    for pattern in (
        rf"{_BEFORE}(?P<n>{_NUMBER}{_SPACE}+(?:out{_SPACE}+)?of{_SPACE}+(?:the{_SPACE}+|all{_SPACE}+)?{_NUMBER})(?![\w-])",
        rf"{_BEFORE}(?P<n>{_RANGE}){_SPACE}?-?(?:{_UNITS})",
        rf"{_BEFORE}(?P<n>(?:\d{{1,3}}(?:,\d{{3}})+|\d+)\.\d+(?:e[+-]?\d+)?){_AFTER}",
        rf"{_BEFORE}(?P<n>\d+(?:\.\d+)?e[+-]?\d+)(?!\w)",
        rf"{_BEFORE}(?P<n>\d+{_SPACE}?/{_SPACE}?\d+)(?![\w/])",
        rf"(?:{_SCORES})(?:{_SPACE}*(?:score|of|is|was|to|at|about|=|:|为|达到?|约))*{_SPACE}*(?P<n>{_NUMBER})(?![\w@-])",
        r"(?<![\w.])(?P<n>\.\d+)(?!\w)",
    )
)
_STATEMENT = re.compile(r"(?<![\w.-])\d+(?:\.\d+)*-[a-z](?:\.[a-z0-9][a-z0-9_-]*)?(?![\w-])", re.ASCII)
_YEAR = re.compile(
    r"(?<![\w.,])(?:19|20)\d\d[a-z]?(?![\w%])(?!\.\d)(?!\s?(?:%|％|×|of\b|BLEU|points|times|seconds))",
    re.ASCII,
)
_LIST_NUMBER = re.compile(r"(?m)^(\s*>?\s*)(\d+(?:\.\d+)*[.)])(?=\s)")
_REFERRED = re.compile(
    r"(?:\b(?:chapters?|sections?|figures?|fig\.|tables?|equations?|eq\.|version|python|tensorflow|keras|numpy|scikit-learn"
    r"|jupyter book|sphinx|apache|licen[cs]e|cc[ -]by(?:-[a-z]+)?|step|exercise|appendix)|§|第)"
    r"[\s\u00a0]*v?\d+(?:\.\d+)*(?:(?:,|[\s\u00a0]and|[\s\u00a0]to|[\s\u00a0]or|–|-)[\s\u00a0]*\d+(?:\.\d+)+)*(?!\s?%)",
    re.IGNORECASE,
)
_WORDS = re.compile(r"\b(" + "|".join(VERDICTS) + r")\b", re.IGNORECASE)
_SUPPOSED = re.compile(
    r"\b(?:if|would|could|should|may|might|expect\w*|prior|unless|whether|either|were)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Finding:
    """One fault in a chapter's prose; `str()` of it is the line for the user."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


def lint(
    text: str,
    path: str,
    glued: Collection[str] | None = None,
    verdicts: Mapping[str, StatementVerdict] | None = None,
) -> list[Finding]:
    """The faults of one chapter's prose, by line.

    Args:
        text: the chapter's MyST Markdown.
        path: the file's name, for the messages.
        glued: the keys that the executed chapter made; None where it was not executed, then `{glue:}` is not checked.
        verdicts: what the ledger makes of each statement; None where there is no ledger, then verdicts are not checked.
    """
    found: list[Finding] = []
    for paragraph in paragraphs(text):
        numerals = 0
        for sentence in paragraph.sentences():
            if verdicts is not None:
                found += _verdict_findings(sentence, path, verdicts)
            for position, numeral in numerals_in(sentence.text):
                numerals += 1
                if not sentence.cited and paragraph.reason is None:
                    where = sentence.line_of(position)
                    found.append(
                        Finding(path, where, f"numeral '{numeral}' {_context(sentence, position)}: {_REMEDY}")
                    )
        if paragraph.reason is not None and not paragraph.reason:
            found.append(
                Finding(path, paragraph.reason_line, "a '% number:' line without a reason: give the reason")
            )
        elif paragraph.reason is not None and not numerals:
            found.append(
                Finding(path, paragraph.reason_line, "a '% number:' line that nothing needs: remove it")
            )
    if glued is not None:
        found += [
            Finding(
                path,
                reference.line,
                f"glue key '{reference.key}' is not made by the chapter: chapter.number makes it",
            )
            for reference in glue_references(text)
            if reference.key not in glued
        ]
    return sorted(found, key=lambda finding: finding.line)


def lint_file(
    path: Path | str,
    glued: Collection[str] | None = None,
    verdicts: Mapping[str, StatementVerdict] | None = None,
    root: Path | None = None,
) -> list[Finding]:
    """:func:`lint` of a file, named relative to `root`; raises ChapterError when it can't be read."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ChapterError(f"{path}: can't be read ({error}); name a chapter's Markdown file") from None
    named = path.relative_to(root) if root is not None and path.is_relative_to(root) else path
    return lint(text, named.as_posix(), glued, verdicts)


def numerals_in(text: str) -> list[tuple[int, str]]:
    """The result's numerals of a sentence's prose, as position and text, from left to right; overlapping ones once."""
    for pattern in (_STATEMENT, _LIST_NUMBER, _REFERRED, _YEAR):
        text = pattern.sub(lambda match: re.sub(r"\S", " ", match.group()), text)
    spans: list[tuple[int, int]] = []
    for pattern in _NUMERALS:
        for match in pattern.finditer(text):
            if not any(start < match.end("n") and match.start("n") < end for start, end in spans):
                spans.append(match.span("n"))
    return [(start, " ".join(text[start:end].split())) for start, end in sorted(spans)]


def _context(sentence: Sentence, position: int) -> str:
    """A few words around a numeral."""
    words = " ".join(sentence.raw[max(0, position - 25) : position + 35].split())
    return f"in '...{words}...'"


def _verdict_findings(
    sentence: Sentence, path: str, verdicts: Mapping[str, StatementVerdict]
) -> Iterable[Finding]:
    """A finding for each statement that a sentence gives another verdict than the ledger does; suppositions are let pass."""
    told = {word.lower() for word in _WORDS.findall(sentence.raw)}
    if not told or _SUPPOSED.search(sentence.text):
        return
    for match in _STATEMENT.finditer(sentence.raw):
        statement = statement_id(match.group())
        verdict = verdicts.get(statement)
        if verdict is None:
            message = f"statement {statement} is not one of the study's"
        elif verdict.verdict not in told:
            message = f"the prose calls statement {statement} {' and '.join(sorted(told))}, the ledger {verdict.verdict}"
        else:
            continue
        yield Finding(path, sentence.line_of(match.start()), message)
