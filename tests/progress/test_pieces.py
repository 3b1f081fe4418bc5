"""A body in pieces: once it has waited, each piece is one call, and each end is told as well."""

from __future__ import annotations

import array
import signal

import pytest

from tests.progress.stage import MB, Stage, doing, policy, wait
from unstick.progress import (
    Cause,
    ClosedLocally,
    Outcome,
    PeerNotReading,
    PeerReset,
    Sender,
)
from unstick.progress.testing.script import Read

pytestmark = pytest.mark.filterwarnings("ignore::unstick.progress.errors.PolicyWarning")

WITHIN_S = 60.0
PIECE = bytes(range(256)) * 256


def pour(sender: Sender, pieces: int) -> Outcome | None:
    for _ in range(pieces):
        ended = sender.write(PIECE)
        assert ended is None
    return None


def test_every_piece_in_order(ipv4: Stage) -> None:
    client = ipv4.clients.reads_all(
        ipv4.address, request=b"", rate=8 * MB, every_s=0.01, rcvbuf=65536, keep=None
    )
    sender = Sender(ipv4.accept())
    doing(lambda: pour(sender, 200)).done(WITHIN_S)
    outcome = doing(sender.drain).done(WITHIN_S)
    sender.close()
    assert outcome.offered == outcome.accepted == outcome.acked == 200 * len(PIECE)
    assert 200 <= outcome.syscalls["send"] <= 205
    assert outcome.syscalls["setsockopt"] <= 3
    client.until(lambda client: client.bytes_read == 200 * len(PIECE))
    assert client.received == PIECE * 200


def test_pieces_of_other_items_than_bytes(ipv4: Stage) -> None:
    client = ipv4.clients.reads_all(
        ipv4.address, request=b"", rate=8 * MB, every_s=0.01, rcvbuf=65536, keep=None
    )
    numbers = array.array("I", range(200_000))
    sender = Sender(ipv4.accept())

    def serve() -> Outcome:
        for _ in range(10):
            sender.write(numbers)
        return sender.drain()

    outcome = doing(serve).done(WITHIN_S)
    assert outcome.offered == outcome.acked == 10 * 800_000
    client.until(lambda client: client.bytes_read == 10 * 800_000)
    assert client.received == numbers.tobytes() * 10


def test_peer_that_stops_reading_between_pieces(ipv4: Stage) -> None:
    ipv4.clients.does(ipv4.address, Read(6 * MB), Read(10**9, rate=1.0), request=b"", rcvbuf=65536)
    sender = Sender(ipv4.accept(), policy("idle=1.5 silent=1.5"))
    with pytest.raises(PeerNotReading) as caught:
        doing(lambda: pour(sender, 1000)).done(WITHIN_S)
    outcome = caught.value.outcome
    assert 6 * MB < outcome.acked < outcome.accepted < outcome.offered
    assert outcome.offered % len(PIECE) == 0
    assert outcome.since_progress >= 1.5
    ipv4.nothing_left()


def test_reset_between_pieces(ipv4: Stage) -> None:
    ipv4.clients.aborts(ipv4.address, read_first=9 * MB, request=b"", rcvbuf=65536)
    sender = Sender(ipv4.accept())
    with pytest.raises(PeerReset) as caught:
        doing(lambda: pour(sender, 1000)).done(WITHIN_S)
    assert caught.value.outcome.acked >= 9 * MB
    with pytest.raises(PeerReset):
        sender.write(PIECE)
    ipv4.nothing_left()


def test_abort_between_pieces(ipv4: Stage) -> None:
    ipv4.clients.does(ipv4.address, Read(6 * MB), Read(10**9, rate=1.0), request=b"", rcvbuf=65536)
    sender = Sender(ipv4.accept(), owner=True)
    sending = doing(lambda: pour(sender, 1000))
    wait(1)
    assert sending.running
    sender.abort()
    with pytest.raises(ClosedLocally):
        sending.done(WITHIN_S)
    ipv4.nothing_left()


def test_what_is_no_buffer_leaves_the_stream_whole(ipv4: Stage) -> None:
    ipv4.clients.reads_all(ipv4.address, request=b"", rcvbuf=65536)
    sender = Sender(ipv4.accept())
    doing(lambda: pour(sender, 200)).done(WITHIN_S)
    before = sender.syscalls["send"]
    for wrong, error in (("text", TypeError), (memoryview(PIECE)[::2], BufferError)):
        with pytest.raises(error):
            sender.write(wrong)  # type: ignore[arg-type]  # 2026-11-23: meant
    doing(lambda: pour(sender, 1)).done(WITHIN_S)
    assert sender.syscalls["send"] == before + 1
    assert doing(sender.drain).done(WITHIN_S).acked == 201 * len(PIECE)


class StopNow(BaseException):
    """What a signal handler may raise, as KeyboardInterrupt."""


def test_interrupt_between_pieces(ipv4: Stage) -> None:
    ipv4.clients.does(ipv4.address, Read(6 * MB), Read(10**9, rate=1.0), request=b"", rcvbuf=65536)
    told: list[Cause] = []
    sender = Sender(ipv4.accept(), on_outcome=lambda outcome: told.append(outcome.cause))

    def stop(*_: object) -> None:
        raise StopNow

    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, 1.5)
        with pytest.raises(StopNow):
            pour(sender, 1000)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert told == [Cause.CANCELLED]
    outcome = sender.outcome
    assert outcome
    assert outcome.offered > outcome.accepted > 6 * MB
