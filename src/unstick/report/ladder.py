"""The ladder: one connection drawn as its frames that matter, client left, server right.

Knows how to draw, not what matters: the lines and their remarks come with the diagnosis.
"""

from __future__ import annotations

from collections.abc import Sequence

from unstick.diagnosis import LadderLine
from unstick.report.human import SECOND_NS
from unstick.report.look import Look, clip, columns

SHORTEST_ARROW = 3
INDENT = 2
NARROWEST_LANE = 18
WIDEST_LANE = 52  # longer arrows than this are harder to follow, not easier


def ladder(
    lines: Sequence[LadderLine],
    start_ns: int,
    look: Look,
    ends: tuple[str, str] = ("client", "server"),
) -> list[str]:
    """The drawing. ``start_ns`` is the time of the capture's first packet, time zero here."""
    if not lines:
        return []
    frames = [_frames(line) for line in lines]
    times = [f"{(line.time_ns - start_ns) / SECOND_NS:.3f}" for line in lines]
    frame_width = max(5, *map(len, frames))
    time_width = max(7, *map(len, times))
    margin = INDENT + frame_width + 1 + time_width + 2
    lane = min(max(look.width - margin, NARROWEST_LANE), WIDEST_LANE)
    pad = " " * INDENT
    drawn = [
        look.paint(
            f"{pad}{'frame':>{frame_width}} {'seconds':>{time_width}}  {_ends(ends, lane)}", "dim"
        )
    ]
    for line, frame, seconds in zip(lines, frames, times, strict=True):
        arrow = look.plain(_lane(line, look.plain(line.text), lane))
        head = f"{pad}{frame:>{frame_width}} {seconds:>{time_width}}  "
        drawn.append(head + (look.paint(arrow, "bold", "red") if line.emphasis else arrow))
        if line.remark:
            bar = look.plain("│")
            inner = Look(lane - 4, unicode=look.unicode).wrap(line.remark)
            for text in inner:
                body = f"{bar}  {look.paint(text, 'bold' if line.emphasis else 'dim')}"
                gap = " " * max(0, lane - 4 - columns(text))
                drawn.append(" " * margin + f"{body}{gap}{bar}")
    return [text.rstrip() for text in drawn]


def _frames(line: LadderLine) -> str:
    if line.frame is None:
        return ""
    if line.last_frame is not None and line.last_frame != line.frame:
        return f"{line.frame}-{line.last_frame}"
    return str(line.frame)


def _ends(ends: tuple[str, str], lane: int) -> str:
    left, right = ends
    if columns(left) + columns(right) + 2 > lane:
        left, right = "client", "server"  # cut addresses would only mislead
    return left + " " * (lane - columns(left) - columns(right)) + right


def _lane(line: LadderLine, text: str, lane: int) -> str:
    """``├─ FIN seq 276 ──▶│`` from the client, ``│◀── ACK 277 ─┤`` from the server."""
    if line.times > 1:
        text = f"{line.times} × {text}"
    text = clip(text, lane - 6 - SHORTEST_ARROW)
    rule = "─" * (lane - 6 - columns(text))
    if line.sender == "client":
        return f"├─ {text} {rule}▶│"
    if line.sender == "server":
        return f"│◀{rule} {text} ─┤"
    gap = lane - 2 - columns(text)
    return f"╎{' ' * (gap // 2)}{text}{' ' * (gap - gap // 2)}╎"
