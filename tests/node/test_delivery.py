"""Bad clients at the node, in both modes: what it was like in 2015, and what it is like cured."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.node.stage import SOON_S, Stage, staged
from unstick.node.demo import pattern
from unstick.node.settings import Mode
from unstick.node.steps import Step
from unstick.progress.policy import Policy
from unstick.progress.testing import (
    Clients,
    End,
    eventually,
    http_get,
    leftovers,
    nothing_left,
    served_within,
)

BOTH = pytest.mark.parametrize("mode", list(Mode))
OBJECT = 30_000_000
TIMEOUT_S = 2.0


def impatient() -> Policy:
    with pytest.warns(match="idle"):
        return Policy.parse("idle=2 silent=2")


def test_blocking_holds_a_thread_for_the_send_timeout_and_leaves_a_corpse(
    tmp_path: Path, unstick_client: Clients
) -> None:
    heard: list[Step] = []
    with staged(
        tmp_path, mode=Mode.BLOCKING, send_timeout_s=TIMEOUT_S, demo="30M", watcher=heard.append
    ) as stage:
        client = unstick_client.never_reads(stage.address, rcvbuf=16384)
        entry = stage.entry()
        assert entry.cause == "SEND_TIMEOUT"
        assert entry.elapsed_s >= TIMEOUT_S
        assert entry.acked < entry.sent < OBJECT
        eventually(lambda: heard[-1].says == "closes", SOON_S)
        eventually(
            lambda: any(one.unacknowledged_bytes for one in leftovers(stage.address)), SOON_S
        )
        client.close()
    assert any("writes" in one.values for one in heard)
    assert [one.values["outcome"] for one in heard if "outcome" in one.values] == [
        "EAGAIN",
        "SEND_TIMEOUT",
    ]


def test_progress_names_the_cause_and_leaves_nothing(
    tmp_path: Path, unstick_client: Clients
) -> None:
    with staged(tmp_path, policy=impatient(), demo="30M") as stage:
        client = unstick_client.never_reads(stage.address, rcvbuf=16384)
        entry = stage.entry()
        assert entry.cause == "NOT_READING"
        assert entry.elapsed_s >= 2.0
        assert entry.acked < OBJECT
        assert client.ended(SOON_S) is End.RESET
        nothing_left(stage.address)


def test_progress_knows_one_that_vanished(tmp_path: Path, unstick_client: Clients) -> None:
    with staged(tmp_path, policy=impatient(), demo="30M") as stage:
        unstick_client.vanishes(stage.address, read_first=100_000, rcvbuf=16384)
        assert stage.entry().cause in ("SILENT", "NOT_READING", "STALLED")
        nothing_left(stage.address)


@BOTH
def test_good_clients_get_everything(tmp_path: Path, unstick_client: Clients, mode: Mode) -> None:
    with staged(tmp_path, mode=mode, demo="3M") as stage:
        whole = pattern(0, 3_000_000)
        clients = [
            unstick_client.reads_all(stage.address, keep=None),
            unstick_client.half_closes(stage.address, keep=None),
            unstick_client.pauses(stage.address, 0.5, after_bytes=100_000, keep=None),
            unstick_client.reads_at(stage.address, 1_500_000, keep=None),
        ]
        for client in clients:
            assert client.ended(SOON_S) is End.EOF
            assert client.response().body == whole


def test_a_steady_slow_reader_is_not_ended(tmp_path: Path, unstick_client: Clients) -> None:
    """At 200 kB/s for 5 s, with an idle limit of 2 s: slow is not dead."""
    with staged(tmp_path, policy=impatient(), demo="1M") as stage:
        client = unstick_client.reads_at(stage.address, 200_000, rcvbuf=65536, keep=0)
        assert client.ended(3 * SOON_S) is End.EOF
        assert stage.entry().cause == "DELIVERED"


@BOTH
def test_stalled_clients_hold_up_nobody_else(
    tmp_path: Path, unstick_client: Clients, mode: Mode
) -> None:
    with staged(tmp_path, mode=mode, demo="10M") as stage:
        for _ in range(8):
            unstick_client.never_reads(stage.address, rcvbuf=16384)
        eventually(lambda: len(stage.node.register) == 8, SOON_S)
        assert served_within(stage.address, SOON_S).status == 200


@BOTH
def test_acknowledged_bytes_are_of_this_response(tmp_path: Path, mode: Mode) -> None:
    """Several on one connection: each response has its own count."""
    with (
        staged(tmp_path, mode=mode, demo="100k") as stage,
        socket.create_connection(stage.address, SOON_S) as client,
    ):
        for count in (1, 2, 3):
            client.sendall(http_get(f"/bytes/{count * 1000}", keep_alive=True))
            read_response(client, count * 1000)
            entry = stage.entry(count)
            assert count * 1000 < entry.sent < count * 1000 + 400
            assert entry.acked <= entry.sent
            assert entry.acked == entry.sent or mode is Mode.BLOCKING


def read_response(client: socket.socket, length: int) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got or len(got.partition(b"\r\n\r\n")[2]) < length:
        data = client.recv(65536)
        assert data
        got += data
    return got


def test_pipelined_requests_are_answered_in_order(tmp_path: Path) -> None:
    with staged(tmp_path, demo="1k") as stage:
        with socket.create_connection(stage.address, SOON_S) as client:
            client.sendall(b"".join(http_get(f"/bytes/{n}", keep_alive=True) for n in (1, 2)))
            client.sendall(http_get("/bytes/3"))
            got = b""
            while data := client.recv(65536):
                got += data
        lengths = [line for line in got.split(b"\r\n") if line.startswith(b"Content-Length")]
        assert lengths == [b"Content-Length: %d" % n for n in (1, 2, 3)]


def test_http_1_0_is_answered_and_closed(tmp_path: Path) -> None:
    with staged(tmp_path, demo="1k") as stage:
        with socket.create_connection(stage.address, SOON_S) as client:
            client.sendall(b"GET /bytes/5 HTTP/1.0\r\n\r\n")
            got = b""
            while data := client.recv(65536):
                got += data
        assert got.endswith(b"\r\n\r\n" + pattern(0, 5))


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),  # no Host
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 200_000 + b"\r\n\r\n", 431),
        (b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n" + b"z" * 50_000, 413),
    ],
)
def test_what_is_refused_is_told_so(tmp_path: Path, request_: bytes, status: int) -> None:
    """Whole: a close with unread bytes would cut the answer."""
    with staged(tmp_path, demo="1k") as stage:
        with socket.create_connection(stage.address, SOON_S) as client:
            client.sendall(request_)
            client.shutdown(socket.SHUT_WR)
            got = b""
            while data := client.recv(65536):
                got += data
        assert got.startswith(b"HTTP/1.1 %d " % status)
        assert served_within(stage.address, SOON_S).status == 200


def test_an_upload_that_waits_for_leave_gets_it(stage: Stage) -> None:
    stage.origin.routes["/"] = lambda one: one.say(b"thanks")
    with socket.create_connection(stage.address, SOON_S) as client:
        client.sendall(
            b"PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
        )
        assert client.recv(1000).startswith(b"HTTP/1.1 100 ")
        client.sendall(b"abc")
        got = b""
        while b"thanks" not in got:
            got += client.recv(65536) or pytest.fail(f"ended after {got!r}")
    assert stage.origin.seen[0].body == b"abc"


def test_sessions_end_with_their_clients(stage: Stage) -> None:
    def alive() -> int:
        return sum(one.is_alive() for one in list(stage.node.sessions))

    clients = [socket.create_connection(stage.address, SOON_S) for _ in range(20)]
    eventually(lambda: alive() == 20, SOON_S)
    for client in clients:
        client.close()
    eventually(lambda: alive() == 0, SOON_S)


@BOTH
def test_parts_of_a_large_object_come_from_where_they_are(tmp_path: Path, mode: Mode) -> None:
    """Large ones are sent from a file: its offsets are the object's."""
    with staged(tmp_path, mode=mode, demo="5M") as stage:
        for first, last in ((1_500_000, 4_600_000), (4_999_999, 4_999_999), (1, 1_048_576)):
            got = stage.get("/x", Range=f"bytes={first}-{last}")
            assert got.status == 206
            assert got.body == pattern(first, last + 1 - first)


def test_a_session_that_ends_well_says_so(tmp_path: Path) -> None:
    heard: list[Step] = []
    with staged(tmp_path, mode=Mode.BLOCKING, demo="10000", watcher=heard.append) as stage:
        assert stage.get(Connection="close").status == 200
        eventually(lambda: any("outcome" in one.values for one in heard[-1:]), SOON_S)
    assert [one.values.get("outcome") for one in heard] == [None, None, "closed"]
