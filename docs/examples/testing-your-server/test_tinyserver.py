"""What a server's own test suite says about bad clients. Needs ``pip install unstick pytest``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tinyserver import TinyServer

from unstick.progress.testing import Clients, End, Network, nothing_left, served_within

BODY = b"x" * 10_000_000  # more than the kernel's buffers take
LIMITS = "idle=2 silent=2"  # a test does not wait a minute; a real server should
LET_GO_S = 15.0  # generous: the machine may be busy


pytestmark = pytest.mark.filterwarnings("ignore::unstick.progress.PolicyWarning")  # of idle=2


@contextmanager
def serving(body: bytes, limits: str = LIMITS, host: str = "127.0.0.1") -> Iterator[TinyServer]:
    server = TinyServer(body, limits, host)
    yield server
    server.close()


@pytest.fixture
def server() -> Iterator[TinyServer]:
    with serving(BODY) as server:
        yield server


# --- clients that must not hold a worker ---------------------------------------------------------


def test_one_that_never_reads_is_reset(server: TinyServer, unstick_client: Clients) -> None:
    client = unstick_client.never_reads(server.address, rcvbuf=16384)
    assert client.ended(LET_GO_S) is End.RESET
    nothing_left(server.address)


def test_one_that_vanishes_is_let_go(server: TinyServer, unstick_client: Clients) -> None:
    client = unstick_client.vanishes(server.address, read_first=100_000, rcvbuf=16384)
    client.until(lambda client: client.report().doing == "hold")
    nothing_left(server.address, LET_GO_S)
    assert client.end is None, "it never heard of it"


def test_one_that_stops_in_the_middle(server: TinyServer, unstick_client: Clients) -> None:
    """What it read at first buys it no time."""
    client = unstick_client.never_reads(server.address, read_first=5_000_000, rcvbuf=16384)
    assert client.ended(LET_GO_S) is End.RESET


def test_many_of_them_do_not_stop_the_service(server: TinyServer, unstick_client: Clients) -> None:
    for _ in range(4):  # twice as many as there are workers
        unstick_client.never_reads(server.address, rcvbuf=16384)
    assert served_within(server.address, 2 * LET_GO_S).status == 200


@pytest.mark.parametrize("habit", ["aborts", "closes_unread", "pipelines"])
def test_one_that_leaves(server: TinyServer, unstick_client: Clients, habit: str) -> None:
    getattr(unstick_client, habit)(server.address)
    nothing_left(server.address, LET_GO_S)
    assert served_within(server.address, LET_GO_S).status == 200


# --- clients that must be served -----------------------------------------------------------------


def test_a_half_closed_one_gets_everything(server: TinyServer, unstick_client: Clients) -> None:
    client = unstick_client.half_closes(server.address, after_s=0.1, keep=None)
    assert client.ended(LET_GO_S) is End.EOF
    assert client.response().body == BODY


def test_one_that_pauses_gets_everything(server: TinyServer, unstick_client: Clients) -> None:
    client = unstick_client.pauses(server.address, 1.0, after_bytes=1_000_000, keep=None)
    assert client.ended(LET_GO_S) is End.EOF
    assert client.response().complete


def test_a_slow_one_gets_everything(server: TinyServer, unstick_client: Clients) -> None:
    """So slow that its response takes longer than every limit."""
    client = unstick_client.reads_at(server.address, 3_000_000, rcvbuf=131072)
    assert client.ended(60) is End.EOF
    assert client.report().ended_s > 3
    assert client.bytes_read > len(BODY)


# --- with a network in between: needs root, is skipped elsewhere ---------------------------------


def test_one_on_a_lossy_path_gets_everything(unstick_network: Network) -> None:
    with unstick_network.server.inside():
        server = TinyServer(b"x" * 50_000, "idle=60 silent=30", unstick_network.server.address)
    unstick_network.loss(0.1)
    client = unstick_network.clients.reads_all(server.address)
    assert client.ended(60) is End.EOF
    assert client.response().complete


def test_one_whose_network_is_gone_is_let_go(unstick_network: Network) -> None:
    with unstick_network.server.inside():
        server = TinyServer(BODY, LIMITS, unstick_network.server.address)
    client = unstick_network.clients.never_reads(server.address, read_first=100_000)
    client.until(lambda client: client.bytes_read == 100_000)
    unstick_network.vanish()
    with unstick_network.server.inside():
        nothing_left(server.address, LET_GO_S)
