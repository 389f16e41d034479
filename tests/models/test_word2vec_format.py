"""word2vec's file formats, against files made by hand, and gensim."""

import struct

import gensim
import numpy as np
import pytest

from aimass.errors import DataError, ParameterError
from aimass.models.word2vec_format import read, write
from aimass.models.word_vectors import WordVectors

WORDS = ["the", "naïve", "新闻"]
MATRIX = np.array([[1.5, -2.0], [0.1, 1e-7], [3.4028235e38, 0.0]], "float32")
TEXT = "3 2\nthe 1.5 -2.0\nnaïve 0.1 1e-07\n新闻 3.4028235e+38 0.0\n".encode()
BINARY = b"3 2\n" + b"".join(
    word.encode() + b" " + struct.pack("<2f", *row) + b"\n" for word, row in zip(WORDS, MATRIX, strict=True)
)


@pytest.mark.parametrize(("binary", "content"), [(False, TEXT), (True, BINARY)])
def test_files_are_written_byte_for_byte_and_read_back(tmp_path, binary, content):
    path = tmp_path / "vectors"
    write(path, WORDS, MATRIX, binary=binary)
    assert path.read_bytes() == content
    words, matrix = read(path, binary=binary)
    assert words == WORDS
    np.testing.assert_array_equal(matrix, MATRIX)
    assert [entry.name for entry in tmp_path.iterdir()] == ["vectors"]


def test_what_other_programs_write_is_read(tmp_path):
    path = tmp_path / "vectors"
    path.write_bytes(
        BINARY.replace(b"\n", b"", 4).replace(b"3 2", b"3 2\n", 1)
    )  # gensim writes no newline after a vector
    np.testing.assert_array_equal(read(path, binary=True)[1], MATRIX)
    path.write_bytes(b"1 2\r\nthe 1.500000 -2.000000 \r\n")  # the program of 2013 ends lines with a space
    np.testing.assert_array_equal(read(path)[1], MATRIX[:1])


@pytest.mark.parametrize("binary", [False, True])
def test_gensim_reads_ours_and_we_read_gensims(tmp_path, binary):
    write(tmp_path / "ours", WORDS, MATRIX, binary=binary)
    theirs = gensim.models.KeyedVectors.load_word2vec_format(str(tmp_path / "ours"), binary=binary)
    assert theirs.index_to_key == WORDS
    np.testing.assert_array_equal(theirs.vectors, MATRIX)
    theirs.save_word2vec_format(str(tmp_path / "theirs"), binary=binary)
    words, matrix = read(tmp_path / "theirs", binary=binary)
    assert words == WORDS
    np.testing.assert_array_equal(matrix, MATRIX)


@pytest.mark.parametrize(
    ("content", "binary", "message"),
    [
        (b"", False, "the first line is b''"),
        (b"the 1.5\n", False, "expected the number of words"),
        (b"3 0\n", False, "expected the number of words"),
        (TEXT[:-20], False, "truncated"),
        (TEXT[: TEXT.index(b"0.1")], False, "promises 3 words, 2 lines"),
        (b"2 2\nthe 1.5 2\nof 1.5\n", False, "line 3"),
        (b"1 2\nthe 1.5 x\n", False, "line 2"),
        (BINARY[:-6], True, "truncated"),
        (BINARY[:20], True, "truncated"),
        (TEXT, True, "truncated|no UTF-8|ends within|after the last word"),
        (BINARY + b"more", True, "4 bytes after|5 bytes after"),
        (b"9999999999 100\nthe ", True, "cannot hold"),
        (b"1 1\n\xff\xff \x00\x00\x80\x3f", True, "no UTF-8"),
    ],
)
def test_damaged_files_are_refused_in_one_line(tmp_path, content, binary, message):
    path = tmp_path / "vectors"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        read(path, binary=binary)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_word_with_a_space_are_refused(tmp_path):
    with pytest.raises(DataError, match="No such file"):
        read(tmp_path / "none")
    with pytest.raises(ParameterError, match="'New York' is empty or holds white space"):
        write(tmp_path / "vectors", ["New York"], np.ones((1, 2)))
    with pytest.raises(ParameterError, match="one row a word"):
        write(tmp_path / "vectors", ["a"], np.ones((2, 2)))
    assert not list(tmp_path.iterdir())


def test_word_vectors_save_and_load(tmp_path):
    WordVectors(WORDS, MATRIX).save(tmp_path / "v.bin", binary=True)
    assert WordVectors.load(tmp_path / "v.bin", binary=True).words == tuple(WORDS)
