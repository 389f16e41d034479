import errno
import socket
import subprocess
import sys
import threading

import pytest

from aimass.data import download as module
from aimass.data import fetch
from aimass.data.download import UnreachableError
from aimass.errors import DataError

from . import handmade as hm


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.delenv("AIMASS_DATA", raising=False)
    monkeypatch.setenv("AIMASS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path / "cache" / "tiny"


@pytest.fixture
def server():
    made = hm.Server()
    yield made
    made.close()


@pytest.fixture
def entry(server):
    return hm.entry(hm.plain(server.url + "/plain.txt"))


def files(cache):
    return sorted(path.name for path in cache.iterdir() if path.name != ".lock")


def test_a_file_is_fetched_once_and_then_kept(server, entry, cache):
    assert fetch.read(entry) == {"plain.txt": hm.PLAIN}
    assert files(cache) == ["plain.txt"]
    assert fetch.read(entry) == {"plain.txt": hm.PLAIN}
    assert server.requests == [("/plain.txt", None)]


def test_a_transfer_that_breaks_off_is_taken_up_again(server, entry, cache):
    server.plan = ["break", "break"]
    assert fetch.read(entry) == {"plain.txt": hm.PLAIN}
    starts = [int(asked[6:-1]) for _, asked in server.requests[1:]]
    assert 0 < starts[0] < starts[1] < len(hm.PLAIN)
    assert files(cache) == ["plain.txt"]


def test_a_server_that_stops_short_without_saying_so_is_noticed(server, entry, cache):
    server.plan = ["unannounced"]
    assert fetch.read(entry) == {"plain.txt": hm.PLAIN}
    assert len(server.requests) == 2


def test_a_server_that_sends_nothing_new_is_not_asked_again(server, entry, cache):
    server.plan = ["nothing"] * 9
    damage(server, entry, "the connection broke off|no connection")
    assert len(server.requests) == 1
    server.plan = ["break", "nothing", ""]
    damage(server, entry, "the connection broke off|no connection")
    assert fetch.read(entry) == {"plain.txt": hm.PLAIN}
    assert server.requests[-1][1].startswith("bytes=2")


def test_a_file_half_here_from_an_earlier_run_is_completed(server, entry, cache):
    cache.mkdir(parents=True)
    (cache / "plain.txt.part").write_bytes(hm.PLAIN[:1000])
    assert fetch.read(entry) == {"plain.txt": hm.PLAIN}
    assert server.requests == [("/plain.txt", "bytes=1000-")]
    assert files(cache) == ["plain.txt"]


def test_a_server_without_ranges_sends_it_all_again(server, entry, cache):
    server.ranges = False
    cache.mkdir(parents=True)
    (cache / "plain.txt.part").write_bytes(hm.PLAIN[:1000])
    assert fetch.read(entry) == {"plain.txt": hm.PLAIN}
    assert server.requests == [("/plain.txt", "bytes=1000-")]


def test_a_first_piece_that_does_not_belong_is_dropped(server, entry, cache):
    cache.mkdir(parents=True)
    (cache / "plain.txt.part").write_bytes(b"?" * 1000)
    assert fetch.read(entry) == {"plain.txt": hm.PLAIN}
    assert [asked for _, asked in server.requests] == ["bytes=1000-", None]
    (cache / "plain.txt").unlink()
    (cache / "plain.txt.part").write_bytes(hm.PLAIN + b"too much")
    assert fetch.read(entry) == {"plain.txt": hm.PLAIN}
    assert server.requests[-1] == ("/plain.txt", None)


def test_a_file_complete_but_not_yet_named_needs_no_server(server, entry, cache):
    cache.mkdir(parents=True)
    (cache / "plain.txt.part").write_bytes(hm.PLAIN)
    assert fetch.read(entry) == {"plain.txt": hm.PLAIN}
    assert server.requests == []


def test_an_archive_without_known_size_is_taken_and_completed(server, cache):
    packed = hm.pack({**hm.TREE, "README": b"packed anew"}, top="repo-2/")
    server.content["/tree.zip"] = packed
    entry = hm.entry(hm.tree(server.url + "/tree.zip"))
    assert fetch.read(entry) == {"tree.zip": hm.TREE}
    (cache / "tree.zip").rename(
        cache / "tree.zip.part"
    )  # complete, but the run was killed before it was named
    assert fetch.read(entry) == {"tree.zip": hm.TREE}
    assert files(cache) == ["tree.zip"]


def damage(server, entry, match):
    with pytest.raises(DataError, match=match) as caught:
        fetch.read(entry)
    told = str(caught.value)
    assert "\n" not in told
    assert told.startswith("tiny: tiny/")
    assert entry.files[0].url in told
    assert "--data DIR" in told
    return told


def test_a_wrong_file_is_set_aside_and_fetched_again(server, entry, cache):
    wrong = b"L" + hm.PLAIN[1:]
    server.content["/plain.txt"] = wrong
    told = damage(server, entry, "its sha256 is")
    aside = f"plain.txt.bad-{hm.sha(wrong)[:8]}"
    assert aside in told
    assert files(cache) == [aside]
    server.content["/plain.txt"] = hm.PLAIN
    assert fetch.read(entry) == {"plain.txt": hm.PLAIN}


def test_a_shorter_and_a_longer_file_are_refused(server, entry, cache):
    server.content["/plain.txt"] = hm.PLAIN[:-5]
    damage(server, entry, "it ended after 528,885 of 528,890 bytes|answered 416")
    server.content["/plain.txt"] = hm.PLAIN + bytes(10_000_000)
    (cache / "plain.txt.part").unlink(missing_ok=True)
    damage(server, entry, "sent more than the 528,890 bytes expected")
    assert "plain.txt" not in files(cache)


@pytest.mark.parametrize("status", ["403", "404", "500"])
def test_a_refusal_is_told_in_one_line_and_not_repeated(server, entry, cache, status):
    server.plan = [status]
    damage(server, entry, f"the server answered {status}")
    assert len(server.requests) == 1


def test_another_part_than_asked_for_is_refused(server, entry, cache):
    cache.mkdir(parents=True)
    (cache / "plain.txt.part").write_bytes(hm.PLAIN[:1000])
    server.plan = ["shift"]
    damage(server, entry, "another part of the file")


def test_an_evil_archive_from_the_network_is_refused(server, cache):
    server.content["/tree.zip"] = hm.pack({**hm.TREE, "../../evil": b"x"})
    damage(server, hm.entry(hm.tree(server.url + "/tree.zip")), "leads out of the archive")
    assert [name.partition(".bad-")[0] for name in files(cache)] == ["tree.zip"]


def test_no_server_is_told_quickly_and_kindly(cache):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    entry = hm.entry(hm.plain(f"http://127.0.0.1:{port}/plain.txt"))
    with pytest.raises(UnreachableError, match="there is no connection to the server"):
        fetch.read(entry)
    with pytest.raises(UnreachableError, match="no connection"):
        fetch.read(hm.entry(hm.plain("http://nowhere.invalid/plain.txt")))


def test_a_silent_server_is_given_up(cache, monkeypatch):
    monkeypatch.setattr(module, "READ_SECONDS", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/plain.txt"
        with pytest.raises(UnreachableError, match="did not answer within"):
            fetch.read(hm.entry(hm.plain(url)))


def test_a_full_disk_is_told_and_leaves_nothing(server, entry, cache, monkeypatch):
    def full(self, chunk):
        self.stream.write(chunk[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module._Sink, "write", full)
    damage(server, entry, "the disk that holds .* is full")
    assert files(cache) == []


def test_two_threads_fetch_it_once(server, entry, cache):
    got = []
    threads = [threading.Thread(target=lambda: got.append(fetch.read(entry))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [{"plain.txt": hm.PLAIN}] * 4
    assert len(server.requests) == 1


def test_a_killed_run_leaves_what_the_next_one_needs(server, entry, cache):
    """The lock ends with its process, and the partial file stays."""
    code = (
        "import fcntl, os, pathlib, signal, sys; folder = pathlib.Path(sys.argv[1]); folder.mkdir(parents=True);"
        "lock = open(folder / '.lock', 'ab'); fcntl.flock(lock, fcntl.LOCK_EX);"
        "(folder / 'plain.txt.part').write_bytes(b'line 0 of'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(cache)], check=False)
    assert fetch.read(entry) == {"plain.txt": hm.PLAIN}
    assert server.requests == [("/plain.txt", "bytes=9-")]


def test_the_bar_shows_on_a_terminal_only(server, entry, cache, monkeypatch, capsys):
    fetch.read(entry)
    assert capsys.readouterr().err == ""
    (cache / "plain.txt").unlink()
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    fetch.read(entry)
    assert "tiny/plain.txt" in capsys.readouterr().err
