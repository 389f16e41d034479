"""Loaders of sentences on a few records made by hand in its corpus's format, and on broken ones."""

import gzip
import inspect

import pytest

from aimass.data.corpora import LOADERS, brown
from aimass.data.corpus import Corpus
from aimass.data.records import LabelledText, RelationExample, SlotUtterance
from aimass.errors import DataError, ParameterError

from . import handmade as hm


def multi30k(**changed):
    texts = {
        "en": "A dog.\nTwo cats. \n",
        "de": "Ein Hund.\nZwei Katzen.\n",
        "fr": "Un chien.\nDeux chats.\n",
    }
    texts |= changed
    stems = ("train", "val", "test_2016_flickr")
    return {f"{stem}.{key}.gz": gzip.compress(text.encode()) for stem in stems for key, text in texts.items()}


def test_multi30k_aligns_three_languages():
    splits = LOADERS["multi30k"].read(multi30k())
    assert list(splits) == ["train", "validation", "test"]
    assert (splits["test"][1].en, splits["test"][1].de, splits["test"][1].fr) == (
        "Two cats.",
        "Zwei Katzen.",
        "Deux chats.",
    )


def test_multi30k_refuses_what_does_not_align():
    with pytest.raises(DataError, match=r"train.en.gz has 2, train.de.gz has 3"):
        LOADERS["multi30k"].read(multi30k(de="1\n2\n3\n"))
    with pytest.raises(DataError, match=r"train.fr.gz: line 1 is empty"):
        LOADERS["multi30k"].read(multi30k(fr="\nDeux chats.\n"))
    # A line separator of Unicode ends no line.
    assert LOADERS["multi30k"].read(multi30k(de="Ein\u2028Hund.\nZwei\n"))["train"][0].de == "Ein\u2028Hund."


BROWN = {
    "brown/ca01": b"\n\n\tThe/at jury/nn said/vbd ./.\nYes/rb 1\\/2/cd ./.\n\n\n\tNo/rb ./.\n\n",
    "brown/cr09": b"\tHa/uh !/.\n",
    "brown/README": b"about",
}


def test_brown_keeps_texts_paragraphs_and_order():
    read = LOADERS["brown"].read({"brown.zip": hm.pack(dict(reversed(BROWN.items())), top="")})["all"]
    assert [sentence.tokens for sentence in read] == [
        ("The", "jury", "said", "."),
        ("Yes", "1\\/2", "."),
        ("No", "."),
        ("Ha", "!"),
    ]
    assert [(sentence.document, sentence.paragraph) for sentence in read] == [
        ("ca01", 0),
        ("ca01", 0),
        ("ca01", 1),
        ("cr09", 0),
    ]
    assert {sentence.genre for sentence in read} == {"news", "humor"}
    assert read[1].tags == ("rb", "cd", ".")
    with pytest.raises(DataError, match="a token without word or tag"):
        LOADERS["brown"].read({"brown.zip": hm.pack({"brown/ca01": b"The/at jury"}, top="")})
    with pytest.raises(DataError, match="holds no text"):
        LOADERS["brown"].read({"brown.zip": hm.pack({"README": b""}, top="")})


def test_the_split_of_bengio_cuts_tokens_and_merges_rare_words():
    corpus = Corpus("brown", LOADERS["brown"].read({"brown.zip": hm.pack(BROWN, top="")}))
    split = brown.bengio_split(corpus, sizes=(6, 4), rare_below=2)
    rare = brown.RARE
    assert split.train == ("<text>", "<p>", rare, rare, rare, ".") == split.train
    assert split.validation == (rare, rare, ".", "<p>")
    assert split.test[-4:] == ("<text>", "<p>", rare, rare)
    assert set(split.vocabulary) == {rare, ".", "<p>", "<text>"}
    assert split.vocabulary[0] == rare
    plain = brown.bengio_split(corpus, sizes=(4, 3), rare_below=1, marks=False)
    assert plain.train == ("The", "jury", "said", ".")
    on_train = brown.bengio_split(corpus, sizes=(4, 3), rare_below=1, marks=False, count_on="train")
    assert on_train.test == (rare, ".", rare, rare)
    with pytest.raises(ParameterError, match="do not leave a test part of 11 tokens"):
        brown.bengio_split(corpus, sizes=(10, 1), marks=False)
    with pytest.raises(ParameterError, match="count_on"):
        brown.bengio_split(corpus, count_on="test")


