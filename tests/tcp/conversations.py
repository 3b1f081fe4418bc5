"""Segments of random conversations, as hosts send them and as nobody does, as a segment table."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from random import Random

from unstick.wire import columns as c
from unstick.wire.segments import print_of

S, A, F, R, P = c.SYN, c.ACK_FLAG, c.FIN, c.RST, c.PSH
BASES = (0xFFFFFF00, 1000)
"""Initial sequence numbers: the client's wraps soon."""

ORDINARY = ("ack", "data", "data", "data", "late")
STORY = ("syn", "syn-ack", "ack", *ORDINARY, *ORDINARY, "fin", "fin", "ack", "ack", "reset")


@dataclass
class Talk:
    """One connection as its two hosts see it."""

    slot: int
    clock: int  # where timestamps begin; NONE: it has none
    sent: list[int] = field(default_factory=lambda: [*BASES])
    got: list[int] = field(default_factory=lambda: [BASES[1], BASES[0]])
    step: int = 0


def segment(random: Random, talk: Talk, side: int, kind: str) -> dict[int, int]:
    """What this side sends next, as values of columns."""
    values = {c.FLAGS: A, c.SEQ: talk.sent[side], c.ACK: talk.got[side], c.LENGTH: 0}
    if kind in {"syn", "syn-ack"}:
        values |= {c.FLAGS: S, c.OPTIONS: c.OPTION_WINDOW_SCALE, c.WINDOW_SCALE: 7, c.MSS: 1460}
        talk.sent[side] += 1
        if kind == "syn-ack":
            values[c.FLAGS] = S | A
    elif kind in {"data", "late"}:
        values |= {c.FLAGS: A | P, c.LENGTH: random.choice([1, 100, 100, 1448, 3000])}
        talk.sent[side] += values[c.LENGTH]
    elif kind == "fin":
        values |= {c.FLAGS: F | A, c.LENGTH: random.choice([0, 0, 50])}
        talk.sent[side] += values[c.LENGTH] + 1
    elif kind == "reset":
        values |= {c.FLAGS: random.choice([R, R | A])}
    talk.sent[side] &= c.MASK
    if kind != "late":  # else the other side has not got it yet when it speaks next
        talk.got[1 - side] = talk.sent[side]
    return values


def disturb(random: Random, values: dict[int, int]) -> None:
    """Change something no host, or no healthy one, would have done."""
    column, choices = random.choice(
        [
            (c.FLAGS, [0, S, S | A, A, A | P, A | c.URG, F, F | A, R, R | A, S | F, A | c.ECE]),
            (c.WINDOW, [0, 1, 65535]),
            (c.LENGTH, [0, 1, 100, 5000]),
            (c.OPTIONS, [c.OPTION_MD5, c.OPTION_AO, c.OPTION_WINDOW_SCALE]),
            (c.TSVAL, [c.NONE, 0, 5, 0x80000005, c.MASK]),
            (c.IP_ID, [0, c.NONE, 40000, 7]),
            (c.TTL, [1, 64, 255]),
            (c.INTERFACE, [0, 1]),
            (c.SLOT, [-1]),
            (c.NOTICES, [c.NOTICE_IN_ICMP, 1 << 20]),
            (c.SACK_COUNT, [1, 2]),
            (c.SEQ, [values[c.SEQ] + by for by in (-1500, -100, -1, 1, 100, 1 << 31, -(1 << 20))]),
            (c.ACK, [values[c.ACK] + by for by in (-1500, -100, -1, 1, 100, 1 << 31, 1 << 20)]),
        ]
    )
    values[column] = random.choice(choices)
    values[c.SEQ] &= c.MASK
    values[c.ACK] &= c.MASK


def conversations(seed: int, count: int, odd: float) -> list[list[int]]:
    """``count`` rows of four connections. ``odd``: how many of them are disturbed or come at an odd
    time, are sent again or were captured twice."""
    random = Random(seed)
    talks = [Talk(slot, random.choice([0, 1 << 31, c.NONE])) for slot in range(4)]
    rows: list[list[int]] = []
    now = 1_700_000_000_000_000_000
    for frame in range(1, count + 1):
        now += random.choice([0, 1_000, 50_000, 2_000_000])
        if random.random() < odd / 3:
            now += random.choice([300_000_000, 11_000_000_000, -5_000, -2_000_000_000, 10**14])
        if rows and random.random() < odd / 2:
            row = [*random.choice(rows[-12:])]
            row[c.FRAME], row[c.TIME_NS] = frame, now
            row[c.INTERFACE] = random.choice([0, row[c.INTERFACE]])
            row[c.IP_ID] = random.choice([row[c.IP_ID], frame])
            row[c.PRINT] = print_of(memoryview(array("q", row)), 0, row[c.CHECKSUM])
            rows.append(row)
            continue
        talk = random.choice(talks)
        kind = STORY[talk.step] if talk.step < len(STORY) else random.choice(ORDINARY)
        side = {"syn": 0, "syn-ack": 1}.get(kind, random.randrange(2))
        talk.step += 1 if random.random() > odd / 4 else random.choice([-2, 2])
        talk.step = max(talk.step, 0)
        values = segment(random, talk, side, kind)
        row = [0] * c.SEGMENT_WIDTH
        defaults = {
            c.FRAME: frame, c.TIME_NS: now, c.IP_VERSION: 4, c.WINDOW: 501, c.TTL: 64 - side,
            c.IP_ID: frame, c.TSVAL: c.NONE, c.CHECKSUM: random.choice([0, 9]),
            c.MSS: c.NONE, c.WINDOW_SCALE: c.NONE, c.SLOT: talk.slot, c.SIDE: side,
        }  # fmt: skip
        values = defaults | values
        if talk.clock != c.NONE:
            values[c.TSVAL] = (talk.clock + (now // 1_000_000)) & c.MASK
        for at in range(c.SACK_1_LEFT, c.SACK_4_RIGHT + 1):
            values[at] = (values[c.ACK] + random.choice([100, 1500, 1 << 30])) & c.MASK
        if random.random() < odd:
            disturb(random, values)
        for column, value in values.items():
            row[column] = value
        row[c.PRINT] = print_of(memoryview(array("q", row)), 0, row[c.CHECKSUM])
        rows.append(row)
    return rows
