"""How much of a sequence a linear probe can read back from what a network made of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aimass.errors import ParameterError


def read_back(
    train: Sequence[np.ndarray],
    train_sequences: Sequence[Sequence[int]],
    test: Sequence[np.ndarray],
    test_sequences: Sequence[Sequence[int]],
    *,
    strength: float = 10.0,
    min_examples: int = 50,
) -> list[np.ndarray]:
    """Which tokens of a sequence are told right by a linear classifier, one for each position (Adi et al. 2017, word content and order).

    The probe of position ``j`` answers: which token stands at ``j``? It is a ridge classifier (scikit-learn's) on standardised features, trained
    on the training sequences that reach ``j``. Features that are constant make it the most frequent token's share: the floor.

    Args:
        train: of each training sequence its representation: one vector ``[width]``, which every probe reads, or a memory
            ``[length, width]``, of which the probe of position ``j`` reads row ``j``.
        train_sequences: ids of each training sequence.
        test, test_sequences: the same of other sequences.
        strength: of the L2 regularisation, scikit-learn's ``alpha``.
        min_examples: training sequences that a position needs; where there are fewer, no token counts as right.

    Returns:
        Of each test sequence bool ``[length]``: whether its token was read back.

    Raises:
        ParameterError: when numbers of representations and sequences differ, or there are none.
    """
    _check("read_back", train, train_sequences, test, test_sequences)
    right = [np.zeros(len(sequence), bool) for sequence in test_sequences]
    for position in range(max(map(len, test_sequences))):
        known = [i for i, sequence in enumerate(train_sequences) if len(sequence) > position]
        asked = [i for i, sequence in enumerate(test_sequences) if len(sequence) > position]
        if len(known) < min_examples:
            break
        labels = np.array([train_sequences[i][position] for i in known])
        told = _probe(_at(train, known, position), labels, _at(test, asked, position), strength)
        for i, token in zip(asked, told, strict=True):
            right[i][position] = token == test_sequences[i][position]
    return right


def _at(rows, members, position):
    """``[members, width]``: what the probe of a position reads."""
    return np.array(
        [rows[i] if np.ndim(rows[i]) == 1 else rows[i][position] for i in members], dtype="float64"
    )


def _probe(train, labels, test, strength):
    from sklearn.linear_model import RidgeClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    if len(np.unique(labels)) == 1:
        return np.full(len(test), labels[0])
    # On one thread, so that the last bits do not depend on the number of cores.
    with threadpool_limits(1):
        probe = make_pipeline(StandardScaler(), RidgeClassifier(alpha=strength, solver="cholesky")).fit(
            train, labels
        )
        return probe.predict(test)


@dataclass(frozen=True)
class WordContent:
    """How a linear probe answers, of each test sequence and token: is the token in it?

    Attributes:
        scores: float ``[test sequences, tokens]``: higher means rather yes.
        present: bool ``[test sequences, tokens]``: the truth.
        tokens: int ``[tokens]``: which were asked for.
    """

    scores: np.ndarray
    present: np.ndarray
    tokens: np.ndarray

    def auc(self, indices: np.ndarray | None = None) -> float:
        """Area under the curve, mean over tokens: how often a sequence that has a token scores above one that has it not.

        Args:
            indices: of test sequences; all when ``None``. Tokens that all or none of them have are left out.
        """
        from sklearn.metrics import roc_auc_score

        scores, present = (
            (self.scores, self.present) if indices is None else (self.scores[indices], self.present[indices])
        )
        mixed = present.any(axis=0) & ~present.all(axis=0)
        if not mixed.any():
            raise ParameterError(
                "word_content: no token is in some of these sequences and not in others; give more sequences"
            )
        return float(roc_auc_score(present[:, mixed], scores[:, mixed], average="macro"))


def word_content(
    train: Sequence[np.ndarray],
    train_sequences: Sequence[Sequence[int]],
    test: Sequence[np.ndarray],
    test_sequences: Sequence[Sequence[int]],
    *,
    strength: float = 10.0,
    shares: tuple[float, float] = (0.02, 0.5),
) -> WordContent:
    """Which tokens a sequence has, told by a linear probe from one vector (Adi et al. 2017, word content).

    The probe is a ridge regression (scikit-learn's) on standardised features, from the vector to the presence of each token.

    Args:
        train: of each training sequence a vector ``[width]``.
        train_sequences: ids of each training sequence.
        test, test_sequences: the same of other sequences.
        strength: of the L2 regularisation, scikit-learn's ``alpha``.
        shares: the tokens asked for are in at least, and at most, this share of the training sequences.

    Raises:
        ParameterError: when numbers of representations and sequences differ, there are none, or no token is asked for.
    """
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    _check("word_content", train, train_sequences, test, test_sequences)
    size = 1 + max(max(sequence, default=0) for sequence in (*train_sequences, *test_sequences))
    known, asked = _presence(train_sequences, size), _presence(test_sequences, size)
    share = known.mean(axis=0)
    tokens = np.flatnonzero((share >= shares[0]) & (share <= shares[1]))
    if not len(tokens):
        raise ParameterError(
            f"word_content: no token is in {shares[0]} to {shares[1]} of the training sequences; widen the shares"
        )
    with threadpool_limits(1):
        probe = make_pipeline(StandardScaler(), Ridge(alpha=strength, solver="cholesky"))
        probe.fit(np.array(train, "float64"), known[:, tokens].astype("float64"))
        scores = probe.predict(np.array(test, "float64")).reshape(len(test), len(tokens))
    return WordContent(scores, asked[:, tokens], tokens)


def _presence(sequences, size):
    present = np.zeros((len(sequences), size), bool)
    for row, sequence in zip(present, sequences, strict=True):
        row[list(sequence)] = True
    return present


def _check(owner, train, train_sequences, test, test_sequences):
    for what, rows, sequences in (("training", train, train_sequences), ("test", test, test_sequences)):
        if len(rows) != len(sequences) or not len(sequences):
            raise ParameterError(
                f"{owner}: {len(rows)} representations and {len(sequences)} {what} sequences; give equally many, at least one"
            )
