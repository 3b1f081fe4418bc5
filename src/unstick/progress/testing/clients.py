"""The worst clients, by name. Each is a script (``script.py``) and a socket with few options.

All clients of one ``Clients`` share one thread: thousands that do nothing cost nothing.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import chain, repeat
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack

from unstick.errors import UsageError
from unstick.progress.testing import script
from unstick.progress.testing.actor import Actor
from unstick.progress.testing.client import Client
from unstick.progress.testing.driver import Driver
from unstick.progress.testing.http import http_get
from unstick.progress.testing.line import Address, Line
from unstick.progress.testing.script import Hold, Read, Script, Send, Step
from unstick.progress.testing.sockets import open_socket, refuse_deafness, refuse_reset
from unstick.progress.testing.tls import Tls, trusting

KEEP_BYTES = 65536

Where = Callable[[], AbstractContextManager[object]]


class Options(TypedDict, total=False):
    """What every client takes by keyword."""

    request: bytes
    """Sent first; ``http_get("/")`` unless given. ``b""``: nothing is sent."""
    read_first: int
    """Bytes it reads before its bad habit begins: 0."""
    rate: float
    """Bytes a second for all it reads; as fast as it can unless given."""
    every_s: float
    """How often it reads when there is a rate: every 0.1 s."""
    rcvbuf: int
    """SO_RCVBUF before connecting (the kernel doubles it); the system's own unless given."""
    tls: bool | ssl.SSLContext
    """True: any certificate will do."""
    server_name: str
    """For TLS."""
    keep: int | None
    """How many of the first bytes to keep as ``received``: 65536; None for all."""
    name: str
    """For reports."""


