"""Six packages of running English text, about 3.5 million words, for word vectors (collected by Bird et al. 2009).

Splits are the packages, records their files: `abc` (Australian radio news), `inaugural` and `state_union` (speeches of United
States presidents), `masc_tagged` (many genres; its part-of-speech tags are removed), `movie_reviews` (`label` is ``"pos"`` or
``"neg"``) and `webtext` (forum, overheard talk, film scripts, advertisements).

Files are UTF-8 unless named in this module: speeches with typographic signs were saved as Big5 (cp950), the rest as
Windows-1252.
"""

import re

from aimass.data.records import TextDocument

from .reading import Contents, text, unzip

COUNTS = {
    "abc": 2,
    "inaugural": 59,
    "masc_tagged": 392,
    "movie_reviews": 2_000,
    "state_union": 65,
    "webtext": 6,
}

_ENCODINGS = {
    "abc/science.txt": "cp1252",
    "inaugural/2005-Bush.txt": "cp950",
    "state_union/1954-Eisenhower.txt": "cp1252",
    "webtext/firefox.txt": "cp1252",
    "webtext/overheard.txt": "cp1252",
    "webtext/pirates.txt": "cp1252",
    "webtext/wine.txt": "cp1252",
} | {f"state_union/{year}-Nixon.txt": "cp950" for year in range(1970, 1975)}

_TAG = re.compile(r"_[^\s_]*(?=\s|$)")


def read(files: Contents) -> dict[str, tuple[TextDocument, ...]]:
    """All packages from their zip archives, files sorted by name."""
    return {package: _package(files, package) for package in COUNTS}


def _package(files: Contents, package: str) -> tuple[TextDocument, ...]:
    documents = []
    for path, raw in sorted(unzip(files, f"{package}.zip").items()):
        if not path.endswith(".txt") or path.endswith("/categories.txt"):
            continue
        body = text(raw, path, _ENCODINGS.get(path, "utf-8"))
        if package == "masc_tagged":
            body = _TAG.sub("", body)
        name = path.partition("/")[2].removesuffix(".txt")
        label = name.partition("/")[0] if package == "movie_reviews" else ""
        documents.append(TextDocument(name, body, label))
    return tuple(documents)
