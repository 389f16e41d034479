import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aimass.data import registry
from aimass.data.corpora import LOADERS
from aimass.errors import DataError

from . import handmade as hm


def test_every_corpus_has_a_loader_and_all_that_a_reader_must_know():
    entries = registry.entries()
    assert list(entries) == list(LOADERS) == sorted(entries)
    assert len(entries) == 19
    for name, entry in entries.items():
        assert entry.name == name
        assert entry.task
        assert entry.licence
        assert entry.citation
        assert entry.citation_key
        assert entry.languages
        assert entry.files
        assert set(entry.languages) <= {"en", "de", "fr", "zh"}
        assert len({file.name for file in entry.files}) == len(entry.files)


def test_every_file_is_fixed_to_a_commit_and_a_checksum():
    for entry in registry.entries().values():
        for file in entry.files:
            assert file.file == f"{entry.name}/{file.name}"
            assert file.url.startswith("https://")
            assert any(len(part.removesuffix(".zip")) == 40 for part in file.url.split("/")), file.url
            assert len(file.checksum) == 64
            assert (file.sha256 is None) != (file.tree_sha256 is None)
            assert file.bytes > 0
            assert bool(file.tree_sha256) == bool(file.tree and file.members and file.unpacked_bytes)


@pytest.mark.parametrize(
    ("given", "hint"),
    [("multi30", "'multi30k'"), ("Brown", "'brown'"), ("conll", "'conll2000'"), ("zzz", "choose from aeslc")],
)
def test_an_unknown_name_gets_its_nearest(given, hint):
    with pytest.raises(DataError, match=f"no corpus '{given}'") as caught:
        registry.get(given)
    assert hint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_digest_follows_the_data_and_nothing_else():
    first = hm.entry(hm.plain(), hm.tree())
    assert first.digest == hm.entry(hm.tree("http://elsewhere/x.zip"), hm.plain(), name="other").digest
    assert first.digest != hm.entry(hm.plain(), hm.tree(files={"data/a.txt": b"else"})).digest
    assert first.digest != hm.entry(hm.plain()).digest
    assert len({entry.digest for entry in registry.entries().values()}) == 19


def test_nothing_heavy_is_imported():
    code = (
        "import sys, aimass.data, aimass.data.registry, aimass.cli.data;"
        "print([m for m in ('tensorflow', 'keras', 'requests', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.corpora
def test_the_registry_says_what_the_mirror_says(mirror):
    manifest = mirror / "MANIFEST.json"
    if not manifest.is_file():
        pytest.skip("the mirror has no manifest")
    told = {item["file"]: item for item in json.loads(manifest.read_text(encoding="utf-8"))}
    known = {file.file: file for entry in registry.entries().values() for file in entry.files}
    assert set(told) == set(known)
    for path, file in known.items():
        item = told[path]
        assert (file.url, file.bytes) == (item["url"], item["bytes"])
        assert (file.sha256, file.tree_sha256) == (item.get("sha256"), item.get("tree_sha256"))
        if file.tree_sha256:
            assert (file.tree, file.members) == (item["path"], item["files"])
            assert file.unpacked_bytes == item["unpacked_bytes"]


@pytest.fixture
def mirror():
    from .real import mirror_folder

    folder = mirror_folder()
    if folder is None:
        pytest.skip("no mirror of the real corpora here (AIMASS_DATA)")
    return Path(os.fspath(folder))
