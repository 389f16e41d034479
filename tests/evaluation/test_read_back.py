import numpy as np
import pytest

from aimass.errors import ParameterError
from aimass.evaluation.read_back import read_back, word_content


def sequences(count, seed, vocab=6, longest=8):
    random = np.random.default_rng(seed)
    return [random.integers(0, vocab, random.integers(1, longest + 1)).tolist() for _ in range(count)]


def one_hot(sequence, width=6, positions=8):
    """All of a sequence: a one-hot row for each position."""
    rows = np.zeros((positions, width))
    rows[np.arange(len(sequence)), sequence] = 1
    return rows


TRAIN, TEST = sequences(600, 0), sequences(200, 1)


def share(right):
    return np.concatenate(right).mean()


def test_what_is_there_is_read_back_and_what_is_not_is_not():
    whole = [[one_hot(s).ravel() for s in part] for part in (TRAIN, TEST)]
    assert share(read_back(whole[0], TRAIN, whole[1], TEST, strength=1.0)) == 1.0
    nothing = [[np.zeros(1) for _ in part] for part in (TRAIN, TEST)]
    assert share(read_back(nothing[0], TRAIN, nothing[1], TEST)) < 0.3


def test_a_vector_of_the_first_half_gives_back_the_first_half():
    half = [[one_hot(s)[:4].ravel() for s in part] for part in (TRAIN, TEST)]
    right = read_back(half[0], TRAIN, half[1], TEST)
    assert share([row[:4] for row in right]) == 1.0
    assert share([row[4:] for row in right]) < 0.4


def test_a_memory_is_read_row_by_row():
    memories = [[one_hot(s)[: len(s)] for s in part] for part in (TRAIN, TEST)]
    assert share(read_back(memories[0], TRAIN, memories[1], TEST)) == 1.0
    shifted = [[np.roll(one_hot(s), 1, axis=0)[: len(s)] for s in part] for part in (TRAIN, TEST)]
    assert share(read_back(shifted[0], TRAIN, shifted[1], TEST)) < 0.4


def test_a_position_that_few_sequences_reach_counts_as_not_read():
    whole = [[one_hot(s).ravel() for s in part] for part in (TRAIN, TEST)]
    reach = sum(len(s) > 6 for s in TRAIN)
    right = read_back(whole[0], TRAIN, whole[1], TEST, min_examples=reach + 1)
    assert share([row[:6] for row in right]) == 1.0
    assert not np.concatenate([row[6:] for row in right]).any()


def test_one_token_alone_needs_no_probe():
    right = read_back([np.ones(2)] * 60, [[4]] * 60, [np.ones(2)] * 2, [[4], [5]])
    assert [row.tolist() for row in right] == [[True], [False]]


def test_nonsense_is_refused():
    with pytest.raises(ParameterError, match="1 representations and 2 training sequences"):
        read_back([np.ones(2)], [[1], [2]], [np.ones(2)], [[1]])
    with pytest.raises(ParameterError, match="test sequences"):
        read_back([np.ones(2)], [[1]], [], [])


def bags(sequences, width=6):
    return [np.bincount(sequence, minlength=width).astype(float) for sequence in sequences]


def test_a_bag_of_words_tells_which_words_there_are():
    found = word_content(bags(TRAIN), TRAIN, bags(TEST), TEST, shares=(0.0, 1.0))
    assert found.tokens.tolist() == list(range(6))
    assert found.present[0].tolist() == [token in TEST[0] for token in range(6)]
    assert found.auc() > 0.97
    assert found.auc(np.arange(50)) > 0.95


def test_without_features_it_is_chance():
    nothing = [[np.zeros(1) for _ in part] for part in (TRAIN, TEST)]
    assert word_content(nothing[0], TRAIN, nothing[1], TEST, shares=(0.0, 1.0)).auc() == 0.5


def test_only_tokens_of_the_shares_are_asked_for():
    train = [[0, 1], [0], [0, 2], [0]] * 10
    found = word_content(bags(train), train, bags(train), train, shares=(0.1, 0.5))
    assert found.tokens.tolist() == [1, 2]
    with pytest.raises(ParameterError, match="widen the shares"):
        word_content(bags(train), train, bags(train), train, shares=(0.6, 0.9))
    with pytest.raises(ParameterError, match="give more sequences"):
        found.auc(np.array([0]))
    with pytest.raises(ParameterError, match="word_content: 1 rep"):
        word_content(bags(train[:1]), train, bags(train), train)
