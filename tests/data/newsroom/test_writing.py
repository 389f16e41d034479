"""Sentences: what stands where, in both languages; slips and wordings."""

import pytest

from aimass.data.newsroom.articles import slip
from aimass.data.newsroom.lexicon import EVENTS, RELATIONS
from aimass.data.newsroom.lexicon.questions import SEARCHED
from aimass.data.newsroom.lexicon.table import DENIED, FILLERS, RUMOURED, SIMPLE
from aimass.data.newsroom.rng import Stream
from aimass.data.newsroom.tasks.questions import ASKED
from aimass.data.newsroom.world import Entity
from aimass.data.newsroom.writing import Shelf


@pytest.mark.parametrize("language", ["en", "zh"])
def test_mentions_are_the_names(language, news):
    for article in news.iter_articles(300):
        text = getattr(article, language)
        for mention in text.mentions:
            said = text.text[mention.start : mention.end]
            of = mention.of
            names = {getattr(of, language)}
            if isinstance(of, Entity):
                names.add(getattr(of, f"{language}_short"))
            assert said.lower() in {name.lower() for name in names}
        assert len(text.triggers) >= 1


def test_both_languages_tell_the_same(news):
    for article in news.iter_articles(300):
        for line in article.lines:
            told = [
                sorted((m.clause, m.role, str(m.of)) for m in text.mentions) for text in (line.en, line.zh)
            ]
            assert told[0] == told[1]
            assert sorted(t[2:] for t in line.en.triggers) == sorted(t[2:] for t in line.zh.triggers)


@pytest.mark.parametrize("schema", [*EVENTS.values(), *RELATIONS.values()], ids=lambda schema: schema.name)
def test_wordings_fit_their_schema(schema):
    roles = {role for role, _ in schema.roles}
    assert len(schema.said) >= 6
    assert sum(wording.unseen for wording in schema.said) >= 2
    for wording in (*schema.said, *schema.plans, *schema.headlines, *schema.riders):
        slots = [sorted(value for sort, value in part if sort == "slot") for part in (wording.en, wording.zh)]
        assert slots[0] == slots[1]
        assert set(slots[0]) <= roles | {"when"}
    for wording in (*schema.said, *schema.plans):
        assert roles <= set(wording.slots)
        marks = [[sort for sort, _ in part if sort in "[]"] for part in (wording.en, wording.zh)]
        assert marks == ([["[", "]"]] * 2 if schema.desk else [[], []])


def test_every_event_can_be_asked_and_searched_for():
    assert set(ASKED) == set(SEARCHED) == set(EVENTS)
    for type, questions in ASKED.items():
        roles = {role for role, _ in EVENTS[type].roles}
        for role, wording in questions:
            assert role in roles
            assert set(wording.slots) <= roles - {role}


@pytest.mark.parametrize("wordings", [SIMPLE, DENIED, RUMOURED, FILLERS])
def test_shelves_keep_seen_and_unseen_apart(wordings):
    seen, unseen = Shelf().of(wordings), Shelf(unseen=True).of(wordings)
    assert not any(wording.unseen for wording in seen)
    assert seen == unseen if wordings is FILLERS else not set(seen) & set(unseen)


def test_a_slip_changes_two_letters_and_no_name(news):
    changed = 0
    for number, article in enumerate(news.iter_articles(100)):
        text = article.lines[article.key].en
        typed = slip(Stream(number), text)
        assert len(typed.text) == len(text.text)
        assert sum(a != b for a, b in zip(text.text, typed.text, strict=True)) <= 2
        assert all(typed.text[m.start : m.end] == text.text[m.start : m.end] for m in text.mentions)
        changed += typed.text != text.text
    assert changed > 80
