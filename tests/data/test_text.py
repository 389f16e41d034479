import pytest

from aimass.data.text import has_chinese, normalize, tokenize
from aimass.errors import ParameterError


def test_english_words_keep_inner_signs_and_split_off_the_others():
    assert tokenize("Don't pay $3.5 million, vice-president!") == [
        "Don't", "pay", "$", "3.5", "million", ",", "vice-president", "!",
    ]  # fmt: skip


def test_chinese_words_and_characters():
    assert tokenize("北京的公司收购了团队。", language="zh") == [
        "北京",
        "的",
        "公司",
        "收购",
        "了",
        "团队",
        "。",
    ]
    assert tokenize("iPhone 15在北京发布", language="zh", unit="character") == [
        "iPhone",
        "15",
        "在",
        "北",
        "京",
        "发",
        "布",
    ]


def test_tokens_hold_every_character_but_white_space():
    text = "  Élan—vital: 3.5% of 北京 firms\tsaid 'no'.\n"
    for language in ("en", "zh"):
        for unit in ("word", "character"):
            assert "".join(tokenize(text, language=language, unit=unit)) == "".join(text.split())


def test_lowercase_and_empty():
    assert tokenize("ABC Def", lowercase=True) == ["abc", "def"]
    assert tokenize(" \n") == []


def test_normalize_composes_and_strips():
    assert normalize(" e\u0301  a\n") == "é a"


def test_has_chinese():
    assert has_chinese("a 中 b")
    assert not has_chinese("ab, é。")


@pytest.mark.parametrize("option", [{"language": "fr"}, {"unit": "syllable"}])
def test_unknown_option_is_named(option):
    with pytest.raises(ParameterError, match="|".join(map(str, option.values()))):
        tokenize("a", **option)
