import pytest
import tensorflow as tf

from aimass.data.vocabulary import BOS, PAD, UNK
from aimass.decoding.greedy import greedy
from aimass.decoding.prefixed import Continuer
from aimass.errors import ParameterError
from aimass.models import Seq2Seq
from aimass.models.prefix_language_model import PrefixLanguageModel

SOURCES = [[5, 6, 7], [8], [9, 4, 4, 10, 11]]


@pytest.fixture(scope="module", params=["recurrent", "attention alone"])
def model(request):
    if request.param == "recurrent":
        return Seq2Seq(14, 14, units=12, embedding_units=10, seed=3)
    return PrefixLanguageModel(14, units=12, num_heads=2, feed_forward_units=8, num_layers=2, seed=3)


def test_without_a_beginning_it_is_greedy_search(model):
    for source, output in zip(SOURCES, Continuer(model, batch_size=2)(SOURCES), strict=True):
        limit = 2 * (len(source) + 1) + 10
        memory, states = model.begin(tf.constant([[*source, 3]]), limit)
        states = tf.nest.map_structure(lambda state: state[:, None], states)
        found = greedy(model.step, states, memory, max_length=limit, forbidden=(PAD, UNK, BOS))
        tokens = found.tokens[0, 0].numpy().tolist()
        assert output == (tokens[: tokens.index(3)] if 3 in tokens else tokens)


def test_going_on_from_its_own_beginning_changes_nothing(model):
    go_on = Continuer(model)
    free = go_on(SOURCES)
    for cut in (1, 2, 4):
        again = go_on(SOURCES, [output[:cut] for output in free])
        for one, other in zip(again, free, strict=True):
            assert one[: len(other)] == other[: len(one)]


def test_a_beginning_is_kept_in_any_batches(model):
    prefixes = [[13, 12, 11], [], [7]]
    outputs = Continuer(model, batch_size=1)(SOURCES, prefixes)
    for output, prefix in zip(outputs, prefixes, strict=True):
        assert output[: len(prefix)] == prefix
    assert Continuer(model)(SOURCES, prefixes) == outputs


def test_no_sentences_give_no_outputs(model):
    assert Continuer(model)([]) == []


def test_nonsense_is_refused(model):
    with pytest.raises(ParameterError, match="3 sources and 1 prefixes"):
        Continuer(model)(SOURCES, [[4]])
    with pytest.raises(ParameterError, match="batch_size is 0"):
        Continuer(model, batch_size=0)
