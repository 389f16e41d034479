"""The bytes of a corpus: found, verified, and only then handed out.

A file is looked for in the folder given by the caller, in the folder named by ``AIMASS_DATA`` (both are mirrors, laid out
like the registry's ``file`` paths, and are never written to), in the cache, and last on the network, from where it goes into
the cache. The first place that has it decides: a damaged file is an error that names it, never a reason to look further.

A file's bytes are read once; the same bytes are hashed and handed on to be parsed.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aimass.errors import DataError

from .archive import read_tree, tree_digest
from .download import MAX_ARCHIVE_BYTES, UnreachableError, download
from .registry import Entry, SourceFile

try:
    import fcntl
except ImportError:  # not on Windows: two processes there may download the same file twice
    fcntl = None  # type: ignore[assignment]

Content = bytes | dict[str, bytes]
"""What a verified file holds: its bytes; of an archive, bytes by path in the repository."""


@dataclass(frozen=True)
class Place:
    """Where a file lies: the path, and whether its folder is a ``"mirror"`` or the ``"cache"``."""

    path: Path
    kind: str


@dataclass(frozen=True)
class Finding:
    """What `verify` found of one file.

    Attributes:
        source: the file.
        place: where it lies; None when it is not on this machine.
        fault: what is wrong with it; empty when it is intact or not here.
    """

    source: SourceFile
    place: Place | None
    fault: str = ""


def cache_folder() -> Path:
    """Where downloads go: ``AIMASS_CACHE``, or else the platform's cache folder for ``aimass``."""
    named = os.environ.get("AIMASS_CACHE")
    if named:
        return Path(named).expanduser().absolute()
    import pooch

    return Path(pooch.os_cache("aimass"))


def mirrors(data_dir: str | Path | None = None) -> list[Path]:
    """The mirrors to look in, in order: `data_dir`, then ``AIMASS_DATA``.

    Raises:
        DataError: when one of them is named and is no folder.
    """
    folders = []
    for label, value in (("the data folder", data_dir), ("AIMASS_DATA", os.environ.get("AIMASS_DATA"))):
        if value is None or str(value) == "":
            continue
        folder = Path(value).expanduser().absolute()
        if not folder.is_dir():
            raise DataError(
                f"{label} {str(value)!r} is not a folder; name the folder that holds the corpora's folders"
            )
        if folder not in folders:
            folders.append(folder)
    return folders


def locate(source: SourceFile, data_dir: str | Path | None = None) -> Place | None:
    """Where a file lies on this machine, unverified; None when it would have to be downloaded."""
    for folder in mirrors(data_dir):
        path = folder / source.file
        if os.path.lexists(path):
            return Place(path, "mirror")
    path = cache_folder() / source.file
    return Place(path, "cache") if os.path.lexists(path) else None


def read(entry: Entry, *, data_dir: str | Path | None = None) -> dict[str, Content]:
    """All files of a corpus, verified; those that are not on this machine are downloaded into the cache.

    Args:
        entry: the corpus.
        data_dir: a mirror to look in first.

    Returns:
        Each file's content by the last part of its path.

    Raises:
        UnreachableError: when a file is missing and no server answers; a kind of DataError.
        DataError: when a file is damaged, or missing and cannot be downloaded; the message names the corpus, the file, its
            address and how to supply it. A damaged file in the cache has then been renamed, so that the next call
            downloads it; one in a mirror is left as it is.
    """
    contents = {}
    for source in entry.files:
        place = locate(source, data_dir)
        if place is None:
            contents[source.name] = _fetch(entry, source, mirrors(data_dir))
            continue
        try:
            contents[source.name] = check(source, _read_bytes(place.path, source))
        except DataError as error:
            raise DataError(_damaged(entry, source, place, str(error))) from error
    return contents


def verify(entry: Entry, *, data_dir: str | Path | None = None) -> list[Finding]:
    """Verify what is here of a corpus, without a download.

    A damaged file in the cache is renamed, so that it can be downloaded again.
    """
    findings = []
    for source in entry.files:
        place = locate(source, data_dir)
        fault = ""
        if place is not None:
            try:
                check(source, _read_bytes(place.path, source))
            except DataError as error:
                fault = _damaged(entry, source, place, str(error))
        findings.append(Finding(source, place, fault))
    return findings


