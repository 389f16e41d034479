import dataclasses
import inspect
import pickle

import pytest

from aimass.data import records

EXAMPLES = {
    records.TranslationPair: ("a", "b", "c"),
    records.TaggedSentence: (("a", "b"), ("O", "O")),
    records.BrownSentence: (("a", "b"), ("nn", "nn"), "ca01", "news", 0),
    records.LabelledText: (" a ", "x"),
    records.SlotUtterance: (("a", "b"), ("O", "O"), "x#y"),
    records.RelationExample: (1, ("a", "b"), (0, 1), (1, 2), "Cause-Effect(e1,e2)"),
    records.SentencePair: (1, "a", "b", 2.5, "NEUTRAL"),
    records.AnswerSelection: ("a", (records.Candidate("b", True),)),
    records.ReadingQuestion: ("k", "t", "a", "q", (records.Answer("a", 0),)),
    records.Email: ("n", "a", "s"),
    records.EventDocument: ("k", "t", "d", "u", "a", ()),
    records.SearchDocument: ("a", "t", "w", "s", "x"),
    records.SearchQuery: ("k", "n", "a"),
    records.Judgement: ("a", "d", 1),
    records.Analogy: ("a", "b", "c", "d", "s"),
    records.WordPair: ("a", "b", 1.0),
    records.TextDocument: ("n", "a"),
}


def test_every_record_with_an_identity_is_listed():
    classes = [
        found
        for _, found in inspect.getmembers(records, inspect.isclass)
        if found.__module__ == records.__name__
    ]
    assert {found for found in classes if hasattr(found, "identity")} == set(EXAMPLES)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_records_are_values(kind):
    one, two = kind(*EXAMPLES[kind]), kind(*EXAMPLES[kind])
    assert one == two
    assert len({one, two}) == 1
    assert pickle.loads(pickle.dumps(one)) == one
    assert one.identity.startswith("a")
    field = dataclasses.fields(one)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(one, field, "else")


def test_identity_is_the_text_and_not_the_label():
    assert records.LabelledText(" a ", "x").identity == records.LabelledText("a", "y").identity
    assert records.TaggedSentence(("a", "b"), ("O", "O")).identity == "a b"
    assert (
        records.SentencePair(1, "a", "b", 1.0, "NEUTRAL").identity
        != records.SentencePair(1, "b", "a", 1.0, "NEUTRAL").identity
    )
