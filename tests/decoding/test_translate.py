import math

import keras
import numpy as np
import pytest

from aimass.data.batches import PairBatches
from aimass.data.subwords import Subwords
from aimass.decoding import Translator, search, translate
from aimass.errors import ParameterError
from aimass.losses import MaskedCrossEntropy
from aimass.models import Seq2Seq

WORDS = {"one": "eins", "two": "zwei", "three": "drei", "four": "vier"}


@pytest.fixture(scope="module")
def trained():
    """A model that knows four words, and its subwords."""
    sources = [f"{a} {b}" for a in WORDS for b in WORDS] + list(WORDS)
    targets = [" ".join(WORDS[word] for word in source.split()) for source in sources]
    subwords = Subwords.train([*sources, *targets], 40, model_type="bpe")
    batches = PairBatches(subwords.encode(sources), subwords.encode(targets), batch_size=5)
    model = Seq2Seq(subwords.vocab_size, subwords.vocab_size, units=24, embedding_units=16, dropout_rate=0.0)
    model.compile(keras.optimizers.Adam(0.02, global_clipnorm=1.0), MaskedCrossEntropy())
    model.fit(batches.dataset(), steps_per_epoch=batches.steps, epochs=40, verbose=0, shuffle=False)
    return model, subwords


@pytest.mark.parametrize("beam_size", [1, 3])
def test_translates_raw_strings_in_their_order(trained, beam_size):
    model, subwords = trained
    translator = Translator(model, subwords, beam_size=beam_size, batch_size=2)
    assert translator(["two three", "four", "one one"]) == ["zwei drei", "vier", "eins eins"]


def test_odd_input_behaves(trained):
    model, subwords = trained
    assert translate(model, [], subwords) == []
    empty, blank, strange, word = translate(model, ["", "  ", "漢字", "two"], subwords, beam_size=2)
    assert (empty, blank, word) == ("", "", "zwei")
    assert isinstance(strange, str)
    pieces = 3000
    (long,) = translate(model, ["one " * pieces], subwords, beam_size=1)
    assert len(subwords.encode([long])[0]) <= 2 * (pieces * 3 + 1) + 10


def test_follows_the_model_while_it_trains(trained):
    model, subwords = trained
    translator, weights = Translator(model, subwords, beam_size=1), model.get_weights()
    assert translator(["two"]) == ["zwei"]
    model.set_weights([0 * w for w in weights])
    changed = translator(["two"])
    model.set_weights(weights)
    assert changed != ["zwei"]


def test_n_best_and_alignments(trained):
    model, subwords = trained
    translator = Translator(model, subwords, beam_size=4, batch_size=2)
    sentences = ["two three", "", "four"]
    outputs = translator.n_best(sentences, 3, alignments=True)
    assert [out[0].text for out in outputs] == ["zwei drei", "", "vier"]
    assert outputs[1] == [("", 0.0, 0.0, [], [], None)]
    for sentence, translations in zip(sentences, outputs, strict=True):
        scores = [t.score for t in translations]
        assert scores == sorted(scores, reverse=True)
        if not sentence:
            continue
        assert len({t.text for t in translations}) == 3
        for t in translations:
            assert t.source_pieces == [*subwords.pieces(sentence), "</s>"]
            assert t.score == pytest.approx(t.log_prob / ((5 + len(t.pieces)) / 6), rel=1e-4)
            assert t.alignment.shape == (len(t.pieces), len(t.source_pieces))
            np.testing.assert_allclose(t.alignment.sum(axis=1), 1, atol=1e-5)
    assert translator.n_best(["four"], 1)[0][0].alignment is None


def test_workers_change_nothing(trained):
    model, subwords = trained
    sentences = [f"{a} {b}" for a in WORDS for b in WORDS]
    one = Translator(model, subwords, beam_size=3, batch_size=2)
    three = Translator(model, subwords, beam_size=3, batch_size=2, workers=3)
    assert three(sentences) == one(sentences)
    drawn = [t.sample(sentences, 2, seed=3, temperature=2.0) for t in (one, three)]
    assert [[t.text for t in out] for out in drawn[0]] == [[t.text for t in out] for out in drawn[1]]


def test_coverage_changes_the_scores(trained):
    model, subwords = trained
    (plain,) = Translator(model, subwords, beam_size=3).n_best(["two three"], 1)
    (covered,) = Translator(model, subwords, beam_size=3, coverage=0.5).n_best(["two three"], 1)
    assert covered[0].score < plain[0].score
    assert covered[0].text == plain[0].text


def test_samples_follow_the_seed(trained):
    model, subwords = trained
    translator = Translator(model, subwords, batch_size=2)
    sentences = ["two three", "", "four", "one", "one two"]
    first = translator.sample(sentences, 4, seed=1, temperature=3.0)
    assert [[t.text for t in out] for out in first] == [
        [t.text for t in out] for out in translator.sample(sentences, 4, seed=1, temperature=3.0)
    ]
    other = translator.sample(sentences, 4, seed=2, temperature=3.0)
    assert [[t.text for t in out] for out in first] != [[t.text for t in out] for out in other]
    assert [len(out) for out in first] == [4, 1, 4, 4, 4]
    (cold,) = translator.sample(["two three"], 2, seed=0, top_k=1)
    assert [t.text for t in cold] == ["zwei drei"] * 2


def test_very_long_input_is_translated_beside_short_ones(trained):
    model, subwords = trained
    translator = Translator(model, subwords, beam_size=2)
    long, word = translator.n_best(["one two " * 1000, "two"], 1, alignments=False)
    assert word[0].text == "zwei"
    assert len(long[0].source_pieces) > 2000
    assert len(long[0].pieces) <= 2 * len(long[0].source_pieces) + 10
    assert math.isfinite(long[0].score)


class Twins:
    """A model made of another one twice: has ``begin`` and ``step``, and is no Keras model."""

    def __init__(self, model):
        self.model = model
        self.target_vocab_size = model.output_matrix.shape[0]

    def begin(self, source, max_length):
        memory, states = self.model.begin(source, max_length)
        return (memory, memory), (states, states)

    def step(self, tokens, states, memory, position=0):
        outputs = [self.model.step(tokens, s, m, position) for s, m in zip(states, memory, strict=True)]
        return outputs[0][0], tuple(out[1] for out in outputs), None


def test_anything_with_begin_and_step_is_translated(trained):
    model, subwords = trained
    translator = Translator(Twins(model), subwords, beam_size=3)
    assert translator(["two three", "four"]) == ["zwei drei", "vier"]
    with pytest.raises(ParameterError, match="no attention"):
        translator.n_best(["four"], 1, alignments=True)


def test_mistakes_are_named(trained):
    with pytest.raises(ParameterError, match="put it in a list"):
        Translator(*trained)("one")
    with pytest.raises(ParameterError, match="workers is 0"):
        Translator(*trained, workers=0)
    with pytest.raises(ParameterError, match="batch_size is 0"):
        Translator(*trained, batch_size=0)
    with pytest.raises(ParameterError, match=r"source has shape \(3,\); expected \[batch, source_length\]"):
        search(trained[0], [4, 5, 3], beam_size=2)
