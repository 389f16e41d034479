"""word2vec's two file formats for vectors, as its program of 2013 writes them and gensim reads them.

Both begin with a line "NUMBER WIDTH". In the text format a line follows for each word: the word, then its numbers in decimal, parted by
single spaces. In the binary format each word is its UTF-8 bytes, a space, and WIDTH little-endian float32; a newline after them
is optional.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from aimass.errors import DataError, ParameterError


def write(path: str | os.PathLike, words: Sequence[str], matrix: np.ndarray, *, binary: bool = False) -> None:
    """Write words and vectors ``[len(words), units]``, whole or not at all.

    Text holds each float32 in the fewest digits that read back to the same bits.

    Raises:
        ParameterError: for a word that is empty or holds white space, which the format cannot hold, or words and rows that differ in number.
    """
    matrix = np.ascontiguousarray(matrix, "<f4")
    if matrix.ndim != 2 or len(words) != len(matrix):
        raise ParameterError(
            f"word2vec format: {len(words)} words and vectors of shape {matrix.shape}; give one row a word"
        )
    for word in words:
        if not word or word.split() != [word]:
            raise ParameterError(
                f"word2vec format: the word {word!r} is empty or holds white space; replace it, by '_' for one"
            )
    path = Path(path)
    partial = path.with_name(path.name + ".part")
    with open(partial, "wb") as file:
        file.write(f"{len(words)} {matrix.shape[1]}\n".encode())
        for word, row in zip(words, matrix, strict=True):
            if binary:
                file.write(word.encode("utf-8") + b" " + row.tobytes() + b"\n")
            else:
                file.write(f"{word} {' '.join(map(str, row))}\n".encode())
    os.replace(partial, path)


def read(path: str | os.PathLike, *, binary: bool = False) -> tuple[list[str], np.ndarray]:
    """Read words and their vectors, float32 ``[len(words), units]``.

    Raises:
        DataError: when the file is missing, empty, truncated, or in another format; the message says where.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"vectors {path}: {error.strerror}; give a file in word2vec's format") from None
    header, newline, body = content.partition(b"\n")
    try:
        number, width = map(int, header.split())
        if not newline or number < 0 or width < 1:
            raise ValueError
    except ValueError:
        raise DataError(
            f"vectors {path}: the first line is {header[:40]!r}; expected the number of words and the width, such as '400 100'"
        ) from None
    return (_read_binary if binary else _read_text)(path, body, number, width)


def _read_text(path, body: bytes, number: int, width: int) -> tuple[list[str], np.ndarray]:
    words: list[str] = []
    lines = body.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    if len(lines) != number:
        raise DataError(
            f"vectors {path}: the first line promises {number:,} words, {len(lines):,} lines follow; truncated, or a binary file?"
        )
    matrix = np.empty((number, width), "float32")
    for row, line in enumerate(lines):
        try:
            word, *values = line.decode("utf-8").rstrip(" \r").split(" ")
            if len(values) != width:
                raise ValueError
            matrix[row] = np.array(values, "float32")
        except ValueError:
            raise DataError(
                f"vectors {path}, line {row + 2:,}: no word and {width} numbers in {line[:40]!r}; truncated, or a binary file?"
            ) from None
        words.append(word)
    return words, matrix


def _read_binary(path, body: bytes, number: int, width: int) -> tuple[list[str], np.ndarray]:
    words: list[str] = []
    size = 4 * width
    if len(body) < number * (size + 2):  # before memory is taken for what the first line promises
        raise DataError(
            f"vectors {path}: {len(body):,} bytes cannot hold {number:,} words of {width} numbers; truncated, or a text file?"
        )
    matrix = np.empty((number, width), "float32")
    place = 0
    for row in range(number):
        space = body.find(b" ", place)
        start = space + 1
        if space < 0 or start + size > len(body):
            raise DataError(
                f"vectors {path}: ends within word {row + 1:,} of {number:,}; truncated, or a text file?"
            )
        try:
            word = body[place:space].decode("utf-8").lstrip("\n")
        except UnicodeDecodeError:
            raise DataError(
                f"vectors {path}: word {row + 1:,} is no UTF-8 text; damaged, or another width?"
            ) from None
        words.append(word)
        matrix[row] = np.frombuffer(body, "<f4", width, start)
        place = start + size
    if body[place:].strip(b"\n"):
        raise DataError(
            f"vectors {path}: {len(body) - place:,} bytes after the last word; damaged, or another width?"
        )
    return words, matrix
