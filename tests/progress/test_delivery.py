"""What a send delivers, in every mode of the socket, on loopback."""

from __future__ import annotations

import io
import os
import socket
import struct
import tempfile
import time
from pathlib import Path

import pytest

from tests.progress.stage import (
    BODY,
    MB,
    MODES,
    Stage,
    doing,
    policy,
)
from unstick.progress import (
    Cause,
    Drain,
    PeerNotReading,
    Policy,
    Sender,
    sample,
    send,
)
from unstick.progress.testing import End, eventually
from unstick.progress.testing.sockets import unacknowledged_bytes

pytestmark = pytest.mark.filterwarnings("ignore::unstick.progress.errors.PolicyWarning")

WITHIN_S = 60.0
"""For what takes a moment on a machine at rest."""


# --- delivered ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_fast_reader(stage: Stage, mode: str) -> None:
    """Scenario 1: 20 MB, in few system calls."""
    client = stage.clients.reads_all(stage.address, request=b"")
    sock = stage.accept(mode)
    outcome = doing(lambda: send(sock, BODY)).done(WITHIN_S)
    assert (outcome.cause, outcome.ok, outcome.acked) == (Cause.DELIVERED, True, len(BODY))
    assert unacknowledged_bytes(sock) == 0
    assert outcome.syscalls["getsockopt"] <= 3
    assert outcome.syscalls["send"] <= 25
    assert sock.gettimeout() == {"blocking": None, "non-blocking": 0.0, "timeout": 3600.0}[mode]
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, 16) == bytes(16)
    client.until(lambda client: client.bytes_read == len(BODY))


@pytest.mark.parametrize("mode", MODES)
def test_two_thousand_buffers(ipv4: Stage, mode: str) -> None:
    """Scenario 31: more than IOV_MAX buffers, cut anywhere by a slow reader, in order."""
    parts = [bytes([number % 251]) * (number % 97 * 20) for number in range(2000)]
    whole = b"".join(parts)
    client = ipv4.clients.reads_all(
        ipv4.address, request=b"", rate=2 * MB, every_s=0.01, rcvbuf=16384, keep=None
    )
    sock = ipv4.accept(mode)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16384)
    outcome = doing(lambda: send(sock, *parts)).done(WITHIN_S)
    assert (outcome.cause, outcome.acked) == (Cause.DELIVERED, len(whole))
    client.until(lambda client: client.bytes_read == len(whole))
    assert client.received == whole


def test_two_thousand_buffers_that_nobody_reads(ipv4: Stage) -> None:
    """Scenario 31."""
    ipv4.clients.never_reads(ipv4.address, request=b"", rcvbuf=8192)
    parts = [BODY[:10_000]] * 2000
    with pytest.raises(PeerNotReading) as caught:
        doing(lambda: send(ipv4.accept(), *parts, policy=policy("idle=1 silent=1"))).done(WITHIN_S)
    outcome = caught.value.outcome
    assert 0 < outcome.acked < outcome.accepted < outcome.offered == 2000 * 10_000
    ipv4.nothing_left()


def test_buffers_of_other_shapes(ipv4: Stage) -> None:
    numbers = struct.pack("6i", *range(6))
    client = ipv4.clients.reads_all(ipv4.address, request=b"")
    view = memoryview(numbers).cast("i", [2, 3])
    outcome = doing(lambda: send(ipv4.accept(), b"", view, bytearray(b"end"))).done(WITHIN_S)
    assert outcome.offered == outcome.acked == len(numbers) + 3
    client.until(lambda client: client.bytes_read == len(numbers) + 3)
    assert client.received == numbers + b"end"


def test_buffers_that_are_none_touch_nothing(ipv4: Stage) -> None:
    ipv4.clients.reads_all(ipv4.address, request=b"")
    with Sender(ipv4.accept()) as sender:
        with pytest.raises(TypeError):
            sender.send("text")  # type: ignore[arg-type]
        with pytest.raises(BufferError):
            sender.send(memoryview(b"abcdef")[::2])
        assert sender.send(b"still whole").cause is Cause.FLUSHED


