import os

import pytest

from aimass.data import fetch
from aimass.errors import DataError

from . import handmade as hm


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch):
    monkeypatch.delenv("AIMASS_DATA", raising=False)
    monkeypatch.setenv("AIMASS_CACHE", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture(autouse=True)
def no_download(monkeypatch):
    def refuse(source, part):
        raise DataError("no network in this test")

    monkeypatch.setattr(fetch, "download", refuse)


def put(folder, source, raw):
    path = folder / source.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    return path


def message(entry, **options):
    with pytest.raises(DataError) as caught:
        fetch.read(entry, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_order_is_argument_environment_cache(places, monkeypatch):
    entry = hm.entry()
    source = entry.files[0]
    cache = put(places / "cache", source, hm.PLAIN)
    assert fetch.locate(source) == fetch.Place(cache, "cache")
    named = put(places / "named", source, hm.PLAIN)
    monkeypatch.setenv("AIMASS_DATA", str(places / "named"))
    assert fetch.locate(source) == fetch.Place(named, "mirror")
    given = put(places / "given", source, hm.PLAIN)
    assert fetch.locate(source, places / "given") == fetch.Place(given, "mirror")
    given.unlink()
    assert fetch.locate(source, places / "given") == fetch.Place(named, "mirror")
    assert fetch.read(entry) == {"plain.txt": hm.PLAIN}


def test_an_archive_comes_as_its_files(places):
    entry = hm.entry(hm.plain(), hm.tree())
    put(places / "m", entry.files[0], hm.PLAIN)
    put(places / "m", entry.files[1], hm.pack({**hm.TREE, "LICENSE": b"x"}, top="packed-otherwise/"))
    assert fetch.read(entry, data_dir=places / "m") == {"plain.txt": hm.PLAIN, "tree.zip": hm.TREE}


FAULTS = {
    "empty": (b"", "it has 0 bytes and should have"),
    "cut": (hm.PLAIN[:-1], "cut short or another file"),
    "longer": (hm.PLAIN + b"x", "it is another file"),
    "changed": (b"L" + hm.PLAIN[1:], "its sha256 is"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_damaged_file_in_a_mirror_is_named_and_left_alone(places, fault):
    raw, reason = FAULTS[fault]
    entry = hm.entry()
    put(places / "cache", entry.files[0], hm.PLAIN)
    path = put(places / "m", entry.files[0], raw)
    path.parent.chmod(0o555)
    told = message(entry, data_dir=places / "m")
    for part in ("tiny: ", str(path), reason, entry.files[0].url, "put an intact copy there"):
        assert part in told
    assert path.read_bytes() == raw
    assert os.listdir(path.parent) == ["plain.txt"]
    path.parent.chmod(0o755)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_damaged_file_in_the_cache_is_set_aside(places, fault):
    raw, reason = FAULTS[fault]
    entry = hm.entry()
    path = put(places / "cache", entry.files[0], raw)
    told = message(entry)
    aside = path.with_name(f"plain.txt.bad-{hm.sha(raw)[:8]}")
    for part in ("tiny: ", str(path), reason, entry.files[0].url, aside.name, "ask again"):
        assert part in told
    assert not path.exists()
    assert aside.read_bytes() == raw
    assert "no network in this test" in message(entry)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"no zip", "no readable zip archive"),
        (hm.pack(hm.TREE)[:-20], "no readable zip archive"),
        (hm.pack({**hm.TREE, "data/a.txt": b"First\n"}), "the sha256 of its tree is"),
        (hm.pack({**hm.TREE, "data/more": b""}), "declares 3 files"),
        (hm.pack({**hm.TREE, "../evil": b""}), "leads out of the archive"),
        (hm.pack(hm.TREE, links=("data/a.txt",)), "is a link"),
    ],
)
def test_a_bad_archive_is_refused(places, raw, reason):
    entry = hm.entry(hm.tree())
    path = put(places / "m", entry.files[0], raw)
    told = message(entry, data_dir=places / "m")
    assert f"tiny: {path}: " in told
    assert reason in told


def test_things_that_are_no_files_are_refused(places):
    entry = hm.entry()
    path = places / "m" / entry.files[0].file
    path.mkdir(parents=True)
    assert "it is not a plain file" in message(entry, data_dir=places / "m")
    path.rmdir()
    path.symlink_to(places / "nowhere")
    assert "it is a link that leads nowhere" in message(entry, data_dir=places / "m")
    path.unlink()
    os.mkfifo(path)
    assert "it is not a plain file" in message(entry, data_dir=places / "m")
    cached = places / "cache" / entry.files[0].file
    cached.mkdir(parents=True)
    assert "is set aside as plain.txt.bad-" in message(entry)
    assert not cached.exists()


def test_a_mirror_that_is_no_folder_is_an_error_at_once(places, monkeypatch):
    entry = hm.entry()
    put(places / "cache", entry.files[0], hm.PLAIN)
    assert "the data folder" in message(entry, data_dir=places / "typo")
    monkeypatch.setenv("AIMASS_DATA", str(places / "typo"))
    assert "AIMASS_DATA" in message(entry)
    monkeypatch.setenv("AIMASS_DATA", "")
    assert fetch.read(entry) == {"plain.txt": hm.PLAIN}


def test_a_mirror_one_level_off_is_named(places):
    entry = hm.entry()
    path = put(places / "m", entry.files[0], hm.PLAIN)
    assert f"tiny/plain.txt is not in {path.parent} and could not be had from" in message(
        entry, data_dir=path.parent
    )


def test_what_cannot_be_had_names_every_way_to_supply_it(places):
    entry = hm.entry()
    told = message(entry)
    for part in (
        "tiny: tiny/plain.txt could not be had from",
        entry.files[0].url,
        "no network in this test",
        "--data DIR",
        "AIMASS_DATA=DIR",
        str(places / "cache" / "tiny" / "plain.txt"),
    ):
        assert part in told


def test_verify_reports_without_a_download(places):
    entry = hm.entry(hm.plain(), hm.tree())
    path = put(places / "cache", entry.files[0], hm.PLAIN)
    good, missing = fetch.verify(entry)
    assert (good.place, good.fault) == (fetch.Place(path, "cache"), "")
    assert (missing.place, missing.fault) == (None, "")
    path.write_bytes(b"x" * len(hm.PLAIN))
    bad, _ = fetch.verify(entry)
    assert "its sha256 is" in bad.fault
    assert not path.exists()


def test_a_cache_that_cannot_be_written_gets_one_line(places, monkeypatch):
    (places / "cache").write_bytes(b"a file, not a folder")
    told = message(hm.entry())
    assert "cannot be kept in the cache" in told
    assert "AIMASS_CACHE" in told


def test_the_bytes_that_are_verified_are_those_that_are_read(places, monkeypatch):
    """A file that changes after it was opened cannot slip in: it is read once."""
    entry = hm.entry()
    path = put(places / "m", entry.files[0], hm.PLAIN)
    reads = []
    original = fetch._read_bytes

    def once(*arguments):
        raw = original(*arguments)
        reads.append(path)
        path.write_bytes(b"changed behind your back")
        return raw

    monkeypatch.setattr(fetch, "_read_bytes", once)
    assert fetch.read(entry, data_dir=places / "m") == {"plain.txt": hm.PLAIN}
    assert reads == [path]
