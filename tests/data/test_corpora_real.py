"""The documented counts and oddities, confirmed on the real corpora where the mirror is present."""

from collections import Counter
from functools import cache

import pytest

from aimass.data import load
from aimass.data.corpora import LOADERS, atis, brown, casie, conll2000, cranfield, resume_ner, trecqa

from .real import mirror_folder

pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif(mirror_folder() is None, reason="no mirror of the real corpora here (AIMASS_DATA)"),
]


@cache
def corpus(name):
    return load(name, data_dir=mirror_folder())


@pytest.fixture(scope="module", autouse=True)
def forget():
    yield
    corpus.cache_clear()


@pytest.mark.parametrize("name", LOADERS)
def test_counts_are_as_documented(name):
    assert corpus(name).counts == LOADERS[name].COUNTS
    for records in corpus(name).values():
        assert len({type(record) for record in records}) == 1


SHARED = {"aeslc": 0, "atis": 10, "conll2000": 13, "multi30k": 0, "resume_ner": 4, "semeval2010_task8": 14}
SHARED |= {"sick2014": 49, "snips": 25, "trec_qc": 10, "trecqa": 0, "casie": 0, "online_shopping": 0}


@pytest.mark.parametrize("name", SHARED)
def test_texts_shared_by_training_and_test_are_as_documented(name):
    texts = {split: {one.identity for one in records} for split, records in corpus(name).items()}
    assert len(texts["train"] & texts["test"]) == SHARED[name]
    if name in ("casie", "online_shopping"):
        assert not texts["validation"] & (texts["train"] | texts["test"])
    if SHARED[name]:
        assert str(SHARED[name]) in LOADERS[name].__doc__


def test_taken_out_validation_shares_no_text_with_training():
    for name in ("conll2000", "semeval2010_task8", "trec_qc"):
        made = corpus(name).with_validation()
        assert not {one.identity for one in made.train} & {one.identity for one in made.validation}
        assert 0.08 < made.counts["validation"] / len(corpus(name).train) < 0.12


def test_tokens_of_tagged_corpora():
    sentences = corpus("brown").all
    assert sum(len(one.tokens) for one in sentences) == brown.TOKENS
    assert len({(one.document, one.paragraph) for one in sentences}) == brown.PARAGRAPHS
    assert len({one.document for one in sentences}) == 500
    for name, sizes in (("conll2000", conll2000.TOKENS), ("resume_ner", resume_ner.CHARACTERS)):
        assert {
            split: sum(len(one.tokens) for one in records) for split, records in corpus(name).items()
        } == sizes
        assert all(len(one.tokens) == len(one.tags) for split in corpus(name).values() for one in split)


@pytest.mark.parametrize(("count_on", "size"), [("all", 17_907), ("train", 14_039)])
def test_the_split_of_bengio(count_on, size):
    split = brown.bengio_split(corpus("brown"), count_on=count_on)
    assert [len(split.train), len(split.validation), len(split.test)] == [800_000, 200_000, 177_359]
    assert len(split.vocabulary) == size


def test_labels():
    assert len({one.fine_label for one in corpus("trec_qc").train}) == 50
    assert len({one.fine_label for one in corpus("trec_qc").test}) == 42
    assert len({one.label for one in corpus("semeval2010_task8").train}) == 19
    assert len({one.label for one in corpus("online_shopping").train}) == 10
    assert len({one.intent for one in corpus("snips").train}) == 7
    assert len({slot[2:] for one in corpus("snips").train for slot in one.slots} - {""}) == 39
    assert len({one.section for one in corpus("analogies").all}) == 14


def test_what_atis_never_shows_in_training():
    assert "I-return_date.day_number" in atis.__doc__
    seen = {one.intent for one in corpus("atis").train}
    for split in ("validation", "test"):
        unseen = {one.intent for one in corpus("atis")[split]} - seen
        assert unseen
        assert all(f"`{intent}`" in atis.__doc__ for intent in unseen)
    slots = {slot for one in corpus("atis").train for slot in one.slots}
    assert len({slot for one in corpus("atis").test for slot in one.slots} - slots) == 6


def test_relation_spans_hold_words():
    for split in corpus("semeval2010_task8").values():
        for one in split:
            assert 0 <= one.head[0] < one.head[1] <= one.tail[0] < one.tail[1] <= len(one.tokens)


def test_casie_mentions_are_their_words():
    documents = [one for split in corpus("casie").values() for one in split]
    events = [(one, event) for one in documents for event in one.events]
    assert len(events) == casie.EVENTS
    assert sum(len(event.arguments) for _, event in events) == casie.ARGUMENTS
    assert {event.subtype for _, event in events} == set(casie.SUBTYPES)
    for one, event in events:
        for mention in (event.trigger, *(argument.mention for argument in event.arguments)):
            assert mention.text
            assert one.text[mention.start : mention.end] == mention.text


def test_answers_are_in_their_passages():
    questions = [one for split in corpus("cmrc2018").values() for one in split]
    answers = [(one, answer) for one in questions for answer in one.answers]
    assert sum(answer.start is None for _, answer in answers) == 193
    assert all(any(answer.start is not None for answer in one.answers) for one in questions)
    for one, answer in answers:
        if answer.start is not None:
            assert one.context[answer.start :].startswith(answer.text)


def test_trecqa_candidates_and_clean_questions():
    sizes = {
        split: sum(len(one.candidates) for one in records) for split, records in corpus("trecqa").items()
    }
    assert sizes == trecqa.CANDIDATES
    assert load("trecqa", data_dir=mirror_folder(), clean=True).counts == trecqa.CLEAN_COUNTS


def test_annotated_subjects():
    emails = corpus("aeslc")
    assert {len(one.annotations) for one in emails.train} == {0}
    assert {len(one.annotations) for one in (*emails.validation, *emails.test)} == {3}
    assert all(all(one.annotations) for one in (*emails.validation, *emails.test))


def test_cranfield_judgements_belong_to_queries_by_place():
    found = corpus("cranfield")
    assert Counter(one.relevance for one in found.judgements) == {1: 1_611, 0: 225, 3: 1}
    assert [one.key for one in found.documents if not one.text] == ["471", "995"]
    words = {one.key: set(one.text.split()) for one in found.documents}

    def overlap(queries):
        shared = [
            len(set(queries[one.query].split()) & words[one.document])
            for one in found.judgements
            if one.relevance and one.query in queries
        ]
        return sum(shared) / len(shared)

    by_place = overlap({one.key: one.text for one in found.queries})
    by_number = overlap({one.number: one.text for one in found.queries})
    assert by_place > 1.3 * by_number
    assert all(max(grades.values()) == 1 for grades in cranfield.qrels(found).values())


def test_running_text_is_clean_of_wrong_encodings():
    texts = corpus("nltk_text")
    assert 3_500_000 < sum(len(one.text.split()) for split in texts.values() for one in split) < 3_600_000
    odd = [
        one.name for split in texts.values() for one in split for sign in one.text if "\x80" <= sign <= "\x9f"
    ]
    assert odd == ["rural"]  # one sign, encoded twice by its publisher


def test_tinyshakespeare_characters():
    body = "".join(split[0].text for split in corpus("tinyshakespeare").values())
    assert len(body) == 1_115_394
    assert len(set(body)) == 65
