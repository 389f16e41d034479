import pytest

from aimass.errors import ChapterError
from aimass.study.ledger import StatementVerdict
from aimass.study.lint import lint, lint_file, numerals_in
from aimass.study.prose import blank, glue_references, paragraphs


def found(text, **options):
    return [(finding.line, finding.message) for finding in lint(text, "chapters/x.md", **options)]


def numerals(text):
    """The numerals that the lint reports, by line."""
    return [(line, message.split("'")[1]) for line, message in found(text)]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("We reach 37.2 BLEU.", ["37.2"]),
        ("It is right in 95% of cases.", ["95"]),
        ("It is right in 95 % of cases.", ["95"]),
        ("It is right in 5-10% of cases.", ["5-10"]),
        ("Ninety, or 90 per cent.", ["90"]),
        ("A gain of 3 points.", ["3"]),
        ("It took 12 seconds and 3 ms.", ["12", "3"]),
        ("It is 4 times, or 4×, or 4 x, faster.", ["4", "4", "4"]),
        ("Right in 17 of 20 runs.", ["17 of 20"]),
        ("Right in 17 out of the 20 runs.", ["17 out of the 20"]),
        ("Right in 17/20 runs.", ["17/20"]),
        ("An accuracy of 95 and an F1 of 93.", ["95", "93"]),
        ("A perplexity of 1,024 is high.", ["1,024"]),
        ("Loss fell to .25 from 1,234.5 or 1e-3.", [".25", "1,234.5", "1e-3"]),
        ("Emphasis **37.2**, (0.5), −0.4, ~0.3 and “0.2”.", ["37.2", "0.5", "0.4", "0.3", "0.2"]),
        ("准确率达到95，提高3.5倍，快2倍。", ["95", "3.5", "2"]),
        ("In 2015 it scored 0.9.", ["0.9"]),
        ("A share of 2000%.", ["2000"]),
        ("Section 2.6 says 0.7.", ["0.7"]),
    ],
)
def test_results_are_found(sentence, expected):
    assert [numeral for _, numeral in numerals(sentence)] == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "Three seeds, 4 layers of 64 units, 10,000 words and 1,000,000 rows.",
        "Bahdanau in 2015, and Luong (2015), from 1986 to 2017.",
        "Statements 2.1-a, 2.1-b.xor and 1-a.",
        "See chapter 2.6, sections 3.1 to 3.11, and Section 2.1 and 2.2.",
        "Python 3.11, TensorFlow 2.21 and version 1.4.2.",
        "Text under CC BY 4.0.",
        "Math $p = 0.5$ and $$q = 0.25$$ and \\(r = 0.1\\).",
        "Code `0.95` and ``x = `0.5` ``.",
        "A number {glue:}`accuracy` and {eq}`eq-2.5` and {ref}`fig-3.1`.",
        "A [link](https://example.org/3.5/x) and <https://example.org/2.5>.",
        "A chapter: [2.6 Attention](2.6_attention.md).",
        "A 64 × 64 grid, a file 2.1_neural_networks, a 3-D view, rule 110.",
        "<span title='0.5'>text</span> <!-- 0.75 -->",
        "It was 252.0 in the paper {cite:p}`bengio2003`.",
        "1. First\n2. Second\n2.1. Third",
        "It costs $5 and $6.",
    ],
)
def test_what_is_no_result_is_let_pass(sentence):
    assert found(sentence) == []


def test_the_message_says_where_and_what_to_do():
    (finding,) = lint("# 2.1 Title\n\nfine\nWe reach 37.2 BLEU.\n", "chapters/x.md")
    assert str(finding).startswith("chapters/x.md:4: numeral '37.2' in '...fine We reach 37.2 BLEU.")
    assert str(finding).endswith(
        ": state it by a claim, chapter.number, a citation, or a '% number: reason' line"
    )


CHAPTER = """---
jupytext: {format_version: 0.13}
aimass: {budget: {small: {seconds: 60.5}}}
---

# 2.1 Networks in 0.5 minutes

(label-0.5)=
```{code-cell} ipython3
:tags: [parameters]
x = 0.25
```

$$
y = 0.5 x
$$ (eq-one)

```{math}
:label: eq
0.5
```

Prose 0.1.

````{exercise} Find 0.2
:label: ex-0.5
Body 0.3.

```{code-cell} ipython3
x = 0.25
```

After 0.4.
````

:::{note}
:class: tip-0.5
Inside 0.6.
:::

| a | b |
|---|---|
| ours | 0.7 |
| theirs {cite:t}`smith2001` | 0.8 |

- item 0.9
- item {cite}`smith2001` 0.91

```python
z = 0.95
```

Last 0.99.
"""


