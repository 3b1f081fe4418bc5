"""Two ways to end a connection of another program, and none to end another connection.

1. Looked at once more just before: it must be the same cookie, still in a state that sends, and a
   peer that was judged for taking nothing must have taken nothing since.
2. SOCK_DESTROY names it by addresses and cookie, and the kernel compares both under its lock
   (``sock_diag_check_cookie()``). A copied descriptor is asked for its cookie before it is used.
3. Looked at once more just after: ended is what is not there any more. Linux before 6.11 can keep
   an orphan whose window is closed (``tcp_abort()`` passed over sockets without an owner).
"""

from __future__ import annotations

import _socket
import ctypes
import errno
import os
import socket
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

from unstick.errors import UnstickError
from unstick.live.owners import Holder
from unstick.progress import descriptors, diag
from unstick.progress.diag import DiagError, Link, Seen
from unstick.progress.outcome import Cause
from unstick.progress.policy import Kill
from unstick.progress.tcpinfo import decode
from unstick.progress.watch import Verdict

ANOTHER = frozenset({errno.ENOENT, errno.ESTALE})
"""Nothing has these addresses, or something else."""
SYS_PIDFD_GETFD = 438
"""The same number on every architecture (Linux 5.6)."""
STANDS = frozenset({Cause.TOO_SLOW, Cause.DEADLINE, Cause.HOARDING})
"""Verdicts that one more acknowledged byte does not change."""
LOOPBACK, ANYBODY = ("127.0.0.1", 0), ("0.0.0.0", 0)


class Fate(StrEnum):
    """What became of a verdict."""

    WOULD_END = "would end"
    ENDED = "ended"
    GONE = "gone"  # ended by itself, and its addresses perhaps another's by now
    SPARED = "spared"  # its peer took something after the verdict
    REFUSED = "refused"  # not ours to end
    LEFT = "left"  # the kernel did as if, and still has it


class End(NamedTuple):
    """``why`` is said of what was refused."""

    fate: Fate
    why: str = ""


class CannotEndError(UnstickError):
    """Nothing can be ended here this way."""


class Ending(Protocol):
    """``ready`` raises CannotEndError where it is plain beforehand that it will not work."""

    def ready(self) -> None: ...
    def end(self, seen: Seen, holders: Sequence[Holder]) -> End: ...


def carried_out(verdict: Verdict, holders: Sequence[Holder], link: Link, ending: Ending) -> End:
    """Ends a connection if it is still the one that was judged, and still as it was judged."""
    now = asked(link, verdict.seen)
    if now is None:
        return End(Fate.GONE)
    before, after = verdict.outcome.last.bytes_acked, decode(now.info).bytes_acked
    took = before is not None and after is not None and after > before
    if took and verdict.outcome.cause not in STANDS:
        return End(Fate.SPARED)
    end = ending.end(now, holders)
    if end.fate is Fate.ENDED and asked(link, verdict.seen) is not None:
        return End(Fate.LEFT, "the kernel keeps it (an orphan, before Linux 6.11)")
    return end


def asked(link: Link, seen: Seen) -> Seen | None:
    """How a connection is now; None if it is over (a TIME-WAIT is). Raises DiagError."""
    try:
        found = [one for answer in link.ask(diag.about(seen)) for one in answer.sockets]
    except DiagError as error:
        if error.errno in ANOTHER:
            return None
        raise
    return next((one for one in found if one.state in diag.SENDING_STATES), None)


class Destroyed:
    """By SOCK_DESTROY."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def ready(self) -> None:
        """Tries it on a listener of its own: the kernel asks for the right only once it has found
        the socket (sock_diag_destroy())."""
        with socket.socket() as ours:
            try:
                ours.bind(LOOPBACK)
            except OSError:  # no loopback here: what is refused will be told one by one
                return
            ours.listen()
            cookie = descriptors.cookie_of(ours) or 0
            here = ours.getsockname()
            try:
                self._destroy(Seen(ours.family, diag.LISTEN, here, ANYBODY, cookie, 0, 0, b""))
            except DiagError as error:
                if error.errno in (errno.EPERM, errno.EACCES):
                    raise CannotEndError(
                        "cannot end connections of others: CAP_NET_ADMIN is missing",
                        "run it as root, or without --kill to see what it would end",
                    ) from error
                raise CannotEndError(
                    f"this kernel does not destroy sockets: {os.strerror(error.errno or 0)}",
                    "--via pidfd (CONFIG_INET_DIAG_DESTROY is off)",
                ) from error

    def end(self, seen: Seen, holders: Sequence[Holder]) -> End:
        try:
            self._destroy(seen)
        except DiagError as error:
            if error.errno in ANOTHER:
                return End(Fate.GONE)
            return End(Fate.REFUSED, f"SOCK_DESTROY: {os.strerror(error.errno or 0)}")
        return End(Fate.ENDED)

    def _destroy(self, seen: Seen) -> None:
        for _ in self._link.ask(diag.about(seen, diag.SOCK_DESTROY)):
            pass


class Disconnected:
    """By connect(AF_UNSPEC) through a copy of an owner's descriptor (pidfd_getfd)."""

    def ready(self) -> None:
        try:
            os.close(os.pidfd_open(os.getpid()))
        except OSError as error:
            raise CannotEndError("no pidfd on this system", "needs Linux 5.6") from error

    def end(self, seen: Seen, holders: Sequence[Holder]) -> End:
        why = "run it as root or as its user" if seen.inode else "--via sock_diag can end it"
        for holder in holders:
            try:
                copy = copied(holder)
            except OSError as error:
                why = f"{holder}: {error.strerror}; CAP_SYS_PTRACE is missing"
                if error.errno not in (errno.EPERM, errno.EACCES):
                    why = f"{holder}: {error.strerror}"
                continue
            try:
                # Between /proc and here the owner may have closed it and opened another there.
                if descriptors.cookie_of(copy) != seen.cookie:
                    why = f"{holder} closed it meanwhile"
                elif descriptors.end(copy, Kill.RESET):
                    return End(Fate.ENDED)
                else:
                    why = "the kernel refused connect(AF_UNSPEC)"
            finally:
                copy.close()
        return End(Fate.REFUSED, why)


def copied(holder: Holder) -> _socket.socket:
    """A descriptor of our own for the socket of another process. Raises OSError."""
    pidfd = os.pidfd_open(holder.pid)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        number = libc.syscall(SYS_PIDFD_GETFD, pidfd, holder.descriptor, 0)
        if number < 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
    finally:
        os.close(pidfd)
    try:
        return _socket.socket(fileno=number)
    except OSError:  # no socket any more
        os.close(number)
        raise
