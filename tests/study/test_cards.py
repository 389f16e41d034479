"""Cards: complete, escaped, and told apart without colour."""

from html.parser import HTMLParser

from aimass.study import Claim, at_least, cards, measure
from aimass.study.claims import load_registry

VOID = {"img", "br"}


class Checker(HTMLParser):
    """Fails on tags that do not nest, and collects attributes and text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def parsed(html: str) -> Checker:
    checker = Checker()
    checker.feed(html)
    checker.close()
    assert checker.open == []
    return checker


def claim(values: list[float], **changed: object) -> Claim:
    fields = {
        "chapter": "2.1_neural_networks", "profile": "small", "id": "2.1-b.xor", "statement_id": "2.1-b",
        "statement": "<b>x</b> & 'y'", "measured": measure(values), "unit": "", "expect": at_least(0.95, because="a < b"),
        "rejects": {'"chance"': 0.5}, "verdict": "supported", "means": "<i>so</i>", "signature": "profile:small|seed:0",
    }  # fmt: skip
    return Claim(**{**fields, **changed})


def card(values: list[float], **changed: object) -> tuple[Checker, str]:
    html, text = cards.claim_card(claim(values, **changed), load_registry().statement("2.1-b"))
    assert "<b>" not in html
    assert "<i>" not in html
    return parsed(html), text


def test_a_claim_card_says_everything():
    page, text = card([0.99, 1.0])
    assert ("id", "claim-2.1-b.xor") in page.attributes
    said = [
        "2.1-b.xor", "reproduced", "non-linear relations", "<b>x</b> & 'y'", "[0.990, 1.000], 2 seeds", "≥ 0.95", "a < b",
        '"chance" (0.500)', "supported", "<i>so</i>", "profile:small|seed:0", "small profile",
    ]  # fmt: skip
    for part in said:
        assert part in page.text, part
        assert part in text, part
    assert "非线性" in page.text


def test_outcomes_differ_by_mark_word_and_class():
    good, _ = card([1.0])
    bad, text = card([0.5])
    assert "✔ reproduced" in good.text
    assert "✘ not reproduced" in bad.text
    assert any("not-reproduced" in (value or "") for name, value in bad.attributes if name == "class")
    assert not any("not-reproduced" in (value or "") for name, value in good.attributes if name == "class")
    assert "none from this run (it would have been supported)" in text


BANNER = {
    "chapter": "2.1_neural_networks", "profile": "small", "seed": 7, "device": {"kind": "cpu", "name": "<CPU>"},
    "threads": 2, "versions": {"python": "3.11.7", "tensorflow": "2.21.0"}, "platform": "Linux-x86_64",
    "started": "2026-11-23T10:00:00Z", "budget": {"seconds": 90, "memory_gb": 1.5},
}  # fmt: skip


def test_banner():
    html, text = cards.banner(load_registry().section("2.1"), BANNER)
    page = parsed(html)
    for part in (
        "2.1 Neural networks",
        "神经网络",
        "generated newsroom data",
        "7",
        "CPU (<CPU>), 2 threads",
        "1.5 GB",
    ):
        assert part in page.text
        assert part in text
    assert "tensorflow 2.21.0" in text
    assert "about 1 min 30 s" in text


def test_banner_without_a_budget():
    _, text = cards.banner(load_registry().section("2.1"), {**BANNER, "budget": {}, "profile": "full"})
    assert "Budget" not in text
    assert "full profile: real corpora" in text


def test_cost_against_the_budget():
    html, text = cards.cost_card({**BANNER, "seconds": 45.0, "peak_memory_gb": 0.75})
    parsed(html)
    assert "45 s, 50% of the budget of 1 min 30 s" in text
    assert "0.8 GB, 50% of the budget of 1.5 GB" in text
    _, text = cards.cost_card({**BANNER, "seconds": 45.0, "peak_memory_gb": 0.75, "budget": {}})
    assert "budget" not in text


def test_durations():
    assert [cards.duration(s) for s in (0.4, 59.4, 59.6, 185, 3720)] == [
        "0 s",
        "59 s",
        "1 min 00 s",
        "3 min 05 s",
        "1 h 02 min",
    ]


def test_figure_and_table_are_escaped_and_carry_their_data():
    record = {"name": "f", "profile": "small", "alt": "a '<' b", "caption": "c & d", "csv": "x,y\n1,2\n"}
    page = parsed(cards.figure_html(record, b"png", (720, 300)))
    assert ("alt", "a '<' b") in page.attributes
    assert ("id", "figure-f") in page.attributes
    assert ("download", "f.csv") in page.attributes
    assert ("href", "data:text/csv;base64,eCx5CjEsMgo=") in page.attributes
    assert "c & d [small profile]" in page.text
    table = parsed(cards.table_html(record, ["<x>", "y"], [["1", "<2>"]], {1}))
    assert "<2>" in table.text
    assert ("style", "text-align:right") in table.attributes


def test_a_style_of_ours_has_no_weight_against_the_book_s():
    rules = cards.STYLE.removeprefix("<style>").removesuffix("</style>").split("}")
    assert all(rule.startswith(":where(") for rule in rules if rule)
