"""One thread for all clients: it survives their failures, ends when told, and costs nothing."""

from __future__ import annotations

import gc
import os
import resource
import select
import subprocess
import sys
import threading
import time
from itertools import repeat

import pytest

from tests.progress.testing.server import Server
from unstick.errors import UsageError
from unstick.progress.testing import Clients, End, eventually, eventually_async
from unstick.progress.testing.driver import Driver
from unstick.progress.testing.script import Hold, Read, Send, Step

FLOCK = 10_000

FLOCK_SERVER = f"""
import socket, sys
listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
print(listener.getsockname()[1], flush=True)
accepted = [listener.accept()[0] for _ in range({FLOCK})]
print("all", flush=True)
sys.stdin.read()
"""


def test_nothing_runs_before_the_first_client() -> None:
    before = threads()
    with Clients():
        assert threads() <= before


def test_one_thread_for_all_and_none_afterwards(server: Server) -> None:
    others, files = threads(), open_files()
    with Clients() as clients:
        made = [clients.says_nothing(server.address) for _ in range(50)]
        eventually(lambda: all(client.connected for client in made))
        assert len(threads() - others) == 1
    assert threads() <= others
    assert open_files() <= files
    assert {client.end for client in made} == {End.CLOSED}
    with pytest.raises(RuntimeError, match="are closed"):
        clients.says_nothing(server.address)


def threads() -> set[threading.Thread]:
    """Of this process. Those of earlier tests may end meanwhile: what counts is who is new."""
    return set(threading.enumerate())


def open_files() -> set[str]:
    gc.collect()
    return set(os.listdir("/proc/self/fd"))


def test_one_clients_failure_is_its_own(server: Server) -> None:
    clients = Clients()
    steps: Step = Send("text")  # type: ignore[arg-type]  # the failure
    broken = clients.does(server.address, steps)
    whole = clients.reads_all(server.address)
    connections = [server.accepts(), server.accepts()]
    assert broken.ended() is End.FAILED
    for connection in connections:
        connection.sock.close()
    assert whole.ended() in (End.EOF, End.RESET)
    with pytest.raises(TypeError):
        clients.close()


def test_without_epoll(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on systems that have poll() only."""
    monkeypatch.delattr(select, "epoll")
    with Clients() as clients:
        client = clients.reads_at(server.address, 100_000)
        held = clients.never_reads(server.address)
        connections = [server.accepts(), server.accepts()]
        connections[0].sends(20_000)
        connections[1].sock.recv(1)
        connections[1].sock.close()
        assert client.ended(20) is End.EOF
        assert held.ended() is End.RESET


def test_timers_ring_in_order_and_not_when_cancelled() -> None:
    driver, rung = Driver(), []
    ready = threading.Event()

    def ask() -> None:
        now = time.monotonic()
        driver.at(now + 0.03, lambda: rung.append("late"))
        driver.at(now + 0.01, lambda: rung.append("early"))
        driver.at(now + 0.02, lambda: rung.append("never")).cancel()
        driver.at(now + 0.04, ready.set)

    driver.call(ask)
    assert ready.wait(10)
    driver.close()
    assert rung == ["early", "late"]


def test_what_makes_no_sense_is_refused(unstick_client: Clients) -> None:
    with pytest.raises(UsageError, match="8080 is no address"):
        unstick_client.reads_all(8080)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="would never read"):
        unstick_client.pauses(("127.0.0.1", 1), 1, after_bytes=0)
    with pytest.raises(TypeError, match="no client has the option recvbuf"):
        unstick_client.reads_all(("127.0.0.1", 1), recvbuf=1)  # type: ignore[call-arg]
    assert not unstick_client.all


def test_hundreds_that_read_slowly_share_the_thread(
    server: Server, unstick_client: Clients
) -> None:
    readers = [unstick_client.reads_at(server.address, 2000) for _ in range(100)]
    for _ in readers:
        server.accepts().sends(1000)
    eventually(lambda: all(reader.end is End.EOF for reader in readers), within_s=30)


def test_a_client_may_do_a_thing_for_ever(server: Server, unstick_client: Clients) -> None:
    client = unstick_client.says_nothing(server.address)
    connection = server.accepts()
    client.do(*repeat(Read(10), 5), Hold())
    connection.sock.sendall(b"x" * 100)
    client.until(lambda client: client.bytes_read == 50)
    with pytest.raises(AssertionError, match="never came: says_nothing: hold, ESTABLISHED"):
        client.until(lambda client: client.bytes_read > 50, within_s=0.1)


def test_async_waiting(server: Server, unstick_client: Clients) -> None:
    import asyncio

    async def main() -> list[str]:
        seen: list[str] = []
        client = unstick_client.reads_all(server.address)
        connection = server.accepts()
        asyncio.get_running_loop().call_later(0.05, lambda: seen.append("the loop went on"))
        asyncio.get_running_loop().call_later(0.1, lambda: connection.sends(10))
        await client.until_async(lambda client: client.end is End.EOF)
        with pytest.raises(AssertionError, match=r"no luck \(within 0.05 s\)"):
            await eventually_async(lambda: False, 0.05, "no luck")
        return seen

    assert asyncio.run(main()) == ["the loop went on"]


def test_ten_thousand_idle_ones(unstick_client: Clients) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < FLOCK + 500:
        pytest.skip(f"it needs {FLOCK + 500} open files, and the hard limit is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    serving = subprocess.Popen(
        [sys.executable, "-c", FLOCK_SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert serving.stdout
        address = ("127.0.0.1", int(serving.stdout.readline()))
        flock = [unstick_client.never_reads(address) for _ in range(FLOCK)]
        assert serving.stdout.readline() == "all\n"
        eventually(lambda: all(client.bytes_sent for client in flock), within_s=60)
        used_s = time.process_time()
        threading.Event().wait(1.0)
        assert time.process_time() - used_s < 0.01, "under 1 % of a core"
        unstick_client.close()
    finally:
        serving.kill()
        serving.communicate(timeout=30)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
