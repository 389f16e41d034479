"""Provenance: what a run ran on, and nothing about who ran it."""

import getpass
import json
import re
import socket
import subprocess
import sys

from aimass.study import provenance


def test_versions():
    found = provenance.versions()
    assert list(found) == sorted(found)
    assert {"python", "aimass", "keras", "numpy", "tensorflow"} <= set(found)
    assert all(re.match(r"\d+\.\d+", number) for number in found.values())


def test_versions_are_the_modules_own():
    import numpy

    assert provenance.versions()["numpy"] == numpy.__version__


def test_no_host_user_or_path():
    text = json.dumps([provenance.versions(), provenance.platform_name()])
    assert socket.gethostname() not in text
    assert "/" not in text
    assert re.search(rf"\b{re.escape(getpass.getuser())}\b", text) is None


def test_time_is_utc_to_the_second():
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", provenance.now())


def test_peak_memory_follows_what_is_held():
    code = (
        "from aimass.study import provenance as p; a = p.peak_memory_gb(); b = bytearray(200_000_000); "
        "b[::4096] = b'x' * len(b[::4096]); print(p.peak_memory_gb() - a)"
    )
    grown = float(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    )
    assert 0.15 < grown < 0.3