@pytest.mark.parametrize("mode", MODES)
def test_small_pieces_cost_one_call_each(ipv4: Stage, mode: str) -> None:
    ipv4.clients.reads_all(ipv4.address, request=b"")
    with Sender(ipv4.accept(mode)) as sender:
        for _ in range(200):
            assert sender.write(b"event\n") is None
        before = sender.send().syscalls
        assert before["send"] == 200
        assert before["getsockopt"] <= 3
        assert sender.drain().acked == 1200


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("drain", [Drain.FIN, Drain.PEER_CLOSED])
def test_finish_waits_for_its_level(ipv4: Stage, mode: str, drain: Drain) -> None:
    client = ipv4.clients.reads_all(ipv4.address, request=b"", rate=4 * MB)
    sock = ipv4.accept(mode)

    def serve() -> str:
        with Sender(sock, Policy(drain=drain)) as sender:
            sender.send(BODY[: 4 * MB])
            outcome = sender.finish()
            assert (outcome.cause, outcome.acked) == (Cause.DELIVERED, 4 * MB)
            return outcome.last.state_name

    state = doing(serve).done(WITHIN_S)
    assert state in {"FIN_WAIT2", "TIME_WAIT", "CLOSE"}
    if drain is Drain.PEER_CLOSED:
        assert client.ended() is End.EOF
        assert state == "CLOSE"  # both ends, each acknowledged: the kernel has no more to say


def test_finish_of_nothing_is_delivered(ipv4: Stage) -> None:
    ipv4.clients.reads_all(ipv4.address, request=b"")
    with Sender(ipv4.accept(), Policy(drain=Drain.FIN)) as sender:
        assert sender.finish().cause is Cause.DELIVERED
        assert sender.finish().cause is Cause.DELIVERED  # again: nothing to wait for


def test_drain_of_none_promises_nothing(ipv4: Stage) -> None:
    ipv4.clients.never_reads(ipv4.address, request=b"", rcvbuf=8192)
    outcome = doing(lambda: send(ipv4.accept(), BODY[:MB], policy=Policy(drain=Drain.NONE)))
    assert outcome.done(WITHIN_S).cause is Cause.FLUSHED


def test_peer_that_takes_no_end(ipv4: Stage) -> None:
    """All acknowledged, and it never closes: PEER_CLOSED must not hang either."""
    ipv4.clients.never_reads(ipv4.address, request=b"")
    sender = Sender(ipv4.accept(), policy("idle=1 silent=1 drain=peer-closed"))
    sender.send(b"all of it")
    end = doing(sender.finish)
    with pytest.raises(PeerNotReading, match="took no end"):
        end.done(WITHIN_S)
    assert (end.seconds or 0) >= 1.0


def test_peer_closed_discards_what_was_not_read(ipv4: Stage) -> None:
    """Unread request bytes at close() would reset the response away (RFC 9112 9.6)."""
    client = ipv4.clients.reads_all(ipv4.address, request=b"never read" * 10_000)
    sock = ipv4.accept()

    def serve() -> None:
        with Sender(sock, Policy(drain=Drain.PEER_CLOSED), owner=True) as sender:
            sender.send(BODY[:MB])
            sender.finish()

    doing(serve).done(WITHIN_S)
    assert (client.ended(), client.bytes_read) == (End.EOF, MB)


@pytest.mark.parametrize("mode", MODES)
def test_half_closed_client_is_served(stage: Stage, mode: str) -> None:
    """Scenario 5."""
    client = stage.clients.half_closes(stage.address, request=b"GET")
    sock = stage.accept(mode)
    eventually(lambda: sample(sock).state_name == "CLOSE_WAIT")
    sending = doing(lambda: send(sock, BODY[: 4 * MB], policy=Policy(drain=Drain.FIN)))
    outcome = sending.done(WITHIN_S)
    assert (outcome.cause, outcome.acked) == (Cause.DELIVERED, 4 * MB)
    assert outcome.peer_half_closed
    client.until(lambda client: client.bytes_read == 4 * MB)


def test_drain_tells_the_truth(ipv4: Stage) -> None:
    """Scenario 30: it returns when the kernel has the last ACK, not before, and soon after.

    The judge is the kernel's own time stamp of that ACK (SO_TIMESTAMPING, TX_ACK). A busy machine
    may wake us late; not each time.
    """
    late_s = [drained_late(ipv4) for _ in range(3)]
    assert all(one >= 0 for one in late_s), late_s
    assert min(late_s) < 0.05, late_s


