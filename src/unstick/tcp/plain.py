"""What makes the plain engine fast enough: a loop that asks first what is usual of a segment.

A call of a function costs Python as much as all that most of the functions of the walk do for most
segments. ``PlainWalk`` is ``walk`` of kernels.py, with what is usual in the loop; it calls what the
hot files have for all that is odd, and leaves what these would, bit for bit: the tests run the
compiled files, the plain ones, and this. Segments come from the segment table as tuples
(``plain_steps``). Nothing here is compiled, and nothing compiled needs it.
"""

from __future__ import annotations

from types import ModuleType

from unstick.tcp.columns import (
    C_CALM,
    C_ENCAPSULATION,
    C_FIRST_FRAME,
    C_FIRST_NS,
    C_LAST_FLAGS,
    C_LAST_FRAME,
    C_LAST_NS,
    C_PACKETS,
    C_PING_PONG,
    C_RECORD,
    C_SEAM,
    C_SILENCE_AFTER,
    C_SILENCE_NS,
    CONNECTION_WIDTH,
    M_CLOCK_JUMP_NS,
    M_FRAMES_BEFORE,
    M_LAST_INTERFACE,
    M_LAST_NS,
    M_LONG_WAY,
    M_SEAMS,
    M_SEGMENTS,
    M_SERIAL,
    M_SILENCE_NS,
    POOL_FREE_COUNT,
    R_LENGTH,
    RECORD_ENTRY_WIDTH,
    RECORDER_ENTRIES,
    S_CHALLENGE_NOTE,
    S_FIRST_FRAME,
    S_FLAGS,
    S_KEEP_COUNT,
    S_LIVE_NS,
    S_PACKETS,
    S_RST_FRAME,
    S_SND_NXT,
    S_STATE,
    S_STATE_BEFORE_RESET,
    S_TALK_FRAME,
    S_TALK_NS,
    S_TTL,
    S_WAITING_NOTE,
    S_ZERO_FRAME,
    SEAM_FORWARD_NS,
    SIDE_SPOKE,
    SIDE_TALKED_AFTER_OWN_RST,
)
from unstick.tcp.places import P_PLACE, PLACE_WIDTH
from unstick.tcp.plain_course import take_course
from unstick.tcp.plain_steps import OTHER, OWN, Picked, segments_of, take_next
from unstick.tcp.quick import CALM, CALM_CLOSING
from unstick.tcp.states import (
    STATE_SYN_SENT,
)
from unstick.wire.columns import (
    ACK_FLAG,
    ENCAPSULATION,
    FIN,
    FLAGS,
    FRAME,
    MASK,
    NONE,
    NOTICE_IN_ICMP,
    PSH,
    RST,
    SEGMENT_WIDTH,
    SIDE,
    SYN,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Where = tuple[int, int, int]
    """Where a connection's row begins, and those of its two sides: the sender's and the
    receiver's."""

    Tables = tuple[list[int], memoryview, list[int], memoryview, bytes]
    """Connections, notes, the recorder, counters and limits, the compiled profile."""

NOT_PSH = ~PSH


class PlainWalk:
    """``walk`` of kernels.py, whose functions are called for what is odd. ``t`` and ``r`` are
    lists."""

    __slots__ = ("_hot",)

    def __init__(self, hot: ModuleType) -> None:
        self._hot = hot

    def __call__(
        self, s: memoryview, first: int, count: int, t: list[int], n: memoryview, *others: Any
    ) -> int:
        """As in kernels.py."""
        r, m, actions, p, over, *shelf = others
        tables, held, last = (t, n, r, m, actions), (t, s, m), m[M_LAST_INTERFACE]
        if n[POOL_FREE_COUNT] < self._hot.POOL_LOW:
            return first
        hot, rows = self._hot, s[first * SEGMENT_WIDTH : count * SEGMENT_WIDTH]
        passed, silence_ns, short = 0, m[M_SILENCE_NS], not m[M_LONG_WAY]
        before, serial, last_ns = m[M_FRAMES_BEFORE], m[M_SERIAL], m[M_LAST_NS]
        seams, usual_ns = m[M_SEAMS], min(m[M_CLOCK_JUMP_NS], SEAM_FORWARD_NS)
        for i, segment in enumerate(segments_of(rows), first):
            frame, now, slot, side, seq, ack, flags, length, _, _, _, _, _, _, via, odd = segment
            if slot < 0 or odd & NOTICE_IN_ICMP:
                passed += 1
                continue
            place = p[(slot * PLACE_WIDTH) + P_PLACE]
            if place < 0:
                m[M_LAST_NS] = last_ns
                place = hot.seat(t, p, over, m, *shelf, slot)
                if place == NONE:
                    count = i
                    break
            row = place * CONNECTION_WIDTH
            if not 0 <= now - last_ns <= usual_ns or via != last:
                m[M_LAST_NS] = last_ns
                hot.watch_clocks(s, m, i * SEGMENT_WIDTH)
                seams, usual_ns = m[M_SEAMS], min(m[M_CLOCK_JUMP_NS], SEAM_FORWARD_NS)
            last_ns, last = now, via
            frame += before
            calm = t[row + C_CALM] if short else 0
            usual = calm == CALM and flags & NOT_PSH == ACK_FLAG
            usual = usual and take_next(t, row, segment, frame, silence_ns, seams)
            if not usual:
                opens = short and flags & SYN
                usual = (calm or opens) and take_course(held, row, segment, frame, i)
                if not usual:
                    m[M_SERIAL], m[M_LAST_NS], at = serial, now, i * SEGMENT_WIDTH
                    whole = s[at : at + SEGMENT_WIDTH].tolist()
                    if not self._take(tables, row, segment, frame, whole):
                        continue
                if flags & (RST | SYN | FIN):
                    length = -1 if flags & RST else length + 1
            at = (serial % RECORDER_ENTRIES) * RECORD_ENTRY_WIDTH
            r[at : at + R_LENGTH + 1] = (
                t[row + C_RECORD], side, frame, now, seq, ack if flags & ACK_FLAG else NONE, length,
            )  # fmt: skip
            t[row + C_RECORD] = serial
            serial += 1
            if not usual or t[row + C_CALM] == CALM_CLOSING:
                m[M_LAST_NS] = now
                hot.rest(t, p, over, m, *shelf, place)
                if n[POOL_FREE_COUNT] < hot.POOL_LOW:
                    count = i + 1
                    break
        m[M_SEGMENTS] += count - first - passed
        m[M_SERIAL], m[M_LAST_NS] = serial, last_ns
        return count

    def _take(self, tables: Tables, row: int, segment: Picked, frame: int, s: list[int]) -> bool:
        """The long way of a segment, ``s``, but for the recorder. False: it is a copy."""
        hot, (t, n, r, m, actions), s[FRAME] = self._hot, tables, frame
        flags, side = s[FLAGS], s[SIDE]
        row, me, peer = where = row, row + OWN[side], row + OTHER[side]
        if hot.is_copy(t, s, 0, row, me, peer):
            hot._count_copy(t, m, row, s[FRAME])
            return False
        hot.remember_interface(t, s, 0, me)
        hot.open_states(t, s, 0, me, peer)
        if t[me + S_STATE_BEFORE_RESET] != NONE:
            hot.revive(t, s, 0, me, peer)
        hot.judge(t, n, s, r, m, actions, 0, row, me, peer)
        stray = t[peer + S_STATE] == STATE_SYN_SENT and hot.is_stray(t, s, 0, me, peer)
        self._arrive(tables, s, where, segment)
        if t[peer + S_CHALLENGE_NOTE] != NONE or t[me + S_WAITING_NOTE] != NONE:
            hot.follow(t, n, s, 0, me, peer)
        if flags & RST:
            hot._send_reset(t, s, 0, me)
        elif not stray:
            self._send(tables, s, where, segment)
            hot.receive(t, s, 0, row, me, peer)
        else:
            t[me + S_STATE] = NONE  # as in kernels.py
        t[row + C_CALM] = hot.calm_of(t, row, me, peer)
        return True

    def _arrive(self, tables: Tables, s: list[int], where: Where, segment: Picked) -> None:
        """``_arrive`` of kernels.py, which is called for a reset."""
        (t, n, _, m, _), (row, me, peer), frame = tables, where, s[FRAME]
        _, now, _, _, _, _, flags, _, _, _, _, _, ttl, _, _, _ = segment
        last_flags = t[row + C_LAST_FLAGS]
        if (flags | last_flags) & RST:  # that of a row without packets is NONE, which has no bits
            self._hot._arrive(t, n, s, m, 0, row, me, peer)
            return
        if t[row + C_FIRST_FRAME] == NONE:
            t[row + C_FIRST_FRAME : row + C_FIRST_NS + 1] = frame, now
            t[row + C_ENCAPSULATION] = s[ENCAPSULATION]
        else:
            gap = now - t[row + C_LAST_NS]
            if not 0 <= gap < m[M_SILENCE_NS]:
                self._hot._watch_clock(t, n, s, m, 0, row, me, peer)
            elif gap > t[row + C_SILENCE_NS]:
                silence = gap, t[row + C_LAST_FRAME], frame
                t[row + C_SILENCE_NS : row + C_SILENCE_AFTER + 1] = silence
        t[row + C_PING_PONG] = 0
        t[row + C_LAST_FRAME : row + C_SEAM + 1] = (
            frame, now, t[row + C_PACKETS] + 1, t[row + C_CALM], flags, m[M_SEAMS],
        )  # fmt: skip
        packets = t[me + S_PACKETS]
        if packets == 0:
            t[me + S_FIRST_FRAME : me + S_TTL + 1] = frame, now, ttl
            t[me + S_FLAGS] |= SIDE_SPOKE
        t[me + S_PACKETS : me + S_LIVE_NS + 1] = packets + 1, frame, now, frame, now
        if not flags & SYN:
            t[me + S_TALK_FRAME : me + S_TALK_NS + 1] = frame, now
        self._hot.live_on(t, s, 0, me)
        if t[me + S_RST_FRAME] != NONE:
            t[me + S_FLAGS] |= SIDE_TALKED_AFTER_OWN_RST

    def _send(self, tables: Tables, s: list[int], where: Where, segment: Picked) -> None:
        """``_send`` of kernels.py, which is called for what may be a probe."""
        hot, (t, n, r, m, _), (row, me, peer) = self._hot, tables, where
        _, _, _, _, seq, _, flags, length, window, _, _, _, _, _, _, _ = segment
        below = length <= 1 and (t[me + S_SND_NXT] - seq) & MASK == 1
        if below or t[peer + S_ZERO_FRAME] != NONE or t[peer + S_KEEP_COUNT]:
            hot._send(t, n, s, r, m, 0, row, me, peer)
            return
        if flags & SYN:
            hot.greet(t, s, 0, row, me, peer)
        hot.occupy(t, n, s, r, m, 0, row, me, peer)
        if flags & FIN:
            hot.close_sender(t, s, 0, me)
        if flags & ACK_FLAG:
            hot.acknowledge(t, n, s, m, 0, row, me, peer)
            if window == 0 or t[me + S_ZERO_FRAME] != NONE:
                hot.watch_window(t, n, s, m, 0, row, me, peer)
