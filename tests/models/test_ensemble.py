import numpy as np
import pytest
import tensorflow as tf

from aimass.data.subwords import Subwords
from aimass.decoding.translate import search, translate
from aimass.errors import ParameterError
from aimass.models import Ensemble, Seq2Seq

SENTENCES = ["a small red house", "the old house by the sea", "a red sea", "small boats on the old sea"]
SOURCE = np.array([[5, 9, 6, 3], [7, 3, 0, 0]], "int32")


def model(seed=0, **options):
    return Seq2Seq(
        14, options.pop("size", 14), **({"units": 8, "embedding_units": 6, "seed": seed} | options)
    )


def run(tested, steps=3, beam=2):
    """Log-probabilities and attention of some steps along given tokens."""
    memory, states = tested.begin(SOURCE, 9)
    states = tf.nest.map_structure(lambda state: tf.repeat(state[:, None], beam, axis=1), states)
    tokens = np.random.default_rng(1).integers(4, 14, (steps, len(SOURCE), beam))
    found = []
    for position in range(steps):
        logits, states, weights = tested.step(tokens[position], states, memory, position)
        found.append((tf.nn.log_softmax(logits).numpy(), None if weights is None else weights.numpy()))
    return found


def members():
    return [model(1), model(2, num_layers=2, units=5, attention="additive"), model(3, tie_embeddings=False)]


def test_the_size_of_the_target_vocabulary():
    assert model(size=17).target_vocab_size == 17
    assert Ensemble(members()).target_vocab_size == 14


@pytest.mark.parametrize("mean", ["probabilities", "log_probabilities"])
def test_equal_models_are_one_model(mean):
    for (found, weights), (expected, expected_weights) in zip(
        run(Ensemble([model(4), model(4)], mean)), run(model(4)), strict=True
    ):
        np.testing.assert_allclose(found, expected, atol=1e-5)
        np.testing.assert_allclose(weights, expected_weights, atol=1e-6)


def test_probabilities_are_averaged():
    alone = [run(each) for each in members()]
    for step, (found, weights) in enumerate(run(Ensemble(members()))):
        probabilities = np.mean([np.exp(each[step][0].astype("float64")) for each in alone], axis=0)
        np.testing.assert_allclose(np.exp(found), probabilities, rtol=1e-4)
        np.testing.assert_allclose(weights, np.mean([each[step][1] for each in alone], axis=0), atol=1e-6)


def test_log_probabilities_are_averaged():
    alone = [run(each) for each in members()]
    for step, (found, _) in enumerate(run(Ensemble(members(), "log_probabilities"))):
        product = np.exp(np.mean([each[step][0].astype("float64") for each in alone], axis=0))
        np.testing.assert_allclose(np.exp(found), product / product.sum(-1, keepdims=True), rtol=1e-4)


def test_no_attention_where_a_model_has_none():
    assert all(weights is None for _, weights in run(Ensemble([model(1), model(2, attention=None)])))


@pytest.mark.parametrize("beam_size", [1, 3])
def test_searches_take_it(beam_size):
    options = {"beam_size": beam_size, "max_length": 6}
    for found, expected in (
        (search(Ensemble([model(4), model(4)]), SOURCE, **options), search(model(4), SOURCE, **options)),
        (search(Ensemble([model(4)]), SOURCE, **options), search(model(4), SOURCE, **options)),
    ):
        np.testing.assert_array_equal(found.tokens, expected.tokens)
        np.testing.assert_allclose(found.log_probs, expected.log_probs, atol=1e-4)


def test_sentences_are_translated():
    subwords = Subwords.train(SENTENCES, 40)
    size = subwords.vocab_size
    models = [Seq2Seq(size, size, units=8, embedding_units=6, seed=seed) for seed in (1, 2)]
    found = translate(Ensemble(models), SENTENCES, subwords, beam_size=2)
    assert len(found) == 4
    assert translate(Ensemble(models[:1]), SENTENCES, subwords) == translate(models[0], SENTENCES, subwords)


def test_mistakes_are_named():
    with pytest.raises(ParameterError, match="no models"):
        Ensemble([])
    with pytest.raises(ParameterError, match="have 14, 15 entries"):
        Ensemble([model(), model(size=15)])
    with pytest.raises(ParameterError, match="mean is 'median'"):
        Ensemble([model()], "median")
