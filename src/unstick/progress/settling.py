"""Waits until a level of delivery is reached, with the rules running. Sends nothing."""

from __future__ import annotations

import _socket
from collections.abc import Callable

from unstick.progress.line import Line
from unstick.progress.outcome import CLOSED, OUR_FIN_ACKED, PEER_ENDED, Sample
from unstick.progress.policy import Drain
from unstick.progress.tcpinfo import AF_UNIX, outq

FIRST_PAUSE_S = 0.0005
PAUSE_S = 0.05
"""The longest pause while bytes are being acknowledged: by so much an answer may be late."""
SHARE = 16
"""Of a stall's length: the longest pause then. A stall of 16 s is noticed to end 1 s late, and
costs a look a second at first and fewer later."""
DISCARD_BYTES = 65_536
DISCARD_LIMIT_BYTES = 16 << 20
"""What a peer may still send after our end: who sends more is not about to close."""

FIN_ON_ITS_WAY = frozenset({4, *PEER_ENDED})  # FIN_WAIT1, and LAST_ACK, CLOSING


def settle(line: Line, level: Drain) -> None:
    """Returns once the level is reached, or the line has ended."""
    if level is Drain.NONE:
        return
    until(line, (is_acked if level is Drain.ACKED or not is_tcp(line) else is_fin_acked))
    if level is Drain.PEER_CLOSED and not line.ending:
        await_close(line)


def is_tcp(line: Line) -> bool:
    return line.sock.family != AF_UNIX


def until(line: Line, reached: Callable[[Line, Sample], bool]) -> None:
    """Looks, at first often, until ``reached``; the rules may end it before."""
    began = line.now()
    while True:
        seen = line.look()
        if seen is None or reached(line, seen):
            return
        now = line.now()
        quiet = now - max(line.meter.progress_at, began)
        pause = min(max((now - began) / SHARE, (seen.rtt_us or 0) / 4e6, FIRST_PAUSE_S), PAUSE_S)
        line.pause(min(max(pause, quiet / SHARE), max(line.due - now, FIRST_PAUSE_S)))


def is_acked(line: Line, seen: Sample) -> bool:
    """Every byte, if not our FIN, which the kernel counts as one."""
    if not seen.outstanding:
        return True
    fin_only = line.shut and seen.state in FIN_ON_ITS_WAY and seen.held_bytes <= 1
    return fin_only and (outq(line.sock.fileno()) or 0) <= 1


def is_fin_acked(line: Line, seen: Sample) -> bool:
    """CLOSE without an error (see Line.look) is what is left once both ends are acknowledged."""
    return not seen.outstanding and (seen.state in OUR_FIN_ACKED or seen.state == CLOSED)


def await_close(line: Line) -> None:
    """Reads and discards until the peer ends its side, as long as the rules allow.

    Unread bytes at close() would reset the connection and could cut the response at the client
    (RFC 9112 9.6), hence "lingering close".
    """
    import select

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
