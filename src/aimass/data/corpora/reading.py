"""What loaders share: verified content as text, lines or an archive's members."""

from collections.abc import Mapping
from typing import TypeAlias

from aimass.data.archive import read_zip
from aimass.errors import DataError

Contents: TypeAlias = Mapping[str, bytes | dict[str, bytes]]
"""Verified files by name, as :func:`aimass.data.fetch.read` returns them."""


def content(files: Contents, name: str) -> bytes:
    """The bytes of a plain file."""
    found = files.get(name)
    if not isinstance(found, bytes):
        raise DataError(f"the file {name!r} is not among those given ({', '.join(files) or 'none'})")
    return found


def unzip(files: Contents, name: str) -> dict[str, bytes]:
    """The members of a zip archive."""
    return read_zip(content(files, name))


def member(members: Mapping[str, bytes], name: str) -> bytes:
    """One member of an archive."""
    if name not in members:
        raise DataError(f"the archive holds no member {name!r}")
    return members[name]


def tree(files: Contents) -> dict[str, bytes]:
    """The files of a corpus that is one archive of a repository, by path in the repository."""
    for found in files.values():
        if isinstance(found, dict):
            return found
    raise DataError(f"no archive's files among those given ({', '.join(files) or 'none'})")


def text(raw: bytes, name: str, encoding: str = "utf-8") -> str:
    """Bytes as text with line ends of one kind."""
    try:
        return raw.decode(encoding).replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise DataError(f"{name}: byte {error.start:,} is not {encoding}") from error


def lines(raw: bytes, name: str, encoding: str = "utf-8") -> list[str]:
    """Bytes as lines, without the line ends; only a line feed ends a line."""
    found = text(raw, name, encoding).split("\n")
    return found[:-1] if found[-1] == "" else found


def same_length(counts: Mapping[str, int], what: str) -> None:
    """Check that files or columns that belong together line by line have as many of them."""
    if len(set(counts.values())) > 1:
        found = ", ".join(f"{name} has {count:,}" for name, count in counts.items())
        raise DataError(f"{what} do not match: {found}")


def columns(line: str, count: int, place: str, separator: str | None = None) -> list[str]:
    """The fields of a line, as many as expected."""
    fields = line.split(separator)
    if len(fields) != count:
        raise DataError(f"{place}: {len(fields)} fields in {line[:60]!r}; expected {count}")
    return fields
