"""Requests are listed with what the kernel knows of them, ended at once, counted, and all of them
end when the node does."""

from __future__ import annotations

import socket
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from tests.node.stage import SOON_S, Handler, Stage, staged
from unstick.errors import UsageError
from unstick.node.control import ask
from unstick.node.settings import Mode
from unstick.progress.policy import Policy
from unstick.progress.testing import Clients, End, eventually, http_get, nothing_left, served_within

BOTH = pytest.mark.parametrize("mode", list(Mode))


def rows(stage: Stage) -> list[dict[str, object]]:
    found: list[dict[str, object]] = ask(stage.node.control.path, do="requests")["requests"]
    return found


@BOTH
def test_a_stalled_request_is_listed_and_cancelled_at_once(
    tmp_path: Path, unstick_client: Clients, mode: Mode
) -> None:
    """Also where its thread is inside writev, for ten minutes to come."""
    with staged(tmp_path, mode=mode, demo="30M") as stage:
        client = unstick_client.never_reads(stage.address, rcvbuf=16384)
        eventually(lambda: any(row["acked"] and row["unacked"] for row in rows(stage)), SOON_S)
        (row,) = rows(stage)
        assert (row["method"], row["target"], row["doing"]) == ("GET", "/", "sends")
        assert row["state"] == "ESTABLISHED"
        assert row["age_s"] > 0  # type: ignore[operator]
        assert 0 < row["acked"] <= row["sent"] < 30_000_000  # type: ignore[operator]
        began = time.monotonic()
        assert ask(stage.node.control.path, do="cancel", id=row["id"]) == {"cancelled": True}
        assert stage.entry().cause == "CANCELLED"
        assert stage.entry().acked >= row["acked"]  # type: ignore[operator]
        assert time.monotonic() - began < SOON_S
        assert client.ended(SOON_S) is End.RESET
        nothing_left(stage.address)
        assert ask(stage.node.control.path, do="cancel", id=row["id"]) == {"cancelled": False}


def test_in_blocking_mode_the_verdict_is_told_and_nothing_more(
    tmp_path: Path, unstick_client: Clients
) -> None:
    with pytest.warns(match="idle"):
        policy = Policy.parse("idle=1 silent=1")
    with staged(tmp_path, mode=Mode.BLOCKING, policy=policy, demo="30M") as stage:
        unstick_client.never_reads(stage.address, rcvbuf=16384)
        eventually(lambda: any(row["verdict"] for row in rows(stage)), SOON_S)
        (row,) = rows(stage)
        assert str(row["verdict"]).startswith("NOT_READING")
        assert stage.told == []


def test_who_waits_for_the_origin_is_cancelled_at_once_and_alone(
    stage: Stage, unstick_client: Clients
) -> None:
    going = threading.Event()

    def route(one: Handler) -> None:
        assert going.wait(SOON_S)
        one.say(b"late", Cache_Control="max-age=600")

    stage.origin.routes["/"] = route
    first = unstick_client.reads_all(stage.address)
    eventually(lambda: len(rows(stage)) == 1, SOON_S)
    second = unstick_client.reads_all(stage.address)
    eventually(lambda: len(rows(stage)) == 2, SOON_S)
    one, other = rows(stage)
    assert one["doing"] == other["doing"] == "waits for the origin"
    ask(stage.node.control.path, do="cancel", id=one["id"])
    assert first.ended(SOON_S) is End.RESET
    assert stage.entry().cause == "CANCELLED"
    going.set()
    assert second.ended(SOON_S) is End.EOF
    assert second.response().body == b"late"


def test_nonsense_gets_no_harm_done(stage: Stage) -> None:
    assert "error" in ask(stage.node.control.path, do="what")
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(stage.node.control.path))
        client.sendall(b"nonsense\n")
        assert client.recv(100) == b""
    assert rows(stage) == []
    assert stage.node.control.path.stat().st_mode & 0o777 == 0o600


def test_asking_nobody_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no node answers"):
        ask(tmp_path / "none.sock", do="requests")


def test_metrics_count_ends_and_bytes(tmp_path: Path, stage: Stage) -> None:
    stage.origin.routes["/"] = lambda one: one.say(b"x" * 1000, Cache_Control="max-age=600")
    stage.get()
    stage.get()
    stage.entry(2)
    host, port = stage.node.metrics.serve(("127.0.0.1", 0))
    with urllib.request.urlopen(f"http://{host}:{port}/metrics", timeout=SOON_S) as answer:
        lines = answer.read().decode().splitlines()
    values = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    assert values['unstick_node_requests_total{cache="hit",cause="DELIVERED"}'] == "1.0"
    assert values['unstick_node_requests_total{cache="miss",cause="DELIVERED"}'] == "1.0"
    assert float(values["unstick_node_acked_bytes_total"]) > 2000
    assert values["unstick_node_stored_objects"] == "1.0"


def test_a_stop_lets_requests_end_and_sends_the_idle_home(
    stage: Stage, unstick_client: Clients
) -> None:
    going = threading.Event()

    def route(one: Handler) -> None:
        assert going.wait(SOON_S)
        one.say(b"late")

    stage.origin.routes["/"] = route
    idle = unstick_client.says_nothing(stage.address)
    idle.until(lambda one: one.connected)
    client = unstick_client.reads_all(stage.address, request=http_get("/", keep_alive=True))
    eventually(lambda: len(stage.node.register) == 1, SOON_S)
    stopping = threading.Thread(target=stage.node.stop, args=(SOON_S,))
    stopping.start()
    idle.until(lambda one: one.state() == "CLOSE-WAIT", SOON_S)
    with pytest.raises(OSError):
        socket.create_connection(stage.address, SOON_S)
    going.set()
    assert client.ended(SOON_S) is End.EOF
    assert b"late" in client.received
    assert b"Connection: close" in client.received
    stopping.join(SOON_S)
    assert not stopping.is_alive()


@BOTH
def test_a_stop_ends_although_a_client_does_not_read(
    tmp_path: Path, unstick_client: Clients, mode: Mode
) -> None:
    with staged(tmp_path, mode=mode, demo="30M") as stage:
        client = unstick_client.never_reads(stage.address, rcvbuf=16384)
        eventually(lambda: len(stage.node.register) == 1, SOON_S)
        assert served_within(stage.address, SOON_S).status == 200
        assert stage.node.stop(0.5) == 1
        assert client.ended(SOON_S) is End.RESET
        assert stage.entry(2).cause == "CANCELLED"
        assert len(stage.node.register) == 0


def test_patience_follows_the_policy(tmp_path: Path) -> None:
    with staged(tmp_path, policy=Policy.parse("idle=40 silent=20"), demo="1") as stage:
        assert stage.node.patience_s == 40
    with staged(tmp_path, policy=Policy.parse("idle=40 total=25"), demo="1") as stage:
        assert stage.node.patience_s == 25
    with staged(tmp_path, mode=Mode.BLOCKING, send_timeout_s=7, demo="1") as stage:
        assert stage.node.patience_s == 7
