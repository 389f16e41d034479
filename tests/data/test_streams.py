import subprocess
import sys

import numpy as np
import pytest

from aimass.data.streams import StreamBatches
from aimass.errors import ParameterError

IDS = np.arange(100, 123)


def test_rows_are_streams_and_labels_come_next():
    batches = StreamBatches(IDS, batch_size=3, length=3)
    found = list(batches.epoch())
    assert len(found) == batches.steps == 3
    inputs = np.concatenate([x for x, _ in found], axis=1)
    labels = np.concatenate([y for _, y in found], axis=1)
    np.testing.assert_array_equal(inputs, IDS[:21].reshape(3, 7))
    np.testing.assert_array_equal(labels, inputs + 1)
    assert inputs.dtype == labels.dtype == np.int32
    assert [x.shape[1] for x, _ in found] == [3, 3, 1]
    assert batches.predictions == labels.size == 21


def test_one_stream_predicts_all_but_the_first():
    labels = np.concatenate([y for _, y in StreamBatches(IDS, 1, 5).epoch()], axis=1)
    np.testing.assert_array_equal(labels[0], IDS[1:])


def test_rotation_depends_on_seed_and_epoch_alone():
    def first(seed, epoch):
        batches = StreamBatches(IDS, 2, 4, rotate=True, seed=seed)
        return next(batches.epoch(epoch))[0].tolist()

    assert first(0, 1) == first(0, 1)
    assert first(0, 1) != first(0, 2)
    assert first(0, 1) != first(1, 1)
    plain = StreamBatches(IDS, 2, 4)
    for a, b in zip(plain.epoch(0), plain.epoch(5), strict=True):
        np.testing.assert_array_equal(a, b)


def test_rotation_keeps_the_order():
    ids = np.arange(23)
    for epoch in range(5):
        for x, y in StreamBatches(ids, 2, 4, rotate=True).epoch(epoch):
            np.testing.assert_array_equal((x + 1) % 23, y)


def test_dataset_goes_on_from_an_epoch():
    batches = StreamBatches(IDS, 2, 4, rotate=True, seed=3)
    whole = [x.numpy() for x, _ in batches.dataset().take(2 * batches.steps)]
    again = [x.numpy() for x, _ in batches.dataset(initial_epoch=1).take(batches.steps)]
    for a, b in zip(whole[batches.steps :], again, strict=True):
        np.testing.assert_array_equal(a, b)
    once = batches.dataset(repeat=False)
    assert len(list(once)) == int(once.cardinality()) == batches.steps


def test_bad_arguments():
    with pytest.raises(ParameterError, match=r"shape \(2, 2\)"):
        StreamBatches(np.zeros((2, 2), int))
    with pytest.raises(ParameterError, match="whole numbers"):
        StreamBatches(np.zeros(9))
    with pytest.raises(ParameterError, match="length is 0"):
        StreamBatches(IDS, 2, 0)
    with pytest.raises(ParameterError, match="23 tokens for 23 streams"):
        StreamBatches(IDS, 23)


def test_no_tensorflow_at_import():
    code = "import sys, aimass.data.streams; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
