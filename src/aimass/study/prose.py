"""A chapter's prose: its Markdown without code, mathematics, links' targets, roles and the like, cut into sentences by line.

Everything that is not prose is overwritten with spaces of the same length, so that what is left keeps its line and column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

# Directives whose body is code, mathematics, a name or a picture; the bodies of all others (notes, exercises, lists) are prose.
# fmt: off
_OPAQUE = frozenset([
    "code", "code-block", "code-cell", "literalinclude", "sourcecode", "math", "mermaid", "raw", "eval-rst", "image",
    "bibliography", "toctree", "include", "glue", "glue:", "glue:any", "glue:figure", "glue:math", "glue:md",
])
# fmt: on
_FENCE = re.compile(r"^(?P<indent>[\s>]*)(?P<mark>`{3,}(?!.*`)|~{3,}|:{3,})\s*(?P<info>.*)$")
_DIRECTIVE = re.compile(r"^\{(?P<name>[^}]+)\}")
_OPTION = re.compile(r"^\s*:[\w-]+:(?:\s|$)")
_REASON = re.compile(r"^%\s*number:\s*(?P<reason>.*)$")
_LIST_ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
_LITERAL = re.compile(  # a role or inline code, whichever begins first
    r"(?P<role>\{[\w:+.-]+\})?(?<!`)(?P<mark>`+)(?!`)(?P<body>.*?)(?<!`)(?P=mark)(?!`)", re.DOTALL
)

# What is blanked within a line or paragraph, in this order.
_BLANKED = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"<!--.*?-->",
        r"(?<=\[)\d+(?:\.\d+)*(?=[\s\u00a0][^\]]*\]\([^)\s]*\.(?:md|ipynb|html))",  # a chapter's number in a link to it
        _LITERAL.pattern,
        r"(?<!\\)\$\$.*?(?<!\\)\$\$",
        r"(?<![\\$])\$(?![\s$])(?:\\.|[^$\\])*?(?<!\s)\$(?!\d)",
        r"\\\(.*?\\\)|\\\[.*?\\\]",
        r"(?<=\])\([^()\s]*(?:\([^()]*\)[^()\s]*)*(?:\s+\"[^\"]*\")?\)",  # a link's target
        r"(?<=\])\[[^\]]*\]",  # a link's reference
        r"<[a-zA-Z/][^<>]*>",  # HTML tags and autolinks
        r"\b(?:https?|doi|arxiv):\S+",
        r"\[[\^@][^\]]*\]",  # footnote marks and citations
        r"\{(?:[.#][\w-]+\s*|\w+=\S+\s*)+\}",  # attributes
    )
)
_HEADING_NUMBER = re.compile(r"^(\s*#{1,6}\s+)(\d+(?:\.\d+)*\.?)(?=\s)")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')*_]*\s+|(?<=[。！？；])")
_ABBREVIATED = re.compile(
    r"(?:\b(?:e\.g|i\.e|cf|vs|al|Fig|Figs|Eq|Eqs|Sec|Ch|no|approx|ca|resp)\.)$", re.IGNORECASE
)


@dataclass(frozen=True)
class Sentence:
    """One sentence: `text` as prose only, `raw` as written, `line` of its start, `cited` when it cites a source."""

    text: str
    raw: str
    line: int
    cited: bool

    def line_of(self, position: int) -> int:
        """The line in the file of a position in `text`."""
        return self.line + self.text.count("\n", 0, position)


@dataclass
class Paragraph:
    """Lines that belong together: their text, the number of the first, and the reason given above for its numerals."""

    line: int
    lines: list[str] = field(default_factory=list)
    reason: str | None = None
    reason_line: int = 0

    def sentences(self) -> Iterator[Sentence]:
        """The sentences; each list item and each row of a table begins a new one."""
        raw = "\n".join(self.lines)
        text = blank(raw)
        cites = [match.start() for match in _roles(raw) if match["role"].startswith("{cite")]
        ends = sorted({0, len(text), *_item_starts(self.lines), *_sentence_ends(text)})
        for start, end in pairwise(ends):
            piece = text[start:end]
            if piece.strip():
                line = self.line + text.count("\n", 0, start)
                yield Sentence(piece, raw[start:end], line, any(start <= cite < end for cite in cites))


@dataclass(frozen=True)
class Reference:
    """A `{glue:}` key as used in the prose, and its line."""

    key: str
    line: int


def paragraphs(text: str) -> list[Paragraph]:
    """The paragraphs of a chapter's MyST Markdown."""
    found: list[Paragraph] = []
    current: Paragraph | None = None
    reason: tuple[str, int] | None = None
    for number, line in _prose_lines(text):
        marked = _REASON.match(line) if line is not None else None
        if marked:
            reason, current = (marked["reason"].strip(), number), None
        elif line is None or not line.strip() or line.startswith(("%", "+++")) or _is_label(line):
            current = None
        else:
            if current is None or line.lstrip().startswith("#"):
                current = Paragraph(number)
                if reason:
                    current.reason, current.reason_line = reason
                    reason = None
                found.append(current)
            current.lines.append(_HEADING_NUMBER.sub(lambda m: m[1] + " " * len(m[2]), line))
            if line.lstrip().startswith("#"):
                current = None
    if reason:
        found.append(Paragraph(reason[1], [], *reason))
    return found


