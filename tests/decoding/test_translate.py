import keras
import pytest

from aimass.data.batches import PairBatches
from aimass.data.subwords import Subwords
from aimass.decoding import Translator, translate
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


def test_mistakes_are_named(trained):
    with pytest.raises(ParameterError, match="put it in a list"):
        Translator(*trained)("one")
    with pytest.raises(ParameterError, match="batch_size is 0"):
        Translator(*trained, batch_size=0)
