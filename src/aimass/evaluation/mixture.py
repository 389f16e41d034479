"""Two language models as one: the mixture of their probabilities, and the share that suits a text best."""

import numpy as np

from aimass.errors import ParameterError


def mixed_perplexity(first, second, share: float) -> float:
    """Perplexity of ``(1 - share) * first + share * second``.

    Args:
        first, second: ``[n]``: what each model gave to the same tokens, in ``[0, 1]``.
        share: of the second, from 0 to 1.

    Raises:
        ParameterError: for texts of different lengths, numbers that are no probabilities, or a share out of range.
    """
    first, second = _checked(first, second)
    if not 0 <= share <= 1:
        raise ParameterError(f"mixture: share is {share}; expected 0 to 1")
    with np.errstate(divide="ignore"):
        return float(np.exp(-np.log((1 - share) * first + share * second).mean()))


def best_share(first, second, rounds: int = 200) -> float:
    """The share of the second model with the least perplexity, by expectation maximisation (Jelinek & Mercer 1980).

    The likelihood has one maximum, and each round comes nearer to it. Find the share on other text than the one it is judged on.

    Args:
        first, second: see :func:`mixed_perplexity`.
        rounds: of expectation maximisation.
    """
    first, second = _checked(first, second)
    share = 0.5
    for _ in range(rounds):
        mixed = (1 - share) * first + share * second
        share = float(np.mean(np.divide(share * second, mixed, out=np.zeros_like(mixed), where=mixed > 0)))
    return share


def _checked(first, second):
    first, second = np.asarray(first, float), np.asarray(second, float)
    if first.ndim != 1 or first.shape != second.shape or not len(first):
        raise ParameterError(
            f"mixture: probabilities of shapes {first.shape} and {second.shape}; expected two of one length, one a token"
        )
    if not (np.all((first >= 0) & (first <= 1)) and np.all((second >= 0) & (second <= 1))):
        raise ParameterError("mixture: a probability is not within 0 to 1")
    return first, second
