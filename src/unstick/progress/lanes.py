"""How bytes get into the kernel: one lane for each kind of socket. None changes O_NONBLOCK.

``Lane`` first asks the kernel to take what it can (MSG_DONTWAIT). Where it cannot take all:

- a descriptor in blocking mode waits inside sendmsg, as a plain loop would, but no longer than to
  the next look: SO_SNDTIMEO, set once, put back by ``restore``. A large body to a fast reader costs
  the system calls of the plain loop, and a slow one a call and a look each tick;
- any other descriptor, also one with a Python timeout, waits in poll.
"""

from __future__ import annotations

import _socket
import os
import select
import struct
import sys
import time
from typing import TYPE_CHECKING

from unstick.progress.gather import Gather
from unstick.progress.line import Line
from unstick.progress.meter import CAUSES

if TYPE_CHECKING:
    from typing import TypeAlias

    from _typeshed import ReadableBuffer

    from unstick.progress.tls import TlsLane

    Lanes: TypeAlias = "Lane | TlsLane"

MSG_NOSIGNAL = getattr(_socket, "MSG_NOSIGNAL", 0)
MSG_DONTWAIT = getattr(_socket, "MSG_DONTWAIT", 0)
LATE_S = 0.005
"""The kernel counts in jiffies of up to 10 ms and may wake up to one early: looks are not before
their time. SO_SNDTIMEO of 0 would mean for ever."""
LONGEST_WAIT_S = 86_400.0
"""Without a rule that needs a look, one comes a day."""
SLACK = 0.05
"""SO_SNDTIMEO is set anew only if it is off by more than this share: each time is a system call."""
LARGEST_FILE_CALL = 1 << 30