class Clients:
    """Makes clients and closes them all at the end. A context manager.

    An address is ``(host, port)`` with a numeric host, IPv4 or IPv6, or a path for AF_UNIX.
    ``where`` is entered while a socket is made: a namespace, for one.
    """

    def __init__(self, where: Where = nullcontext) -> None:
        self.all: list[Client] = []
        self._driver = Driver()
        self._where = where

    def reads_all(self, address: Address, **options: Unpack[Options]) -> Client:
        """Reads as fast as it can (or at ``rate``) to the end, then closes: the good client."""
        return self._client("reads_all", address, [_read(options)], options)

    def never_reads(self, address: Address, **options: Unpack[Options]) -> Client:
        """Sends its request, reads nothing, and stays. Its kernel answers window probes."""
        return self._client("never_reads", address, [Hold()], options)

    def reads_at(self, address: Address, bytes_per_s: float, **options: Unpack[Options]) -> Client:
        """Reads small and steadily to the end. Slow, and alive."""
        options = {**options, "rate": bytes_per_s}
        return self._client(f"reads_at {bytes_per_s:g} B/s", address, [_read(options)], options)

    def half_closes(
        self, address: Address, after_s: float = 0.0, **options: Unpack[Options]
    ) -> Client:
        """Shuts its sending side after the request, and reads to the end: a legitimate client
        (RFC 9112 9.6) that many servers drop."""
        steps: list[Step] = [script.Pause(after_s), script.HalfClose(), _read(options)]
        return self._client("half_closes", address, steps, options)

    def pauses(
        self,
        address: Address,
        seconds: float,
        after_bytes: int = 65536,
        times: int | None = 1,
        **options: Unpack[Options],
    ) -> Client:
        """Reads ``after_bytes``, pauses; ``times`` over (None: always); then reads to the end."""
        if after_bytes <= 0:
            raise UsageError(f"pauses after {after_bytes} bytes would never read")
        turn: tuple[Step, ...] = (_read(options, after_bytes), script.Pause(seconds))
        turns = repeat(turn) if times is None else repeat(turn, times)
        steps: Script = chain(chain.from_iterable(turns), [_read(options)])
        return self._client("pauses", address, steps, options)

    def aborts(self, address: Address, after_s: float = 0.0, **options: Unpack[Options]) -> Client:
        """Resets the connection ``after_s`` after the request and ``read_first`` bytes."""
        refuse_reset(address)
        steps: list[Step] = [script.Pause(after_s), script.Reset()]
        return self._client("aborts", address, steps, options)

    def closes_unread(
        self, address: Address, unread: int = 1, **options: Unpack[Options]
    ) -> Client:
        """Closes when ``unread`` bytes have arrived that it never read: a reset, too."""
        steps: list[Step] = [script.AwaitUnread(unread), script.Close()]
        return self._client("closes_unread", address, steps, options)

    def pipelines(
        self, address: Address, second: bytes | None = None, **options: Unpack[Options]
    ) -> Client:
        """Sends a second request (the same again, unless given) after ``read_first`` bytes of the
        first response, and closes at once."""
        again = options.get("request", http_get()) if second is None else second
        return self._client("pipelines", address, [Send(again), script.Close()], options)

    def says_nothing(self, address: Address, **options: Unpack[Options]) -> Client:
        """Connects and stays, without a byte."""
        return self._client("says_nothing", address, [Hold()], {**options, "request": b""})

    def vanishes(
        self, address: Address, after_s: float = 0.0, **options: Unpack[Options]
    ) -> Client:
        """Falls silent for good, ``after_s`` after the request and ``read_first`` bytes, without a
        word on the wire. Works on loopback without root; see ``script.Vanish``.

        With ``after_s`` long enough for the server to fill the receive buffer it vanishes at zero
        window; with ``read_first`` and no ``after_s``, in flight.
        """
        refuse_deafness(address)
        steps: list[Step] = [script.Pause(after_s), script.Vanish(), Hold()]
        return self._client("vanishes", address, steps, options)

    def does(self, address: Address, *steps: Step, **options: Unpack[Options]) -> Client:
        """Plays any steps of ``unstick.progress.testing.script``, after ``request`` if given."""
        return self._client("does", address, steps, {"request": b"", **options})

    # --- all of them ------------------------------------------------------------------------------

    def still_open(self) -> list[Client]:
        """Those whose connection has not ended."""
        return [client for client in self.all if client.end is None]

    def report(self) -> str:
        """One line a client."""
        return "\n".join(str(client.report()) for client in self.all)

    def close(self) -> None:
        """Closes every client and ends the thread. Raises what went wrong in a client itself; as
        a context manager it does so only where nothing else was raised."""
        try:
            if self.still_open():
                self._driver.call_and_wait(self._close_all, within_s=60.0)
        finally:
            self._driver.close()
        for failure in filter(None, (client.failure for client in self.all)):
            raise failure

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.close()
        except Exception:
            if error is None:
                raise

    def _close_all(self) -> None:
        for client in self.all:
            client.close()

    # --- making one -------------------------------------------------------------------------------

    def _client(self, name: str, address: Address, habit: Script, options: Options) -> Client:
        unknown = options.keys() - Options.__annotations__.keys()
        if unknown:
            raise TypeError(f"{name}: no client has the option {', '.join(sorted(unknown))}")
        tls = _tls(options)
        with self._where():
            sock = open_socket(address, options.get("rcvbuf"))
        line = Line(self._driver, sock, address, tls, options.get("keep", KEEP_BYTES))
        whole = chain(_opening(options), habit)
        client = Client(options.get("name", name), self._driver, Actor(line), whole)
        self.all.append(client)
        return client


def _tls(options: Options) -> Tls | None:
    asked = options.get("tls", False)
    if not asked:
        return None
    context = asked if isinstance(asked, ssl.SSLContext) else trusting()
    return Tls(context, options.get("server_name"))


def _opening(options: Options) -> Iterator[Step]:
    request = options.get("request")
    yield Send(http_get() if request is None else request)
    if first := options.get("read_first", 0):
        yield _read(options, first)


def _read(options: Options | dict[str, Any], count: int | None = None) -> Read:
    return Read(count, options.get("rate"), options.get("every_s", 0.1))
