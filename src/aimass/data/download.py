"""One file over HTTP into a partial file that a later call completes.

The transfer itself is pooch's; this module asks the server for the rest of a partial file and notices what came instead.
"""

import errno
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from aimass.errors import DataError

from .registry import SourceFile

CONNECT_SECONDS = 5
READ_SECONDS = 30
ATTEMPTS = 4
# Archives are packed anew by their host, so that their size is not known to the byte; no corpus comes near this.
MAX_ARCHIVE_BYTES = 256 * 2**20

_FULL_DISK = (errno.ENOSPC, errno.EDQUOT)


class UnreachableError(DataError):
    """No server answers; another file will fare no better."""


def download(source: SourceFile, part: Path) -> None:
    """Bring a partial file to its full length.

    What the partial file holds already is kept when the server can send the rest, and is replaced otherwise. A transfer that
    breaks off is taken up again as long as each attempt brings new bytes. The result is not verified here.

    Args:
        source: what to download.
        part: the partial file; it need not exist, its folder must.

    Raises:
        UnreachableError: when no server answers at all.
        DataError: when the file cannot be had; the message is a reason to be put into a sentence.
    """
    complete = source.bytes if source.sha256 else None
    for attempt in range(1, ATTEMPTS + 1):
        held = _size(part)
        if complete is not None and held > complete:
            part.unlink()
            held = 0
        if held == complete:
            return
        fault = _transfer(source, part, held)
        arrived = _size(part)
        if arrived == complete or (fault is None and complete is None):
            return
        fault = fault or DataError(f"it ended after {arrived:,} of {complete:,} bytes")
        if attempt == ATTEMPTS or arrived <= held:
            raise fault


def _transfer(source: SourceFile, part: Path, held: int) -> DataError | None:
    """One attempt from `held` bytes on; None when the server sent all that it announced, else what went wrong."""
    import pooch
    import requests

    # Text is compressed for the wire unless refused, and then its bytes would not be those that a range counts.
    headers = {"Accept-Encoding": "identity"}
    if held:
        headers["Range"] = f"bytes={held}-"
    limit = source.bytes if source.sha256 else MAX_ARCHIVE_BYTES
    bar = _progress_bar(source, held)
    try:
        with open(part, "ab") as stream:
            sink = _Sink(stream, limit)
            fetch = pooch.HTTPDownloader(
                progressbar=False if bar is None else bar,
                chunk_size=2**16,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                headers=headers,
                hooks={"response": _continuing(sink, held)},
            )
            fetch(source.url, sink, None)
    except requests.HTTPError as error:
        answer = error.response
        if answer is None:
            return _fault(error)
        if answer.status_code == 416 and held:
            part.unlink()  # the server has nothing beyond what is held, so this is not the server's file
            return _transfer(source, part, 0)
        raise DataError(f"the server answered {answer.status_code} {answer.reason}".rstrip()) from error
    except requests.RequestException as error:
        return _fault(error)
    except OSError as error:
        if error.errno in _FULL_DISK:
            part.unlink(missing_ok=True)
            raise DataError(f"the disk that holds {part.parent} is full") from error
        raise DataError(f"{part} cannot be written ({error.strerror or error})") from error
    finally:
        if bar is not None:
            bar.close()
    return None


class _Sink:
    """A file open for appending that refuses to grow beyond what is expected."""

    def __init__(self, stream: BinaryIO, limit: int):
        self.stream = stream
        self.limit = limit

    def restart(self) -> None:
        self.stream.seek(0)
        self.stream.truncate()

    def write(self, chunk: bytes) -> None:
        if self.stream.tell() + len(chunk) > self.limit:
            self.restart()
            raise DataError(f"the server sent more than the {self.limit:,} bytes expected")
        self.stream.write(chunk)

    def flush(self) -> None:
        """Leave flushing to the file: pooch asks for it after each chunk."""


def _continuing(sink: _Sink, held: int) -> Callable[..., None]:
    """A hook that starts afresh when the server does not continue from `held` bytes."""

    def look(response: Any, **_: Any) -> None:
        if response.status_code == 200:
            sink.restart()
        elif response.status_code == 206:
            span = response.headers.get("Content-Range", "")
            if not span.startswith(f"bytes {held}-"):
                sink.restart()
                raise DataError(f"the server sent another part of the file than was asked for ({span!r})")

    return look


def _progress_bar(source: SourceFile, held: int) -> Any:
    """A bar on a terminal over what is still to come, None elsewhere."""
    if not sys.stderr.isatty():
        return None
    from tqdm import tqdm

    # pooch asks for the bar's truth, which a bar without a total refuses to tell.
    total = max(source.bytes - held, 1)
    return tqdm(desc=source.file, total=total, unit="B", unit_scale=True, leave=False, dynamic_ncols=True)


def _fault(error: Exception) -> DataError:
    """A failed transfer in plain words."""
    from requests import exceptions

    if isinstance(error, exceptions.ChunkedEncodingError):
        return DataError("the connection broke off")
    if isinstance(error, exceptions.SSLError):
        return UnreachableError("there is no secure connection to the server")
    if isinstance(error, exceptions.ProxyError):
        return UnreachableError("the proxy gives no connection")
    if isinstance(error, exceptions.ReadTimeout):
        return UnreachableError(f"the server did not answer within {READ_SECONDS} seconds")
    if isinstance(error, exceptions.ConnectionError):  # includes time-outs on connecting
        return UnreachableError("there is no connection to the server (is there a network?)")
    return DataError(f"the request failed ({type(error).__name__})")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
