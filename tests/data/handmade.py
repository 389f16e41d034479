"""A small corpus of two files and an archive, and a server on this machine that sends them well or badly."""

import hashlib
import io
import stat
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aimass.data.archive import tree_digest
from aimass.data.registry import Entry, SourceFile

PLAIN = b"".join(b"line %d of a plain file\n" % number for number in range(20_000))
TREE = {"data/a.txt": b"first\n", "data/b/c.txt": b"second\n" * 50}


def sha(raw):
    return hashlib.sha256(raw).hexdigest()


def pack(members, top="repo-1/", links=()):
    """A zip archive's bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in members.items():
            info = zipfile.ZipInfo(top + name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (stat.S_IFLNK | 0o777 if name in links else stat.S_IFREG | 0o644) << 16
            archive.writestr(info, raw)
    return target.getvalue()


def plain(url="http://127.0.0.1:9/plain.txt", raw=PLAIN):
    return SourceFile(file="tiny/plain.txt", url=url, bytes=len(raw), sha256=sha(raw))


def tree(url="http://127.0.0.1:9/tree.zip", files=TREE):
    return SourceFile(
        file="tiny/tree.zip",
        url=url,
        bytes=len(pack(files)),
        tree_sha256=tree_digest(files),
        tree="data",
        members=len(files),
        unpacked_bytes=sum(map(len, files.values())),
    )


def entry(*files, name="tiny"):
    return Entry(name, "testing", ("en",), "none", "Nobody (2026).", "nobody2026", tuple(files or (plain(),)))


class Server:
    """Sends `content[path]`; `plan` names, request by request, what goes wrong."""

    def __init__(self):
        self.content = {"/plain.txt": PLAIN}
        self.plan = []
        self.ranges = True
        self.requests = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                outer.answer(self)

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, handler):
        asked = handler.headers.get("Range")
        self.requests.append((handler.path, asked))
        fault = self.plan.pop(0) if self.plan else ""
        raw = self.content.get(handler.path)
        if raw is None or fault.isdigit():
            handler.send_error(int(fault or 404))
            return
        start = int(asked[len("bytes=") :].rstrip("-")) if asked and self.ranges else 0
        if start >= len(raw):
            handler.send_error(416)
            return
        handler.send_response(206 if asked and self.ranges else 200)
        if asked and self.ranges:
            first = start + 1 if fault == "shift" else start
            handler.send_header("Content-Range", f"bytes {first}-{len(raw) - 1}/{len(raw)}")
        body = raw[start:]
        if fault != "unannounced":
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if fault in ("break", "unannounced"):
            body = body[: len(body) // 2]
        if fault == "nothing":
            body = b""
        handler.wfile.write(body)
        handler.close_connection = True

    def close(self):
        self.http.shutdown()
        self.http.server_close()
