"""Baselines of the tasks whose answers are text: language modelling, translation, summarisation, question answering."""

import re
from collections import Counter

import numpy as np
from sacrebleu.metrics import BLEU
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.svm import LinearSVC

from ..corpus import Newsroom
from ..lexicon.facts import CRIMES, POSTS
from ..tasks.common import words
from .labels import Score


def language_modelling(news: Newsroom, split: str) -> Score:
    """The most frequent word; a trigram model with back-off. Ceiling: all words but those at which the writer has a choice."""
    counts: dict[tuple[str, ...], Counter] = {}
    for record in news.language_modelling.train:
        tokens = ["", "", *(token for token, _ in words(record.text, "en"))]
        for place in range(2, len(tokens)):
            for order in range(3):
                counts.setdefault(tuple(tokens[place - order : place]), Counter())[tokens[place]] += 1
    best = {context: seen.most_common(1)[0][0] for context, seen in counts.items()}
    trivial = simple = total = 0
    for record in news.language_modelling[split]:
        tokens = ["", "", *(token for token, _ in words(record.text, "en"))]
        for place in range(2, len(tokens)):
            contexts = (tuple(tokens[place - order : place]) for order in (2, 1, 0))
            total += 1
            trivial += tokens[place] == best[()]
            simple += tokens[place] == next(best[context] for context in contexts if context in best)
    return trivial / total, simple / total, _foreseeable(news, split)


def _foreseeable(news: Newsroom, split: str) -> float:
    """The share of words that follow from those before for one who knows all wordings and all that is told.

    What is told has been decided, but not how: the first word of a sentence, and the word after a name or value, may be any.
    """
    source = news.source("language modelling", split)
    free = total = 0
    for number in range(len(news.language_modelling[split])):
        for line in source.article(number).lines:
            begins = [start for _, start in words(line.en.text, "en")]
            choices = {begins[0]}
            for mention in line.en.mentions:
                choices.update(start for start in begins if start >= mention.end and start <= mention.end + 1)
            free += len(choices)
            total += len(begins)
    return 1 - free / total


def _bleu(found: list[str], gold: list[str]) -> float:
    return BLEU(tokenize="zh").corpus_score(found, [gold]).score / 100


def translation(news: Newsroom, split: str) -> Score:
    """The source, copied; the translation of the training sentence that is nearest by TF-IDF."""
    train, test = news.translation.train, news.translation[split][:400]
    vectors = TfidfVectorizer(sublinear_tf=True, token_pattern=r"\S+").fit([pair.en for pair in train])
    near = vectors.transform(pair.en for pair in test) @ vectors.transform(pair.en for pair in train).T
    chosen = np.asarray(near.argmax(axis=1)).ravel()
    gold = [pair.zh for pair in test]
    return _bleu([pair.en for pair in test], gold), _bleu([train[place].zh for place in chosen], gold), 1.0


def rouge_l(found: str, gold: str) -> float:
    """ROUGE-L F1 of two texts: their longest common subsequence of words, letters' case aside."""
    a, b = (re.findall(r"\w+", text.lower()) for text in (found, gold))
    row = [0] * (len(b) + 1)
    for word in a:
        before = 0
        for place, other in enumerate(b, 1):
            before, row[place] = row[place], before + 1 if word == other else max(row[place], row[place - 1])
    return 2 * row[-1] / max(1, len(a) + len(b))


def summarisation(news: Newsroom, split: str) -> Score:
    """The first sentence; the likeliest key sentence by a linear model, of which names and headline words are kept."""
    train, test = news.summarisation.train[:1200], news.summarisation[split]
    lines = [(text, place == r.key) for r in train for place, text in enumerate(r.sentences)]
    vectors = CountVectorizer(binary=True, min_df=3).fit(text for text, _ in lines)
    model = LinearSVC(C=0.1).fit(vectors.transform(text for text, _ in lines), [key for _, key in lines])
    seen = Counter(word for r in train for word in set(r.headline.split()) if word[0].islower())
    kept = {word for word, count in seen.items() if count > 2}
    trivial = simple = 0.0
    for record in test:
        chances = model.decision_function(vectors.transform(record.sentences))
        picked = re.findall(r"[\w.,-]*\w", record.sentences[int(chances.argmax())])
        short = " ".join(word for word in picked if word in kept or not word.islower())
        trivial += rouge_l(record.sentences[0], record.headline)
        simple += rouge_l(short, record.headline)
    return trivial / len(test), simple / len(test), 1.0


_MONEY = r"\d[\d.,]*(?: (?:million|billion))? (?:yuan|dollars|euros)"
_ANSWERS = {
    "How much": _MONEY,
    "How many": r"\b\d[\d.,]*\d?(?: million)?\b(?! (?:yuan|dollars|euros|million))",
    "How long": r"(?:two|three|four|five|six|seven|eight|nine|ten) \w+",
    "How strong": r"\d\.\d",
    "How did": r"\d-\d",
    "Which post": "|".join(post for post, _ in POSTS),
    "What is": "|".join(crime for crime, _ in CRIMES),
}
_UNSURE = re.compile("denied|proved false|not true|rumours|in the streets|Perhaps")
_NAME = r"[A-Z]\w+(?: [A-Z]\w+)*"


def question_answering(news: Newsroom, split: str) -> Score:
    """Nothing is told; in the sentence that shares most words with the question, the first number or name it does not hold."""
    test = news.question_answering[split]
    trivial = simple = 0
    for record in test:
        trivial += not record.answer
        simple += _guess(record.context, record.question) == record.answer
    return trivial / len(test), simple / len(test), 1.0


def _guess(context: str, question: str) -> str:
    asked = set(re.findall(r"\w+", question))
    sentences = [one for one in re.split(r"(?<=\.) ", context) if not _UNSURE.search(one)]
    shared = [len(asked & set(re.findall(r"\w+", sentence))) for sentence in sentences]
    best = max(range(len(sentences)), key=lambda place: shared[place], default=0)
    if not sentences or shared[best] < 2:
        return ""
    pattern = next((found for start, found in _ANSWERS.items() if question.startswith(start)), _NAME)
    return next((one for one in re.findall(pattern, sentences[best]) if not set(one.split()) & asked), "")
