"""Loaders of questions, documents and tables, on records made by hand in their corpora's formats, and on broken ones."""

import json

import pytest

from aimass.data.corpora import LOADERS, cranfield
from aimass.data.corpora.cmrc2018 import nearest
from aimass.data.corpus import Corpus
from aimass.data.records import Answer, Candidate
from aimass.errors import DataError

from . import handmade as hm


def cmrc(*answers):
    qas = [
        {
            "id": "Q0",
            "question": "谁？",
            "answers": [{"text": text, "answer_start": at} for text, at in answers],
        }
    ]
    raw = {
        "data": [
            {"title": "题", "id": "0", "paragraphs": [{"id": "0", "context": "甲乙丙甲乙丙丁", "qas": qas}]}
        ]
    }
    return dict.fromkeys(("cmrc2018_dev.json", "cmrc2018_trial.json"), json.dumps(raw).encode())


def test_cmrc2018_answers_are_looked_up_where_the_offset_is_wrong():
    (question,) = LOADERS["cmrc2018"].read(cmrc(("甲乙", 3), ("甲乙", 4), ("乙丙", 2), ("戊", 1)))[
        "validation"
    ]
    assert question.answers == (Answer("甲乙", 3), Answer("甲乙", 3), Answer("乙丙", 1), Answer("戊", None))
    assert (question.key, question.title, question.question) == ("Q0", "题", "谁？")
    for broken in (b"[]", b"{", b'{"data": [{}]}', b'{"data": 3}'):
        with pytest.raises(DataError, match="no SQuAD-like JSON"):
            LOADERS["cmrc2018"].read(dict.fromkeys(cmrc(), broken))


@pytest.mark.parametrize(
    ("start", "place"), [(0, 0), (1, 0), (2, 0), (3, 4), (4, 4), (6, 4), (99, 4), (-5, 0)]
)
def test_nearest_is_the_nearest(start, place):
    assert nearest("ab--ab", "ab", start) == place


def test_trecqa_gathers_candidates_and_cleans_on_demand():
    body = (
        b'qtext,label,atext\r\n"Who , then ?",1,He\r\n"Who , then ?",0,She\r\nWhen ?,0,Now\r\nWhy ?,1,So\r\n'
    )
    files = dict.fromkeys(("train.csv", "dev.csv", "test.csv"), body)
    splits = LOADERS["trecqa"].read(files)
    assert [question.question for question in splits["test"]] == ["Who , then ?", "When ?", "Why ?"]
    assert splits["test"][0].candidates == (Candidate("He", True), Candidate("She", False))
    assert [question.question for question in LOADERS["trecqa"].read(files, clean=True)["train"]] == [
        "Who , then ?"
    ]
    with pytest.raises(DataError, match=r"train.csv, row 2"):
        LOADERS["trecqa"].read({**files, "train.csv": b"qtext,label,atext\nWho ?,2,He\n"})


def aeslc(body, folder="dev"):
    return {"x.zip": {f"enron_subject_line/{folder}/a_1.subject": body.encode()}}


def test_aeslc_has_several_subjects_where_annotated():
    body = "Dear all,\nmeet me @subject to rain.\n\n@subject\nMeeting\n\n@ann0\nOne\n\n@ann1\nTwo\n\n@ann2\nThree"
    splits = LOADERS["aeslc"].read(aeslc(body))
    (email,) = splits["validation"]
    assert (email.name, email.subject, email.annotations) == ("a_1", "Meeting", ("One", "Two", "Three"))
    assert email.body == "Dear all,\nmeet me @subject to rain."
    assert splits["train"] == ()
    (email,) = LOADERS["aeslc"].read(aeslc("Hello\n\n@subject\nGreeting", "train"))["train"]
    assert email.annotations == ()
    for broken in ("Hello", "Hello\n@subject\n", "@subject\nx", "Hello\n@subject\nx\n@ann0\ny"):
        with pytest.raises(DataError, match=r"a_1\.subject: marks"):
            LOADERS["aeslc"].read(aeslc(broken))
    with pytest.raises(DataError, match="unexpected file"):
        LOADERS["aeslc"].read(aeslc(body, "other"))


def casie(shift=0, words="was breached", realis="Actual", content="Acme was breached by Eve.  </text>"):
    start = content.find("was") + shift
    nugget = {"startOffset": start, "endOffset": start + len(words), "index": "T1", "text": words}
    eve = {
        "startOffset": 21 + shift,
        "endOffset": 24,
        "text": "Eve",
        "type": "Person",
        "role": {"type": "Attacker"},
    }
    acme = {
        "startOffset": 0,
        "endOffset": 4,
        "text": "Acme",
        "type": "Organization",
        "role": {"type": "Victim"},
    }
    event = {
        "nugget": nugget,
        "type": "Attack",
        "subtype": "Databreach",
        "realis": realis,
        "argument": [eve, acme],
    }
    bare = {key: value for key, value in event.items() if key != "argument"}
    raw = {
        "content": content,
        "info": {"date": "2018_11_09", "link": "u"},
        "cyberevent": {"hopper": [{"events": [event]}, {"events": [bare]}]},
    }
    return {"c.zip": {"data/annotation/5.json": json.dumps(raw).encode(), "data/source/5.txt": b"x"}}


