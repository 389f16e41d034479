"""Draws an article with its labels on it."""

from html import escape

from .articles import Article, Line
from .lexicon import EVENTS
from .world import Entity
from .writing import Text, Trigger

_STYLE = """<style>
.newsroom-article { border: 1px solid #88888866; border-radius: .5em; padding: .8em 1em; line-height: 2.4; }
.newsroom-article h4 { margin: .2em 0 .4em; line-height: 1.4; }
.newsroom-article .nr { border-bottom: .18em solid; padding: 0 .1em; white-space: nowrap; }
.newsroom-article .nr::after { content: attr(data-label); font-size: .62em; font-weight: 600; margin-left: .3em; opacity: .85; }
.newsroom-article .person { border-color: #0072b2; } .newsroom-article .company { border-color: #d55e00; }
.newsroom-article .city { border-color: #009e73; } .newsroom-article .product { border-color: #cc79a7; }
.newsroom-article .team { border-color: #b8860b; } .newsroom-article .value { border-color: #888888; border-bottom-style: dotted; }
.newsroom-article .trigger { background: #88888840; border-color: transparent; border-radius: .2em; font-weight: 600; }
.newsroom-article .sort { font-size: .7em; border: 1px solid #888888; border-radius: .8em; padding: .1em .5em; margin-right: .3em; }
.newsroom-article table { font-size: .85em; line-height: 1.5; margin: .8em 0 0; }
.newsroom-article td, .newsroom-article th { text-align: left; padding: .1em .8em .1em 0; vertical-align: top; }
</style>"""
_SORTS = {
    "key": ("news", "新闻"),
    "fact": ("fact", "事实"),
    "filler": ("idle talk", "闲话"),
    "plan": ("planned", "计划"),
    "denied": ("denied", "否认"),
    "rumoured": ("rumour", "传言"),
}


def article_html(article: Article) -> str:
    """An article in both languages as HTML: its desk, and on each sentence what it is for, and the names, values, roles and triggers.

    The colours are legible on light and on dark ground; every label also stands in words.

    Args:
        article: from :meth:`Newsroom.iter_articles`, for example.

    Returns:
        One ``<style>`` and one ``<div>``, without scripts or addresses.
    """
    parts = [_STYLE, '<div class="newsroom-article">']
    for language, headline in (("en", article.headline_en), ("zh", article.headline_zh)):
        tongue = "en" if language == "en" else "zh-Hans"
        body = " ".join(_line(line, language) for line in article.lines)
        parts.append(f'<div lang="{tongue}"><h4>{escape(headline)}</h4><div>{body}</div></div>')
    parts.append(_facts(article))
    parts.append("</div>")
    return "\n".join(parts) + "\n"


def _line(line: Line, language: str) -> str:
    text: Text = getattr(line, language)
    label = _SORTS[line.sort][0 if language == "en" else 1]
    marks = sorted([*text.mentions, *text.triggers])
    pieces, place = [f'<span class="sort">{label}</span>'], 0
    for mark in marks:
        pieces.append(escape(text.text[place : mark.start]))
        words = escape(text.text[mark.start : mark.end])
        if isinstance(mark, Trigger):
            realis = line.sentence.clauses[mark.clause].realis
            sort, name = "trigger", mark.type if realis == "actual" else f"{mark.type}, {realis}"
        elif isinstance(mark.of, Entity):
            sort, name = mark.of.kind, f"{mark.of.kind}: {mark.role.removeprefix('rider:')}"
        else:
            sort, name = "value", mark.role.removesuffix("_front")
        pieces.append(
            f'<span class="nr {sort}" data-label="{escape(name)}" title="{escape(name)}">{words}</span>'
        )
        place = mark.end
    pieces.append(escape(text.text[place:]))
    return "".join(pieces)


def _facts(article: Article) -> str:
    """What stands behind the text: desk, events and relations."""
    rows = [("desk", article.desk), ("key sentence", str(article.key + 1))]
    for name, event in (("news", article.main), ("background", article.background)):
        if event is not None:
            played = ", ".join(f"{role}: {event.roles[role].en}" for role, _ in EVENTS[event.type].roles)
            rows.append((name, f"{event.type} ({played})"))
    told = dict.fromkeys(f"{fact.relation}({fact.subject.en}, {fact.object.en})" for fact in article.facts)
    if told:
        rows.append(("relations", "; ".join(told)))
    cells = "".join(f'<tr><th scope="row">{escape(a)}</th><td>{escape(b)}</td></tr>' for a, b in rows)
    return f"<table>{cells}</table>"
