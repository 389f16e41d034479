"""Skip-gram learns what stands alike."""

import keras
import numpy as np
import pytest

from aimass.models import SkipGram

WORDS = ["the", "a", "cat", "dog", "sleeps", "eats", "hot", "cold", "soup", "tea"]


def corpus_block(seed=0, blocks=8, length=64, window=2):
    """Sentences of a small grammar: (the|a) (cat|dog) (sleeps|eats), and (hot|cold) (soup|tea)."""
    random = np.random.default_rng(seed)
    size = blocks * length + 2 * window
    ids, numbers = [], []
    while len(ids) < size:
        words = [random.integers(0, 2), random.integers(2, 4), random.integers(4, 6)]
        words = words if random.random() < 0.6 else [random.integers(6, 8), random.integers(8, 10)]
        numbers += [numbers[-1] + 1 if numbers else 0] * len(words)
        ids += words
    place = np.arange(blocks)[:, None] * length + np.arange(length + 2 * window)
    return np.array(ids, "int32")[place], np.array(numbers, "int32")[place]


def trained(cls, rate, steps=150, **options):
    model = cls(len(WORDS), units=8, window=2, counts=[10] * len(WORDS), seed=0, **options)
    model.compile(keras.optimizers.SGD(rate))
    for step in range(steps):
        model.train_on_batch(*corpus_block(step))
    return model.word_vectors(WORDS)


@pytest.mark.parametrize("loss_name", ["negative_sampling", "sampled_softmax"])
def test_words_of_one_place_are_nearest(loss_name):
    vectors = trained(SkipGram, 0.01, loss_name=loss_name)
    for first, second in (("cat", "dog"), ("sleeps", "eats"), ("hot", "cold"), ("soup", "tea")):
        assert vectors.most_similar(first, 1)[0][0] == second