def test_conll2000_has_three_columns():
    member = b"Confidence NN B-NP\nin IN B-PP\n\nHe PRP B-NP\n"
    files = {
        "conll2000.zip": hm.pack(
            {"conll2000/train.txt": member, "conll2000/test.txt": b"A DT B-NP\n\n"}, top=""
        )
    }
    first, second = LOADERS["conll2000"].read(files)["train"]
    assert (first.tokens, first.pos, first.tags) == (("Confidence", "in"), ("NN", "IN"), ("B-NP", "B-PP"))
    assert second.tokens == ("He",)
    broken = {"conll2000.zip": hm.pack({"conll2000/train.txt": b"A DT B-NP\nB DT\n"}, top="")}
    with pytest.raises(DataError, match=r"conll2000 train, line 2: 2 fields"):
        LOADERS["conll2000"].read(broken)
    with pytest.raises(DataError, match=r"no member 'conll2000/train.txt'"):
        LOADERS["conll2000"].read({"conll2000.zip": hm.pack({"x": b""}, top="")})


def test_resume_ner_is_character_by_character():
    member = "高 B-NAME\r\n勇 E-NAME\r\n\r\n男 O\n\n".encode()
    files = dict.fromkeys(("train.char.bmes", "dev.char.bmes", "test.char.bmes"), member)
    first, second = LOADERS["resume_ner"].read(files)["validation"]
    assert (first.tokens, first.tags, first.pos) == (("高", "勇"), ("B-NAME", "E-NAME"), ())
    assert second.tokens == ("男",)
    with pytest.raises(DataError, match=r"train.char.bmes, line 1: 1 fields"):
        LOADERS["resume_ner"].read({**files, "train.char.bmes": "高\n".encode()})
    with pytest.raises(DataError, match=r"byte 0 is not utf-8"):
        LOADERS["resume_ner"].read({**files, "train.char.bmes": b"\xff O\n"})


def test_trec_qc_has_a_class_in_a_class():
    member = b"LOC:city Which sister\xf0city ?\nHUM:ind Who ?\n"
    files = {"qc.zip": hm.pack({"qc/train.txt": member, "qc/test.txt": member}, top="")}
    first, second = LOADERS["trec_qc"].read(files)["test"]
    assert second == LabelledText("Who ?", "HUM", "HUM:ind")
    assert first.text == "Which sister\xf0city ?"
    for line in (b"Who ?\n", b"XYZ:ind Who ?\n", b"HUM:ind\n"):
        with pytest.raises(DataError, match="line 1: no class and question"):
            LOADERS["trec_qc"].read({"qc.zip": hm.pack({"qc/train.txt": line}, top="")})


def slots(tokens="list  flights to boston \n", labels="O O O B-city \n", intent="atis_flight#atis_airfare\n"):
    ends = {"seq.in": tokens, "seq.out": labels, "label": intent}
    return {
        f"{stem}.{end}": text.encode() for stem in ("train", "valid", "test") for end, text in ends.items()
    }


def test_slots_stand_token_by_token():
    (utterance,) = LOADERS["atis"].read(slots())["validation"]
    assert utterance == SlotUtterance(
        ("list", "flights", "to", "boston"), ("O", "O", "O", "B-city"), "flight#airfare"
    )
    assert utterance.intents == ("flight", "airfare")
    assert LOADERS["snips"].read(slots(intent="PlayMusic\n"))["test"][0].intents == ("PlayMusic",)


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"labels": "O O O\n"}, "4 tokens and 3 slots"),
        ({"labels": "O O O I-city\n"}, "'I-city' goes on after 'O'"),
        ({"labels": "O O B-state I-city\n"}, "'I-city' goes on after 'B-state'"),
        ({"labels": "O O O city\n"}, "not in BIO form"),
        ({"intent": "a\nb\n"}, r"train.seq.in has 1, train.seq.out has 1, train.label has 2"),
        ({"tokens": "\n", "labels": "\n"}, "0 tokens"),
    ],
)
def test_broken_slots_are_refused(changed, match):
    with pytest.raises(DataError, match=match):
        LOADERS["snips"].read(slots(**changed))


def semeval(
    sentence='"The <e1>fire</e1> was caused by old<e2>gas heaters</e2>."', label="Cause-Effect(e2,e1)"
):
    body = f"7\t{sentence}\r\n{label}\r\nComment: why <e1>\r\n\r\n".encode()
    return {"TRAIN_FILE.TXT": body * 2, "TEST_FILE_FULL.TXT": body}