def glue_references(text: str) -> list[Reference]:
    """All keys that `{glue:}` roles and directives of a chapter name, in order; those of another document are left out."""
    directive = re.compile(r"^\s*(?:`{3,}|:{3,})\s*\{glue(?::\w*)?\}\s+(\S+)")
    found = []
    for number, line in enumerate(_without_code(text), start=1):
        match = directive.match(line)
        keys = [match[1]] if match else [m["body"] for m in _roles(line) if m["role"].startswith("{glue")]
        found += [Reference(_bare(key), number) for key in keys if "::" not in key]
    return found


def blank(text: str) -> str:
    """`text` with all that is no prose overwritten by spaces; line breaks stay."""
    for pattern in _BLANKED:
        text = pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)
    return text


def _bare(key: str) -> str:
    """A glue role's key without title (`text <key>`) and without format (`key:.2f`)."""
    titled = re.search(r"<([^<>]+)>\s*$", key)
    return (titled[1] if titled else key).split(":")[0].strip()


def _roles(text: str) -> Iterator[re.Match[str]]:
    """The roles in a text; one that is shown as inline code is none."""
    return (match for match in _LITERAL.finditer(text) if match["role"])


def _is_label(line: str) -> bool:
    """Whether a line is a MyST target, `(name)=`."""
    return bool(re.match(r"^\s*\([^()\s]+\)=\s*$", line))


def _item_starts(lines: Sequence[str]) -> Iterator[int]:
    """The positions at which list items and table rows begin."""
    position = 0
    for line in lines:
        if _LIST_ITEM.match(line) or line.lstrip().startswith("|"):
            yield position
        position += len(line) + 1


def _sentence_ends(text: str) -> Iterator[int]:
    """The positions at which a new sentence begins, by punctuation."""
    for match in _SENTENCE_END.finditer(text):
        if not _ABBREVIATED.search(text[: match.start()].rstrip("\"')*_")):
            yield match.end()


def _without_code(text: str) -> list[str]:
    """The lines of the file, those of its front matter and of code blocks emptied; directives' own lines stay."""
    return [("" if kind == "code" else line) for kind, line in _classified(text)]


def _prose_lines(text: str) -> Iterator[tuple[int, str | None]]:
    """Each line's number and text; None for one that is no prose and ends a paragraph."""
    for number, (kind, line) in enumerate(_classified(text), start=1):
        yield number, line if kind == "prose" else None


def _classified(text: str) -> Iterator[tuple[str, str]]:
    """Each line with what it is: `prose`, `fence` (a directive's opening, option or closing), or `code`."""
    lines = text.split("\n")
    start = 0
    if lines and lines[0].strip() == "---":
        start = next((n for n, line in enumerate(lines[1:], start=1) if line.strip() == "---"), 0) + 1
        yield from (("code", line) for line in lines[:start])
    stack: list[tuple[str, bool]] = []  # opening mark, whether opaque
    options = False
    display = False
    for line in lines[start:]:
        fence = _FENCE.match(line)
        opaque = bool(stack) and stack[-1][1]
        if fence and stack and _closes(fence, stack[-1][0]):
            stack.pop()
            options = False
            yield "fence", line
        elif fence and not opaque and not display:
            name = _DIRECTIVE.match(fence["info"])
            hidden = fence["mark"][0] != ":" and name is None
            stack.append((fence["mark"], hidden or (name is not None and name["name"] in _OPAQUE)))
            options = name is not None
            yield "fence", line
        elif opaque:
            yield "code", line
        elif options and _OPTION.match(line):
            yield "fence", line
        else:
            options = False
            toggles = line.count("$$") % 2 == 1
            yield ("code", line) if display or line.strip().startswith("$$") else ("prose", line)
            display = display != toggles


def _closes(fence: re.Match[str], mark: str) -> bool:
    """Whether a fence line closes the block that `mark` opened."""
    return not fence["info"] and fence["mark"][0] == mark[0] and len(fence["mark"]) >= len(mark)
