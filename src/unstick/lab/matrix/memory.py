"""How much memory a server's processes have, as the kernel counts what is resident."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
PROC = Path("/proc")


def family(pid: int) -> Iterator[int]:
    """A process and those below it."""
    yield pid
    with suppress(OSError):
        for path in (PROC / str(pid) / "task").iterdir():
            with suppress(OSError):
                for child in (path / "children").read_text().split():
                    yield from family(int(child))


def resident_bytes(pid: int) -> int:
    """Of all of them together; pages they share count more than once (proc_pid_statm(5))."""
    total = 0
    for one in family(pid):
        with suppress(OSError, ValueError, IndexError):
            total += int((PROC / str(one) / "statm").read_text().split()[1]) * PAGE_BYTES
    return total
