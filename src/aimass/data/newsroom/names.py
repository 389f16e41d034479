"""Names in two languages: invented ones, spelt by a syllable grammar whose Chinese transliteration is regular, and given names.

The word of a number is found without looking at other words, so a world of a million names costs nothing until they are
used, and no two numbers have one word. A reader of characters or subwords can transliterate a name never seen before.
"""

from .rng import mix

_SYLLABLES = {
    "b": "巴贝比博布",
    "d": "达德迪多杜",
    "f": "法费菲福富",
    "g": "加格吉戈古",
    "h": "哈赫希霍胡",
    "j": "贾杰季乔朱",
    "k": "卡凯基科库",
    "l": "拉莱利洛卢",
    "m": "马梅米莫穆",
    "n": "纳内尼诺努",
    "p": "帕佩皮波普",
    "r": "腊雷里罗鲁",
    "s": "萨塞西索苏",
    "t": "塔泰蒂托图",
    "v": "瓦韦维沃武",
    "y": "亚耶伊约尤",
    "z": "扎泽齐佐祖",
}
_VOWELS = "aeiou"
_ONSETS = [
    (consonant + vowel, han)
    for consonant, row in _SYLLABLES.items()
    for vowel, han in zip(_VOWELS, row, strict=True)
]
_MEDIAL = [("", ""), ("n", "恩"), ("r", "尔"), ("", ""), ("s", "斯"), ("m", "姆")]
_INNER = [("", ""), ("n", "恩"), ("r", "尔"), ("s", "斯"), ("m", "姆")]
_FINAL = [
    ("", ""),
    ("n", "恩"),
    ("r", "尔"),
    ("s", "斯"),
    ("k", "克"),
    ("m", "姆"),
    ("x", "克斯"),
    ("t", "特"),
]
SHORT_WORDS = len(_ONSETS) * len(_INNER) * len(_ONSETS) * len(_FINAL)
_LONG_WORDS = SHORT_WORDS * len(_ONSETS) * len(_INNER)
_STEP = 100_000_007  # prime, so coprime to both counts: numbers are scattered, none twice


def word(number: int, seed: int = 0) -> tuple[str, str]:
    """The invented word of a number: spelling and transliteration.

    Args:
        number: from 0; the first 289,000 words have two syllables, the next 122 million three.
        seed: shifts which word has which number.
    """
    if number < SHORT_WORDS:
        code = (number * _STEP + mix(seed, 1)) % SHORT_WORDS
        syllables = 2
    else:
        code = ((number - SHORT_WORDS) * _STEP + mix(seed, 2)) % _LONG_WORDS
        syllables = 3
    code, final = divmod(code, len(_FINAL))
    latin, han = [], []
    for place in range(syllables):
        code, onset = divmod(code, len(_ONSETS))
        latin.append(_ONSETS[onset][0])
        han.append(_ONSETS[onset][1])
        if place < syllables - 1:
            code, inner = divmod(code, len(_INNER))
            latin.append(_INNER[inner][0])
            han.append(_INNER[inner][1])
    latin.append(_FINAL[final][0])
    han.append(_FINAL[final][1])
    return "".join(latin).capitalize(), "".join(han)


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((latin, han) for latin, _, han in (entry.partition("=") for entry in text.split()))


WOMEN = _pairs(
    "Anna=安娜 Maria=玛丽亚 Elena=埃琳娜 Sofia=索菲娅 Laura=劳拉 Julia=朱莉娅 Nina=尼娜 Clara=克拉拉 Emma=埃玛 Alice=艾丽斯 "
    "Helen=海伦 Diana=黛安娜 Ruth=露丝 Sarah=萨拉 Eva=伊娃 Irene=艾琳 Martha=玛莎 Olga=奥尔加 Vera=薇拉 Linda=琳达 "
    "Paula=葆拉 Rosa=罗莎 Teresa=特雷莎 Monica=莫妮卡 Susan=苏珊 Amelia=阿米莉娅 Hannah=汉娜 Ingrid=英格丽德 Leah=利娅 Naomi=娜奥米"
)
MEN = _pairs(
    "David=大卫 Peter=彼得 Martin=马丁 Thomas=托马斯 Daniel=丹尼尔 Oscar=奥斯卡 Victor=维克托 Simon=西蒙 Paul=保罗 Frank=弗兰克 "
    "Henry=亨利 Jacob=雅各布 Lucas=卢卡斯 Marco=马尔科 Nicholas=尼古拉斯 Philip=菲利普 Robert=罗伯特 Samuel=塞缪尔 Walter=沃尔特 "
    "Adam=亚当 Bruno=布鲁诺 Carl=卡尔 Edward=爱德华 George=乔治 Hugo=雨果 Ivan=伊万 Leon=莱昂 Oliver=奥利弗 Stefan=斯特凡 Tobias=托比亚斯"
)
SURNAMES = _pairs(
    "Wang=王 Li=李 Zhang=张 Liu=刘 Chen=陈 Yang=杨 Zhao=赵 Huang=黄 Zhou=周 Wu=吴 Xu=徐 Sun=孙 Hu=胡 Zhu=朱 Gao=高 Lin=林 "
    "He=何 Guo=郭 Ma=马 Luo=罗 Liang=梁 Song=宋 Zheng=郑 Xie=谢 Han=韩 Tang=唐 Feng=冯 Dong=董 Cheng=程 Cao=曹"
)
GIVEN = _pairs(
    "wei=伟 fang=芳 min=敏 jing=静 lei=磊 yang=洋 yan=艳 yong=勇 jun=军 jie=杰 juan=娟 tao=涛 ming=明 chao=超 xia=霞 ping=平 "
    "gang=刚 hua=华 hong=红 bo=波 hui=慧 ning=宁 kai=凯 xin=欣 yu=宇 hao=浩 rui=瑞 qing=晴 xue=雪 zhe=哲"
)
