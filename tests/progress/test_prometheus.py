"""The metrics, scraped over HTTP and read by prometheus_client's own parser."""

from __future__ import annotations

import asyncio
import os
import threading
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from tests.progress.aio import scene as aio_scene
from tests.progress.samples import metered
from tests.progress.stage import BODY, Stage, doing, policy
from unstick.progress import Cause, ProgressError, Sender, aio, books, install, prometheus, send
from unstick.progress.testing import eventually

pytestmark = pytest.mark.filterwarnings("ignore::unstick.progress.errors.PolicyWarning")


@pytest.fixture
def scrape() -> Iterator[Scrape]:
    registry = CollectorRegistry()
    prometheus.register(registry)
    server, thread = start_http_server(0, "127.0.0.1", registry)
    yield Scrape(server.server_port)
    server.shutdown()
    server.server_close()
    thread.join(10)


class Scrape:
    """One scrape after the other; ``more`` is how much a value has grown since the fixture."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.before = self.now()

    def now(self) -> dict[str, float]:
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/metrics",
            headers={"Accept": "application/openmetrics-text; version=1.0.0"},
        )
        with urllib.request.urlopen(asked, timeout=20) as answer:
            assert "openmetrics" in answer.headers["Content-Type"]
            text = answer.read().decode()
        read: Any = text_string_to_metric_families  # it has no types
        families = read(text)
        return {named(one): one.value for family in families for one in family.samples}

    def more(self, name: str) -> float:
        return self.now().get(name, 0) - self.before.get(name, 0)


def named(sample: Sample) -> str:
    labels = ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))
    return f"{sample.name}{{{labels}}}" if labels else sample.name


def ends(by: str, cause: str) -> str:
    return f"unstick_ends_total{{by={by},cause={cause}}}"


def test_sends(ipv4: Stage, scrape: Scrape) -> None:
    ipv4.clients.reads_all(ipv4.address, request=b"")
    sock = ipv4.accept()
    assert doing(lambda: send(sock, BODY)).done(60).cause is Cause.DELIVERED
    assert scrape.more(ends("send", "DELIVERED")) == 1
    assert scrape.more("unstick_acked_bytes_total") == len(BODY)
    assert scrape.more("unstick_sends_in_flight") == 0
    ipv4.clients.never_reads(ipv4.address, request=b"", rcvbuf=8192)
    sock = ipv4.accept()
    stalled = doing(lambda: send(sock, BODY, policy=policy("idle=2 silent=none")))
    eventually(lambda: scrape.more("unstick_sends_in_flight") == 1)
    outcome = stalled.ended(60)
    assert scrape.more(ends("send", "NOT_READING")) == 1
    assert scrape.more("unstick_acked_bytes_total") == len(BODY) + outcome.acked
    assert scrape.more("unstick_sends_in_flight") == 0


def test_a_sender_counts_once(ipv4: Stage, scrape: Scrape) -> None:
    ipv4.clients.reads_all(ipv4.address, request=b"")
    told: list[object] = []
    with Sender(ipv4.accept(), on_outcome=told.append) as sender:
        sender.send(b"head")
        sender.send(b"body")
        sender.drain()
        assert not told
        sender.finish()
    assert len(told) == 1
    assert scrape.more(ends("send", "DELIVERED")) == 1
    assert scrape.more(ends("send", "FLUSHED")) == 0
    assert scrape.more("unstick_acked_bytes_total") == 8


def test_asyncio(scrape: Scrape) -> None:
    async def main() -> None:
        limits = policy("idle=1 silent=none")
        async with aio_scene.streams() as scene:
            for _ in range(2):
                deaf = scene.clients.never_reads(scene.address, request=b"", rcvbuf=8192)
                writer, _ = await scene.met(deaf)
                writer.write(bytes(5_000_000))
                if deaf is scene.clients.all[0]:
                    aio.guard(writer.transport, limits)
                    assert await asyncio.to_thread(scrape.more, "unstick_guards{by=guard}") == 1
                    await asyncio.wait_for(aio_scene.ends(writer), 20)
                else:
                    with pytest.raises(ProgressError):
                        await aio.drain(writer, limits)

    aio_scene.run(main())
    assert scrape.more("unstick_guards{by=guard}") == 0
    assert scrape.more(ends("guard", "NOT_READING")) == 1
    assert scrape.more(ends("send", "NOT_READING")) == 1


def test_installed(ipv4: Stage, scrape: Scrape) -> None:
    port = ipv4.address[1]
    with install("idle=1 silent=none", ports=[port]):
        assert scrape.more("unstick_guards{by=install}") == 1
        client = ipv4.clients.never_reads(ipv4.address, request=b"", rcvbuf=8192)
        sock = ipv4.accept("non-blocking")
        sock.send(BODY)
        eventually(lambda: scrape.now()["unstick_guarded_connections{state=owing}"] == 1, 20)
        client.ended(20)
        eventually(lambda: scrape.more(ends("install", "NOT_READING")) == 1, 20)
    assert scrape.more("unstick_guards{by=install}") == 0


def test_a_fork_begins_at_zero(ipv4: Stage) -> None:
    ipv4.clients.reads_all(ipv4.address, request=b"")
    assert send(ipv4.accept(), b"something").ok
    assert books.acked_bytes[0] > 0
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.write(writer, repr((books.acked_bytes[0], len(books.outcomes))).encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as said:
        assert said.read() == "(0, 0)"


def test_noted_from_many_threads() -> None:
    """No count is lost between threads."""
    outcome = metered("total=1").ended(Cause.DEADLINE, 1.0)
    before = books.outcomes["install", "DEADLINE"]

    def notes() -> None:
        for _ in range(5000):
            books.note("install", outcome)

    threads = [threading.Thread(target=notes) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert books.outcomes["install", "DEADLINE"] == before + 40_000


def test_registered_twice_is_refused() -> None:
    registry = CollectorRegistry()
    prometheus.register(registry)
    with pytest.raises(ValueError, match="Duplicated"):
        prometheus.register(registry)
