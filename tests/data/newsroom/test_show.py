"""An article drawn with its labels: all of them, in both languages, and nothing that a browser could take for markup."""

from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import pytest

from aimass.data.newsroom import load
from aimass.data.newsroom.show import article_html, example, fragment
from aimass.data.newsroom.world import Entity
from aimass.errors import DataError


class Page(HTMLParser):
    """Text by language, and whether all that is opened is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.texts, self.language = [], {"en": "", "zh-Hans": ""}, ""

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        self.language = dict(attributes).get("lang", self.language)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.language and "sub" not in self.open:
            self.texts[self.language] += data


@pytest.fixture(scope="module")
def articles():
    return list(load(seed=3).iter_articles(30))


def read(html):
    page = Page()
    page.feed(html)
    assert page.open == []
    return page.texts


def test_every_sentence_stands_there_whole_in_both_languages(articles):
    for article in articles:
        texts = read(article_html(article))
        assert article.headline_en in texts["en"]
        assert article.headline_zh in texts["zh-Hans"]
        for line in article.lines:
            assert line.en.text in texts["en"]
            assert line.zh.text in texts["zh-Hans"]


def test_every_label_is_a_text(articles):
    for article in articles:
        html = unescape(article_html(article))
        assert article.desk in html
        for line in article.lines:
            for text in (line.en, line.zh):
                for mention in text.mentions:
                    if isinstance(mention.of, Entity):
                        assert f'title="{mention.of.key}"' in html
                for trigger in text.triggers:
                    assert f"<sub>{trigger.type}</sub>" in html
            for clause in line.sentence.clauses.values():
                if hasattr(clause.of, "roles"):
                    assert f"{clause.of.type} ({clause.realis}): " in html
        for fact in article.facts:
            assert f"{fact.relation}({fact.subject.en}, {fact.object.en})" in html
            assert f"{fact.relation}({fact.subject.zh}, {fact.object.zh})" in html


def test_text_is_escaped(articles):
    html = article_html(replace(articles[0], headline_en="<script>alert(1)</script> & more"))
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in html


def test_the_fragment_is_one_raw_block(articles):
    lines = fragment(articles[0]).splitlines()
    assert lines[0] == "```{raw} html"
    assert lines[-1] == "```"
    assert "```" not in "".join(lines[1:-1])


def test_the_example_has_something_of_everything(articles):
    article = example(articles)
    sorts = {line.sort for line in article.lines}
    assert sorts >= {"key", "fact"}
    assert sorts & {"plan", "denied", "rumoured"}
    assert article.background is not None
    with pytest.raises(DataError, match="give more articles"):
        example([])