def test_a_whole_chapter_with_lines_kept():
    assert numerals(CHAPTER) == [
        (6, "0.5"),
        (23, "0.1"),
        (27, "0.3"),
        (33, "0.4"),
        (38, "0.6"),
        (43, "0.7"),
        (46, "0.9"),
        (53, "0.99"),
    ]


def test_a_citation_covers_its_own_sentence_only():
    text = "They reached 252.0 {cite}`a`. We reach 160.2.\nAnd i.e. 0.5 here {cite}`b`, fine.\n"
    assert numerals(text) == [(1, "160.2")]


def test_a_citation_shown_as_code_covers_nothing():
    assert numerals("Not `{cite}` but 0.5.") == [(1, "0.5")]


def test_a_reason_covers_its_paragraph_only():
    text = "% number: the rate of the original paper\nThe rate is 0.1.\nAnd 0.2.\n\nBut 0.3.\n"
    assert numerals(text) == [(5, "0.3")]


def test_a_reason_must_be_given_and_needed():
    assert "without a reason" in found("% number:\nA rate of 0.1.\n")[0][1]
    assert "nothing needs" in found("% number: why\nNo numeral.\n")[0][1]
    assert found("% number: why\n")[0] == (1, found("% number: why\n")[0][1])


def test_glue_keys_must_be_made():
    text = "Value {glue:}`acc` and {glue:text}`loss:.2f` and {glue:}`2.1-a.one`.\n\n```{glue:figure} curve\n```\n"
    assert [reference.key for reference in glue_references(text)] == ["acc", "loss", "2.1-a.one", "curve"]
    assert found(text, glued={"acc", "loss", "2.1-a.one", "curve"}) == []
    assert found(text, glued=None) == []
    ((line, message),) = found(text, glued={"acc", "2.1-a.one", "curve"})
    assert line == 1
    assert "'loss'" in message


def test_glue_shown_as_code_and_in_cells_is_not_used():
    text = "Write ``{glue:}`NAME` `` so.\n\n```{code-cell}\n# {glue:}`x`\n```\n"
    assert found(text, glued=set()) == []


VERDICTS = {
    "2.1-a": StatementVerdict("2.1-a", "refuted", (), ""),
    "2.1-b": StatementVerdict("2.1-b", "supported", (), ""),
    "2.1-c": StatementVerdict("2.1-c", "not yet measured", (), ""),
}


@pytest.mark.parametrize(
    ("sentence", "wrong"),
    [
        ("So 2.1-a is refuted.", None),
        ("So `2.1-a` is **supported**.", "2.1-a supported"),
        ("So 2.1-a.rule110 leaves it refined.", "2.1-a refined"),
        ("We find 2.1-a refuted and 2.1-b supported.", None),
        ("Statement 2.1-c is supported.", "2.1-c supported"),
        ("Statement 2.1-z is supported.", "2.1-z"),
        ("If it failed, 2.1-a would be supported.", None),
        ("Here 2.1-a is discussed.", None),
        ("This is supported by data.", None),
    ],
)
def test_verdicts_in_prose_must_be_the_ledgers(sentence, wrong):
    messages = [message for _, message in found(sentence, verdicts=VERDICTS)]
    assert found(sentence) == []
    assert (len(messages) == 1) is (wrong is not None)
    if wrong:
        assert all(part in messages[0] for part in wrong.split())


def test_blanking_keeps_every_position():
    text = "A $x\n= 1$ and `c` {ref}`r`\n<b>y</b>"
    assert len(blank(text)) == len(text)
    assert [n for n, c in enumerate(blank(text)) if c == "\n"] == [n for n, c in enumerate(text) if c == "\n"]


def test_numerals_are_reported_once_each_from_left_to_right():
    assert numerals_in("37.2 BLEU, 1.5 of 2.5 points") == [(0, "37.2"), (11, "1.5 of 2.5")]


def test_headings_and_paragraphs():
    assert [paragraph.line for paragraph in paragraphs("# T\ntext\nmore\n\nnext\n")] == [1, 2, 5]


def test_files_are_named_from_the_root(tmp_path):
    path = tmp_path / "chapters" / "x.md"
    path.parent.mkdir()
    path.write_text("A value of 0.5.\n", encoding="utf-8")
    (finding,) = lint_file(path, root=tmp_path)
    assert str(finding).startswith("chapters/x.md:1: ")
    with pytest.raises(ChapterError, match="can't be read"):
        lint_file(tmp_path / "none.md")