def drained_late(ipv4: Stage) -> float:
    """Seconds between the last ACK and the return of ``drain``."""
    ipv4.clients.reads_all(ipv4.address, request=b"", rate=2 * MB, rcvbuf=65536)
    sock = ipv4.accept()
    flags = (1 << 4) | (1 << 7) | (1 << 9) | (1 << 11)  # SOFTWARE, OPT_ID, TX_ACK, OPT_TSONLY
    sock.setsockopt(socket.SOL_SOCKET, 37, flags)  # SO_TIMESTAMPING
    sender = Sender(sock)

    def serve() -> float:
        sender.send(BODY[:MB])
        assert unacknowledged_bytes(sock) != 0  # a sender that stops here has delivered nothing
        assert sender.drain().cause is Cause.DELIVERED
        assert unacknowledged_bytes(sock) == 0
        return time.time()

    drained_at = doing(serve).done(WITHIN_S)
    acked_at = 0.0
    while True:
        try:
            _, ancillary, _, _ = sock.recvmsg(100, 1000, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)
        except BlockingIOError:
            break
        seconds, nanos = struct.unpack_from("qq", ancillary[0][2])
        acked_at = seconds + nanos / 1e9
    assert acked_at
    return drained_at - acked_at


# --- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_sendfile(stage: Stage, mode: str, tmp_path: Path) -> None:
    """Scenario 31."""
    path = tmp_path / "body"
    path.write_bytes(os.urandom(3 * MB))
    client = stage.clients.reads_all(stage.address, request=b"", rate=6 * MB, keep=None)
    sock = stage.accept(mode)

    def serve() -> None:
        with path.open("rb") as file, Sender(sock) as sender:
            sender.send(b"head")
            outcome = sender.sendfile(file, 1000)
            assert (outcome.offered, outcome.syscalls["sendfile"] > 0) == (3 * MB - 996, True)
            assert file.tell() == 3 * MB
            assert sender.sendfile(file, 0, 10).offered == 3 * MB - 986
            assert sender.drain().acked == 3 * MB - 986

    doing(serve).done(WITHIN_S)
    client.until(lambda client: client.bytes_read == 3 * MB - 986)
    data = path.read_bytes()
    assert client.received == b"head" + data[1000:] + data[:10]


@pytest.mark.parametrize("mode", MODES)
def test_sendfile_to_a_peer_that_never_reads(ipv4: Stage, mode: str, tmp_path: Path) -> None:
    """Scenario 31."""
    path = tmp_path / "body"
    path.write_bytes(BODY)
    ipv4.clients.never_reads(ipv4.address, request=b"", rcvbuf=8192)
    sock = ipv4.accept(mode)

    def serve() -> None:
        with path.open("rb") as file, Sender(sock, policy("idle=1.5 silent=1")) as sender:
            sender.sendfile(file)

    with pytest.raises(PeerNotReading) as caught:
        doing(serve).done(WITHIN_S)
    assert caught.value.outcome.offered == len(BODY)
    ipv4.nothing_left()


def test_sendfile_past_the_end_stops_there(ipv4: Stage) -> None:
    ipv4.clients.reads_all(ipv4.address, request=b"")
    with tempfile.TemporaryFile() as file, Sender(ipv4.accept()) as sender:
        file.write(b"12345")
        file.flush()
        assert sender.sendfile(file, 3, 100).offered == 2
        assert sender.sendfile(file, 100).offered == 2


@pytest.mark.parametrize("kind", ["memory", "pipe"])
def test_sendfile_of_what_the_kernel_cannot_send(ipv4: Stage, kind: str) -> None:
    client = ipv4.clients.reads_all(ipv4.address, request=b"", keep=None)
    file: io.BytesIO | io.BufferedReader = io.BytesIO(b"x" * 700_000)
    if kind == "pipe":
        reads, writes = os.pipe()
        file = os.fdopen(reads, "rb")
        os.write(writes, b"y" * 5000)
        os.close(writes)
    with file, Sender(ipv4.accept()) as sender:
        outcome = sender.sendfile(file)
        assert sender.drain().acked == outcome.offered
    client.until(lambda client: client.bytes_read == outcome.offered)
    assert set(client.received) == {ord("x" if kind == "memory" else "y")}
