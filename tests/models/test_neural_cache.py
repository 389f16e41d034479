import numpy as np
import pytest

from aimass.data.streams import StreamBatches
from aimass.errors import ParameterError
from aimass.models import LanguageModel
from aimass.models.neural_cache import cached_likelihoods

VOCAB = 11
IDS = np.random.default_rng(0).integers(0, VOCAB, 90)


def model():
    return LanguageModel(VOCAB, 6, 5, num_sampled=4, seed=2)


def by_hand(made, streams, window, sharpness):
    """Token by token, in float64."""
    inputs, labels = next(StreamBatches(streams.ids, streams.batch_size, streams.stream_length).epoch())
    features = made.features(inputs)[0].numpy().astype("float64")
    features /= np.linalg.norm(features, axis=-1, keepdims=True)
    cache = np.zeros(labels.shape)
    for row in range(len(labels)):
        for t in range(1, labels.shape[1]):
            past = slice(max(0, t - window), t)
            weights = np.exp(sharpness * 5**0.5 * (features[row, past] @ features[row, t]))
            cache[row, t] = weights[labels[row, past] == labels[row, t]].sum() / weights.sum()
    return cache


@pytest.mark.parametrize("window", [1, 7, 100])
@pytest.mark.parametrize("sharpness", [0.0, 2.0])
def test_equals_the_sums_token_by_token(window, sharpness):
    made, streams = model(), StreamBatches(IDS, 3, 8)
    found = cached_likelihoods(made, streams.epoch(), window, sharpness)
    order = np.concatenate([np.arange(87).reshape(3, 29)[:, i : i + 8].ravel() for i in range(0, 29, 8)])
    np.testing.assert_allclose(
        found.cache, by_hand(made, streams, window, sharpness).ravel()[order], atol=1e-6
    )


def test_the_model_alone_is_what_evaluation_says():
    made, streams = model(), StreamBatches(IDS, 3, 8)
    made.compile("sgd")
    expected = made.evaluate(streams.dataset(repeat=False), verbose=0, return_dict=True)["perplexity"]
    found = cached_likelihoods(made, streams.epoch())
    np.testing.assert_allclose(found.perplexity(), expected, rtol=1e-5)


def test_a_text_that_repeats_itself_gains():
    streams = StreamBatches(np.tile([1, 5, 2, 8], 50), 2, 10)
    found = cached_likelihoods(model(), streams.epoch(), window=20, sharpness=5.0)
    assert found.perplexity(0.5) < 0.5 * found.perplexity(0.0)


def test_bad_arguments():
    with pytest.raises(ParameterError, match="window is 0"):
        cached_likelihoods(model(), StreamBatches(IDS, 3, 8).epoch(), window=0)
    with pytest.raises(ParameterError, match="no batches"):
        cached_likelihoods(model(), [])
    with pytest.raises(ParameterError, match="share is 1"):
        cached_likelihoods(model(), StreamBatches(IDS, 3, 8).epoch()).perplexity(1.0)
