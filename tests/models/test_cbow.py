"""CBOW learns what stands alike."""

import pytest
from test_skip_gram import trained

from aimass.models import CBOW


@pytest.mark.parametrize("loss_name", ["negative_sampling", "sampled_softmax"])
def test_words_of_one_place_are_nearest(loss_name):
    vectors = trained(CBOW, 0.03, loss_name=loss_name)
    for first, second in (("cat", "dog"), ("sleeps", "eats"), ("hot", "cold"), ("soup", "tea")):
        assert vectors.most_similar(first, 1)[0][0] == second
