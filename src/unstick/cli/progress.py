"""One line on stderr for work that takes longer than a second; nothing when nobody watches.

Own and small instead of ``rich``: importing that costs more than most captures take.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from time import monotonic
from types import TracebackType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

PATIENCE_S = 1.0  # before that, a flash of a bar is noise
INTERVAL_S = 0.1
BAR = 20  # columns
PACKETS = "packets"  # of a capture, whose bytes tell how far it is
MEASURED_S = 0.5  # an ETA from less than this is a guess


class Progress:
    """Call it with (bytes read, bytes in total or None, packets). Leaves no trace when closed."""

    def __init__(
        self,
        stream: TextIO | None = None,
        clock: Callable[[], float] = monotonic,
        unit: str = PACKETS,
    ) -> None:
        self._unit = unit
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._began = self._shown = clock()
        self._width = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.clear()

    def __call__(self, read: int, total: int | None, packets: int) -> None:
        now = self._clock()
        if now - self._began < PATIENCE_S or now - self._shown < INTERVAL_S:
            return
        self._shown = now
        text = line(read, total, packets, now - self._began, self._unit)
        room = _columns(self._stream) - 1
        text = text[:room]
        self._stream.write("\r" + text + " " * max(0, self._width - len(text)))
        self._stream.flush()
        self._width = len(text)

    def clear(self) -> None:
        """Takes the line away."""
        if self._width:
            self._stream.write("\r" + " " * self._width + "\r")
            self._stream.flush()
            self._width = 0


def progress(quiet: bool = False, unit: str = PACKETS) -> Progress | None:
    """A progress line if somebody watches stderr, else None."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        return None
    return Progress(unit=unit)


def line(read: int, total: int | None, packets: int, elapsed_s: float, unit: str = PACKETS) -> str:
    """``[######              ]  30%  12.3 s left  2,300,000 packets/s  640.0 MB of 2.1 GB``

    The less it matters the further right it stands: a narrow terminal cuts the line. Of another
    ``unit`` than packets, ``read`` and ``total`` count that, and not bytes.
    """
    from unstick.report.human import bytes_text, seconds_text

    rate = f"{int(packets / max(elapsed_s, 1e-9)):,} {unit}/s"
    if not total:
        return f"{bytes_text(read)}  {rate}  {packets:,} packets"
    share = min(1.0, read / total)
    parts = [f"[{'#' * int(share * BAR):<{BAR}}] {share:4.0%}"]
    if share > 0 and elapsed_s > MEASURED_S:
        parts.append(f"{seconds_text(elapsed_s * (1 - share) / share)} left")
    of = f"{bytes_text(read)} of {bytes_text(total)}"
    parts += [rate, of if unit == PACKETS else f"{read:,} of {total:,}"]
    return "  ".join(parts)


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError, AttributeError):
        return 80
