"""Run a command without a network: python tools/without_network.py COMMAND ...

On Linux the command gets a network namespace of its own, with the loopback device alone. Where namespaces are refused, Python processes
among its descendants refuse to open a connection to another machine instead, which is said in one line.
"""

import ctypes
import fcntl
import os
import socket
import struct
import sys
import tempfile
from pathlib import Path

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1

GUARD = '''\
"""Loaded by every Python that starts: no connection leaves this machine."""
import ipaddress, socket

def _local(address):
    if not isinstance(address, tuple):
        return True
    if address[0] in ("localhost", ""):
        return True
    try:
        return ipaddress.ip_address(address[0]).is_loopback
    except ValueError:
        return False

def _guarded(method):
    def call(self, address, *rest):
        if not _local(address):
            raise OSError(101, "the network is denied in this run")
        return method(self, address, *rest)
    return call

socket.socket.connect = _guarded(socket.socket.connect)
socket.socket.connect_ex = _guarded(socket.socket.connect_ex)
'''


def enter_namespace() -> bool:
    """Leave the machine's network for one without any device but loopback; False where that is refused."""
    if not sys.platform.startswith("linux"):
        return False
    user, group = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET):
        return libc.unshare(CLONE_NEWNET) == 0 and _raise_loopback()
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
    return _raise_loopback()


def _raise_loopback() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(probe, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(probe, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))
    return True


def main(command: list[str]) -> None:
    """Replace this process by the command."""
    if not command:
        sys.exit("usage: python tools/without_network.py COMMAND ...")
    environment = dict(os.environ)
    try:
        isolated = enter_namespace()
    except OSError as error:
        sys.exit(f"the network namespace could not be set up ({error}); AIMASS_ONLINE=1 leaves it out")
    if not isolated:
        print("no network namespace is to be had here; Python's sockets are guarded instead", file=sys.stderr)
        folder = tempfile.mkdtemp(prefix="no-network-")
        Path(folder, "sitecustomize.py").write_text(GUARD, encoding="utf-8")
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [folder, os.environ.get("PYTHONPATH")]))
    os.execvpe(command[0], command, environment)


if __name__ == "__main__":
    main(sys.argv[1:])
