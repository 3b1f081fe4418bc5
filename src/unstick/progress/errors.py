"""What a send raises: one class a cause, each of which existing code already catches.

Servers and frameworks write ``except ConnectionError`` or ``except TimeoutError``; every class here
but the base is one of the two, so that a guarded send fits into code that was written before it.
``outcome`` always says what became of the bytes.
"""

# ruff: noqa: N818 -- 2026-11-23: PeerSilent says what happened; TimeoutError has the suffix

from __future__ import annotations

import errno as numbers
import os
from typing import TYPE_CHECKING

from unstick.errors import UnstickError

if TYPE_CHECKING:
    from unstick.progress.outcome import Outcome


class PolicyError(UnstickError, ValueError):
    """A policy that means nothing, or that this system or socket cannot honour.

    ``name`` is the field or word, ``value`` what was given, ``wanted`` what would do.
    """

    def __init__(self, name: str, value: object, wanted: str) -> None:
        given = "" if value is None else f"={value}"
        super().__init__(f"policy: {name}{given}: {wanted}")
        self.name = name
        self.value = value
        self.wanted = wanted


class PolicyWarning(UserWarning):
    """A policy that is likely to end peers that do read."""


class ProgressError(OSError):
    """A send that did not reach its level. ``outcome`` says how far it came, and why.

    After it the stream is poisoned: nobody knows which prefix of the last bytes the peer has, so
    nothing may follow them. Later calls raise the same.
    """

    outcome: Outcome

    def __init__(self, outcome: Outcome) -> None:
        number = outcome.errno or DEFAULT_ERRNO.get(outcome.cause, numbers.EIO)
        super().__init__(number, str(outcome))
        self.outcome = outcome

    def __str__(self) -> str:
        return str(self.outcome)

    def __reduce__(self) -> tuple[type[ProgressError], tuple[Outcome]]:
        return type(self), (self.outcome,)


class PeerSilent(ProgressError, TimeoutError):
    """Asked (retransmissions, window probes), and nothing came back for ``silent`` seconds."""


class PeerNotReading(ProgressError, TimeoutError):
    """The peer's kernel answers, its program takes nothing: for ``idle`` seconds."""


class PeerStalled(ProgressError, TimeoutError):
    """The peer is heard and its window is open, yet nothing arrives: loss or a black hole."""


class PeerTooSlow(ProgressError, TimeoutError):
    """Less than ``min_rate`` over ``window`` seconds in which there was something to send."""


class PeerHoarding(ProgressError, TimeoutError):
    """More than ``max_bytes_held`` bytes of ours lay in the kernel for ``idle`` seconds."""


class DeadlineExceeded(ProgressError, TimeoutError):
    """The total time was up before the level of delivery was reached."""


class KernelTimeout(ProgressError, TimeoutError):
    """The kernel gave up first (TCP_USER_TIMEOUT, keepalive or its retries), reason unknown."""


class PeerReset(ProgressError, ConnectionResetError):
    """The peer, or something in its name, reset the connection."""


class PeerUnreachable(ProgressError, ConnectionError):
    """A router said that there is no way to the peer, and the kernel believed it."""


class ConnectionDestroyed(ProgressError, ConnectionAbortedError):
    """An administrator ended it (``ss -K``, ``unstick enforce``)."""


class ClosedLocally(ProgressError, ConnectionAbortedError):
    """Someone on this side closed or aborted it while the send was under way."""


class SendFailed(ProgressError, ConnectionError):
    """Any other end; ``errno`` is the kernel's."""


DEFAULT_ERRNO: dict[str, int] = {
    # What e.errno is where the kernel gave none: the number a program would have expected.
    **dict.fromkeys(("SILENT", "NOT_READING", "STALLED", "TOO_SLOW"), numbers.ETIMEDOUT),
    **dict.fromkeys(("HOARDING", "CROWDING", "DEADLINE", "KERNEL_TIMEOUT"), numbers.ETIMEDOUT),
    "RESET": numbers.ECONNRESET,
    "UNREACHABLE": numbers.EHOSTUNREACH,
    **dict.fromkeys(("DESTROYED", "CLOSED_LOCALLY"), numbers.ECONNABORTED),
    "CANCELLED": numbers.ECANCELED,
}

ERRORS: dict[str, type[ProgressError]] = {
    # Cause -> what is raised. KERNEL_TIMEOUT is raised as what it was refined to, if it was.
    "SILENT": PeerSilent,
    "NOT_READING": PeerNotReading,
    "STALLED": PeerStalled,
    "TOO_SLOW": PeerTooSlow,
    "HOARDING": PeerHoarding,
    "CROWDING": PeerNotReading,
    "DEADLINE": DeadlineExceeded,
    "KERNEL_TIMEOUT": KernelTimeout,
    "RESET": PeerReset,
    "UNREACHABLE": PeerUnreachable,
    "DESTROYED": ConnectionDestroyed,
    "CLOSED_LOCALLY": ClosedLocally,
    "CANCELLED": ClosedLocally,
    "OS_ERROR": SendFailed,
}


def error_of(outcome: Outcome) -> ProgressError:
    """The error that carries ``outcome``, which must not be ``ok``."""
    assert not outcome.ok, outcome
    return ERRORS[outcome.refined or outcome.cause](outcome)


def words_of(number: int) -> str:
    """``ECONNRESET (Connection reset by peer)``."""
    return f"{numbers.errorcode.get(number, str(number))} ({os.strerror(number)})"
