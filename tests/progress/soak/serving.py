"""The servers of the soak: an endless stream to each client, delivered in each way there is.

A client says in one line who it is and what it wants: ``17 bulk``, bytes as fast as they go, or
``17 events 5``, a kilobyte every 5 s. A stream ends when all are told to stop. How each ended is
kept under its client's number; nothing here judges it.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from tests.progress.naive import GaveUpError, naive_send
from tests.progress.soak.crowd import Address
from unstick.progress import Policy, Sender, aio, install
from unstick.progress.reporting import LOGGER

PIECE = bytes(16 * 1024)
EVENT = bytes(1000)
SNDBUF_BYTES = 212_992
"""SO_SNDBUF, which Linux doubles: what the kernel holds for one client on a path of some megabits.
Left alone it would be up to 4 MB for each of hundreds."""
SETTLE_S = 60.0
"""For a client that reads the rest to close its side."""


@dataclass(frozen=True)
class Ended:
    """How the server's side of a connection ended. ``why``: empty for a good end."""

    at: float  # time.monotonic()
    offered: int  # bytes
    why: str


class Feed:
    """What one client wished for, until all streams stop. ``offered``: bytes so far."""

    def __init__(self, wish: bytes, books: Books) -> None:
        ticket, kind, *more = wish.split()
        self.ticket = int(ticket)
        self.piece, self.pause_s = (EVENT, float(more[0])) if kind == b"events" else (PIECE, 0.0)
        self.offered = 0
        self._books = books

    def __iter__(self) -> Iterator[bytes]:
        while not self._books.stopping.wait(self.pause_s):
            self.offered += len(self.piece)
            yield self.piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        stopped = self._books.stopped_in_loop
        while not stopped.is_set():
            if self.pause_s:
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopped.wait(), self.pause_s)
            self.offered += len(self.piece)
            yield self.piece


class Books(logging.Handler):
    """Shared by all servers of one soak. Reads the log, too: a server under ``install`` learns only
    that its client was reset; the guard has told why before."""

    def __init__(self) -> None:
        super().__init__()
        self.stopping = threading.Event()
        self.stopped_in_loop = asyncio.Event()
        self.ended: dict[int, Ended] = {}
        self._verdicts: dict[str, str] = {}  # by the client's address

    def emit(self, record: logging.LogRecord) -> None:
        words = record.getMessage().split()
        peers = [word.removeprefix("peer=") for word in words if word.startswith("peer=")]
        self._verdicts.update((peer, " ".join(words)) for peer in peers)

    def note(self, feed: Feed, error: BaseException | None, peer: str = "") -> None:
        why = "" if error is None else f"{type(error).__name__}: {error}"
        if error is not None and peer in self._verdicts:
            why = f"{why}; {self._verdicts[peer]}"
        self.ended[feed.ticket] = Ended(time.monotonic(), feed.offered, why)


# --- with threads --------------------------------------------------------------------------------


def by_sender(sock: socket.socket, feed: Feed, policy: Policy) -> None:
    with Sender(sock, policy) as sender:
        for piece in feed:
            sender.send(piece)
        sender.finish()


def by_sendall(sock: socket.socket, feed: Feed, policy: Policy) -> None:
    """A server that knows nothing of us."""
    for piece in feed:
        sock.sendall(piece)
    sock.shutdown(socket.SHUT_WR)


def naively(sock: socket.socket, feed: Feed, policy: Policy) -> None:
    """The control."""
    naive_send(sock, feed, policy)
    sock.setblocking(True)
    sock.shutdown(socket.SHUT_WR)


Blocking = Callable[[socket.socket, Feed, Policy], None]


