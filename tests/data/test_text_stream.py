"""Running text as blocks."""

from itertools import islice, pairwise

import numpy as np
import pytest

from aimass.data.text_stream import TextStream, keep_probability, read_lines, sentences
from aimass.data.vocabulary import Vocabulary
from aimass.errors import DataError, ParameterError

SENTENCES = [[f"w{(7 * i + j) % 23}" for j in range(3 + i % 9)] for i in range(200)]
VOCABULARY = Vocabulary.build(SENTENCES)
RUNNING = [(index, number) for number, s in enumerate(SENTENCES) for index in VOCABULARY.encode(s)]


def stream(**options):
    return TextStream.from_sentences(SENTENCES, VOCABULARY, **{"subsample": 0.0, **options})


def test_blocks_are_the_running_text_with_a_window_of_overlap():
    blocks = list(islice(stream().blocks(64, 2), 5))
    inner = [ids[2:-2] for ids, _ in blocks]
    np.testing.assert_array_equal(np.concatenate(inner), [index for index, _ in RUNNING[: 5 * 64]])
    for (ids, numbers), (more, after) in pairwise(blocks):
        np.testing.assert_array_equal(ids[-4:], more[:4])
        np.testing.assert_array_equal(numbers[-4:], after[:4])
    assert (blocks[0][1][:2] == -1).all()
    assert all(
        ids.shape == numbers.shape == (68,) and ids.dtype == numbers.dtype == np.int32
        for ids, numbers in blocks
    )


def test_sentence_numbers_part_sentences():
    ids, numbers = next(stream().one_pass(0))
    np.testing.assert_array_equal(numbers, [number for _, number in RUNNING])
    np.testing.assert_array_equal(ids, [index for index, _ in RUNNING])


def test_pass_follows_pass_without_a_seam_and_without_joining_sentences():
    blocks = list(islice(stream().blocks(64, 2), 60))
    inner = np.concatenate([ids[2:-2] for ids, _ in blocks])
    numbers = np.concatenate([sentence[2:-2] for _, sentence in blocks])
    once = np.array([index for index, _ in RUNNING])
    np.testing.assert_array_equal(inner, np.tile(once, 4)[: len(inner)])
    assert numbers[len(once) - 1] != numbers[len(once)]
    assert (np.diff(numbers) >= 0).all()


def test_a_file_read_by_lines_gives_the_blocks_of_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("aimass.data.text_stream.CHUNK", 50)  # many chunks
    first, second = tmp_path / "a.txt", tmp_path / "b.txt"
    first.write_text("\n".join(" ".join(s) for s in SENTENCES[:90]) + "\n\n", encoding="utf-8")
    second.write_text("\n".join(" ".join(s) for s in SENTENCES[90:]), encoding="utf-8")
    paths = [first, second]
    assert Vocabulary.build(read_lines(paths)) == VOCABULARY
    direct = TextStream.from_files(paths, VOCABULARY, subsample=0.05)
    cached = TextStream.from_files(paths, VOCABULARY, subsample=0.05, cache=tmp_path / "ids")
    again = TextStream.from_files("unread", VOCABULARY, subsample=0.05, cache=tmp_path / "ids")
    ids = [[block[0] for block in islice(one.blocks(32, 3), 40)] for one in (cached, again)]
    np.testing.assert_array_equal(*ids)
    plain = [TextStream(one.chunks, VOCABULARY, subsample=0.0) for one in (direct, cached)]
    for left, right in zip(*(islice(one.blocks(32, 3), 40) for one in plain), strict=True):
        np.testing.assert_array_equal(left[0], right[0])
    np.testing.assert_array_equal(next(plain[0].blocks(32, 3))[0], next(stream().blocks(32, 3))[0])