@pytest.mark.parametrize("shift", [0, -1, 1])
def test_casie_mentions_are_where_their_words_are(shift):
    splits = LOADERS["casie"].read(casie(shift))
    (document,) = [document for split in splits.values() for document in split]
    assert (document.key, document.title, document.date) == ("5", "", "2018_11_09")
    assert document.text == "Acme was breached by Eve."
    first, second = document.events
    assert (first.cluster, second.cluster, second.arguments) == (0, 1, ())
    assert [argument.role for argument in first.arguments] == ["Victim", "Attacker"]
    for mention in (first.trigger, *(argument.mention for argument in first.arguments)):
        assert document.text[mention.start : mention.end] == mention.text


def test_casie_cuts_what_ends_beyond_the_text_and_refuses_what_is_not_in_it():
    splits = LOADERS["casie"].read(casie(words="was breached by Eve..", realis="General"))
    (document,) = [document for split in splits.values() for document in split]
    assert document.events[0].trigger.text == "was breached by Eve."
    assert document.events[0].realis == "Generic"
    with pytest.raises(DataError, match="casie 5: the text does not hold the words 'was stolen'"):
        LOADERS["casie"].read(casie(words="was stolen"))
    with pytest.raises(DataError, match="not an annotation of the form expected"):
        LOADERS["casie"].read({"c.zip": {"data/annotation/5.json": b"{}"}})


def cranfield_files(qrels="1 0 2 1 \n2 0 1 -1\n2 0 2 3\n"):
    document = "<doc>\n<docno>{}</docno>\n<title>{}</title>\n<author></author>\n<bib></bib>\n<text>{}</text>\n</doc>\n"
    return {
        "cran.all.1400.xml": (
            document.format(1, "", "") + document.format(2, "a\nwing", "a\nwing  flies")
        ).encode(),
        "cran.qry.xml": b"<xml><top>\n<num> 1</num> \n<title>\nwhat\nflies .\n</title></top>"
        b"<top>\n<num> 4</num>\n<title>\nwho\n</title></top></xml>",
        "cranqrel.trec.txt": qrels.encode(),
    }


def test_cranfield_counts_queries_by_place_and_levels_grades():
    corpus = Corpus("cranfield", cranfield.read(cranfield_files()))
    assert corpus.counts == {"documents": 2, "queries": 2, "judgements": 3}
    assert [(query.key, query.number, query.text) for query in corpus.queries] == [
        ("1", "1", "what flies ."),
        ("2", "4", "who"),
    ]
    assert (corpus.documents[0].text, corpus.documents[1].text) == ("", "a wing flies")
    assert cranfield.qrels(corpus) == {"1": {"2": 1}, "2": {"1": 0, "2": 1}}
    assert cranfield.qrels(corpus, binary=False)["2"] == {"1": 0, "2": 3}
    for row in ("4 0 1 1\n", "1 0 3 1\n", "1 0 1 x\n"):
        with pytest.raises(DataError, match=r"cranqrel.trec.txt, line 1"):
            cranfield.read(cranfield_files(row))
    broken = {**cranfield_files(), "cran.all.1400.xml": b"<doc><docno>1</docno></doc>"}
    with pytest.raises(DataError, match="0 of 1 documents"):
        cranfield.read(broken)


def test_analogies_and_similarity_are_tables():
    (one,) = LOADERS["analogies"].read({"questions-words.txt": b": family\nboy girl king queen\n"})["all"]
    assert (one.a, one.b, one.c, one.d, one.section) == ("boy", "girl", "king", "queen", "family")
    for broken in (b"boy girl king queen\n", b": x\nboy girl king\n"):
        with pytest.raises(DataError, match=r"questions-words.txt, line"):
            LOADERS["analogies"].read({"questions-words.txt": broken})
    table = b"# Word 1\tWord 2\tHuman (mean)\ntiger\tcat\t7.35\n"
    files = {"wordsim353.tsv": table, "simlex999.txt": table}
    (pair,) = LOADERS["similarity"].read(files)["simlex999"]
    assert (pair.first, pair.second, pair.score) == ("tiger", "cat", 7.35)
    for broken in (b"a\tb\t11\n", b"a\tb\tx\n", b"a\tb\n", b"a\tb\tnan\n"):
        with pytest.raises(DataError, match=r"wordsim353.tsv, line 1"):
            LOADERS["similarity"].read({**files, "wordsim353.tsv": broken})


def test_nltk_text_is_plain_text_of_every_package():
    members = {
        "abc": {"abc/README": b"no", "abc/science.txt": b"460\xb0C", "abc/rural.txt": b"two\r\nlines"},
        "inaugural": {"inaugural/2005-Bush.txt": b"sabbatical\xa1Xand"},
        "masc_tagged": {
            "masc_tagged/categories.txt": b"x y",
            "masc_tagged/spoken/a.txt": b"a_b_NN Gore-_NNP\n._.",
        },
        "movie_reviews": {"movie_reviews/neg/cv1.txt": b"bad"},
        "state_union": {"state_union/1945-Truman.txt": "na\u00efve".encode()},
        "webtext": {"webtext/wine.txt": b"\xa320"},
    }
    splits = LOADERS["nltk_text"].read(
        {f"{name}.zip": hm.pack(files, top="") for name, files in members.items()}
    )
    assert [(document.name, document.text) for document in splits["abc"]] == [
        ("rural", "two\nlines"),
        ("science", "460\u00b0C"),
    ]
    assert splits["inaugural"][0].text == "sabbatical\u2014and"
    assert [(document.name, document.text) for document in splits["masc_tagged"]] == [
        ("spoken/a", "a_b Gore-\n.")
    ]
    assert (splits["movie_reviews"][0].name, splits["movie_reviews"][0].label) == ("neg/cv1", "neg")
    assert splits["webtext"][0].text == "\u00a320"
