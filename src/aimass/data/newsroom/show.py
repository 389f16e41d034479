"""One article with all its labels drawn on it, as a piece of HTML for a page of the book.

The colours are those of the book's style sheet where there is one; without it the piece is legible on a light and on a dark
ground. Every label is also written out, so nothing rests on colour alone.
"""

from collections.abc import Iterable
from html import escape

from aimass.errors import DataError

from .articles import Article
from .values import day
from .world import Entity, Event
from .writing import Clause, Mention, Text, Trigger

_TAGS = {"person": "PER", "company": "ORG", "city": "LOC", "product": "PROD", "team": "TEAM"}
_WORDS = {
    "en": ("English", "Headline", "Sentences", "Events", "Relations", "Desk"),
    "zh": ("中文", "标题", "句子", "事件", "关系", "版面"),
}
STYLE = """
.nr { --nr-per: var(--am-blue, #2b6cb0); --nr-org: var(--am-amber, #9a6700); --nr-loc: var(--am-green, #2f855a);
  --nr-prod: #8a63d2; --nr-team: var(--am-red, #c53030); --nr-line: color-mix(in srgb, currentColor 25%, transparent); line-height: 2; }
.nr h4 { margin: 1rem 0 0.3rem; } .nr p { margin: 0.3rem 0; } .nr .nr-title { font-weight: 700; font-size: 1.1em; }
.nr .nr-kind { color: inherit; opacity: 0.75; font-size: 0.75em; border: 1px solid var(--nr-line); border-radius: 0.3em; padding: 0 0.35em;
  margin-right: 0.45em; white-space: nowrap; }
.nr .nr-m { border-bottom: 2px solid var(--nr-c, currentColor); background: color-mix(in srgb, var(--nr-c, currentColor) 14%, transparent);
  border-radius: 0.2em; padding: 0 0.15em; }
.nr .nr-m sub, .nr .nr-t sub { font-size: 0.62em; opacity: 0.85; margin-left: 0.25em; vertical-align: baseline; white-space: nowrap; }
.nr .nr-PER { --nr-c: var(--nr-per); } .nr .nr-ORG { --nr-c: var(--nr-org); } .nr .nr-LOC { --nr-c: var(--nr-loc); }
.nr .nr-PROD { --nr-c: var(--nr-prod); } .nr .nr-TEAM { --nr-c: var(--nr-team); } .nr .nr-VALUE { --nr-c: transparent;
  border-bottom: 2px dotted currentColor; }
.nr .nr-t { font-weight: 700; border: 1px solid currentColor; border-radius: 0.3em; padding: 0 0.2em; }
.nr ul { margin: 0.2rem 0; padding-left: 1.2rem; line-height: 1.6; } .nr .nr-both { display: grid; gap: 0 2rem; }
@media (min-width: 1000px) { .nr .nr-both { grid-template-columns: 1fr 1fr; } }
"""


def article_html(article: Article) -> str:
    """The article in both languages, side by side where there is room: each with its desk, headline, text with names, values and
    triggers marked, and below it the events (type, realis, arguments) and relations that it tells.

    Returns:
        A `<div>` with its own `<style>`; all text is escaped, and all labels are texts, too.
    """
    columns = "".join(_column(article, language) for language in ("en", "zh"))
    return f'<style>{STYLE}</style><div class="nr"><div class="nr-both">{columns}</div></div>'


def _column(article: Article, language: str) -> str:
    name, headline, sentences, events, relations, desk = _WORDS[language]
    title = article.headline_en if language == "en" else article.headline_zh
    code = "en" if language == "en" else "zh-Hans"
    when = day(article.main.day).isoformat()
    parts = [
        f'<section lang="{code}"><h4>{name}</h4>',
        f'<p><span class="nr-kind">{desk}: {escape(article.desk)}</span><span class="nr-kind">{when}</span></p>',
        f'<p class="nr-title"><span class="nr-kind">{headline}</span>{escape(title)}</p>',
        f"<h4>{sentences}</h4>",
    ]
    for line in article.lines:
        text = line.en if language == "en" else line.zh
        parts.append(f'<p><span class="nr-kind">{escape(line.sort)}</span>{_marked(text)}</p>')
    parts += [f"<h4>{events}</h4>", _list(_events(article, language))]
    parts += [f"<h4>{relations}</h4>", _list(_relations(article, language)), "</section>"]
    return "".join(parts)


def _marked(text: Text) -> str:
    """The text with a mark around each mention and trigger; what overlaps an earlier mark is left to the lists below."""
    pieces, place = [], 0
    for mark in sorted((*text.mentions, *text.triggers), key=lambda one: (one.start, -one.end)):
        if mark.start < place:
            continue
        pieces.append(escape(text.text[place : mark.start]))
        pieces.append(_mark(mark, escape(text.text[mark.start : mark.end])))
        place = mark.end
    pieces.append(escape(text.text[place:]))
    return "".join(pieces)


def _mark(mark: Mention | Trigger, inside: str) -> str:
    if isinstance(mark, Trigger):
        return f'<span class="nr-t">{inside}<sub>{escape(mark.type)}</sub></span>'
    role = mark.role.removeprefix("rider:")
    if isinstance(mark.of, Entity):
        tag = _TAGS[mark.of.kind]
        return f'<span class="nr-m nr-{tag}" title="{escape(mark.of.key)}">{inside}<sub>{tag} {escape(role)}</sub></span>'
    return f'<span class="nr-m nr-VALUE">{inside}<sub>{escape(role)}</sub></span>'


def _clauses(article: Article) -> list[Clause]:
    return [clause for line in article.lines for clause in line.sentence.clauses.values()]


def _events(article: Article, language: str) -> list[str]:
    found = []
    for clause in _clauses(article):
        if isinstance(clause.of, Event):
            told = [f"{role} = {getattr(of, language)}" for role, of in clause.of.roles.items()]
            found.append(f"{clause.of.type} ({clause.realis}): {', '.join(told)}")
    return found


def _relations(article: Article, language: str) -> list[str]:
    return [
        f"{fact.relation}({getattr(fact.subject, language)}, {getattr(fact.object, language)})"
        for fact in article.facts
    ]


def _list(lines: list[str]) -> str:
    if not lines:
        return "<p>–</p>"
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in dict.fromkeys(lines)) + "</ul>"


def example(articles: Iterable[Article]) -> Article:
    """The first article short enough to be read at a glance that has something of everything: a fact, another event, hearsay.

    Raises:
        DataError: when there is none.
    """
    for article in articles:
        sorts = {line.sort for line in article.lines}
        hearsay = bool(sorts & {"plan", "denied", "rumoured"})
        if 4 <= len(article.lines) <= 6 and "fact" in sorts and hearsay and article.background is not None:
            return article
    raise DataError(
        "newsroom: none of these articles has a fact, a second event and hearsay; give more articles"
    )


def fragment(article: Article) -> str:
    """The article's HTML as MyST Markdown, to be included in a page of the book."""
    return f"```{{raw}} html\n{article_html(article)}\n```\n"