def test_subsampling_keeps_what_the_formula_says():
    counts = [0, 0, 0, 0, 9_000, 900, 100]
    kept = keep_probability(counts, 1e-3)
    share = np.array([0.9, 0.09, 0.01])
    np.testing.assert_allclose(kept[4:], np.sqrt(1e-3 / share) + 1e-3 / share, rtol=1e-5)
    assert (keep_probability(counts, 0.0) == 1).all()
    many = Vocabulary(["a", "b"], [5_000, 5_000])
    subsampled = TextStream.from_sentences([["a", "b"]] * 5_000, many, subsample=0.05)
    tokens = sum(len(ids) for ids, _ in subsampled.one_pass(0))
    assert tokens == pytest.approx(subsampled.expected_tokens, rel=0.03)


def test_the_seed_and_the_pass_alone_decide_what_is_dropped():
    one, two = (next(stream(subsample=0.01, seed=s).one_pass(1))[0] for s in (0, 0))
    np.testing.assert_array_equal(one, two)
    assert len(next(stream(subsample=0.01, seed=1).one_pass(1))[0]) != len(one) or not np.array_equal(
        next(stream(subsample=0.01, seed=1).one_pass(1))[0], one
    )


def test_a_training_that_goes_on_sees_the_steps_that_it_missed():
    whole = list(islice(stream(subsample=0.05).batches(64, 2, 3), 12))
    rest = list(islice(stream(subsample=0.05).batches(64, 2, 3, first_step=5), 7))
    for (ids, numbers), (more, after) in zip(whole[5:], rest, strict=True):
        np.testing.assert_array_equal(ids, more)
        np.testing.assert_array_equal(numbers, after)


def test_steps_make_up_the_passes():
    assert stream().steps(64, 2) == round(len(RUNNING) / 128)
    assert stream().steps(64, 2, passes=3) == 3 * round(len(RUNNING) / 128)
    assert stream().steps(64, 1000) == 1


def test_the_dataset_is_not_autotuned():
    """The thread that would do it made every step of some trainings wait."""
    assert stream().dataset(64, 2, 3).options().autotune.enabled is False


def test_the_dataset_holds_the_batches():
    ids, numbers = next(iter(stream().dataset(64, 2, 3)))
    expected = next(stream().batches(64, 2, 3))
    np.testing.assert_array_equal(ids, expected[0])
    np.testing.assert_array_equal(numbers, expected[1])


def test_mistakes_are_told_in_one_line(tmp_path):
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9\n")
    (tmp_path / "ids").write_bytes(b"123")
    (tmp_path / "empty.txt").write_text("")
    bad = [
        (lambda: list(read_lines(tmp_path / "none.txt")), DataError, "No such file"),
        (lambda: list(read_lines(tmp_path / "latin.txt")), DataError, "not UTF-8 at byte 3"),
        (lambda: TextStream.from_sentences([], Vocabulary([], [])), DataError, "no counts"),
        (lambda: TextStream.from_sentences([], Vocabulary(["a"])), DataError, "no counts"),
        (
            lambda: next(TextStream.from_sentences([], VOCABULARY).blocks(64, 2)),
            DataError,
            "is the text empty",
        ),
        (
            lambda: next(TextStream.from_files(tmp_path / "empty.txt", VOCABULARY).blocks(64, 2)),
            DataError,
            "is the text empty",
        ),
        (lambda: TextStream.from_files("x", VOCABULARY, cache=tmp_path / "ids"), DataError, "damaged"),
        (lambda: next(stream().blocks(64, 0)), ParameterError, "window is 0"),
        (lambda: next(stream().batches(64, 2, 0)), ParameterError, "0 blocks"),
        (lambda: stream(subsample=-1.0), ParameterError, "subsample is -1"),
    ]
    for act, error, message in bad:
        with pytest.raises(error, match=message) as caught:
            act()
        assert "\n" not in str(caught.value)


def test_sentences_are_words_in_lower_case():
    assert list(sentences(["The cat's 3.5 mice, gone! Yes. So they say", "Two words"])) == [
        ["the", "cat's", "3.5", "mice", "gone"],
        ["so", "they", "say"],
        ["two", "words"],
    ]
    assert list(sentences(["我们喜欢新闻。他们也喜欢！"], "zh")) == [
        ["我们", "喜欢", "新闻"],
        ["他们", "也", "喜欢"],
    ]
