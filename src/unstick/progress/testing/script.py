"""What a client does, as data: a script is steps, one after the other. Pure: no socket, no clock.

The named clients (``clients.py``) are scripts of these steps; ``Clients.does`` takes any other.
After the last step, or when the server closes, the client closes its socket.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Send:
    """Hands ``data`` to the kernel; waits while the send buffer is full."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Read:
    """Reads ``count`` bytes, or to the end of the stream when it is None.

    With ``rate`` (bytes a second, counted as they leave the kernel) it reads small and steadily,
    every ``every_s`` seconds. While the server sends nothing no credit grows: what comes after a
    silence is read at the same rate.
    """

    count: int | None = None
    rate: float | None = None
    every_s: float = 0.1

    def __post_init__(self) -> None:
        if self.rate is not None and self.rate <= 0:
            raise ValueError(f"a rate of {self.rate} bytes/s reads nothing: use Hold()")
        if self.every_s <= 0:
            raise ValueError(f"reading every {self.every_s} s is not possible")


@dataclass(frozen=True, slots=True)
class Pause:
    """Reads nothing and sends nothing for ``seconds``. The kernel still answers probes."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Hold:
    """Reads nothing and sends nothing, for ever. A reset by the server is still noticed."""


@dataclass(frozen=True, slots=True)
class HalfClose:
    """``shutdown(SHUT_WR)``: the server reads end of file and may still send. Under TLS a
    close_notify goes first."""


@dataclass(frozen=True, slots=True)
class AwaitUnread:
    """Waits until ``count`` bytes lie unread in this client's kernel."""

    count: int = 1


@dataclass(frozen=True, slots=True)
class Vanish:
    """From now on the client's kernel neither hears nor answers: a phone out of reach.

    A socket filter (SO_ATTACH_FILTER, no root needed) drops every segment before TCP sees it.
    Waits first until everything the client sent is acknowledged, else its own kernel would go on
    repeating it and so be heard.
    """


@dataclass(frozen=True, slots=True)
class ComeBack:
    """Ends a ``Vanish``: what the server repeats from now on is heard and answered."""


@dataclass(frozen=True, slots=True)
class Lose:
    """From now on each segment that arrives at this client is lost with probability ``share``.

    On loopback one segment may carry 64 KiB. For losses both ways, of segments as a real path
    carries them, use ``network()``.
    """

    share: float

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise ValueError(f"a share of {self.share} is not between 0 and 1")


@dataclass(frozen=True, slots=True)
class Close:
    """``close()``. The kernel sends FIN, or a reset when bytes lie unread (RFC 9293 3.10.4; Linux:
    ``__tcp_close()``)."""


@dataclass(frozen=True, slots=True)
class Reset:
    """``close()`` with SO_LINGER {on, 0}: always a reset."""


Step = (
    Send | Read | Pause | Hold | HalfClose | AwaitUnread | Vanish | ComeBack | Lose | Close | Reset
)

Script = Iterable[Step]
