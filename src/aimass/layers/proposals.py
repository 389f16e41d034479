"""Distributions over the vocabulary to draw negatives from, and the draw itself."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from aimass.errors import ParameterError

UNIFORM, LOG_UNIFORM, UNIGRAM = "uniform", "log_uniform", "unigram"


class Proposal:
    """A distribution ``q`` over the ids 0 to ``vocab_size - 1``.

    Args:
        kind: ``"uniform"``; ``"log_uniform"``, ``q(k) = log((k + 2) / (k + 1)) / log(vocab_size + 1)``, near to Zipf's law where ids are
            ordered by falling frequency (the law of ``tf.random.log_uniform_candidate_sampler``); ``"unigram"``, by ``counts``; or the
            probabilities themselves, ``[vocab_size]``.
        vocab_size: number of ids.
        counts: ``[vocab_size]`` not negative, for ``"unigram"``.
        distortion: exponent of the counts; 0.75 is the choice of Mikolov et al. (2013).

    Raises:
        ParameterError: for an unknown kind, a negative distortion, or counts that are missing, negative, not finite, all zero, or not ``vocab_size`` many.
    """

    def __init__(
        self,
        kind: str | Sequence[float] | np.ndarray,
        vocab_size: int,
        counts: Sequence[float] | np.ndarray | None = None,
        distortion: float = 1.0,
    ):
        if not distortion >= 0:
            raise ParameterError(f"distortion is {distortion}; expected 0 or more")
        self.vocab_size = int(vocab_size)
        self.probabilities: np.ndarray | None = None
        if isinstance(kind, str):
            if kind not in (UNIFORM, LOG_UNIFORM, UNIGRAM):
                raise ParameterError(
                    f"proposal is {kind!r}; expected 'uniform', 'log_uniform', 'unigram' or the probabilities"
                )
            self.kind = kind
            if kind == UNIGRAM:
                self.probabilities = _normalised(counts, self.vocab_size, "counts", distortion)
        else:
            self.kind = "given"
            self.probabilities = _normalised(kind, self.vocab_size, "proposal")
        if self.probabilities is not None:
            # Inclusive sums; the last is exactly 1, so that no draw falls off the end.
            cumulative = np.cumsum(self.probabilities)
            self.cumulative = cumulative / cumulative[-1]
            self.reachable = int(np.count_nonzero(self.probabilities))
        else:
            self.reachable = self.vocab_size

    def log_prob(self, ids, table=None):
        """``log q`` of ids.

        Args:
            ids: int32 ``[...]``.
            table: float32 ``[vocab_size]``: ``log q`` of all ids, where it is not given by a formula.

        Returns:
            float32 ``[...]``; minus infinity where ``q`` is 0.
        """
        if self.kind == UNIFORM:
            return tf.fill(tf.shape(ids), np.float32(-np.log(self.vocab_size)))
        if self.kind == LOG_UNIFORM:
            k = tf.cast(ids, tf.float64)
            log_q = tf.math.log(tf.math.log1p(1.0 / (k + 1.0)) / np.log(self.vocab_size + 1.0))
            return tf.cast(log_q, tf.float32)
        return tf.gather(table, ids)

    def draw(self, number, seed, cumulative=None):
        """``number`` independent draws.

        Args:
            number: how many, an int or an int32 scalar.
            seed: int32 ``[2]``.
            cumulative: float64 ``[vocab_size]``, where ``q`` is not given by a formula.

        Returns:
            int32 ``[number]``.
        """
        u = tf.random.stateless_uniform(
            [number], seed, dtype=tf.float64
        )  # float32 could not tell a million ids apart
        if self.kind == UNIFORM:
            ids = u * self.vocab_size
        elif self.kind == LOG_UNIFORM:
            ids = tf.math.expm1(u * np.log(self.vocab_size + 1.0))
        else:
            return tf.searchsorted(cumulative, u, side="right", out_type=tf.int32)
        return tf.minimum(tf.cast(ids, tf.int32), self.vocab_size - 1)


def _normalised(values, vocab_size, name, exponent=1.0) -> np.ndarray:
    if values is None:
        raise ParameterError("proposal 'unigram' needs counts, one for each id")
    values = np.asarray(values, dtype=np.float64)
    if values.shape != (vocab_size,):
        raise ParameterError(
            f"{name} have shape {values.shape}; expected ({vocab_size},), one value for each id"
        )
    if not np.isfinite(values).all() or (values < 0).any() or not values.any():
        raise ParameterError(f"{name} must be finite, not negative, and not all zero")
    values = np.where(
        values > 0, values**exponent, 0.0
    )  # what was never seen stays so, whatever the exponent
    return values / values.sum()


def draw_distinct(proposal: Proposal, number: int, seed, cumulative=None):
    """Draw until ``number`` different ids have come, as TensorFlow's candidate samplers do with ``unique=True``.

    Args:
        proposal: the distribution; at least ``number`` ids must have a probability above 0.
        number: how many different ids.
        seed: int32 ``[2]``.
        cumulative: see :meth:`Proposal.draw`.

    Returns:
        int32 ``[number]`` in the order in which they came, and how many draws it took, a float64 scalar.
    """

    def distinct(draws):
        return tf.unique(draws)  # ids, and of each draw the place of its id in them

    def enough(ids, places, _):
        return tf.size(ids) >= number

    def more(ids, places, rounds):
        # All draws so far again and as many new ones: the seed of a round depends on its number, so nothing is drawn twice.
        fresh = proposal.draw(2 * number, seed + tf.stack([0, rounds]), cumulative)
        drawn = tf.concat([tf.gather(ids, places), fresh], axis=0)
        ids, places = distinct(drawn)
        return ids, places, rounds + 1

    first = distinct(proposal.draw(2 * number, seed, cumulative))
    free = tf.TensorShape([None])
    ids, places, _ = tf.while_loop(
        lambda *state: tf.logical_not(enough(*state)),
        more,
        (first.y, first.idx, tf.constant(1)),
        shape_invariants=(free, free, tf.TensorShape([])),
    )
    tries = tf.argmax(tf.equal(places, number - 1), output_type=tf.int32) + 1
    return tf.ensure_shape(ids[:number], [number]), tf.cast(tries, tf.float64)


def log_expected_count(log_q, tries, unique: bool):
    """Log of how often an id is expected among the draws.

    Args:
        log_q: float32 ``[...]``.
        tries: float64 scalar: the number of draws.
        unique: whether repetitions were dropped: then ``1 - (1 - q)^tries``, otherwise ``tries * q``.

    Returns:
        float32 ``[...]``.
    """
    log_q = tf.cast(log_q, tf.float64)
    if not unique:
        return tf.cast(log_q + tf.math.log(tries), tf.float32)
    return tf.cast(tf.math.log(-tf.math.expm1(tries * tf.math.log1p(-tf.exp(log_q)))), tf.float32)
