"""The capture files of a run: pcapng, with the story and the truth as comments of their section.

Headers only: what a run tells is in the numbers, and payload would make every folder large.
"""

from __future__ import annotations

import shutil
import struct
from collections.abc import Sequence
from pathlib import Path

from unstick.wire.writer import CaptureStyle, block, option

SNAPLEN = 128
"""Bytes kept of a frame: link, IPv6, and TCP with all its options fit."""

STYLE = CaptureStyle("pcapng", resolution="ns", snaplen=SNAPLEN)
COMMENT, HARDWARE, SYSTEM, APPLICATION = 1, 2, 3, 4
NAME, RESOLUTION = 2, 9
END = 0


def section_block(comments: Sequence[str], system: str, application: str) -> bytes:
    """The head of a file."""
    options = b"".join(option(STYLE, COMMENT, one.encode()) for one in comments)
    options += option(STYLE, SYSTEM, system.encode())
    options += option(STYLE, APPLICATION, application.encode()) + option(STYLE, END, b"")
    return block(STYLE, 0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + options)


def interface_block(name: str) -> bytes:
    """The one interface: Ethernet, times in nanoseconds."""
    options = option(STYLE, NAME, name.encode()) + option(STYLE, RESOLUTION, b"\x09")
    return block(STYLE, 1, struct.pack("<HHI", 1, 0, SNAPLEN) + options + option(STYLE, END, b""))


def packet_block(time_ns: int, kept: bytes, length: int) -> bytes:
    """One frame of ``length`` bytes, of which ``kept`` were kept."""
    size = 32 + ((len(kept) + 3) & ~3)
    head = struct.pack(
        "<IIIIIII", 6, size, 0, time_ns >> 32, time_ns & 0xFFFFFFFF, len(kept), length
    )
    return head + kept + bytes(-len(kept) % 4) + struct.pack("<I", size)


def finish(blocks: Path, path: Path, head: bytes) -> None:
    """Puts the head before the blocks; the file of blocks is removed."""
    with path.open("wb") as made, blocks.open("rb") as file:
        made.write(head)
        shutil.copyfileobj(file, made)
    blocks.unlink()
