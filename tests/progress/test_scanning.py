"""The guard without sock_diag: the same verdicts, asked socket by socket."""

from __future__ import annotations

import platform
import socket
import subprocess
import sys

import pytest

from tests.progress.accepting import fill
from unstick.progress import diag
from unstick.progress.listing import Dump, Source
from unstick.progress.scanning import Scan
from unstick.progress.testing import Clients, eventually

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="install is Linux")


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6], ids=["ipv4", "ipv6"])
@pytest.mark.parametrize("given", [False, True], ids=["own ports", "given ports"])
def test_both_sources_see_the_same(
    family: socket.AddressFamily, given: bool, unstick_client: Clients
) -> None:
    host = "::1" if family == socket.AF_INET6 else "127.0.0.1"
    with socket.create_server((host, 0), family=family) as listener:
        port = listener.getsockname()[1]
        address = (host, port)
        owing = unstick_client.never_reads(address, rcvbuf=8192)
        sock, _ = listener.accept()
        idle = unstick_client.says_nothing(address)
        other, _ = listener.accept()
        with sock, other:
            fill(sock)
            ports = frozenset({port}) if given else None
            (dumped,), (scanned,) = (owed_at(one, port) for one in (Dump(ports), Scan(ports)))
            told_by_both = [
                one._replace(info=b"", inode=0, outstanding_bytes=0, uid=0)
                for one in (dumped, scanned)
            ]
            assert told_by_both[0] == told_by_both[1]
            assert min(dumped.outstanding_bytes, scanned.outstanding_bytes) > 65536
            assert dumped.peer == (owing.local_address() or "")[:2]
            assert idle.end is None


def owed_at(source: Source, port: int) -> list[diag.Seen]:
    """Of the whole process other tests' sockets may be seen, too."""
    look = source.look()
    assert look.open_count >= 2
    return [one for one in look.owing if one.local[1] == port]


def test_a_port_whose_listener_is_gone_is_kept_while_it_has_connections() -> None:
    sources: list[Source] = [Dump(None), Scan(None)]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        sock, _ = listener.accept()
        before = [source.look().open_count for source in sources]
    assert [source.look().open_count for source in sources] == before
    client.close()
    sock.close()
    for source, count in zip(sources, before, strict=True):
        fewer(source, count)


def fewer(source: Source, count: int) -> None:
    eventually(lambda: source.look().open_count < count)


SYSTEM_CALL = {"x86_64": "41", "aarch64": "198"}
"""socket(2), linux/unistd.h."""

WITHOUT_NETLINK = """
import ctypes, errno, logging, socket, struct, sys, threading
logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
libc = ctypes.CDLL(None, use_errno=True)
# seccomp: socket(AF_NETLINK, ...) fails with EAFNOSUPPORT, as under RestrictAddressFamilies.
code = b"".join(struct.pack("HBBI", *one) for one in (
    (0x20, 0, 0, 0), (0x15, 0, 3, int(sys.argv[1])), (0x20, 0, 0, 16), (0x15, 0, 1, 16),
    (0x06, 0, 0, 0x00050000 | errno.EAFNOSUPPORT), (0x06, 0, 0, 0x7FFF0000)))
held = ctypes.create_string_buffer(code)
program = ctypes.create_string_buffer(struct.pack("HP", 6, ctypes.addressof(held)))
assert libc.prctl(38, 1, 0, 0, 0) == 0  # PR_SET_NO_NEW_PRIVS
assert libc.prctl(22, 2, program) == 0, ctypes.get_errno()  # PR_SET_SECCOMP, filter

from unstick.progress import install
listener = socket.create_server(("127.0.0.1", 0))
client = socket.socket()
client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
client.connect(listener.getsockname())
sock, _ = listener.accept()
with install("idle=2 silent=2") as guard:
    try:
        sock.sendall(b"x" * 50_000_000)
    except ConnectionResetError:
        print("reset", guard.stats.source)
"""


@pytest.mark.skipif(platform.machine() not in SYSTEM_CALL, reason="no number for socket(2)")
def test_where_netlink_is_refused_each_socket_is_asked() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WITHOUT_NETLINK, SYSTEM_CALL[platform.machine()]],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert "asking each socket instead" in lines[0]
    assert lines[-1] == "reset getsockopt"
