import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimass.data.batches import PairBatches, pad, plan_batches
from aimass.data.vocabulary import BOS, EOS, PAD
from aimass.errors import ParameterError


def test_pad():
    assert pad([[1, 2, 3], [], [4]]).tolist() == [[1, 2, 3], [0, 0, 0], [4, 0, 0]]
    assert pad([[1, 2, 3]], multiple_of=4).tolist() == [[1, 2, 3, 0]]
    assert pad([[]], multiple_of=4).shape == (1, 4)
    assert pad([[5]]).dtype == np.int32


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=200),
    st.integers(1, 9),
    st.integers(0, 3),
    st.integers(1, 5),
)
def test_every_sentence_is_in_one_batch(lengths, batch_size, epoch, pool):
    plan = plan_batches(np.array(lengths), batch_size, seed=1, epoch=epoch, pool=pool)
    assert sorted(np.concatenate(plan)) == list(range(len(lengths)))
    assert max(map(len, plan)) <= batch_size
    assert len(plan) <= len(lengths) // batch_size + 1


def test_plan_depends_on_seed_and_epoch_alone():
    lengths = np.arange(100) % 7

    def flat(**options):
        return np.concatenate(plan_batches(lengths, 8, **options)).tolist()

    assert flat(seed=1, epoch=2) == flat(seed=1, epoch=2)
    assert len({tuple(flat(seed=s, epoch=e)) for s in (0, 1) for e in (0, 1)}) == 4


def test_bucketing_leaves_little_padding():
    lengths = np.random.default_rng(0).integers(1, 50, 5000)
    plan = plan_batches(lengths, 50)
    padded = sum(lengths[batch].max() * len(batch) for batch in plan)
    unsorted = sum(part.max() * len(part) for part in np.split(lengths, 100))
    assert padded < 1.1 * lengths.sum() < 0.7 * unsorted


def test_teacher_forcing_pairs():
    batches = PairBatches([[5, 6], [7]], [[8, 9, 10], [11]], batch_size=2, multiple_of=3)
    (((source, target_in), target_out),) = batches.epoch(0)
    order = [0, 1] if source[0, 0] == 5 else [1, 0]
    assert source[order].tolist() == [[5, 6, EOS], [7, EOS, PAD]]
    assert target_in[order].tolist() == [[BOS, 8, 9, 10, 0, 0], [BOS, 11, 0, 0, 0, 0]]
    assert target_out[order].tolist() == [[8, 9, 10, EOS, 0, 0], [11, EOS, 0, 0, 0, 0]]


def test_dataset_resumes_where_an_uninterrupted_run_would_be():
    sources = [[4 + i] * (1 + i % 5) for i in range(40)]
    batches = PairBatches(sources, sources, batch_size=4, seed=3)

    def collect(dataset, count):
        return [(s.tobytes(), o.tobytes()) for (s, _), o in dataset.take(count).as_numpy_iterator()]

    whole = collect(batches.dataset(), 2 * batches.steps)
    assert collect(batches.dataset(initial_epoch=1), batches.steps) == whole[batches.steps :]
    assert whole[: batches.steps] != whole[batches.steps :]
    assert len(collect(batches.dataset(repeat=False), 10**6)) == batches.steps
    assert int(batches.dataset(repeat=False).cardinality()) == batches.steps


def test_bad_input():
    with pytest.raises(ParameterError, match="2 sources and 1 targets"):
        PairBatches([[4], [5]], [[4]])
    with pytest.raises(ParameterError, match="0 sources"):
        PairBatches([], [])
    with pytest.raises(ParameterError, match="batch_size is 0"):
        PairBatches([[4]], [[4]], batch_size=0)
