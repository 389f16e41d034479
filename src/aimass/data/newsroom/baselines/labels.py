"""Baselines of the tasks whose answers are labels: tagging, classification, dialogue, relations, events, matching."""

import re
from collections import Counter

from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from ..corpus import Newsroom
from ..lexicon.talk import DAYS, DESK_NAMES
from ..tasks.dialogue import Dialogue

Score = tuple[float, float, float]  # trivial, simple, ceiling


def _linear(vectorizer):
    return make_pipeline(vectorizer, LinearSVC(C=0.5))


def _accuracy(train_x, train_y, test_x, test_y, vectorizer) -> Score:
    common = Counter(train_y).most_common(1)[0][0]
    trivial = sum(label == common for label in test_y) / len(test_y)
    return trivial, float(_linear(vectorizer).fit(train_x, train_y).score(test_x, test_y)), 1.0


def classification(news: Newsroom, split: str) -> Score:
    """Majority; a linear classifier on the words of the article."""
    train, test = news.classification.train, news.classification[split]
    return _accuracy(
        [r.text for r in train],
        [r.label for r in train],
        [r.text for r in test],
        [r.label for r in test],
        TfidfVectorizer(sublinear_tf=True, min_df=3),
    )


def relations(news: Newsroom, split: str) -> Score:
    """Majority; a linear classifier on the words of the sentence, the two names masked."""

    def masked(record):
        (a, b), (c, d) = record.first, record.second
        return f"{record.text[:a]}firstname{record.text[b:c]}secondname{record.text[d:]}"

    train, test = news.relations.train, news.relations[split]
    return _accuracy(
        [masked(r) for r in train],
        [r.label for r in train],
        [masked(r) for r in test],
        [r.label for r in test],
        CountVectorizer(min_df=3, binary=True),
    )


def matching(news: Newsroom, split: str) -> Score:
    """Majority; logistic regression on how many words, names and numbers the two share or do not."""

    def shared(record):
        first, second = (set(re.findall(r"[\w.,]*\w", text)) for text in (record.first, record.second))
        features = []
        for pattern in (r"\d", r"[A-Z]", r"[a-z]"):
            a, b = ({word for word in words if re.match(pattern, word)} for words in (first, second))
            features += [len(a & b), len(a ^ b), len(a & b) / max(1, len(a | b))]
        return features

    train, test = news.matching.train, news.matching[split]
    y = [r.label for r in train]
    model = LogisticRegression(max_iter=500).fit([shared(r) for r in train], y)
    simple = float(model.score([shared(r) for r in test], [r.label for r in test]))
    common = Counter(y).most_common(1)[0][0]
    return sum(r.label == common for r in test) / len(test), simple, 1.0


def _f1(found: list[set], gold: list[set]) -> float:
    right = sum(len(a & b) for a, b in zip(found, gold, strict=True))
    return 2 * right / max(1, sum(map(len, found)) + sum(map(len, gold)))


def spans(tags) -> set[tuple[int, int, str]]:
    """The entities of BIO tags: first token, last token, type."""
    found, start = set(), None
    for place, tag in enumerate([*tags, "O"]):
        if start is not None and not tag.startswith("I-"):
            found.add((start, place - 1, tags[start][2:]))
            start = None
        if tag.startswith("B-"):
            start = place
    return found


def tagging(news: Newsroom, split: str) -> Score:
    """Every run of capitalised words (the first word aside) a company; each word its most frequent tag."""
    train, test = news.tagging.train, news.tagging[split]
    counts: dict[str, Counter] = {}
    for record in train:
        for token, tag in zip(record.tokens, record.tags, strict=True):
            counts.setdefault(token, Counter())[tag] += 1
    lexicon = {token: tags.most_common(1)[0][0] for token, tags in counts.items()}
    capital = [
        [
            ("I-ORG" if p > 1 and t[p - 1].istitle() else "B-ORG") if p and t[p].istitle() else "O"
            for p in range(len(t))
        ]
        for t in (record.tokens for record in test)
    ]
    looked_up = [[lexicon.get(token, "O") for token in record.tokens] for record in test]
    gold = [spans(record.tags) for record in test]
    return _f1([spans(t) for t in capital], gold), _f1([spans(t) for t in looked_up], gold), 1.0


def events(news: Newsroom, split: str) -> Score:
    """The most frequent trigger alone; every known trigger with its most frequent type and realis."""
    counts: dict[str, Counter] = {}
    for record in news.events.train:
        for event in record.events:
            trigger = record.text[event.start : event.end]
            counts.setdefault(trigger, Counter())[event.type, event.realis] += 1
    lexicon = {trigger: seen.most_common(1)[0][0] for trigger, seen in counts.items()}
    top = max(sorted(counts), key=lambda trigger: counts[trigger].total())
    test = news.events[split]

    def find(known: dict[str, tuple[str, str]]) -> list[set]:
        pattern = re.compile("|".join(rf"\b{re.escape(t)}\b" for t in sorted(known, key=len, reverse=True)))
        return [{(m.start(), m.end(), *known[m[0]]) for m in pattern.finditer(r.text)} for r in test]

    gold = [{(e.start, e.end, e.type, e.realis) for e in r.events} for r in test]
    return _f1(find({top: lexicon[top]}), gold), _f1(find(lexicon), gold), 1.0


_DESK_WORDS = {said: desk for desk, names in DESK_NAMES.items() for said, _ in names}
_DAY_WORDS = {said: day for day, (said, _) in DAYS.items()}
_NAME = re.compile(r"\b[A-Z]\w*(?: [A-Z]\w*)*")


def _tracked(dialogue: Dialogue, intents: list[str]) -> list[dict[str, str]]:
    """What the reader wants by a word list: last name, desk and day that were said; a question anew forgets the rest."""
    state: dict[str, str] = {}
    states = []
    for turn, intent in zip(dialogue.turns, intents, strict=True):
        if intent.startswith("ask_"):
            state = {}
        if intent.startswith("forget_"):
            state.pop(intent.removeprefix("forget_"), None)
        if names := _NAME.findall(turn.text):
            state.pop("kind", None)
            state["entity"] = names[-1]
        for slot, words in (("desk", _DESK_WORDS), ("day", _DAY_WORDS)):
            said = [(turn.text.rfind(word), word) for word in words if word in turn.text]
            if said and intent not in ("out_of_domain", "thanks"):
                state[slot] = words[max(said)[1]]
        states.append(dict(state))
    return states


def dialogue(news: Newsroom, split: str) -> Score:
    """Nothing is ever wanted; a linear classifier of intents with word lists for the slots."""
    train, test = news.dialogue.train[:800], news.dialogue[split]
    model = _linear(CountVectorizer(binary=True, min_df=2)).fit(
        [t.text for d in train for t in d.turns], [t.intent for d in train for t in d.turns]
    )
    intents = iter(model.predict([t.text for d in test for t in d.turns]))
    right = empty = total = 0
    for record in test:
        tracked = _tracked(record, [next(intents) for _ in record.turns])
        for turn, state in zip(record.turns, tracked, strict=True):
            total += 1
            empty += not turn.state
            right += dict(turn.state) == state
    return empty / total, right / total, 1.0
