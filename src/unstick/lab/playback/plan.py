"""What of a captured connection is to be played, and what the program on the other end did. Pure.

Two ends: the *played* one, whose segments are sent again as they were captured, and the *tried*
one, which is this kernel. What cannot be played is refused with a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from unstick.lab.errors import LabError
from unstick.lab.packets import CLIENT, SERVER, Side
from unstick.wire.columns import ACK_FLAG, FIN, OPTION_SACK_PERMITTED, RST, SYN
from unstick.wire.notation import TracePacket

SIDES = (CLIENT, SERVER)
"""As traces number them."""

LONGEST_S = 180.0
WATCH_S = 4.0
"""So long the tried end is looked at after everything was played: a sender that has something
outstanding sends it again within a second or two."""

ALONE_S = 1.0
"""A reset this long after the other end's last word answers nothing."""

TOGETHER_NS = 5_000_000
"""Bytes that leave within this, with nothing heard between, were one write as far as we know."""

MORE_BYTES = 1 << 20
"""What a sender whose window is closed has left: how much, the capture does not say."""

CONNECT, PLAY, WRITE, CLOSE, SHUTDOWN, ABORT = range(6)


class Step(NamedTuple):
    """``at_s``: seconds after the first segment, as captured. A PLAY has the segment, and how far
    the captured end had acknowledged when it came: the kernel must be as far. A WRITE has bytes."""

    at_s: float
    kind: int
    segment: TracePacket | None = None
    acked: int | None = None
    count: int = 0  # type: ignore[assignment]


class Captured(NamedTuple):
    """What the captured end did. Numbers are relative. ``copies`` of its oldest segment it sent
    after the played end's last word, over ``copies_s``; ``probes`` are empty segments below its
    SND.NXT (keepalives, and window probes of Linux). ``gave_up_s``: it reset the connection so long
    after the played end's last word; what made it do so the capture does not say."""

    acked: int | None
    resets: int
    copies: int
    copies_s: float
    probes: int
    gave_up_s: float | None = None


class Plan(NamedTuple):
    """``reads``: the captured program read so many bytes and then no more; None: all.
    ``window_bytes``: the first its kernel offered. ``tail_s``: from the last step to its end."""

    played: Side
    steps: tuple[Step, ...]
    captured: Captured
    listens: bool
    reads: int | None
    window_bytes: int
    timestamps: bool
    sack: bool
    scaling: bool
    duration_s: float
    tail_s: float

    @property
    def tried(self) -> Side:
        return SERVER if self.played == CLIENT else CLIENT

    @property
    def segments(self) -> int:
        return sum(one.kind == PLAY for one in self.steps)

    @property
    def written(self) -> int:
        return sum(one.count for one in self.steps)

    @property
    def closing(self) -> int | None:
        """CLOSE, SHUTDOWN or ABORT, whichever its program did; None: it did not end it."""
        return next((one.kind for one in self.steps if one.kind in (CLOSE, SHUTDOWN, ABORT)), None)

    def watch_s(self, scale: float) -> float:
        return min(self.tail_s * scale, WATCH_S)


def plan(packets: Sequence[TracePacket], played: Side, scale: float = 1.0) -> Plan:
    """Raises LabError for what cannot be played."""
    side = SIDES.index(played)
    refuse(packets, side)
    mine = [one for one in packets if one.side == side]
    theirs = [one for one in packets if one.side != side]
    steps = tuple(steps_of(packets, side))
    last_s = max(one.at_s for one in steps)
    if last_s * scale > LONGEST_S:
        raise LabError(
            f"it would take {last_s * scale:,.0f} s to play, and {LONGEST_S:g} s is the most",
            f"--scale {LONGEST_S / 2 / last_s:.2g} plays it faster",
        )
    opening = next((one for one in theirs if one.flags & SYN), None)
    reads, window = reading(theirs)
    return Plan(
        played,
        steps,
        captured_of(packets, side),
        listens=played == CLIENT and bool(opening and opening.flags & ACK_FLAG),
        reads=reads,
        window_bytes=window,
        timestamps=opening is None or opening.timestamps is not None or declined(mine),
        sack=opening is None or bool(opening.marks & OPTION_SACK_PERMITTED),
        scaling=opening is None or opening.window_scale is not None,
        duration_s=last_s,
        tail_s=packets[-1].time_ns / 1e9 - last_s,
    )


def declined(mine: Sequence[TracePacket]) -> bool:
    """The played end's own SYN asks for no timestamps: that the other has none says nothing."""
    opening = next((one for one in mine if one.flags & SYN), None)
    return opening is not None and opening.timestamps is None


def refuse(packets: Sequence[TracePacket], side: int) -> None:
    """Raises LabError where the capture does not hold what it takes."""
    names = SIDES[side], SIDES[1 - side]
    first = packets[0]
    if first.side != 0 or (first.flags & (SYN | ACK_FLAG)) != SYN:
        raise LabError(
            "the connection begins in the middle: without its handshake nobody knows where its "
            "ends stood",
            "capture it from its first packet on",
        )
    for number, name in ((side, names[0]), (1 - side, names[1])):
        if all(one.side != number for one in packets):
            raise LabError(
                f"the {name} never says a word in this capture",
                "a capture of one direction, or a peer that was not there: both ends are needed",
            )
    answer = next(one for one in packets if one.side == 1)
    if answer.flags & SYN and not answer.flags & ACK_FLAG:
        raise LabError("both ends opened at once: that is not played")
    if not answer.flags & (SYN | RST):
        raise LabError(
            "the server answered the SYN from an older connection, which the capture does not hold"
        )
    if (first.seq, first.length) != (0, 0):
        raise LabError("its SYN carries data (TCP Fast Open): that is not played")
    lacking = missing_bytes(packets, side)
    if lacking:
        raise LabError(
            f"the capture lacks {lacking:,} bytes of the {names[0]}: the {names[1]} has "
            "acknowledged more than there is",
            "a capture that dropped packets cannot be played",
        )


