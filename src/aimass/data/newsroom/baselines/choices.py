"""Baselines of the tasks whose answers are rankings: recommendation and search."""

import math
from collections import Counter

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from ..corpus import Newsroom
from .labels import Score


def _reciprocal_rank(scores, clicked: int) -> float:
    """1 / rank of the clicked one; a tie goes to whoever stands higher in the list."""
    return 1 / (
        1 + sum(s > scores[clicked] or (s == scores[clicked] and p < clicked) for p, s in enumerate(scores))
    )


def recommendation(news: Newsroom, split: str) -> Score:
    """What was clicked most; what is most like the reader's last ten clicks by TF-IDF. Ceiling: the true weights."""
    corpus = news.recommendation
    test = corpus.get(split) or corpus["test_unseen_readers"]
    clicks = Counter(one.candidates[one.clicked] for one in corpus["train"])
    shown = Counter(number for one in corpus["train"] for number in one.candidates)
    rate = {number: clicks[number] / shown[number] for number in shown}
    vectors = TfidfVectorizer(stop_words="english").fit_transform(
        f"{article.headline_en} {article.desk}" for article in news.recommendation_articles
    )
    scores = np.zeros(3)
    for one in test:
        likes = np.zeros(len(one.candidates))
        if one.history:
            taste = vectors[list(one.history[-10:])].sum(axis=0)
            likes = np.asarray(vectors[list(one.candidates)] @ taste.T).ravel()
        popular = [rate.get(number, 0.0) for number in one.candidates]
        scores += [_reciprocal_rank(ranked, one.clicked) for ranked in (popular, list(likes), one.weights)]
    return tuple(float(score) for score in scores / len(test))


def _ndcg(order, grades: dict[int, int]) -> float:
    gained = sum((2 ** grades.get(int(n), 0) - 1) / math.log2(2 + p) for p, n in enumerate(order[:10]))
    best = sorted(grades.values(), reverse=True)[:10]
    return gained / sum((2**grade - 1) / math.log2(2 + p) for p, grade in enumerate(best))


def search(news: Newsroom, split: str) -> Score:
    """The collection's own order; TF-IDF of the words of the query."""
    queries = news.search[split]
    documents = [document.text for document in queries[0].documents]
    vectors = TfidfVectorizer(sublinear_tf=True)
    near = vectors.fit_transform(documents), vectors.transform(query.text for query in queries)
    likeness = (near[1] @ near[0].T).toarray()
    trivial = simple = 0.0
    for query, row in zip(queries, likeness, strict=True):
        grades = dict(query.relevance)
        trivial += _ndcg(range(len(documents)), grades)
        simple += _ndcg(np.argsort(-row, kind="stable"), grades)
    return trivial / len(queries), simple / len(queries), 1.0
