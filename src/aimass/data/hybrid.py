"""Hybrid documents: texts of different classes joined into one, so that it is known which part speaks for which class."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from aimass.errors import ParameterError


@dataclass(frozen=True)
class HybridDocument:
    """Parts of different classes, one after another.

    Attributes:
        tokens: of all parts, in order.
        parts: for each token the number of its part, from 0.
        target: the class that is asked about.
        relevant: for each token whether its part is the one of the target's class.
    """

    tokens: tuple[str, ...]
    parts: tuple[int, ...]
    target: Hashable
    relevant: tuple[bool, ...]


def hybrid_documents(
    texts: Sequence[Sequence[str]], labels: Sequence[Hashable], *, n_parts: int, n_documents: int, seed: int
) -> list[HybridDocument]:
    """Join random texts of different classes (Poerner et al. 2018).

    Evidence for the target's class can only stand in the part of that class, at a random place in the document. This makes
    a standard to hold explanations against that needs no annotation.

    Args:
        texts: tokenised texts.
        labels: as many classes.
        n_parts: parts of a document, each of another class; at least 2.
        n_documents: how many to make.
        seed: of the choice of classes, texts and order.

    Raises:
        ParameterError: when texts and labels differ in number, or there are fewer than `n_parts` classes.
    """
    if len(texts) != len(labels):
        raise ParameterError(
            f"hybrid_documents: {len(texts)} texts and {len(labels)} labels; give equally many"
        )
    by_class: dict[Hashable, list[int]] = {}
    for index, label in enumerate(labels):
        by_class.setdefault(label, []).append(index)
    classes = sorted(by_class, key=str)
    if not 2 <= n_parts <= len(classes):
        raise ParameterError(
            f"hybrid_documents: n_parts is {n_parts}; expected 2 to {len(classes)}, the number of classes"
        )
    random = np.random.default_rng(seed)
    documents = []
    for _ in range(n_documents):
        chosen = [classes[k] for k in random.permutation(len(classes))[:n_parts]]
        texts_chosen = [texts[by_class[label][random.integers(len(by_class[label]))]] for label in chosen]
        target = int(random.integers(n_parts))
        parts = tuple(part for part, text in enumerate(texts_chosen) for _ in text)
        tokens = tuple(token for text in texts_chosen for token in text)
        documents.append(
            HybridDocument(tokens, parts, chosen[target], tuple(part == target for part in parts))
        )
    return documents
