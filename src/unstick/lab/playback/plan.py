"""What of a captured connection is to be played, and what the program on the other end did. Pure.

Two ends: the *played* one, whose segments are sent again as they were captured, and the *tried*
one, which is this kernel. What cannot be played is refused with a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from unstick.lab.errors import LabError
from unstick.lab.packets import CLIENT, SERVER, Side
from unstick.wire.columns import ACK_FLAG, FIN, HALF, OPTION_SACK_PERMITTED, RST, SYN
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
    the captured end had acknowledged and sent when it came: the kernel must be as far. A WRITE has
    bytes."""

    at_s: float
    kind: int
    segment: TracePacket | None = None
    acked: int | None = None
    sent: int = 0
    count: int = 0  # type: ignore[assignment]


class Captured(NamedTuple):
    """What the captured end did. Numbers are relative. ``copies`` of its oldest segment it sent
    after the played end's last word, over ``copies_s``; ``probes`` are empty segments below its
    SND.NXT while the played end's window is closed. ``gave_up_s``: it reset the connection so long
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
        captured_of(packets, side, aborts=any(one.kind == ABORT for one in steps)),
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
            "the connection begins in the middle: its handshake is not in the capture",
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
            f"the capture lacks {lacking:,} bytes of the {names[0]}",
            f"the {names[1]} has acknowledged them: the capture dropped packets",
        )


def missing_bytes(packets: Sequence[TracePacket], side: int) -> int:
    """Bytes that the other end acknowledged and the capture does not have."""
    acked = max(
        (acknowledged(one) or 0 for one in packets if one.side != side and not one.flags & RST),
        default=0,
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


def acknowledged(segment: TracePacket) -> int | None:
    """Its ACK number; None for one that lies before all that was ever sent."""
    return None if segment.ack is None or segment.ack >= HALF else segment.ack


def larger(one: int | None, other: int | None) -> int | None:
    return one if other is None else max(one or 0, other)


def steps_of(packets: Sequence[TracePacket], side: int) -> list[Step]:
    """Segments of the played end, and between them what the program of the tried end did."""
    acts = Acts()
    for at, one in enumerate(packets):
        if one.side == side:
            acts.played(one)
        elif one.flags & RST:
            acts.reset(one)
        elif one.flags & SYN:
            acts.opened(one)
        else:
            acts.spoke(one)
            if one.flags & FIN and not acts.over:
                acts.closed(one, hears_on(packets[at:], side))
    return acts.steps


class Acts:
    """The acts of the tried end's program, read off its segments one by one."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.acked: int | None = None
        self.sent = 1  # its next byte's number
        self.top = 0  # its next number, SYN and FIN counted
        self.window_closed = False  # the played end's
        self.over = self.shut = False  # it has ended the connection; or only its own direction

    def played(self, one: TracePacket) -> None:
        self.steps.append(Step(one.time_ns / 1e9, PLAY, one, self.acked, self.top))
        self.window_closed = not one.window and not one.flags & (SYN | RST)

    def opened(self, one: TracePacket) -> None:
        if not one.flags & ACK_FLAG and not self.steps:
            self.steps.append(Step(one.time_ns / 1e9, CONNECT))
        self.acked = acknowledged(one) if self.acked is None else self.acked
        self.top = max(self.top, one.seq + 1)

    def spoke(self, one: TracePacket) -> None:
        """Bytes it sends for the first time were written then."""
        at_s, end = one.time_ns / 1e9, one.seq + one.length
        self.acked = larger(self.acked, acknowledged(one))
        self.top = max(self.top, end + bool(one.flags & FIN))
        probes = self.window_closed and not one.length and one.seq < self.sent
        if probes and self.steps[-1].kind != WRITE:
            write(self.steps, at_s, MORE_BYTES)  # it probes: there is something to send
            self.window_closed = False
        if end > self.sent and not self.over:
            write(self.steps, at_s, end - self.sent)
            self.sent = end

    def closed(self, one: TracePacket, hears: bool) -> None:
        self.shut, self.over = hears, True
        self.steps.append(Step(one.time_ns / 1e9, SHUTDOWN if hears else CLOSE))

    def reset(self, one: TracePacket) -> None:
        """One of its own act, or the kernel's answer to what comes after a close."""
        at_s = one.time_ns / 1e9
        if self.shut:
            self.steps.append(Step(at_s, CLOSE))
        elif not self.over and self.acked is None and len(self.steps) > 1:
            # It had gone before the SYN-ACK came, which its kernel answers with this.
            self.steps.insert(-1, Step(self.steps[-1].at_s, ABORT))
        elif not self.over and self.steps and one.flags & ACK_FLAG and one.seq >= self.sent:
            self.steps.append(Step(at_s, ABORT))
        self.over, self.shut = True, False


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
    """How many bytes the program of the tried end read before its window closed for good; None:
    all. And the largest window its kernel offered until then."""
    scale = next((one.window_scale or 0 for one in theirs if one.flags & SYN), 0)
    most = 0
    reads: int | None = None
    for one in theirs:
        if one.flags & RST or one.ack is None:
            continue
        if one.window:
            most = max(most, one.window if one.flags & SYN else one.window << scale)
            reads = None
        elif reads is None and not one.flags & FIN:
            reads = max(0, one.ack - 1 - most)
    return reads, most


def captured_of(packets: Sequence[TracePacket], side: int, *, aborts: bool) -> Captured:
    """``aborts``: its reset is an act that is played, too."""
    mine = max(at for at, one in enumerate(packets) if one.side == side)
    top, copies, first_s, last_s = 0, 0, 0.0, 0.0
    acked: int | None = None
    closed = False  # the played end's window
    resets = probes = 0
    gave_up_s: float | None = None
    for at, one in enumerate(packets):
        if one.side == side:
            closed = not one.window and not one.flags & (SYN | RST)
            continue
        if one.flags & RST:
            after_s = (one.time_ns - packets[mine].time_ns) / 1e9
            if after_s > ALONE_S and not (aborts or resets or gave_up_s):
                gave_up_s = after_s
            else:
                resets += 1
            continue
        acked = larger(acked, acknowledged(one))
        end = one.seq + one.length + bool(one.flags & FIN) + bool(one.flags & SYN)
        if at > mine and end > one.seq and end <= top:
            copies += 1
            first_s = first_s or one.time_ns / 1e9
            last_s = one.time_ns / 1e9
        probes += closed and end == one.seq and end < top
        top = max(top, end)
    return Captured(acked, resets, copies, last_s - first_s, probes, gave_up_s)
