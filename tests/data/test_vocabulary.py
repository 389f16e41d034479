import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimass.data.vocabulary import BOS, EOS, PAD, UNK, Vocabulary
from aimass.errors import DataError, ParameterError

SENTENCES = [["b", "a", "b"], ["c", "b", "a"]]


def test_order_is_by_count_then_code_point():
    vocabulary = Vocabulary.build(SENTENCES)
    assert vocabulary.tokens[4:] == ("b", "a", "c")
    assert vocabulary.counts[4:] == (3, 2, 1)
    assert vocabulary == Vocabulary.build(reversed(SENTENCES))


def test_max_size_and_min_count():
    assert Vocabulary.build(SENTENCES, max_size=5).tokens[4:] == ("b",)
    assert Vocabulary.build(SENTENCES, min_count=2).tokens[4:] == ("b", "a")
    with pytest.raises(ParameterError, match="max_size is 3"):
        Vocabulary.build(SENTENCES, max_size=3)


def test_unknown_begin_end_and_padding():
    vocabulary = Vocabulary.build(SENTENCES)
    assert vocabulary.encode(["a", "z"], bos=True, eos=True) == [BOS, 5, UNK, EOS]
    assert vocabulary.decode([BOS, 5, UNK, PAD, 4, EOS, 6]) == ["a", "<unk>", "b"]
    assert vocabulary.oov_rate([["a", "z"], ["b", "b"]]) == 0.25
    assert vocabulary.oov_rate([]) == 0
    with pytest.raises(ParameterError, match="id 7 is outside"):
        vocabulary.decode([7])


@given(st.lists(st.lists(st.text(min_size=1, max_size=3), max_size=5), max_size=5))
def test_decode_undoes_encode(sentences):
    special = {"<pad>", "<unk>", "<s>", "</s>"}
    sentences = [[token for token in sentence if token not in special] for sentence in sentences]
    vocabulary = Vocabulary.build(sentences)
    for sentence in sentences:
        assert vocabulary.decode(vocabulary.encode(sentence)) == sentence
    assert vocabulary.oov_rate(sentences) == 0


def test_save_and_load(tmp_path):
    vocabulary = Vocabulary.build([["中", "a\n", "中"]])
    vocabulary.save(tmp_path / "v.json")
    assert Vocabulary.load(tmp_path / "v.json") == vocabulary
    assert [path.name for path in tmp_path.iterdir()] == ["v.json"]


def test_bad_files_and_tokens(tmp_path):
    with pytest.raises(DataError, match="No such file"):
        Vocabulary.load(tmp_path / "none.json")
    for content in ("", "[]", '{"tokens": 1}'):
        (tmp_path / "bad.json").write_text(content)
        with pytest.raises(DataError, match="not a vocabulary"):
            Vocabulary.load(tmp_path / "bad.json")
    with pytest.raises(ParameterError, match="'a' stands twice"):
        Vocabulary(["a", "a"])
    with pytest.raises(ParameterError, match="2 tokens but 1 counts"):
        Vocabulary(["a", "b"], [1])
