import numpy as np
import pytest

from aimass.errors import ParameterError
from aimass.evaluation import bootstrap


def test_interval_of_a_mean_is_the_normal_one():
    sample = np.random.default_rng(0).normal(3.0, 2.0, 400)
    interval = bootstrap(lambda i: sample[i].mean(), len(sample), n_resamples=2000)
    half = 1.96 * sample.std() / 20
    assert interval.value == pytest.approx(sample.mean())
    assert interval.low == pytest.approx(sample.mean() - half, abs=0.03)
    assert interval.high == pytest.approx(sample.mean() + half, abs=0.03)


def test_pairing_narrows_the_interval():
    generator = np.random.default_rng(0)
    hard = generator.normal(0, 5, 200)
    a, b = hard + generator.normal(1, 0.5, 200), hard + generator.normal(0, 0.5, 200)
    paired = bootstrap(lambda i: a[i].mean() - b[i].mean(), 200)
    assert paired.low > 0.7
    assert paired.high < 1.3


def test_same_seed_same_interval():
    sample = np.arange(20.0)
    first, again, other = (bootstrap(lambda i: sample[i].mean(), 20, seed=s) for s in (1, 1, 2))
    assert first == again
    assert first != other


def test_bad_input():
    with pytest.raises(ParameterError, match="1 items"):
        bootstrap(lambda i: 0.0, 1)
    with pytest.raises(ParameterError, match="level is 95"):
        bootstrap(lambda i: 0.0, 5, level=95)
