from dataclasses import replace

import pytest
from typer.testing import CliRunner

from aimass.cli.data import app, size_text
from aimass.data import registry
from aimass.data.download import UnreachableError
from aimass.errors import DataError, ParameterError

from ..data import handmade as hm


@pytest.fixture
def server():
    made = hm.Server()
    made.content["/tree.zip"] = hm.pack(hm.TREE)
    yield made
    made.close()


@pytest.fixture
def run(tmp_path, monkeypatch, server):
    monkeypatch.delenv("AIMASS_DATA", raising=False)
    monkeypatch.setenv("AIMASS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    known = {
        "tiny": hm.entry(hm.plain(server.url + "/plain.txt"), hm.tree(server.url + "/tree.zip")),
        "lone": hm.entry(replace(hm.plain(server.url + "/plain.txt"), file="lone/plain.txt"), name="lone"),
    }
    monkeypatch.setattr(registry, "entries", lambda: known)
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


def put(folder, name, raw):
    (folder / "tiny").mkdir(parents=True, exist_ok=True)
    (folder / "tiny" / name).write_bytes(raw)


def test_list_tells_where_each_corpus_is(run, tmp_path):
    header, row, _ = run("list").output.splitlines()
    assert header.split("\t") == ["name", "task", "size", "licence", "where"]
    assert row.split("\t") == ["tiny", "testing", "0.5 MB", "none", "not here"]
    put(tmp_path / "m", "plain.txt", hm.PLAIN)
    assert "mirror, 1 of 2 files" in run("list", "--data", str(tmp_path / "m")).output
    put(tmp_path / "m", "tree.zip", hm.pack(hm.TREE))
    assert run("list", "--data", str(tmp_path / "m")).output.splitlines()[1].endswith("\tmirror")
    put(tmp_path / "cache", "plain.txt", hm.PLAIN)
    assert run("list").output.splitlines()[1].endswith("\tcache, 1 of 2 files")
    assert isinstance(run("list", "--data", str(tmp_path / "typo")).exception, DataError)


def test_list_is_a_table_on_a_terminal(run, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    app(["list"], standalone_mode=False)
    shown = capsys.readouterr().out
    assert "┏━━" in shown
    assert "tiny" in shown


def test_fetch_brings_what_is_missing(run, server):
    result = run("fetch", "tiny")
    assert result.exit_code == 0, result.output
    assert result.output == "tiny: fetched into the cache, intact\n"
    asked = len(server.requests)
    assert run("fetch", "tiny", "tiny").output == "tiny: was here (cache), intact\n"
    assert len(server.requests) == asked


def test_fetch_goes_on_after_a_bad_corpus_and_exits_1(run, server):
    server.content["/tree.zip"] = b"not it"
    result = run("fetch", "--all")
    assert result.exit_code == 1
    assert "error: tiny: tiny/tree.zip could not be had from" in result.stderr
    assert result.stdout == "lone: fetched into the cache, intact\n"


def test_fetch_stops_at_once_without_a_network(run, server):
    server.close()
    result = run("fetch", "--all")
    assert isinstance(result.exception, UnreachableError)
    assert result.stdout == ""


def test_fetch_wants_names_or_all(run):
    assert isinstance(run("fetch").exception, ParameterError)
    assert isinstance(run("fetch", "tiny", "--all").exception, ParameterError)
    result = run("fetch", "lone", "tinny")
    assert "did you mean 'tiny'" in str(result.exception)
    assert result.stdout == ""


def test_verify_names_what_is_bad(run, tmp_path):
    result = run("verify")
    assert result.exit_code == 0
    assert "tiny: not here: tiny/plain.txt, tiny/tree.zip" in result.output
    assert run("verify", "tiny").exit_code == 1
    run("fetch", "tiny")
    result = run("verify", "tiny")
    assert (result.exit_code, result.output) == (0, "tiny: intact (2 files, cache)\n")
    put(tmp_path / "m", "plain.txt", b"L" + hm.PLAIN[1:])
    result = run("verify", "--data", str(tmp_path / "m"))
    assert result.exit_code == 1
    assert f"damaged: tiny: {tmp_path / 'm' / 'tiny' / 'plain.txt'}: its sha256 is" in result.output
    assert result.output.splitlines()[-1] == "not intact: tiny"


@pytest.mark.parametrize(
    ("size", "text"), [(999, "1 kB"), (25_312, "25 kB"), (125_456, "0.1 MB"), (12_557_534, "12.6 MB")]
)
def test_sizes(size, text):
    assert size_text(size) == text
