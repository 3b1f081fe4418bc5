"""What a Sender changes of a socket while it sends, and puts back."""

from __future__ import annotations

import os
import socket
import struct

import pytest

from tests.progress.stage import (
    BODY,
    MB,
    Stage,
    doing,
    policy,
    wait,
)
from unstick.progress import (
    Cause,
    DeadlineExceeded,
    PeerNotReading,
    Sender,
    send,
)

pytestmark = pytest.mark.filterwarnings("ignore::unstick.progress.errors.PolicyWarning")

WITHIN_S = 60.0
"""For what takes a moment on a machine at rest."""


def test_user_timeout_of_the_socket_is_put_back(ipv4: Stage) -> None:
    mine = struct.pack("ll", 7, 0)
    ipv4.clients.reads_all(ipv4.address, request=b"")
    sock = ipv4.accept()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, mine)
    doing(lambda: send(sock, BODY)).done(WITHIN_S)
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, 16) == mine


def test_probes_are_fast_only_while_stalled(ipv4: Stage) -> None:
    from unstick.progress.tcpinfo import TCP_RTO_MAX_MS, capabilities

    if "rto_max_ms" not in capabilities():
        pytest.skip("this kernel has no TCP_RTO_MAX_MS (Linux 6.15)")
    client = ipv4.clients.pauses(ipv4.address, 3.0, after_bytes=1000, request=b"", rcvbuf=65536)
    sock = ipv4.accept()
    seen = set()
    end = doing(lambda: send(sock, BODY[: 2 * MB], policy=policy("idle=20 silent=4")))
    while end.running and (end.seconds or 0) < WITHIN_S:
        seen.add(sock.getsockopt(socket.IPPROTO_TCP, TCP_RTO_MAX_MS))
        wait(0.05)
    assert end.done(WITHIN_S).cause is Cause.DELIVERED
    assert {round(ms / 10) for ms in seen} == {12_000, 100}  # ms, rounded up to a jiffy
    assert sock.getsockopt(socket.IPPROTO_TCP, TCP_RTO_MAX_MS) == 120_000
    assert client.bytes_read > 0


@pytest.mark.parametrize(
    ("line", "wanted_ms"),
    [("silent=30", 3750), ("silent=2", 1000), ("silent=2h", 120_000)],
)
def test_a_stalled_peer_is_asked_eight_times_within_the_limit(
    ipv4: Stage, line: str, wanted_ms: int
) -> None:
    """As far as the kernel lets us: 1 to 120 s."""
    from unstick.progress.probes import FastProbes

    ipv4.clients.says_nothing(ipv4.address)
    sock = ipv4.accept()
    assert FastProbes(sock, policy(line)).wanted_ms == wanted_ms
    assert FastProbes(sock, policy(f"{line} probes=off")).wanted_ms is None


def test_owner_limits_what_is_unsent_in_the_kernel(ipv4: Stage) -> None:
    """TCP_NOTSENT_LOWAT: a peer that never reads costs 128 KiB, not megabytes."""
    ipv4.clients.never_reads(ipv4.address, request=b"", rcvbuf=8192)
    with pytest.raises(PeerNotReading) as caught:
        doing(lambda: Sender(ipv4.accept(), policy("idle=1 silent=1"), owner=True).send(BODY)).done(
            WITHIN_S
        )
    assert caught.value.outcome.last.held_bytes < MB / 2


def test_o_nonblock_stays_as_it_is(ipv4: Stage) -> None:
    """A foreign reader: another thread may read, blocking, while we send."""
    ipv4.clients.never_reads(ipv4.address, request=b"", rcvbuf=8192)
    sock = ipv4.accept()
    reader = doing(lambda: sock.recv(1))
    end = doing(lambda: Sender(sock, policy("total=1")).send(BODY))
    for _ in range(10):
        assert os.get_blocking(sock.fileno())
        wait(0.05)
    assert end.running
    assert reader.running
    with pytest.raises(DeadlineExceeded):
        end.done(WITHIN_S)
