"""``crowd``: while others wait, who keeps a window closed is waited for at a reader's pace only.

The rule on samples, who counts as waiting, and a server of two threads; the attack that it is for
is in ``servers/test_attack.py``.
"""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Event, Thread

import pytest

from tests.progress.accepting import Accepted, fill
from tests.progress.samples import SENT, look, metered, zero_window
from unstick.progress import Cause, Outcome, PolicyError, Sample, Sender, install
from unstick.progress.clocks import PlayedReader
from unstick.progress.listing import Dump, Source
from unstick.progress.meter import Meter
from unstick.progress.scanning import Scan
from unstick.progress.testing import Clients, End, eventually
from unstick.progress.testing.clients import Options

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="install is Linux")
LINE = "idle=60 silent=none crowd=16k"
SMALLEST = 1
"""SO_RCVBUF: the kernel makes the least it allows of it, a window of 1152 bytes."""


# --- the rule, on samples ------------------------------------------------------------------------


def crowding_at(meter: Meter, *looks: tuple[float, Sample]) -> float | None:
    """When others would have been in the way long enough."""
    for now, seen in looks:
        assert meter.observe(seen, now) is None
        if outcome := meter.crowding(now):
            assert outcome.cause is Cause.CROWDING
            return now
    return None


def closed(taken: int, heard: float = 0.0, **more: int) -> Sample:
    return look(
        **{"notsent_bytes": SENT, "snd_wnd": 0, "bytes_acked": taken, "heard": heard, **more}
    )


def test_it_is_waited_for_as_long_as_a_reader_may_be_busy() -> None:
    meter = metered(LINE, closed(16_000))
    looks = [(one / 10, closed(16_000, one / 10)) for one in range(1, 30)]
    assert crowding_at(meter, *looks) == pytest.approx(1.0, abs=0.11)


def test_what_was_taken_before_the_first_look_counts_from_the_last_ack() -> None:
    meter = metered(LINE, closed(16_000, heard=0.8))
    looks = [(one / 10, closed(16_000, 0.8 + one / 10)) for one in range(1, 30)]
    assert crowding_at(meter, *looks) == pytest.approx(0.2, abs=0.11)


