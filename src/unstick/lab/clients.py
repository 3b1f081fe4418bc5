"""The clients by name, and the process that plays one: each is what it does, in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from unstick.lab.agent import tell
from unstick.lab.talk import Talk, name_of

OBJECT_BYTES = 8_000_000
HALF_BYTES = 3_000_000


def path_of(size: int) -> str:
    return f"/bytes/{size}"


def reads_all(talk: Talk, *, size: int = OBJECT_BYTES, rate: float | None = None) -> None:
    """Reads to the end, as fast as it can or at a steady rate."""
    talk.connect()
    talk.ask(path_of(size), close=True)
    talk.read(rate=rate)
    talk.close()


def reads_small_then_large(talk: Talk, *, size: int = OBJECT_BYTES) -> None:
    """Two requests on one connection: what fits in one small segment, then what does not."""
    talk.connect()
    talk.ask(path_of(100))
    talk.read(100)
    talk.pause(0.5)
    talk.ask(path_of(size), close=True)
    talk.read()
    talk.close()


def reads_then_aborts(
    talk: Talk,
    *,
    read: int = HALF_BYTES,
    ask_bytes: int = 0,
    pipelined: bool = False,
    close_notify: bool = False,
) -> None:
    """Reads a part and goes away: FIN, then resets for what is in flight. Before that it may have
    written one more request, or TLS's close_notify. Its request has ``ask_bytes`` at least."""
    talk.connect()
    talk.ask(path_of(OBJECT_BYTES), bytes_least=ask_bytes)
    talk.read(read)
    talk.abort(talk.request("/bytes/100") if pipelined else b"", close_notify)


def half_closes(talk: Talk, *, size: int = OBJECT_BYTES, rate: float | None = None) -> None:
    """Sends its request and FIN, then reads to the end."""
    talk.connect()
    talk.ask(path_of(size))
    talk.half_close()
    talk.read(rate=rate)
    talk.close()


def stops_reading(talk: Talk, *, size: int = OBJECT_BYTES, read: int = 0, rcvbuf: int = 0) -> None:
    """Reads a part and then nothing, for ever."""
    talk.connect(rcvbuf=rcvbuf)
    talk.ask(path_of(size))
    if read:
        talk.read(read)
    talk.say("stops reading")
    talk.hold()


def slows_down(
    talk: Talk, *, size: int = OBJECT_BYTES, read: int = HALF_BYTES, rate: float, rcvbuf: int = 0
) -> None:
    """Reads a part as fast as it can, and the rest at a steady rate."""
    talk.connect(rcvbuf=rcvbuf)
    talk.ask(path_of(size), close=True)
    talk.read(read)
    talk.say(f"reads {rate:,.0f} bytes a second from here on")
    talk.read(rate=rate)
    talk.close()


def pauses(talk: Talk, *, read: int = 1_000_000, seconds: float = 5.0) -> None:
    """Reads, does something else for a while, reads the rest."""
    talk.connect()
    talk.ask(path_of(OBJECT_BYTES), close=True)
    talk.read(read)
    talk.pause(seconds)
    talk.read()
    talk.close()


def vanishes(talk: Talk, *, read: int = 1_000_000) -> None:
    """Reads a part; then its link goes down."""
    talk.connect()
    talk.ask(path_of(OBJECT_BYTES))
    talk.read(read)
    talk.unplug()
    talk.hold()


def closes_unread(talk: Talk, *, wait_s: float = 0.5) -> None:
    """Closes with bytes of the response unread: its kernel resets at once."""
    talk.connect()
    talk.ask(path_of(OBJECT_BYTES))
    talk.pause(wait_s)
    talk.close("closes with bytes unread")


def says_nothing(talk: Talk, *, port: int | None = None) -> None:
    """Connects, to another port of the server if one is given, and that is all."""
    talk.port = talk.port if port is None else port
    talk.connect()
    talk.hold()


def gives_up_waiting(talk: Talk, *, wait_s: float = 1.0) -> None:
    """Asks for what is never answered, waits, closes."""
    talk.connect()
    talk.ask("/never")
    talk.pause(wait_s)
    talk.close("has waited long enough and closes")


def never_closes(talk: Talk, *, size: int = 20_000) -> None:
    """Reads everything, hears the server's FIN, and keeps its own end open for ever."""
    talk.connect()
    talk.ask(path_of(size), close=True)
    talk.read()
    talk.say("keeps its end open")
    talk.hold()


def idles(talk: Talk, *, idle_s: float = 5.0, size: int = 20_000, then: str = "asks") -> None:
    """Asks, is answered, says nothing for a while; then asks again, or is switched off first."""
    talk.connect()
    talk.ask(path_of(size))
    talk.read(size)
    if then == "vanishes":
        talk.unplug()
        talk.hold()
    talk.pause(idle_s)
    talk.ask(path_of(size))
    talk.read(size)
    talk.close()


def uploads_too_much(talk: Talk, *, size: int = 2_000_000) -> None:
    """Sends a body that the server refuses before it has read it."""
    talk.connect()
    talk.ask("/refuse", method="POST", more=f"Content-Length: {size}\r\n")
    talk.send(bytes(size))
    talk.read()
    talk.close()


def comes_again(talk: Talk, *, size: int = 20_000, wait_s: float = 2.0) -> None:
    """Is switched off between two requests, starts again, and happens to use the same port."""
    talk.connect(port=40_000)
    talk.ask(path_of(size))
    talk.read(size)
    talk.forget()
    talk.pause(wait_s)
    talk.connect(port=40_000)
    talk.ask(path_of(size), close=True)
    talk.read()
    talk.close()


def resets_after_loss(talk: Talk, *, wait_s: float = 0.5) -> None:
    """Asks for what is never answered, asks for more, and resets. Where the second request is lost
    on the way, the reset is ahead of what the server has."""
    talk.connect()
    talk.ask("/never")
    talk.pause(wait_s)
    talk.ask("/bytes/100")
    talk.reset()


CLIENTS: dict[str, Callable[..., None]] = {
    one.__name__: one
    for one in (
        closes_unread,
        comes_again,
        gives_up_waiting,
        half_closes,
        idles,
        never_closes,
        pauses,
        reads_all,
        reads_small_then_large,
        reads_then_aborts,
        resets_after_loss,
        says_nothing,
        slows_down,
        stops_reading,
        uploads_too_much,
        vanishes,
    )
}
"""Name to what it does, sorted."""


def main(options: dict[str, Any]) -> None:
    """``client`` and ``given``: which, and its options; the rest is Talk's."""
    talk = Talk(options)
    try:
        CLIENTS[options["client"]](talk, **options["given"])
    except OSError as error:
        says = f"is told {name_of(error)} after {talk.read_bytes:,} bytes"
        tell(says=says, outcome=name_of(error), read=talk.read_bytes)
        talk.sock.close()
    tell(done=True)
