import io
import struct
import tracemalloc
import zipfile

import pytest

from aimass.data.archive import read_tree, read_zip, tree_digest
from aimass.errors import DataError

from . import handmade as hm

SIZES = {"members": len(hm.TREE), "unpacked_bytes": sum(map(len, hm.TREE.values()))}


def store(name, raw=b"x", *, orig=None):
    """An archive with one stored member; `orig` is put in the place of its name, byte by byte."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, raw)
    packed = target.getvalue()
    return packed.replace(name.encode(), orig) if orig else packed


def test_a_tree_is_read_without_the_rest_of_the_repository():
    packed = hm.pack({**hm.TREE, "README.md": b"no", "database/x": b"no"})
    assert read_tree(packed, "data", **SIZES) == hm.TREE


def test_the_tree_digest_does_not_depend_on_packing():
    one = read_tree(hm.pack(hm.TREE), "data", **SIZES)
    two = read_tree(hm.pack(dict(reversed(hm.TREE.items())), top="other-2/"), "data", **SIZES)
    assert tree_digest(one) == tree_digest(two) == tree_digest(hm.TREE)
    lines = "".join(f"{hm.sha(hm.TREE[path])}  {path}\n" for path in sorted(hm.TREE))
    assert tree_digest(one) == hm.sha(lines.encode())
    assert tree_digest({**hm.TREE, "data/a.txt": b"first!"}) != tree_digest(hm.TREE)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "a/../../b", "C:/windows/x", "c:x", "..", "data/../x"]
)
@pytest.mark.parametrize("read", [read_zip, lambda raw: read_tree(raw, "data", **SIZES)])
def test_a_member_that_leads_out_is_refused(name, read):
    with pytest.raises(DataError, match="leads out of the archive"):
        read(store(name))


@pytest.mark.parametrize("orig", [b"..\\evil", b"/ab/cde", b"ab\x00/../", b"C:\\evil"])
def test_a_name_is_judged_as_it_is_stored(orig):
    with pytest.raises(DataError, match="leads out of the archive"):
        read_zip(store("ABCDEFG", orig=orig))


def test_a_link_is_refused():
    packed = hm.pack({"data/a.txt": b"/etc/passwd", "data/b/c.txt": b"x"}, links=("data/a.txt",))
    with pytest.raises(DataError, match="is a link"):
        read_zip(packed)
    with pytest.raises(DataError, match="is a link"):
        read_tree(packed, "data", members=2, unpacked_bytes=12)


def test_two_members_of_one_name_are_refused():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a", b"2")
    with pytest.raises(DataError, match="two members 'a'"):
        read_zip(target.getvalue())
    packed = hm.pack({"one/data/a": b"1", "two/data/a": b"2"}, top="")
    with pytest.raises(DataError, match="different top folders"):
        read_tree(packed, "data", members=2, unpacked_bytes=2)


def test_more_or_larger_members_than_announced_are_refused_before_unpacking(monkeypatch):
    bomb = hm.pack({**hm.TREE, "data/zeros": bytes(20_000_000)})
    elsewhere = hm.pack(hm.TREE, top="repo-1/src/")
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_, **__: pytest.fail("unpacked"))
    with pytest.raises(DataError, match=r"declares 3 files of 20,000,356 bytes; expected 2 files of 356"):
        read_tree(bomb, "data", **SIZES)
    with pytest.raises(DataError, match="declares 0 files"):
        read_tree(elsewhere, "data", **SIZES)


def test_a_member_that_lies_about_its_size_is_refused():
    raw = bytes(1_000_000)
    packed = bytearray(hm.pack({"data/zeros": raw}, top="r/"))
    for at in (packed.find(b"PK\x03\x04") + 22, packed.find(b"PK\x01\x02") + 24):
        assert struct.unpack_from("<I", packed, at) == (1_000_000,)
        struct.pack_into("<I", packed, at, 10)
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="is damaged"):
            read_tree(bytes(packed), "data", members=1, unpacked_bytes=10)
        assert tracemalloc.get_traced_memory()[1] < 500_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("cut", [0, 10, 100, -1, -30])
def test_a_cut_archive_is_refused(cut):
    packed = hm.pack(hm.TREE)
    with pytest.raises(DataError, match=r"no readable zip archive|damaged"):
        read_zip(packed[:cut])


def test_every_changed_byte_of_a_member_is_noticed():
    packed = bytearray(store("name", b"a stored text"))
    at = packed.find(b"stored")
    packed[at] ^= 1
    with pytest.raises(DataError, match="'name' is damaged"):
        read_zip(bytes(packed))


def test_encrypted_members_and_rare_packing_are_refused():
    packed = bytearray(store("name"))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        packed[packed.find(mark) + at] |= 1
    with pytest.raises(DataError, match="encrypted"):
        read_zip(bytes(packed))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a", b"1")
    with pytest.raises(DataError, match="packed by method 14"):
        read_zip(target.getvalue())