def test_semeval_spans_hold_the_nominals_and_the_label_its_direction():
    splits = LOADERS["semeval2010_task8"].read(semeval())
    assert len(splits["train"]) == 2
    assert splits["test"][0] == RelationExample(
        7,
        ("The", "fire", "was", "caused", "by", "old", "gas", "heaters", "."),
        (1, 2),
        (6, 8),
        "Cause-Effect(e2,e1)",
        "why <e1>",
    )
    assert (splits["test"][0].relation, splits["test"][0].direction) == ("Cause-Effect", "e2,e1")
    other = LOADERS["semeval2010_task8"].read(semeval(label="Other"))["test"][0]
    assert (other.relation, other.direction) == ("Other", "")
    for broken in ({"sentence": '"No <e1>mark</e1>."'}, {"sentence": '"<e2>b</e2> <e1>a</e1>"'}):
        with pytest.raises(DataError, match="no number, <e1> and <e2>"):
            LOADERS["semeval2010_task8"].read(semeval(**broken))
    for label in ("Cause-Effect", "Cause-Effect(e1,e1)", "Other(e1,e2)", ""):
        with pytest.raises(DataError, match="example 7: unknown label"):
            LOADERS["semeval2010_task8"].read(semeval(label=label))


def sick(row="1\tA dog runs\tA cat sits\t2.5\tNEUTRAL", end="\r\n"):
    header = "pair_ID\tsentence_A\tsentence_B\trelatedness_score\tentailment_judgment"
    body = f"{header}{end}{row}{end}".encode()
    return dict.fromkeys(("SICK_train.txt", "SICK_trial.txt", "SICK_test_annotated.txt"), body)


def test_sick_grades_pairs():
    for end in ("\n", "\r\n"):
        (pair,) = LOADERS["sick2014"].read(sick(end=end))["test"]
        assert (pair.number, pair.first, pair.second) == (1, "A dog runs", "A cat sits")
        assert (pair.relatedness, pair.entailment) == (2.5, "NEUTRAL")
    for row in (
        "1\ta\tb\t5.1\tNEUTRAL",
        "1\ta\tb\tnan\tNEUTRAL",
        "1\ta\tb\t2\tMAYBE",
        "1\ta\tb\tx\tNEUTRAL",
        "1\ta\tb",
    ):
        with pytest.raises(DataError, match=r"SICK_train.txt, line 2"):
            LOADERS["sick2014"].read(sick(row))
    with pytest.raises(DataError, match="the header is"):
        LOADERS["sick2014"].read(dict.fromkeys(sick(), b"id\ta\n1\t2\n"))


def test_tinyshakespeare_is_cut_at_nine_tenths():
    splits = LOADERS["tinyshakespeare"].read({"input.txt": b"0123456789abcdefghi"})
    assert splits["train"][0].text == "0123456789abcdefg"
    assert splits["validation"][0].text == "hi"


def shopping(rows):
    body = "cat,label,review\n" + "".join(f'{cat},{label},"{review}"\n' for cat, label, review in rows)
    return {"online_shopping_10_cats.zip": hm.pack({"online_shopping_10_cats.csv": body.encode()}, top="")}


def test_online_shopping_drops_the_empty_and_the_contradictory():
    rows = [("书籍", 1, f"\ufeff 好书{number} ") for number in range(300)]
    rows += [
        ("书籍", 1, "好书7"),
        ("水果", 1, "好"),
        ("平板", 1, "好"),
        ("水果", 0, ""),
        ("水果", 0, 'a,\n""b""'),
    ]
    splits = LOADERS["online_shopping"].read(shopping(rows))
    texts = [record.text for split in splits.values() for record in split]
    assert sorted(texts) == sorted([f"好书{number}" for number in range(300)] + ['a,\n"b"'])
    assert all(len(splits[split]) > 10 for split in ("train", "validation", "test"))
    assert LabelledText("好书7", "书籍", "1") in [record for split in splits.values() for record in split]
    again = LOADERS["online_shopping"].read(shopping(rows[::-1]))
    assert {split: set(records) for split, records in again.items()} == {
        split: set(records) for split, records in splits.items()
    }
    with pytest.raises(DataError, match="row 2: no category"):
        LOADERS["online_shopping"].read(shopping([("书籍", 2, "x")]))


@pytest.mark.parametrize("name", LOADERS)
def test_a_missing_file_is_named(name):
    with pytest.raises(DataError, match="among those given"):
        LOADERS[name].read({})


def test_every_loader_documents_its_counts():
    for name, module in LOADERS.items():
        assert all(count > 0 for count in module.COUNTS.values()), name
        assert len(inspect.getdoc(module)) > 100
        assert inspect.getdoc(module.read)
