"""Which real corpora the study knows, where each file comes from, and what it must hash to.

The list itself is `registry.json` beside this file: for each corpus its task, languages, licence and citation, and for each
of its files the address, the size and a checksum. A plain file is checked by ``sha256`` of its bytes. An archive that the
host packs anew for each download is checked by ``tree_sha256``: see :func:`aimass.data.archive.tree_digest`.
"""

import difflib
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

from aimass.errors import DataError


@dataclass(frozen=True)
class SourceFile:
    """One file of a corpus.

    Attributes:
        file: its place in a mirror or in the cache, with forward slashes: ``"multi30k/train.en.gz"``.
        url: where it is downloaded from.
        bytes: its size; of an archive the usual size, which may vary.
        sha256: the checksum of its bytes; None for an archive.
        tree_sha256: the checksum over an archive's members; None for a plain file.
        tree: the folder of the repository that the tree's checksum covers; empty for a plain file.
        members: how many files that folder holds; 0 for a plain file.
        unpacked_bytes: the size of these files together; 0 for a plain file.
    """

    file: str
    url: str
    bytes: int
    sha256: str | None = None
    tree_sha256: str | None = None
    tree: str = ""
    members: int = 0
    unpacked_bytes: int = 0

    @property
    def name(self) -> str:
        """The last part of the path: ``"train.en.gz"``."""
        return self.file.rpartition("/")[2]

    @property
    def checksum(self) -> str:
        """The checksum in force: that of the bytes, or that of the tree."""
        return self.sha256 or self.tree_sha256 or ""


@dataclass(frozen=True)
class Entry:
    """One corpus of the registry.

    Attributes:
        name: the name that :func:`aimass.data.load` takes.
        task: what it is used for, in a few words.
        languages: ISO 639-1 codes.
        licence: what its publisher says of its use.
        citation: the source to name, in one line.
        citation_key: author and year, as in a bibliography.
        files: what it consists of.
    """

    name: str
    task: str
    languages: tuple[str, ...]
    licence: str
    citation: str
    citation_key: str
    files: tuple[SourceFile, ...]

    @property
    def bytes(self) -> int:
        """The size of all files together."""
        return sum(file.bytes for file in self.files)

    @property
    def digest(self) -> str:
        """SHA-256 over each file's place and checksum: it changes when, and only when, the data do."""
        lines = sorted(f"{file.checksum}  {file.file}\n" for file in self.files)
        return hashlib.sha256("".join(lines).encode()).hexdigest()


@cache
def entries() -> dict[str, Entry]:
    """All corpora by name, in the alphabet's order."""
    raw = json.loads(resources.files("aimass.data").joinpath("registry.json").read_text(encoding="utf-8"))
    return {name: _entry(name, fields) for name, fields in sorted(raw["corpora"].items())}


def names() -> list[str]:
    """The names of all corpora, in the alphabet's order."""
    return list(entries())


def get(name: str) -> Entry:
    """The corpus of that name.

    Raises:
        DataError: when there is none; the message names the nearest one.
    """
    known = entries()
    if isinstance(name, str) and name in known:
        return known[name]
    near = difflib.get_close_matches(str(name).lower(), known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(known)}"
    raise DataError(f"no corpus {name!r} in the registry; {hint}")


def _entry(name: str, fields: dict) -> Entry:
    return Entry(
        name=name,
        task=fields["task"],
        languages=tuple(fields["languages"]),
        licence=fields["licence"],
        citation=fields["citation"]["text"],
        citation_key=fields["citation"]["key"],
        files=tuple(SourceFile(**file) for file in fields["files"]),
    )
