"""Samples: the offsets against the C compiler's own, any length, any socket."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.progress.stage import Stage
from unstick.progress import Policy, PolicyError, capabilities, sample
from unstick.progress.abilities import honoured, missing
from unstick.progress.outcome import NOTHING
from unstick.progress.policy import DEFAULT
from unstick.progress.tcpinfo import FIELDS, TCP_INFO, WHOLE, decode, outq

SIZES = {"B": 1, "I": 4, "Q": 8}
OF_WHOLE_BYTES = [field for field in FIELDS if field[0] != "wscales"]
"""C cannot name the place of two bit fields of four; they lie between options and rto."""
KERNEL_NAMES = {"last_data_sent_ms": "last_data_sent", "last_data_recv_ms": "last_data_recv"} | {
    "last_ack_recv_ms": "last_ack_recv",
    "rtt_us": "rtt",
    "busy_time_us": "busy_time",
    "rwnd_limited_us": "rwnd_limited",
    "sndbuf_limited_us": "sndbuf_limited",
}


def test_offsets_are_those_of_the_kernels_header(tmp_path: Path) -> None:
    header = Path("/usr/include/linux/tcp.h")
    compiler = shutil.which("cc")
    if compiler is None or not header.exists() or "tcpi_snd_wnd" not in header.read_text():
        pytest.skip("needs a C compiler and the headers of Linux 5.4 or later")
    lines = [
        f'printf("%zu %zu\\n", offsetof(struct tcp_info, tcpi_{KERNEL_NAMES.get(name, name)}), '
        f"sizeof(((struct tcp_info *)0)->tcpi_{KERNEL_NAMES.get(name, name)}));"
        for name, _, _ in OF_WHOLE_BYTES
    ]
    program = "#include <linux/tcp.h>\n#include <stddef.h>\n#include <stdio.h>\nint main(void){"
    (tmp_path / "offsets.c").write_text(program + "\n".join(lines) + "return 0;}")
    command = [compiler, "-o", str(tmp_path / "offsets"), str(tmp_path / "offsets.c")]
    subprocess.run(command, check=True, timeout=60)
    told = subprocess.run([tmp_path / "offsets"], check=True, capture_output=True, timeout=10)
    pairs = [tuple(map(int, line.split())) for line in told.stdout.splitlines()]
    assert pairs == [(offset, SIZES[kind]) for _, offset, kind in OF_WHOLE_BYTES]


@given(st.binary(min_size=0, max_size=300))
def test_any_length_is_read_as_far_as_it_goes(data: bytes) -> None:
    seen = decode(data)._asdict()
    for name, offset, kind in FIELDS:
        end = offset + SIZES[kind]
        there = int.from_bytes(data[offset:end], sys.byteorder) if end <= len(data) else None
        assert seen[name] == there


def test_one_call_on_this_kernel(ipv4: Stage) -> None:
    ipv4.clients.says_nothing(ipv4.address)
    sock = ipv4.accept()
    assert len(sock.getsockopt(socket.IPPROTO_TCP, TCP_INFO, 512)) >= WHOLE.size
    seen = sample(sock)
    assert (seen.source, seen.state_name, seen.outstanding) == ("tcp_info", "ESTABLISHED", False)
    assert sample(sock.fileno())._replace(last_ack_recv_ms=0, last_data_recv_ms=0) == seen._replace(
        last_ack_recv_ms=0, last_data_recv_ms=0
    )
    assert sock.fileno() >= 0  # lent, not closed


def test_bytes_held_are_those_of_siocoutq(ipv4: Stage) -> None:
    ipv4.clients.never_reads(ipv4.address, rcvbuf=8192, request=b"")
    sock = ipv4.accept("non-blocking")
    sock.send(bytes(1_000_000))
    seen = sample(sock)
    assert seen.outstanding
    assert 0 < seen.held_bytes <= 1_000_000
    assert outq(sock.fileno()) == sample(sock).held_bytes


def test_closed_descriptor_is_said_so(ipv4: Stage) -> None:
    ipv4.clients.says_nothing(ipv4.address)
    sock = ipv4.accept()
    number = sock.fileno()
    sock.close()
    for gone in (sock, number):
        with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
            sample(gone)


def test_sockets_without_tcp_info() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        assert sample(ours).outq == 0
        ours.send(b"x" * 100)
        assert (sample(ours).source, sample(ours).outstanding) == ("outq", True)
        theirs.recv(100)
        assert not sample(ours).outstanding
        assert capabilities(ours) == {"outq"}
    with socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        assert sample(datagrams).outq == 0


def test_this_system_can_tell() -> None:
    have = capabilities()
    if sys.platform == "linux":
        assert {"tcp_info", "outq", "state", "bytes_acked"} <= have
    assert list(missing(DEFAULT, have)) == [] or sys.platform != "linux"


OLD = frozenset({"outq", "state", "unacked", "probes", "retransmits", "last_ack_recv_ms"})
"""Linux before 4.1."""

REFUSALS: tuple[tuple[str, frozenset[str], str], ...] = (
    ("silent=31", frozenset({"outq"}), "silent"),
    ("silent=none rate=1k", OLD, "min_rate"),
    ("silent=none idle=61", frozenset(), "idle"),
    ("silent=none idle=none drain=acked", frozenset(), "drain"),
    ("silent=none drain=fin", frozenset({"outq"}), "drain"),
)


@pytest.mark.parametrize(("line", "have", "name"), REFUSALS)
def test_rules_that_a_system_cannot_honour_are_refused(
    line: str, have: frozenset[str], name: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        honoured(Policy.parse(line), have)
    assert caught.value.name == name


def test_rules_that_an_old_kernel_can_honour_are_kept() -> None:
    policy = Policy.parse("idle=61 silent=31 held=1M drain=fin")
    assert honoured(policy, OLD) is policy


def test_nothing_is_known_of_nothing() -> None:
    assert (NOTHING.outstanding, NOTHING.since_heard, NOTHING.state_name) == (False, None, "?")
