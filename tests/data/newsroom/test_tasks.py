"""Each task's labels, checked against the text they are about."""

from collections import Counter

import pytest

from aimass.data.newsroom.lexicon import DESKS
from aimass.data.newsroom.tasks.dialogue import ACTS, INTENTS
from aimass.data.newsroom.tasks.events import REALIS
from aimass.data.newsroom.tasks.relations import LABELS


def test_translation_pairs_are_many_distinct_and_of_all_lengths(news):
    corpus = news.translation
    assert len(corpus.train) >= 6000
    assert min(len(corpus.validation), len(corpus.test)) >= 500
    assert len({pair.en for split in corpus.values() for pair in split}) == sum(map(len, corpus.values()))
    lengths = [len(pair.en.split()) for pair in corpus.train]
    assert min(lengths) >= 4
    assert max(lengths) <= 40
    assert sum(length < 12 for length in lengths) > 500
    assert sum(length > 25 for length in lengths) > 500


def test_no_test_pair_tells_what_a_training_pair_tells(news):
    told = {pair.facts for pair in news.translation.train}
    assert not told & {pair.facts for pair in (*news.translation.test, *news.translation.validation)}


def test_chinese_is_set_as_chinese(news):
    for pair in news.translation.train[:2000]:
        assert pair.zh.endswith("。")
        assert not set(pair.zh) & set(" ,;:?!")
        assert "，，" not in pair.zh
        assert "，。" not in pair.zh


def test_english_is_set_as_english(news):
    for pair in news.translation.train[:2000]:
        assert pair.en.endswith(".")
        assert not pair.en[0].islower()
        assert not any(fault in pair.en for fault in ("  ", " ,", " .", ",,", ",.", "{", "["))


@pytest.mark.parametrize("task", ["tagging", "tagging_zh"])
def test_tags_are_well_formed(task, small):
    seen = Counter()
    for record in getattr(small, task).train:
        assert len(record.tokens) == len(record.tags)
        for before, tag in zip(("O", *record.tags), record.tags, strict=False):
            assert tag == "O" or tag[0] == "B" or before[1:] == tag[1:]
        seen.update(tag for tag in record.tags if tag[0] == "B")
    assert set(seen) == {"B-PER", "B-ORG", "B-LOC", "B-PROD", "B-TEAM"}


def test_some_names_are_ambiguous(news):
    kinds = {}
    for record in news.tagging.train:
        for token, tag in zip(record.tokens, record.tags, strict=True):
            if tag[0] == "B":
                kinds.setdefault(token, set()).add(tag)
    assert sum(len(tags) > 1 for tags in kinds.values()) > 50


def test_all_desks_are_classified(news):
    counts = Counter(record.label for record in news.classification.train)
    assert set(counts) == set(DESKS)
    assert min(counts.values()) > 200


@pytest.mark.parametrize("task", ["relations", "relations_zh"])
def test_relations_mark_two_names(task, news):
    counts = Counter()
    for record in getattr(news, task).train:
        (a, b), (c, d) = record.first, record.second
        assert 0 <= a < b <= c < d <= len(record.text)
        counts[record.label] += 1
    assert set(counts) == set(LABELS)
    assert 0.2 < counts["none"] / sum(counts.values()) < 0.45


@pytest.mark.parametrize("task", ["events", "events_zh"])
def test_events_lie_in_their_text(task, news):
    realis = Counter()
    for record in getattr(news, task).train:
        for event in record.events:
            realis[event.realis] += 1
            assert record.text[event.start : event.end].strip()
            for argument in event.arguments:
                assert record.text[argument.start : argument.end].strip()
                assert argument.end <= event.start or argument.start >= event.end
    assert set(realis) == set(REALIS)
    assert min(realis.values()) > 200


def test_the_key_is_not_always_the_lead(news):
    records = news.summarisation.train
    lead = sum(record.key == 0 for record in records) / len(records)
    assert 0.5 < lead < 0.8
    assert all(3 <= len(record.sentences) <= 8 for record in records)
    assert all(record.headline and record.headline_zh for record in records)


@pytest.mark.parametrize("task", ["question_answering", "question_answering_zh"])
def test_answers_are_spans(task, news):
    records = getattr(news, task).train
    for record in records:
        assert (
            record.context[record.start :].startswith(record.answer) if record.answer else record.start == -1
        )
    assert 0.15 < sum(not record.answer for record in records) / len(records) < 0.35


def test_matching_pairs_differ_and_balance(news):
    records = news.matching.train
    assert all(record.first != record.second for record in records)
    assert 0.45 < sum(record.label == "same" for record in records) / len(records) < 0.55


@pytest.mark.parametrize("task", ["dialogue", "dialogue_zh"])
def test_dialogues_keep_state(task, news):
    intents, acts = Counter(), Counter()
    for dialogue in getattr(news, task).train:
        assert 3 <= len(dialogue.turns) <= 7
        before = ()
        for turn in dialogue.turns:
            assert len(turn.tokens) == len(turn.tags)
            intents[turn.intent] += 1
            acts[turn.act] += 1
            if turn.intent in ("out_of_domain", "thanks"):
                assert turn.state == before
            before = turn.state
    assert set(intents) == set(INTENTS)
    assert set(acts) == set(ACTS)


def test_readers_click_what_they_like_mostly(news):
    records = news.recommendation.train
    best = sum(max(r.weights) == r.weights[r.clicked] for r in records) / len(records)
    assert 0.5 < best < 0.85
    assert all(len(set(r.candidates)) == 8 == len(r.weights) for r in records)
    tops = Counter(r.clicked for r in records)
    assert tops[0] > tops[7]
    assert not {r.reader for r in records} & {r.reader for r in news.recommendation.test_unseen_readers}


def test_queries_have_graded_answers(news):
    grades = Counter()
    for query in news.search.test:
        assert query.relevance
        assert max(grade for _, grade in query.relevance) == 2
        assert len(query.relevance) < len(query.documents) / 2
        grades.update(grade for _, grade in query.relevance)
    assert set(grades) == {1, 2}
