"""Zip archives read in memory: no member is ever written to disk, and a hostile one is refused before it is unpacked.

What is refused: a member whose name leads out of the archive (absolute, with ``..``, a drive letter or a backslash), a link,
an encrypted member, two members of one name, more files or more bytes than were announced, and bytes that are no zip archive
or that do not match their own check sums.
"""

import hashlib
import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping

from aimass.errors import DataError

_DRIVE = re.compile(r"^[A-Za-z]:")
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    KeyError,
)


def read_zip(raw: bytes) -> dict[str, bytes]:
    """All files of a zip archive whose bytes have been verified already.

    Args:
        raw: the archive's bytes.

    Returns:
        The members' bytes by name, folders left out, in the archive's order.

    Raises:
        DataError: when the archive is damaged or holds a member that is refused.
    """
    with _open(raw) as archive:
        wanted = {member.filename: member for member in _files(archive)}
        return _read(archive, wanted)


def read_tree(raw: bytes, tree: str, *, members: int, unpacked_bytes: int) -> dict[str, bytes]:
    """The files below one folder of a repository's archive.

    Such an archive holds one top folder (repository and commit), and below it the repository. Files outside ``tree`` are not
    unpacked. The number and the declared size of the files are compared with what is expected before any is unpacked.

    Args:
        raw: the archive's bytes, which need not have been verified.
        tree: the folder in the repository, such as ``"data"``.
        members: how many files it must hold.
        unpacked_bytes: their size together.

    Returns:
        The files' bytes by path in the repository (``"data/annotation/1.json"``), sorted by path.

    Raises:
        DataError: when the archive is damaged, holds a member that is refused, or another number of files or bytes.
    """
    with _open(raw) as archive:
        found = _files(archive)
        below = {}
        for member in found:
            path = member.filename.partition("/")[2]
            if path.startswith(tree + "/"):
                if path in below:
                    raise DataError(f"the archive holds two members {path!r} in different top folders")
                below[path] = member
        size = sum(member.file_size for member in below.values())
        if (len(below), size) != (members, unpacked_bytes):
            raise DataError(
                f"the archive's folder {tree!r} declares {len(below):,} files of {size:,} bytes; expected "
                f"{members:,} files of {unpacked_bytes:,} bytes"
            )
        return _read(archive, dict(sorted(below.items())))


def tree_digest(files: Mapping[str, bytes]) -> str:
    """The checksum of a folder that does not depend on how it is packed.

    Args:
        files: bytes by path in the repository.

    Returns:
        SHA-256, in hexadecimal, of the lines ``"<sha256 of the file>  <path>\\n"`` in the order of the paths.
    """
    whole = hashlib.sha256()
    for path in sorted(files):
        whole.update(f"{hashlib.sha256(files[path]).hexdigest()}  {path}\n".encode())
    return whole.hexdigest()


def _open(raw: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(raw))
    except _DAMAGE as error:
        raise DataError(f"no readable zip archive ({_first_line(error)})") from error


def _files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The members that are files, all names checked."""
    files = []
    seen = set()
    for member in archive.infolist():
        _check_name(member)
        if member.filename in seen:
            raise DataError(f"the archive holds two members {member.filename!r}")
        seen.add(member.filename)
        if not member.is_dir():
            files.append(member)
    return files


def _check_name(member: zipfile.ZipInfo) -> None:
    # `orig_filename` is the name as stored: zipfile cuts `filename` at a NUL and replaces the platform's own separator.
    name = member.orig_filename
    parts = name.split("/")
    if (
        not name
        or name.startswith("/")
        or "\\" in name
        or any(ord(sign) < 32 for sign in name)
        or _DRIVE.match(name)
        or ".." in parts
    ):
        raise DataError(f"the archive's member {name!r} leads out of the archive; it is not used")


def _read(archive: zipfile.ZipFile, wanted: Mapping[str, zipfile.ZipInfo]) -> dict[str, bytes]:
    contents = {}
    for path, member in wanted.items():
        _check_kind(member)
        try:
            # Reading by the declared size, not to the end, keeps a member that lies about its size from filling the memory.
            with archive.open(member) as stream:
                contents[path] = stream.read(member.file_size)
        except _DAMAGE as error:
            raise DataError(
                f"the archive's member {member.filename!r} is damaged ({_first_line(error)})"
            ) from error
        if len(contents[path]) != member.file_size:
            raise DataError(f"the archive's member {member.filename!r} is shorter than it declares")
    return contents


def _check_kind(member: zipfile.ZipInfo) -> None:
    mode = member.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise DataError(
            f"the archive's member {member.filename!r} is a link or a device, not a file; it is not used"
        )
    if member.flag_bits & 0x1:
        raise DataError(f"the archive's member {member.filename!r} is encrypted; it is not used")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DataError(
            f"the archive's member {member.filename!r} is packed by method {member.compress_type}, "
            "which is not read here; expected stored or deflated"
        )


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