def test_a_reader_of_that_pace_is_never_in_the_way() -> None:
    """It takes 64 kB at a time, every 4 s."""
    steps = [(one / 10, 64_000 * (1 + one // 40)) for one in range(1, 1200)]
    looks = [(now, closed(taken, now % 4)) for now, taken in steps]
    assert crowding_at(metered(LINE, closed(64_000)), *looks) is None
    assert crowding_at(metered("idle=60 crowd=20k", closed(64_000)), *looks) is not None


def test_the_word_of_an_open_window_may_be_on_the_way() -> None:
    looks = [(one / 10, closed(1600, one / 10, rtt_us=300_000)) for one in range(1, 30)]
    meter = metered(LINE, closed(1600, rtt_us=300_000))
    assert crowding_at(meter, *looks) == pytest.approx(0.7, abs=0.11)
    late = [(one / 10, closed(1600, one / 10, rtt_us=9_000_000)) for one in range(1, 30)]
    assert crowding_at(metered(LINE, closed(1600)), *late) == pytest.approx(1.1, abs=0.11)


@pytest.mark.parametrize(
    "healthy",
    [
        {"snd_wnd": 65535, "unacked": 10},  # in flight: a long way, or lost
        {"snd_wnd": 0, "unacked": 1},
        {"snd_wnd": 2 * SENT},  # the server's own doing
        {"snd_wnd": 0, "notsent_bytes": 0, "unacked": 3},
    ],
)
def test_only_a_closed_window_is_in_the_way(healthy: dict[str, int]) -> None:
    meter = metered(LINE, closed(1152))
    looks = [(one / 10, closed(1152, one / 10, **healthy)) for one in range(1, 100)]
    assert crowding_at(meter, *looks) is None


def test_without_the_word_nobody_is_in_the_way() -> None:
    meter = metered("idle=60", zero_window(0))
    assert crowding_at(meter, *[(one, zero_window(one)) for one in range(1, 59)]) is None


def test_a_played_reader_has_read_what_it_took() -> None:
    reader = PlayedReader(1000.0)
    reader.play(500, 0.0, 10_000.0)
    reader.play(0, 0.3, 10_000.0)
    assert (reader.unread_bytes, reader.idle_s) == (200.0, 0.0)
    reader.play(0, 0.5, 10_000.0)
    assert reader.unread_bytes == 0.0
    assert reader.idle_s == pytest.approx(0.3)
    reader.play(0, 1.0, 10_000.0)
    assert reader.idle_s == pytest.approx(1.3)
    reader.play(50_000, 1.0, 10_000.0)
    assert (reader.unread_bytes, reader.idle_s) == (10_000.0, 0.0)


def test_a_single_send_knows_no_others() -> None:
    with socket.socket() as sock, pytest.raises(PolicyError, match=r"crowd=16000.*not to one send"):
        Sender(sock, metered(LINE).policy)


# --- who waits -----------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[Accepted]:
    accepted = Accepted()
    yield accepted
    accepted.close()


def sources(port: int) -> list[Source]:
    return [Scan(frozenset({port})), Dump(frozenset({port}), crowd=True)]


def waiting(sources: list[Source]) -> list[int]:
    return [one.look().waiting_count for one in sources]


@LINUX
def test_who_has_long_not_been_read_waits(server: Accepted, unstick_client: Clients) -> None:
    both = sources(server.port)
    unstick_client.never_reads(server.address)
    sock = server.accept()
    eventually(lambda: waiting(both) == [1, 1])
    sock.recv(65536)
    assert waiting(both) == [0, 0]
    fill(sock)
    assert waiting(both) == [0, 0]
    for one in both:
        one.close()


@LINUX
def test_the_end_of_a_half_closed_client_is_no_request(
    server: Accepted, unstick_client: Clients
) -> None:
    both = sources(server.port)
    client = unstick_client.half_closes(server.address)
    sock = server.accept()
    eventually(lambda: waiting(both) == [1, 1])
    eventually(lambda: client.state() == "FIN-WAIT-2")
    sock.recv(65536)
    Event().wait(0.1)
    assert waiting(both) == [0, 0]
    for one in both:
        one.close()


@LINUX
def test_who_is_not_accepted_waits(server: Accepted, unstick_client: Clients) -> None:
    """A worker that does one thing at a time accepts nobody while it is stuck."""
    both = sources(server.port)
    unstick_client.never_reads(server.address)
    eventually(lambda: waiting(both) == [1, 1])
    server.accept().recv(65536)
    assert waiting(both) == [0, 0]
    for one in both:
        one.close()


# --- a server of two threads ---------------------------------------------------------------------


class Pool:
    """Accepts all, reads and answers with two threads: gunicorn's gthread in few lines."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = self.listener.getsockname()
        self.port: int = self.address[1]
        self.threads = ThreadPoolExecutor(2)
        self.open: list[socket.socket] = []
        Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.open.append(sock)
            self.threads.submit(self.serve, sock)

    def serve(self, sock: socket.socket) -> None:
        try:
            asked = sock.recv(65536)
            sock.sendall(b"x" * (10 if b"/small" in asked else 4_000_000))
        except OSError:
            pass
        sock.close()

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.threads.shutdown(wait=False, cancel_futures=True)
        for sock in self.open:
            with suppress(OSError):  # wakes the thread that is blocked in it
                sock.shutdown(socket.SHUT_RDWR)


@contextmanager
def pool() -> Iterator[Pool]:
    made = Pool()
    try:
        yield made
    finally:
        made.close()


@LINUX
def test_two_threads_serve_on_though_twenty_clients_stall(unstick_client: Clients) -> None:
    told: list[Outcome] = []
    with pool() as server, install(LINE, ports=[server.port], on_outcome=told.append) as guard:
        stalled = [unstick_client.never_reads(server.address, rcvbuf=SMALLEST) for _ in range(20)]
        eventually(lambda: all(one.connected for one in stalled))
        began = time.monotonic()
        healthy = unstick_client.reads_all(server.address, request=b"GET /small")
        # Each stalled one has its thread for a tenth of a second, not for the minute of idle.
        assert healthy.ended(30.0) is End.EOF
        assert healthy.bytes_read == 10
        assert time.monotonic() - began < 30
        eventually(lambda: guard.stats.ended >= 18)
        assert {one.cause for one in told} == {Cause.CROWDING}
        assert str(told[0]).endswith("and others wait")
        # A look that had begun may end one more. The last ones are in nobody's way.
        looked = guard.stats.looks
        eventually(lambda: guard.stats.looks >= looked + 2)
        eventually(lambda: len(unstick_client.still_open()) == 20 - guard.stats.ended)
        still = unstick_client.still_open()
        Event().wait(0.5)
        assert unstick_client.still_open() == still


@LINUX
def test_without_the_word_they_do_not(unstick_client: Clients) -> None:
    with pool() as server, install("idle=60 silent=none", ports=[server.port]) as guard:
        for _ in range(4):
            unstick_client.never_reads(server.address, rcvbuf=SMALLEST)
        healthy = unstick_client.reads_all(server.address, request=b"GET /small")
        Event().wait(1.0)
        assert healthy.bytes_read == 0
        assert guard.stats.ended == 0


@LINUX
def test_nobody_is_ended_where_nobody_waits(server: Accepted, unstick_client: Clients) -> None:
    told: list[Outcome] = []
    with install(LINE, ports=[server.port], on_outcome=told.append):
        client = unstick_client.never_reads(server.address, rcvbuf=SMALLEST)
        sock = server.accept()
        sock.recv(65536)
        fill(sock)
        Event().wait(1.0)
        assert (told, client.end) == ([], None)
        # And now somebody does.
        unstick_client.never_reads(server.address)
        server.accept()
        assert client.ended(20.0) is End.RESET
        eventually(lambda: told)  # it is told once it is done
        assert [one.cause for one in told] == [Cause.CROWDING]


@LINUX
def test_a_slow_reader_lives_in_a_crowd(server: Accepted, unstick_client: Clients) -> None:
    """20 kB/s, beside a request that is never read."""
    with install(LINE, ports=[server.port]) as guard:
        slow = unstick_client.reads_at(server.address, 20_000, rcvbuf=8192)
        half = unstick_client.half_closes(server.address, rate=20_000, rcvbuf=65536)
        for _ in range(2):
            sock = server.accept()
            sock.recv(65536)
            Thread(target=deliver, args=(sock,), daemon=True).start()
        unstick_client.never_reads(server.address)
        server.accept()
        eventually(lambda: min(slow.bytes_read, half.bytes_read) > 30_000, 20.0)
        assert (slow.end, half.end, guard.stats.ended) == (None, None, 0)


def deliver(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.sendall(b"x" * 20_000_000)


@LINUX
@pytest.mark.long
def test_readers_of_every_buffer_live_in_a_crowd(unstick_client: Clients) -> None:
    """For forty seconds, at 20 kB/s; ``crowd=25k`` is too much for them."""
    buffers = (4096, 8192, 16384, 32768, 65536, None)
    for line, lives in ((LINE, True), ("idle=60 silent=none crowd=25k", False)):
        server = Accepted()
        with install(line, ports=[server.port]) as guard:
            readers = []
            for rcvbuf in buffers:
                options: Options = {} if rcvbuf is None else {"rcvbuf": rcvbuf}
                readers.append(unstick_client.reads_at(server.address, 20_000, **options))
                sock = server.accept()
                sock.recv(65536)
                Thread(target=deliver, args=(sock,), daemon=True).start()
            unstick_client.never_reads(server.address)
            server.accept()
            Event().wait(40.0)
            assert guard.stats.looks > 40
            assert ([one for one in readers if one.end] == []) is lives, guard.stats
        server.close()
