"""TLS: the same numbers of TCP below, and never a close_notify after a verdict."""

from __future__ import annotations

import io
import socket
import ssl

import pytest

from tests.progress.stage import BODY, MB, MODES, TIMEOUTS, Stage, doing, policy, wait
from unstick.progress import (
    Cause,
    ClosedLocally,
    DeadlineExceeded,
    Drain,
    PeerNotReading,
    Policy,
    Sender,
    send,
)
from unstick.progress.gather import Gather
from unstick.progress.testing import End
from unstick.progress.tls import RECORD_BYTES, piece

pytestmark = pytest.mark.filterwarnings("ignore::unstick.progress.errors.PolicyWarning")

WITHIN_S = 60.0


def accept(stage: Stage, context: ssl.SSLContext, mode: str = "blocking") -> ssl.SSLSocket:
    """The server's end after the handshake, in the mode asked for."""
    sock = stage.accept()
    secured = context.wrap_socket(sock, server_side=True)
    stage.accepted.append(secured)
    secured.settimeout(TIMEOUTS[mode])
    return secured


@pytest.mark.parametrize("mode", MODES)
def test_delivered(stage: Stage, server_context: ssl.SSLContext, mode: str) -> None:
    """Scenario 31, by IPv4 and IPv6."""
    client = stage.clients.reads_all(stage.address, request=b"", tls=True)
    sock = accept(stage, server_context, mode)
    whole = policy("drain=fin")
    outcome = doing(lambda: send(sock, b"head" * 10, BODY[: 5 * MB], policy=whole)).done(WITHIN_S)
    assert (outcome.cause, outcome.accepted) == (Cause.DELIVERED, 5 * MB + 40)
    assert outcome.acked > outcome.accepted  # records have heads, too
    assert sock.gettimeout() == TIMEOUTS[mode]
    assert (client.ended(), client.bytes_read) == (End.EOF, 5 * MB + 40)


@pytest.mark.parametrize("mode", MODES)
def test_not_reading(ipv4: Stage, server_context: ssl.SSLContext, mode: str) -> None:
    """Scenario 31."""
    ipv4.clients.never_reads(ipv4.address, request=b"", tls=True, rcvbuf=16384)
    sock = accept(ipv4, server_context, mode)
    sender = Sender(sock, policy("idle=1.5 silent=1.5"), owner=True)
    end = doing(lambda: sender.send(BODY))
    with pytest.raises(PeerNotReading):
        end.done(WITHIN_S)
    assert (end.seconds or 0) >= 1.5
    ipv4.nothing_left()


def test_slow_reader_gets_every_byte_in_order(ipv4: Stage, server_context: ssl.SSLContext) -> None:
    """Records are refused half-way again and again, and go on where they were."""
    parts = [bytes([number % 251]) * (number * 37 % 40_000) for number in range(100)]
    whole = b"".join(parts)
    client = ipv4.clients.reads_all(
        ipv4.address, request=b"", tls=True, rcvbuf=32768, rate=2 * MB, every_s=0.01, keep=None
    )
    sock = accept(ipv4, server_context)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16384)
    outcome = doing(lambda: send(sock, *parts, policy=policy("drain=fin"))).done(WITHIN_S)
    assert outcome.syscalls["poll"] > 3
    client.ended(WITHIN_S)
    assert client.received == whole


@pytest.mark.parametrize("verdict", [True, False])
def test_close_notify_only_for_a_whole_stream(
    ipv4: Stage, server_context: ssl.SSLContext, verdict: bool
) -> None:
    """A peer must be able to tell a cut response from a whole one (RFC 8446 6.1)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    plain = socket.create_connection(ipv4.address)
    theirs = doing(lambda: context.wrap_socket(plain, suppress_ragged_eofs=False))
    sender = Sender(accept(ipv4, server_context), Policy(drain=Drain.FIN))
    with theirs.done(WITHIN_S) as client:
        sender.send(b"some")
        assert client.recv(100) == b"some"
        if verdict:
            sender.abort()
            with pytest.raises(OSError, match=r"reset|violation of protocol"):
                client.recv(100)
        else:
            end = doing(sender.finish)
            assert client.recv(100) == b""  # and not SSLEOFError
            assert end.done(WITHIN_S).cause is Cause.DELIVERED


def test_waiting_for_the_peers_record_ends_by_the_rules(
    ipv4: Stage, server_context: ssl.SSLContext
) -> None:
    """A handshake within the write: SSLWantRead, nothing outstanding, and a peer that is mute."""
    ipv4.clients.says_nothing(ipv4.address)
    sock = server_context.wrap_socket(
        ipv4.accept(), server_side=True, do_handshake_on_connect=False
    )
    with sock:
        end = doing(lambda: Sender(sock, policy("idle=1 silent=1")).send(b"x"))
        with pytest.raises(PeerNotReading) as caught:
            end.done(WITHIN_S)
    assert not caught.value.outcome.last.outstanding
    assert (end.seconds or 0) >= 1.0


def test_handshake_within_the_write_goes_on(ipv4: Stage, server_context: ssl.SSLContext) -> None:
    client = ipv4.clients.reads_all(ipv4.address, request=b"", tls=True)
    sock = server_context.wrap_socket(
        ipv4.accept(), server_side=True, do_handshake_on_connect=False
    )
    with sock:
        outcome = doing(lambda: send(sock, b"x" * 1000)).done(WITHIN_S)
        assert outcome.cause is Cause.DELIVERED
        client.until(lambda client: client.bytes_read == 1000)


def test_file_goes_by_reading(ipv4: Stage, server_context: ssl.SSLContext) -> None:
    client = ipv4.clients.reads_all(ipv4.address, request=b"", tls=True, keep=None)
    with Sender(accept(ipv4, server_context)) as sender:
        outcome = sender.sendfile(io.BytesIO(bytes(range(256)) * 2000), 6)
        sender.drain()
    assert outcome.accepted == outcome.offered == 512_000 - 6
    client.until(lambda client: client.bytes_read == 512_000 - 6)
    assert client.received == (bytes(range(256)) * 2000)[6:]


def test_deadline_and_abort(ipv4: Stage, server_context: ssl.SSLContext) -> None:
    for _ in range(2):
        ipv4.clients.never_reads(ipv4.address, request=b"", tls=True, rcvbuf=16384)
    with pytest.raises(DeadlineExceeded):
        doing(lambda: Sender(accept(ipv4, server_context), policy("total=0.5")).send(BODY)).done(
            WITHIN_S
        )
    sender = Sender(accept(ipv4, server_context))
    end = doing(lambda: sender.send(BODY))
    wait(0.3)
    sender.abort()
    with pytest.raises(ClosedLocally):
        end.done(2)


def test_garbage_from_the_peer_is_a_failure_of_the_stream(
    ipv4: Stage, server_context: ssl.SSLContext
) -> None:
    ipv4.clients.does(ipv4.address, request=b"this is no handshake" * 10)
    sock = server_context.wrap_socket(
        ipv4.accept(), server_side=True, do_handshake_on_connect=False
    )
    with sock, pytest.raises(ConnectionError) as caught:
        doing(lambda: send(sock, b"x")).done(WITHIN_S)
    assert "EPROTO" in str(caught.value) or "RESET" in str(caught.value)


def test_head_and_body_share_a_record() -> None:
    gather = Gather([b"head", b"", bytes(RECORD_BYTES)])
    assert len(piece(gather)) == RECORD_BYTES
    gather.advance(RECORD_BYTES)
    assert (len(piece(gather)), gather.left) == (4, 4)