def check(source: SourceFile, raw: bytes) -> Content:
    """The content of a file whose bytes are those that the registry knows.

    Raises:
        DataError: when they are not; the message is a reason to be put into a sentence.
    """
    if source.sha256 is not None:
        if len(raw) != source.bytes:
            raise DataError(
                f"it has {len(raw):,} bytes and should have {source.bytes:,}: it is cut short or another file"
            )
        found = hashlib.sha256(raw).hexdigest()
        if found != source.sha256:
            raise DataError(f"its sha256 is {found[:12]}… and should be {source.sha256[:12]}…")
        return raw
    files = read_tree(raw, source.tree, members=source.members, unpacked_bytes=source.unpacked_bytes)
    found = tree_digest(files)
    if found != source.tree_sha256:
        raise DataError(f"the sha256 of its tree is {found[:12]}… and should be {source.checksum[:12]}…")
    return files


def _fetch(entry: Entry, source: SourceFile, searched: list[Path]) -> Content:
    """Download one file into the cache, verify it, and only then give it its name.

    `searched` are the mirrors that do not have it; a failure names them, since a folder one level off is a common slip.
    """
    target = cache_folder() / source.file
    part = target.with_name(target.name + ".part")
    try:
        with _alone(target.parent):
            if target.exists():  # another process was faster
                return check(source, _read_bytes(target, source))
            resumed = part.exists()
            try:
                content = _take(source, part)
            except _UnverifiedError:
                if not resumed:
                    raise
                # The first piece may be damaged, or of another packing of the archive: once more from the beginning.
                content = _take(source, part)
            os.replace(part, target)
            return content
    except DataError as error:
        kind = UnreachableError if isinstance(error, UnreachableError) else DataError
        absent = f" is not in {' or '.join(map(str, searched))} and" if searched else ""
        raise kind(
            f"{entry.name}: {source.file}{absent} could not be had from {source.url}: {error}; {_ways(source)}"
        ) from error
    except OSError as error:
        raise DataError(
            f"{entry.name}: {source.file} cannot be kept in the cache {cache_folder()} "
            f"({error.strerror or error}); name another folder by AIMASS_CACHE, or {_ways(source)}"
        ) from error


class _UnverifiedError(DataError):
    """A download is complete and not what the registry knows."""


def _take(source: SourceFile, part: Path) -> Content:
    """Complete a partial file and verify it; what does not verify is set aside."""
    download(source, part)
    try:
        return check(source, _read_bytes(part, source))
    except DataError as error:
        bad = _set_aside(part, source.name)
        raise _UnverifiedError(f"{error} (what was sent is kept as {bad.name})") from error


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a folder of the cache against other processes; the lock ends with the process, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "ab") as lock:
        if fcntl is not None:
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _read_bytes(path: Path, source: SourceFile) -> bytes:
    """A file's bytes, its size looked at first."""
    try:
        if not path.is_file():
            kind = (
                "a link that leads nowhere" if path.is_symlink() and not path.exists() else "not a plain file"
            )
            raise DataError(f"it is {kind}")
        limit = source.bytes if source.sha256 else MAX_ARCHIVE_BYTES
        with open(path, "rb") as stream:
            raw = stream.read(limit + 1)
            size = os.fstat(stream.fileno()).st_size
    except OSError as error:
        raise DataError(f"it cannot be read ({error.strerror or error})") from error
    if len(raw) > limit:
        raise DataError(f"it has {size:,} bytes and should have {source.bytes:,}: it is another file")
    return raw


def _damaged(entry: Entry, source: SourceFile, place: Place, reason: str) -> str:
    """The whole message on a damaged file; one in the cache is renamed here."""
    if place.kind == "mirror":
        remedy = "put an intact copy there, or move it away to have it downloaded"
    else:
        try:
            bad = _set_aside(place.path, source.name)
            remedy = f"it is set aside as {bad.name}; ask again to download it, or {_ways(source)}"
        except OSError as error:
            remedy = f"it could not be set aside ({error.strerror or error}): remove it and ask again"
    return f"{entry.name}: {place.path}: {reason}; the file comes from {source.url}; {remedy}"


def _set_aside(path: Path, name: str) -> Path:
    """Rename a damaged file of the cache to `<name>.bad-<8 digits of its sha256>`; a link is renamed, not its target."""
    digest = hashlib.sha256()
    if path.is_file():
        with open(path, "rb") as stream:
            while piece := stream.read(2**20):
                digest.update(piece)
    bad = path.with_name(f"{name}.bad-{digest.hexdigest()[:8]}")
    os.replace(path, bad)
    return bad


def _ways(source: SourceFile) -> str:
    return f"supply it as DIR/{source.file} with --data DIR or AIMASS_DATA=DIR, or as {cache_folder() / source.file}"
