import pytest

from aimass.data.corpus import Corpus, hash_share, split_by_hash
from aimass.data.records import LabelledText
from aimass.errors import DataError, ParameterError

TEXTS = tuple(LabelledText(f"text {number % 900}", "a") for number in range(1000))


def corpus():
    return Corpus("tiny", {"train": TEXTS, "test": TEXTS[:3]}, "free", "Nobody (2026).", "d")


def test_splits_are_a_mapping_and_attributes():
    made = corpus()
    assert made.train is made["train"] is TEXTS
    assert list(made) == ["train", "test"]
    assert len(made) == 2
    assert "train" in made
    assert "dev" not in made
    assert made.get("dev") is None
    assert {"train", "test"} <= set(dir(made))
    assert made.counts == {"train": 1000, "test": 3}
    assert repr(made) == "Corpus('tiny', train: 1,000, test: 3)"
    with pytest.raises(DataError, match="tiny has no split 'dev'; it has train, test"):
        made["dev"]
    with pytest.raises(AttributeError, match="no split 'dev'"):
        _ = made.dev
    assert not hasattr(made, "__deepcopy__")


def test_a_validation_split_depends_on_the_text_alone():
    made = corpus().with_validation(0.2)
    assert list(made) == ["train", "validation", "test"]
    assert made.counts["train"] + made.counts["validation"] == 1000
    assert 150 < made.counts["validation"] < 250
    assert not {record.text for record in made.train} & {record.text for record in made.validation}
    assert all(hash_share(record.text) < 0.2 for record in made.validation)
    shuffled = Corpus("tiny", {"train": TEXTS[::-1]}).with_validation(0.2)
    assert set(shuffled.validation) == set(made.validation)
    assert (made.licence, made.citation, made.digest) == ("free", "Nobody (2026).", "d")


def test_a_validation_split_cannot_be_taken_twice_or_from_nowhere():
    with pytest.raises(DataError, match="of its own"):
        corpus().with_validation().with_validation()
    with pytest.raises(DataError, match="no split 'all'"):
        corpus().with_validation(source="all")
    for share in (0, 1, -0.1, 3, float("nan")):
        with pytest.raises(ParameterError, match="between 0 and 1"):
            corpus().with_validation(share)


def test_hash_shares_are_fixed_and_even():
    assert hash_share("") == 0xE3B0C44298FC1C14 / 2**64
    shares = [hash_share(str(number)) for number in range(2000)]
    assert 0.47 < sum(shares) / 2000 < 0.53
    assert all(0 <= share < 1 for share in shares)


def test_splitting_by_hash_loses_nothing_and_keeps_equal_texts_together():
    splits = split_by_hash(list(TEXTS), {"train": 0.8, "validation": 0.1, "test": 0.1})
    assert sorted(record.text for split in splits.values() for record in split) == sorted(
        record.text for record in TEXTS
    )
    texts = [{record.text for record in split} for split in splits.values()]
    assert not texts[0] & texts[1]
    assert not texts[0] & texts[2]
    assert not texts[1] & texts[2]
    assert 740 < len(splits["train"]) < 860
