import os
import shutil
import signal
import subprocess
import sys

import keras
import numpy as np
import pytest

from aimass.data.batches import PairBatches
from aimass.errors import ParameterError
from aimass.losses import MaskedCrossEntropy
from aimass.models import Seq2Seq, ValidationScore, WeightAverage, fit_resumable

EPOCHS = 5


def batches(seed=0):
    random = np.random.default_rng(seed)
    sources = [random.integers(4, 14, random.integers(1, 7)).tolist() for _ in range(40)]
    return PairBatches(sources, [s[::-1] for s in sources], batch_size=8, seed=seed)


def model(rate=0.02, units=6):
    made = Seq2Seq(14, 14, units=units, embedding_units=6, dropout_rate=0.3, seed=3)
    schedule = keras.optimizers.schedules.CosineDecay(1e-5, 30, warmup_target=rate, warmup_steps=5)
    made.compile(keras.optimizers.Adam(schedule, global_clipnorm=1.0), MaskedCrossEntropy(0.1))
    return made


class Kill(keras.callbacks.Callback):
    """SIGKILL to the own process, in the middle of an epoch."""

    def on_train_batch_end(self, batch, logs=None):
        if self.model.optimizer.iterations.numpy() == 2 * 5 + 3:
            os.kill(os.getpid(), signal.SIGKILL)


def judges():
    """Callbacks that remember: the third epoch's score is the best, and an average is in the model when it is judged."""
    updates = {1: 1.0, 2: 2.0, 3: 9.0, 4: 3.0, 5: 4.0}
    return [
        WeightAverage(last=2),
        ValidationScore(lambda judged: updates[judged.optimizer.iterations.numpy() // 5]),
        keras.callbacks.EarlyStopping("val_bleu", mode="max", patience=4, restore_best_weights=True),
    ]


def train(directory, *, killed=False, with_judges=True, epochs=EPOCHS, made=None, **options):
    made = made or model()
    callbacks = [*(judges() if with_judges else []), *([Kill()] if killed else [])]
    history = fit_resumable(
        made, options.pop("data", batches()), epochs, directory, callbacks=callbacks, verbose=0, **options
    )
    return made, history.history


def state(made):
    return [np.asarray(v) for v in [*made.variables, *made.optimizer.variables]]


def equal(found, expected):
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that nothing stopped."""
    directory = tmp_path_factory.mktemp("whole")
    made, history = train(directory)
    return made, history, directory


@pytest.fixture(scope="module")
def first_half(tmp_path_factory):
    """The directory of a run of two epochs."""
    directory = tmp_path_factory.mktemp("half")
    train(directory, epochs=2, with_judges=False)
    return directory


@pytest.fixture
def half(first_half, tmp_path):
    """The same for one test to spoil."""
    return shutil.copytree(first_half, tmp_path / "half")


def names(directory):
    return sorted(path.name for path in directory.iterdir())


@pytest.mark.slow
def test_a_killed_training_resumes_to_the_same_bits(tmp_path, whole):
    child = subprocess.run([sys.executable, __file__, tmp_path], capture_output=True, timeout=300)
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()[-2000:]
    assert names(tmp_path) == ["epoch-0001.npz", "epoch-0002.npz"]
    made, history = train(tmp_path)
    equal(state(made), state(whole[0]))
    assert history == whole[1]
    assert len(history["val_bleu"]) == EPOCHS


def test_it_is_the_training_of_plain_fit(tmp_path):
    data, plain = batches(), model()
    plain.fit(data.dataset(), steps_per_epoch=data.steps, epochs=3, shuffle=False, verbose=0)
    for epochs in (1, 3):
        made, history = train(tmp_path, epochs=epochs, with_judges=False)
    equal(state(made), state(plain))
    assert history.keys() == plain.history.history.keys()
    np.testing.assert_array_equal(history["loss"], plain.history.history["loss"])


def test_a_training_that_ended_is_not_repeated(whole):
    made, history = train(whole[2])
    equal(state(made)[: len(made.weights)], state(whole[0])[: len(made.weights)])
    assert history == whole[1]
    assert names(whole[2]) == ["epoch-0004.npz", "epoch-0005.npz"]


def test_a_training_that_was_stopped_stays_stopped(tmp_path):
    def run(score):
        stop = keras.callbacks.EarlyStopping("val_bleu", mode="max", patience=1, restore_best_weights=True)
        made = model()
        fit_resumable(made, batches(), 4, tmp_path, callbacks=[ValidationScore(score), stop], verbose=0)
        return made

    scores = iter([2.0, 1.0])
    stopped = run(lambda _: next(scores))
    again = run(lambda _: pytest.fail("trained again"))
    equal(again.get_weights(), stopped.get_weights())
    assert names(tmp_path) == ["epoch-0001.npz", "epoch-0002.npz"]


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty"])
def test_a_damaged_checkpoint_is_named(half, damage):
    path = half / "epoch-0002.npz"
    content = bytearray(path.read_bytes())
    with np.load(path) as arrays:
        middle = content.index(arrays["arr_5"].tobytes()) + 8
    content[middle] ^= 1  # a bit within a weight
    path.write_bytes({"cut": content[:middle], "flipped": content, "empty": b""}[damage])
    with pytest.raises(ParameterError, match=r"epoch-0002\.npz is damaged .*delete it to go on") as error:
        train(half, epochs=3, with_judges=False)
    assert "\n" not in str(error.value)


def test_without_the_newest_checkpoint_it_goes_on_from_the_one_before(half, first_half):
    (half / "epoch-0002.npz").unlink()
    (half / "epoch-0002.part").write_bytes(b"PK")  # what a kill left half written
    resumed, _ = train(half, epochs=2, with_judges=False, keep=1)
    ended, _ = train(first_half, epochs=2, with_judges=False)
    equal(state(resumed), state(ended))
    assert names(half) == ["epoch-0002.npz"]


def test_another_training_is_refused(half):
    for options in ({"made": model(rate=0.01)}, {"made": model(units=7)}, {"data": batches(seed=1)}):
        with pytest.raises(ParameterError, match="another model, optimizer, loss, data"):
            train(half, with_judges=False, **options)
    with pytest.raises(ParameterError, match="another model, optimizer, loss, data or callbacks"):
        train(half)
    with pytest.raises(ParameterError, match="has 2 epochs behind it, and epochs is 1"):
        train(half, epochs=1, with_judges=False)
    for options in ({"epochs": 0}, {"keep": 0}):
        with pytest.raises(ParameterError, match="must be at least 1"):
            train(half, **options)


if __name__ == "__main__":
    train(sys.argv[1], killed=True)
