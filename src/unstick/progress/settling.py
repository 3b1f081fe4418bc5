"""Waits until a level of delivery is reached, with the rules running. Sends nothing."""

from __future__ import annotations

import _socket
import select

from unstick.progress.line import Line
from unstick.progress.policy import Drain
from unstick.progress.tcpinfo import outq

FIRST_PAUSE_S = 0.0005
PAUSE_S = 0.05
"""The longest pause while bytes are being acknowledged: by so much an answer may be late."""
SHARE = 16
"""Of a stall's length: the longest pause then. A stall of 16 s is noticed to end 1 s late, and
costs a look a second at first and fewer later."""
DISCARD_BYTES = 65_536
DISCARD_LIMIT_BYTES = 16 << 20
"""What a peer may still send after our end: who sends more is not about to close."""


def settle(line: Line, level: Drain) -> None:
    """Returns once the level is reached, or the line has ended."""
    if level is Drain.NONE:
        return
    # A FIN counts one in SIOCOUTQ: that one may be missing where only the bytes are asked for.
    await_acks(line, 1 if level is Drain.ACKED and line.shut else 0)
    if level is Drain.PEER_CLOSED and not line.ending:
        await_close(line)


def await_acks(line: Line, may_miss: int) -> None:
    """Asks SIOCOUTQ, at first often, until all is acknowledged; the rules may end it before."""
    began = line.now()
    while True:
        line.syscalls["ioctl"] += 1
        held = outq(line.sock.fileno()) if line.sock.fileno() >= 0 else None
        now = line.now()
        if held is None or held <= may_miss or now >= line.due:
            seen = line.look()  # a reset leaves the number as it is, but not the state
            if seen is None or (held is not None and held <= may_miss):
                return
        quiet = now - max(line.meter.progress_at, began)
        longest = max(PAUSE_S, quiet / SHARE)
        pause = min(max((now - began) / SHARE, FIRST_PAUSE_S), longest)
        if line.pause(min(pause, max(line.due - now, FIRST_PAUSE_S))) and line.look() is None:
            return


def await_close(line: Line) -> None:
    """Reads and discards until the peer ends its side, as long as the rules allow.

    Unread bytes at close() would reset the connection and could cut the response at the client
    (RFC 9112 9.6), hence "lingering close".
    """
    left = DISCARD_LIMIT_BYTES
    scrap = bytearray(DISCARD_BYTES)
    line.blocks(line.now())
    while left > 0 and line.wait(select.POLLIN):
        try:
            count = _socket.socket.recv_into(line.sock, scrap, 0, _socket.MSG_DONTWAIT)
        except BlockingIOError:
            continue
        except OSError as error:
            line.fail(error.errno)
            return
        line.syscalls["recv"] += 1
        if not count:
            break
        left -= count
