"""The lane of ``ssl.SSLSocket``: the same rules, measured below the encryption.

What a peer acknowledges is counted in bytes of TCP, records' overhead included. OpenSSL has no
MSG_DONTWAIT: a socket in blocking mode is made non-blocking while a call of this file runs, so
another thread must not use the same SSLSocket meanwhile (OpenSSL forbids that anyway).
After a verdict nothing more is written, no close_notify either: it would promise a whole stream.
"""

from __future__ import annotations

import contextlib
import errno as numbers
import select
import ssl
from collections.abc import Iterator

from unstick.progress.gather import Gather
from unstick.progress.line import Line

RECORD_BYTES = 16_384
"""The most that one TLS record carries (RFC 8446 5.1); OpenSSL writes one record a call."""


class TlsLane:
    """Writes through an SSLSocket for one Line."""

    quick = False

    def __init__(self, line: Line, sock: ssl.SSLSocket) -> None:
        self.line = line
        self.sock = sock

    def put(self, gather: Gather) -> None:
        """Sends all there is; returns when the kernel has it, or the line ended."""
        line = self.line
        with self._without_waiting():
            while gather.left:
                try:
                    # After a refusal OpenSSL wants the very same bytes again: gather stands still.
                    count = self.sock.send(piece(gather))
                except ssl.SSLWantWriteError:
                    count = self._wait(select.POLLOUT)
                except ssl.SSLWantReadError:  # a handshake or a key update within the stream
                    count = self._wait(select.POLLIN)
                except OSError as error:
                    line.fail(errno_of(error))
                line.syscalls["send"] += 1
                if line.ending:
                    return
                gather.advance(count)
                line.took(count)

    def say_goodbye(self) -> None:
        """Sends close_notify: the stream is whole. The peer's is not waited for."""
        with self._without_waiting():
            while not self.line.ending:
                try:
                    self.sock.unwrap()
                except ssl.SSLWantWriteError:
                    self._wait(select.POLLOUT)
                except (OSError, ValueError):  # sent; or the peer wrote on, or TLS is over already
                    return
                else:
                    return

    def restore(self) -> None:
        """Nothing is changed between calls."""

    def _wait(self, events: int) -> int:
        self.line.wait(events)
        return 0

    @contextlib.contextmanager
    def _without_waiting(self) -> Iterator[None]:
        before = self.sock.gettimeout()
        if before != 0:
            self.sock.settimeout(0)
        try:
            yield
        finally:
            if before != 0 and self.sock.fileno() >= 0:
                self.sock.settimeout(before)


def piece(gather: Gather) -> memoryview | bytes:
    """The next record's bytes: a header and the start of a body share one."""
    first = gather.views[gather.at]
    if first.nbytes >= RECORD_BYTES or first.nbytes == gather.left:
        return first
    joined = bytearray()
    for view in gather.batch():
        joined += view[: RECORD_BYTES - len(joined)]
        if len(joined) == RECORD_BYTES:
            break
    return bytes(joined)


def errno_of(error: OSError) -> int | None:
    """The kernel's number; an SSLError has OpenSSL's there, and means a broken stream."""
    return numbers.EPROTO if isinstance(error, ssl.SSLError) else error.errno