def missing_bytes(packets: Sequence[TracePacket], side: int) -> int:
    """Bytes that the other end acknowledged and the capture does not have."""
    acked = max(
        (one.ack or 0 for one in packets if one.side != side and not one.flags & RST), default=0
    )
    reached, missing = 1, 0
    spans = sorted(
        (one.seq, one.seq + one.length + bool(one.flags & FIN))
        for one in packets
        if one.side == side and not one.flags & (SYN | RST)
    )
    for start, end in spans:
        if start > reached:
            missing += max(0, min(start, acked) - reached)
        reached = max(reached, end)
    return missing + max(0, acked - reached)


def steps_of(packets: Sequence[TracePacket], side: int) -> list[Step]:
    """Segments of the played end, and between them what the program of the tried end did."""
    steps: list[Step] = []
    acked: int | None = None  # by the tried end, as captured
    sent = 1  # the tried end's next number
    closed_window = False  # the played end's
    over = shut = False  # its program has ended the connection; or only its own direction
    for at, one in enumerate(packets):
        at_s = one.time_ns / 1e9
        if one.side == side:
            steps.append(Step(at_s, PLAY, one, acked))
            closed_window = not one.window and not one.flags & (SYN | RST)
            continue
        if one.flags & RST:
            if not over and one.seq >= sent and steps and one.flags & ACK_FLAG:
                steps.append(Step(at_s, ABORT))
            elif shut:
                # What comes after the close of both directions is answered with resets.
                steps.append(Step(at_s, CLOSE))
            over, shut = True, False
            continue
        if one.flags & SYN:
            if not one.flags & ACK_FLAG and not steps:
                steps.append(Step(at_s, CONNECT))
            acked = one.ack if one.ack is not None else acked
            continue
        if one.ack is not None:
            acked = max(acked or 0, one.ack)
        end = one.seq + one.length
        if closed_window and not one.length and one.seq < sent and steps[-1].kind != WRITE:
            write(steps, at_s, MORE_BYTES)  # it probes: there is something to send
            closed_window = False
        if end > sent and not over:
            write(steps, at_s, end - sent)
            sent = end
        if one.flags & FIN and not over:
            shut = hears_on(packets[at:], side)
            steps.append(Step(at_s, SHUTDOWN if shut else CLOSE))
            over = True
    return steps


def write(steps: list[Step], at_s: float, count: int) -> None:
    """One more write, or more of the one just before it."""
    last = steps[-1] if steps else None
    if last is not None and last.kind == WRITE and (at_s - last.at_s) * 1e9 < TOGETHER_NS:
        steps[-1] = last._replace(count=last.count + count)
    else:
        steps.append(Step(at_s, WRITE, count=count))


def hears_on(rest: Sequence[TracePacket], side: int) -> bool:
    """Whether the end whose FIN is first in ``rest`` acknowledges text that comes after it: then
    its program has only said that it will send no more."""
    newest: int | None = None
    for one in rest:
        if one.side == side and one.length and not one.flags & RST:
            newest = one.seq + one.length
        elif one.side != side and newest is not None and not one.flags & RST:
            known = (rest[0].ack or 0) >= newest
            if not known and (one.ack or 0) >= newest:
                return True
    return False


def reading(theirs: Sequence[TracePacket]) -> tuple[int | None, int]:
    """How many bytes the program of the tried end read before its window closed; None: all. And
    the largest window its kernel offered until then."""
    scale = next((one.window_scale or 0 for one in theirs if one.flags & SYN), 0)
    most = 0
    for one in theirs:
        if one.flags & RST or one.ack is None:
            continue
        if not one.window and not one.flags & FIN:
            return max(0, one.ack - 1 - most), most
        most = max(most, one.window if one.flags & SYN else one.window << scale)
    return None, most


def captured_of(packets: Sequence[TracePacket], side: int) -> Captured:
    mine = max(at for at, one in enumerate(packets) if one.side == side)
    top, copies, first_s, last_s = 0, 0, 0.0, 0.0
    acked: int | None = None
    resets = probes = 0
    gave_up_s: float | None = None
    for at, one in enumerate(packets):
        if one.side == side:
            continue
        if one.flags & RST:
            alone = at > mine and (one.time_ns - packets[mine].time_ns) / 1e9 > ALONE_S
            if alone and not resets and gave_up_s is None:
                gave_up_s = (one.time_ns - packets[mine].time_ns) / 1e9
            else:
                resets += 1
            continue
        if one.ack is not None:
            acked = max(acked or 0, one.ack)
        end = one.seq + one.length + bool(one.flags & FIN) + bool(one.flags & SYN)
        if at > mine and end > one.seq and end <= top:
            copies += 1
            first_s = first_s or one.time_ns / 1e9
            last_s = one.time_ns / 1e9
        probes += end == one.seq and end < top
        top = max(top, end)
    return Captured(acked, resets, copies, last_s - first_s, probes, gave_up_s)
