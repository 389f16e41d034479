from dataclasses import replace

import pytest

from aimass.data import registry
from aimass.data.loading import load
from aimass.errors import DataError, ParameterError

from . import handmade as hm


def test_load_puts_it_together(tmp_path, monkeypatch):
    monkeypatch.delenv("AIMASS_DATA", raising=False)
    monkeypatch.setenv("AIMASS_CACHE", str(tmp_path / "cache"))
    raw = b": family\nboy girl king queen\n"
    source = hm.plain(raw=raw)
    source = replace(source, file="analogies/questions-words.txt")
    entry = hm.entry(source, name="analogies")
    monkeypatch.setitem(registry.entries(), "analogies", entry)
    (tmp_path / "analogies").mkdir()
    (tmp_path / source.file).write_bytes(raw)
    corpus = load("analogies", data_dir=tmp_path)
    assert corpus.counts == {"all": 1}
    assert (corpus.name, corpus.licence, corpus.citation, corpus.digest) == (
        "analogies",
        "none",
        "Nobody (2026).",
        entry.digest,
    )
    with pytest.raises(ParameterError, match=r"load\('analogies'\) has no option 'clean'; it takes none"):
        load("analogies", clean=True)
    with pytest.raises(ParameterError, match="it takes clean"):
        load("trecqa", cleaned=True)
    with pytest.raises(DataError, match="did you mean 'analogies'"):
        load("analogy")
    with pytest.raises(DataError, match="no corpus \\['brown'\\]"):
        load(["brown"])


def test_a_fault_in_the_content_names_the_corpus(tmp_path, monkeypatch):
    raw = b"boy girl king queen\n"
    source = replace(hm.plain(raw=raw), file="analogies/questions-words.txt")
    monkeypatch.setitem(registry.entries(), "analogies", hm.entry(source, name="analogies"))
    (tmp_path / "analogies").mkdir()
    (tmp_path / source.file).write_bytes(raw)
    with pytest.raises(DataError, match=r"^analogies: questions-words.txt, line 1: a question before"):
        load("analogies", data_dir=tmp_path)
