import pytest

from aimass.data.subwords import Subwords
from aimass.data.vocabulary import BOS, EOS, PAD
from aimass.errors import DataError, ParameterError

TEXTS = ["a small dog runs", "the dog sees a small cat", "a cat runs", "小狗在跑。", "猫看见小狗，跑", ""] * 3


@pytest.fixture(scope="module", params=["unigram", "bpe"])
def subwords(request):
    return Subwords.train(TEXTS, 60 if request.param == "unigram" else 45, model_type=request.param)


def test_text_survives_the_round_trip(subwords):
    texts = ["a dog sees the cat", "小狗看见猫，跑。", ""]
    assert subwords.decode(subwords.encode(texts, bos=True, eos=True)) == texts


def test_special_ids(subwords):
    (ids,) = subwords.encode(["a dog"], bos=True, eos=True)
    assert (ids[0], ids[-1]) == (BOS, EOS)
    assert subwords.decode([[*ids, PAD, *ids]]) == ["a dog"], "decoding stops at the first end of sequence"
    assert "".join(subwords.pieces("a dog")) == "▁a▁dog"
    assert [subwords.id_to_piece(i) for i in ids[1:-1]] == subwords.pieces("a dog")


def test_training_is_deterministic():
    assert Subwords.train(TEXTS, 40).model == Subwords.train(TEXTS, 40).model


def test_unigram_vocabulary_is_as_large_as_the_texts_allow():
    assert Subwords.train(TEXTS, 5000).vocab_size < 200


def test_sampling_gives_other_segmentations_of_the_same_text():
    subwords = Subwords.train(TEXTS, 60)
    drawn = {tuple(subwords.encode(["the small dog runs"], alpha=0.1)[0]) for _ in range(30)}
    assert len(drawn) > 1
    assert set(subwords.decode(drawn)) == {"the small dog runs"}


def test_save_and_load(tmp_path, subwords):
    subwords.save(tmp_path / "m.spm")
    assert Subwords.load(tmp_path / "m.spm").encode(TEXTS) == subwords.encode(TEXTS)
    assert [path.name for path in tmp_path.iterdir()] == ["m.spm"]


def test_bad_input(tmp_path, subwords):
    with pytest.raises(ParameterError, match="model_type is 'wordpiece'"):
        Subwords.train(TEXTS, 30, model_type="wordpiece")
    with pytest.raises(ParameterError, match="no text to train on"):
        Subwords.train(["", " "], 30)
    with pytest.raises(ParameterError, match="no model of vocab_size 6"):
        Subwords.train(TEXTS, 6)
    with pytest.raises(ParameterError, match="got one string"):
        subwords.encode("a dog")
    with pytest.raises(ParameterError, match="id 99999 is outside"):
        subwords.decode([[99999]])
    with pytest.raises(DataError, match="No such file"):
        Subwords.load(tmp_path / "none")
    (tmp_path / "bad").write_bytes(b"not a model")
    with pytest.raises(DataError, match="bad: not a SentencePiece model"):
        Subwords.load(tmp_path / "bad")