class Threads:
    """A thread a connection."""

    def __init__(
        self, listener: socket.socket, way: Blocking, policy: Policy, books: Books
    ) -> None:
        self._way, self._policy, self._books = way, policy, books
        self._listener = listener
        self._start(self._accept)

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        threading.Thread(target=target, args=arguments, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                sock, peer = self._listener.accept()
            except OSError:  # closed: the soak is over
                return
            self._start(self._serve, sock, "{}:{}".format(*peer))

    def _serve(self, sock: socket.socket, peer: str) -> None:
        with sock:
            feed = Feed(read_line(sock), self._books)
            try:
                self._way(sock, feed, self._policy)
            except (OSError, GaveUpError) as error:
                self._books.note(feed, error, peer)
                return
            self._books.note(feed, None)
            sock.settimeout(SETTLE_S)
            with suppress(OSError):
                sock.recv(1)  # closing before the client has read all might cut it off


def read_line(sock: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        got = sock.recv(1)
        if not got:
            break
        line += got
    return line


# --- with asyncio --------------------------------------------------------------------------------


async def by_aio_send(writer: asyncio.StreamWriter, feed: Feed, policy: Policy) -> None:
    async for piece in feed:
        await aio.send(writer, piece, policy=policy)


async def by_guard(writer: asyncio.StreamWriter, feed: Feed, policy: Policy) -> None:
    """A server that knows ``drain`` only, and one line for its transport."""
    aio.guard(writer.transport, policy)
    async for piece in feed:
        writer.write(piece)
        await writer.drain()


Awaiting = Callable[[asyncio.StreamWriter, Feed, Policy], Awaitable[None]]


class Loop:
    """One event loop in a thread, for every listener it is given."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def serve(self, listener: socket.socket, way: Awaiting, policy: Policy) -> None:
        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            feed = Feed(await reader.readline(), self._books)
            try:
                await way(writer, feed, policy)
                writer.write_eof()
            except OSError as error:
                self._books.note(feed, error)
            else:
                self._books.note(feed, None)
                with suppress(OSError, TimeoutError):
                    await asyncio.wait_for(reader.read(), SETTLE_S)
            writer.close()

        made = asyncio.start_server(take, sock=listener)
        asyncio.run_coroutine_threadsafe(made, self.loop).result(20)

    def stop_streams(self) -> None:
        self.loop.call_soon_threadsafe(self._books.stopped_in_loop.set)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(cancelled_all(), self.loop).result(20)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(20)
        self.loop.close()


async def cancelled_all() -> None:
    """Whoever still serves is done with."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


# --- all of them ---------------------------------------------------------------------------------

NAIVE = "naive"
WAYS = ("Sender", "asyncio send", "asyncio guard", "install", NAIVE)


class Servers:
    """A server for each way. ``addresses``: way -> where it listens. A context manager."""

    def __init__(self, policy: Policy, host: str) -> None:
        self.books = Books()
        self.addresses: dict[str, Address] = {}
        self._stack = ExitStack()
        self._loop = Loop(self.books)
        self._stack.callback(self._loop.close)
        ways: dict[str, Blocking] = {
            "Sender": by_sender,
            "install": by_sendall,
            NAIVE: naively,
        }
        for name in WAYS:
            listener = self._listen(name, host)
            if name in ways:
                Threads(listener, ways[name], policy, self.books)
            else:
                way = by_aio_send if name == "asyncio send" else by_guard
                self._loop.serve(listener, way, policy)
        log = logging.getLogger(LOGGER)
        log.addHandler(self.books)
        self._stack.callback(log.removeHandler, self.books)
        guard = install(policy, ports={self.addresses["install"][1]})
        self._stack.callback(guard.stop)

    def _listen(self, name: str, host: str) -> socket.socket:
        listener = socket.create_server((host, 0), backlog=256)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SNDBUF_BYTES)
        self._stack.callback(listener.close)
        self.addresses[name] = listener.getsockname()[:2]
        return listener

    def stop_streams(self) -> None:
        """Every stream ends after the piece that is under way."""
        self.books.stopping.set()
        self._loop.stop_streams()

    def close(self) -> None:
        self._stack.close()
