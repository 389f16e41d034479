"""Linear probes: what can be read off a representation by a linear classifier, and nothing stronger."""

from collections.abc import Sequence

import numpy as np

from aimass.errors import ParameterError


def linear_probe(
    train: np.ndarray,
    train_labels: np.ndarray,
    test: np.ndarray,
    test_labels: np.ndarray,
    *,
    strength: float = 1.0,
    max_iter: int = 200,
) -> float:
    """Test accuracy of a logistic regression on fixed features (Alain & Bengio 2017).

    Features are standardised by the training set's means and deviations; constant ones are left at nought. The regression is
    scikit-learn's, with L2 regularisation, by L-BFGS from a start at zero, on one thread: neither a seed nor the number of
    cores has a part in it.

    Args:
        train: features ``[n_train, width]``.
        train_labels: ``[n_train]``.
        test: features ``[n_test, width]``.
        test_labels: ``[n_test]``.
        strength: inverse of the regularisation, scikit-learn's ``C``.
        max_iter: of L-BFGS; a probe that has not settled by then is used as it is.

    Raises:
        ParameterError: when shapes disagree, or the training labels are all the same.
    """
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    train, test = np.asarray(train, "float64"), np.asarray(test, "float64")
    if train.ndim != 2 or test.ndim != 2 or train.shape[1] != test.shape[1]:
        raise ParameterError(
            f"linear_probe: features of shapes {train.shape} and {test.shape}; expected [n, width] of one width"
        )
    if len(train) != len(train_labels) or len(test) != len(test_labels) or not len(test):
        raise ParameterError(
            f"linear_probe: {len(train)} and {len(test)} rows, {len(train_labels)} and {len(test_labels)} labels; "
            "give one label a row, and at least one test row"
        )
    if len(np.unique(train_labels)) < 2:
        raise ParameterError("linear_probe: all training labels are the same; there is nothing to tell apart")
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    scale = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > 1e-9)
    classifier = LogisticRegression(C=strength, max_iter=max_iter)
    # Products this small are several times slower on two threads than on one, and differ in their last bits.
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)
        classifier.fit((train - mean) * scale, train_labels)
    return float(np.mean(classifier.predict((test - mean) * scale) == np.asarray(test_labels)))


def probe_layers(
    train_layers: Sequence[np.ndarray],
    train_labels: np.ndarray,
    test_layers: Sequence[np.ndarray],
    test_labels: np.ndarray,
    *,
    strength: float = 1.0,
    max_iter: int = 200,
) -> list[float]:
    """:func:`linear_probe` on each layer, first to last: the accuracies.

    Args:
        train_layers: a network's representations of the training inputs, each ``[n_train, width]``; widths may differ.
        train_labels: ``[n_train]``.
        test_layers: as many, of the test inputs.
        test_labels: ``[n_test]``.
        strength, max_iter: as for a single probe.

    Raises:
        ParameterError: when the two lists differ in length, or as for a single probe.
    """
    if len(train_layers) != len(test_layers):
        raise ParameterError(
            f"probe_layers: {len(train_layers)} training layers and {len(test_layers)} test layers; give equally many"
        )
    return [
        linear_probe(train, train_labels, test, test_labels, strength=strength, max_iter=max_iter)
        for train, test in zip(train_layers, test_layers, strict=True)
    ]
