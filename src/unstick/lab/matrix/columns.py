"""The clients of the matrix: what each does, what stands on its path, and what is asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from unstick.lab.scenario import LINE, Part, part

LARGE_BYTES = 32_000_000
"""More than all buffers of both kernels hold: who reads nothing of it, holds the request."""

SMALL_RCVBUF = 16_384
RCVBUF = 262_144
"""With the system's own buffer who reads 20 kB/s acknowledges once in 6.5 s, and no limit of 5 s
could tell slow from dead. With this one the server's kernel still learns to hold megabytes."""

FAST_BYTES = 3_000_000
"""Read at full speed before a client stops or slows down: by then the kernel holds megabytes, and
says that there is room again only when a third of them is gone."""

SLOW_BYTES_PER_S = 20_000
HALF_CLOSE_BYTES = 4_000_000


class Asks(StrEnum):
    """What a cell is to show."""

    HELD = "held"  # how long the request of a dead client is kept
    SERVED = "served"  # whether a client gets what it asked for
    ALIVE = "alive"  # whether a client that makes progress is left alone


class Column(NamedTuple):
    """``name``: as it is asked for; ``title``, ``says``: as a table and its legend have it."""

    name: str
    title: str
    says: str
    client: Part
    asks: Asks = Asks.HELD
    boxes: tuple[Part, ...] = ()


FIREWALL = (part("forward_first_reset_then_forget"), LINE)

COLUMNS = (
    Column(
        "never-reads",
        "never reads",
        "asks for 32 MB and reads nothing; its kernel answers every probe",
        part("stops_reading", size=LARGE_BYTES, rcvbuf=SMALL_RCVBUF),
    ),
    Column(
        "stops-reading",
        "stops reading",
        "reads 3 MB of 32 MB, and then nothing",
        part("stops_reading", size=LARGE_BYTES, read=FAST_BYTES, rcvbuf=RCVBUF),
    ),
    Column(
        "vanishes",
        "vanishes",
        "reads 1 MB of 8 MB, then its link is down",
        part("vanishes"),
    ),
    Column(
        "abort",
        "the story's abort",
        "reads 3 MB of 8 MB and goes away, behind a firewall that forwards its first reset and "
        "forgets the connection: the client of 2015, today's kernels",
        part("reads_then_aborts"),
        boxes=FIREWALL,
    ),
    Column(
        "pipelined-abort",
        "pipelined abort",
        "the same with one more request written before: no kernel takes that reset",
        part("reads_then_aborts", pipelined=True),
        boxes=FIREWALL,
    ),
    Column(
        "closes-unread",
        "closes unread",
        "closes with bytes unread: its kernel's reset arrives. Nothing is wrong here",
        part("closes_unread"),
    ),
    Column(
        "half-closes",
        "half-closes",
        "asks for 4 MB, shuts its sending side, reads to the end (RFC 9112 9.6)",
        part("half_closes", size=HALF_CLOSE_BYTES, rate=1_000_000),
        Asks.SERVED,
    ),
    Column(
        "slow",
        "20 kB/s",
        "reads 3 MB of 32 MB, and goes on at a steady 20 kB/s: slow, and alive",
        part(
            "slows_down",
            size=LARGE_BYTES,
            read=FAST_BYTES,
            rate=SLOW_BYTES_PER_S,
            rcvbuf=RCVBUF,
        ),
        Asks.ALIVE,
    ),
)

BY_NAME: Mapping[str, Column] = {one.name: one for one in COLUMNS}