class Lane:
    """Writes plain bytes for one Line."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.sock = line.sock
        self.blocking = os.get_blocking(line.sock.fileno())
        self.flags = MSG_DONTWAIT | MSG_NOSIGNAL
        self.armed_s: float | None = None  # SO_SNDTIMEO, if it is ours
        self.quick = False  # may ``put_quickly`` be called?
        self._before = b""

    def put(self, gather: Gather) -> None:
        """Sends all there is; returns when the kernel has it, or the line ended."""
        line, sock = self.line, self.direct()
        try:
            if not line.look_if_due():
                return
            self._hasten()
            while gather.left:
                batch = gather.batch()
                started = time.monotonic() if self.armed_s else 0.0
                try:
                    count = self._call(sock, batch)
                except BlockingIOError:
                    count = 0
                gather.advance(count)
                line.took(count)
                if gather.left and count < nbytes(batch) and not self._wait(count, started):
                    return
        except OSError as error:
            line.fail(error.errno)
        finally:
            if sock is not self.sock:
                sock.detach()

    def put_quickly(self, buffer: ReadableBuffer) -> Gather | None:
        """One call for one buffer, on a descriptor that waits by itself. None: the kernel has it.

        Else what is left of it, maybe nothing, and a look is due. The bookkeeping of ``put`` costs
        a fifth of copying 1 MiB, most of it cache misses: this is a fiftieth.
        """
        try:
            count = self.sock.send(buffer, MSG_NOSIGNAL)
        except BlockingIOError:
            count = 0
        if self.line.took_quickly(count) and count == len(buffer):  # type: ignore[arg-type]
            return None
        gather = Gather((buffer,))
        self.line.meter.offered(gather.left - count)
        gather.advance(count)
        return gather

    def put_file(self, file: int, offset: int, count: int) -> int:
        """Sends from a file, by sendfile(2); returns how much. Stops at the end of the file.

        Raises OSError if the first call fails for a reason that is not the connection's.
        """
        if self.blocking:  # sendfile has no MSG_DONTWAIT
            self._arm()
        self._hasten()
        sent = 0
        while sent < count:
            started = time.monotonic()
            wanted = min(count - sent, LARGEST_FILE_CALL)
            try:
                taken = self._call_file(file, offset + sent, wanted)
            except BlockingIOError:
                taken = 0
            except OSError as error:
                if not sent and error.errno not in CAUSES:
                    raise
                self.line.fail(error.errno)
                break
            else:
                if not taken:
                    break
            sent += taken
            self.line.took(taken)
            if taken < wanted and not self._wait(taken, started):
                break
        return sent

    def say_goodbye(self) -> None:
        """Plain TCP says nothing before its end."""

    def restore(self) -> None:
        """Puts SO_SNDTIMEO back."""
        if self.armed_s is not None and self.sock.fileno() >= 0:
            self.sock.setsockopt(_socket.SOL_SOCKET, _socket.SO_SNDTIMEO, self._before)
            self.line.syscalls["setsockopt"] += 1
        self.armed_s = None
        self.quick = False
        self.flags |= MSG_DONTWAIT

    # --- inside ----------------------------------------------------------------------------------

    def direct(self) -> _socket.socket:
        """The socket to call: with a Python timeout, another object over the same descriptor.

        The module ``socket`` waits in poll *before* each call on a socket with a timeout, whatever
        the flags, and for as long as that timeout says.
        """
        if not self.sock.gettimeout():
            return self.sock
        other = _socket.socket(
            self.sock.family, self.sock.type, self.sock.proto, fileno=self.sock.fileno()
        )
        other.settimeout(0)  # undoes setdefaulttimeout(); the descriptor is non-blocking already
        return other

    def _call(self, sock: _socket.socket, batch: list[memoryview]) -> int:
        self.line.syscalls["send"] += 1
        if len(batch) == 1:
            return sock.send(batch[0], self.flags)
        return sock.sendmsg(batch, (), self.flags)

    def _call_file(self, file: int, offset: int, count: int) -> int:
        self.line.syscalls["sendfile"] += 1
        return os.sendfile(self.sock.fileno(), file, offset, count)

    def _wait(self, count: int, started: float) -> bool:
        """The kernel did not take all: waits, or goes on where it has waited. False: it ended."""
        if not self.blocking:
            return self.line.wait(select.POLLOUT)
        now = time.monotonic()
        self.line.blocks(now)
        if self.armed_s is not None:
            if not count and now - started < self.armed_s / 2:
                self.blocking = self.quick = (
                    False  # someone else made it non-blocking, or set SO_SNDTIMEO
                )
                return self.line.wait(select.POLLOUT)
            if now >= self.line.due and self.line.look() is None:
                return False
        self._arm()
        return True

    def _hasten(self) -> None:
        """Before a call that may wait: no longer than to the deadline."""
        deadline = self.line.meter.deadline_at
        if deadline is not None and self.armed_s and deadline - time.monotonic() < self.armed_s:
            self._arm()

    def _arm(self) -> None:
        """Lets sendmsg wait until the next look, and no longer."""
        wanted = min(max(self.line.due - time.monotonic(), 0) + LATE_S, LONGEST_WAIT_S)
        if self.armed_s is not None and abs(self.armed_s - wanted) <= SLACK * wanted:
            return
        if self.armed_s is None:
            self.line.syscalls["getsockopt"] += 1
            self._before = self.sock.getsockopt(_socket.SOL_SOCKET, _socket.SO_SNDTIMEO, 16)
        kind = "qq" if len(self._before) == 16 else "ii"
        value = struct.pack("=" + kind, int(wanted), int(wanted % 1 * 1e6))
        self.sock.setsockopt(_socket.SOL_SOCKET, _socket.SO_SNDTIMEO, value)
        self.line.syscalls["setsockopt"] += 1
        self.armed_s = wanted
        self.quick = self.line.meter.deadline_at is None
        self.flags &= ~MSG_DONTWAIT


def nbytes(batch: list[memoryview]) -> int:
    return sum(view.nbytes for view in batch)


def lane_of(line: Line) -> Lane | TlsLane:
    """The lane for the line's socket. Loads ``ssl`` only if someone has."""
    ssl = sys.modules.get("ssl")
    if ssl is not None and isinstance(line.sock, ssl.SSLSocket):
        from unstick.progress.tls import TlsLane

        return TlsLane(line, line.sock)
    return Lane(line)
