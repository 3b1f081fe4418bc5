"""A good and a bad path, in text: the two endings side by side, and where they part."""

from __future__ import annotations

from collections.abc import Iterator

from unstick.compare.model import Closing, ClosingEvent, ClosingLine, Comparison, Paths
from unstick.report.human import SECOND_NS, endpoint, sentence
from unstick.report.look import Look, columns

GAP = 3


def lines(comparison: Comparison, paths: Paths, look: Look) -> Iterator[str]:
    """Everything below the captures."""
    if paths.difference is not None:
        yield ""
        yield look.paint("The first difference that matters", "bold")
        yield from look.wrap(sentence(paths.difference), "  ")
        if paths.outcome is not None:
            yield from look.wrap(sentence(paths.outcome), "  ")
    yield ""
    yield look.paint("How they ended", "bold")
    yield from _beside(paths, look)
    for closing, alike in ((paths.a, paths.alike[0]), (paths.b, paths.alike[1])):
        if alike > 1:
            yield from look.wrap(
                f"{alike:,} connections of {closing.capture} end like the one shown.", "  "
            )
    yield ""
    yield look.paint("What unstick explain finds", "bold")
    for closing in (paths.a, paths.b):
        found = closing.findings or ("nothing is stuck",)
        for finding in found:
            yield from look.wrap(sentence(finding), f"  {closing.capture}  ")
    yield ""
    yield look.paint("What could prove this wrong", "bold")
    yield from look.wrap(
        "No connection is in both captures, so they were taken for two tries of the same thing. "
        "If they are not, their endings need not be alike.",
        "  ",
    )


def _beside(paths: Paths, look: Look) -> Iterator[str]:
    """Two columns: A left, B right; a mark where they first differ."""
    cell = (look.width - 4 - GAP) // 2
    heads = [_head(one, look) for one in (paths.a, paths.b)]
    marks = {"A": "", "B": ""}
    if paths.good is not None and paths.bad is not None:
        marks = {paths.good: ", the good path", paths.bad: ", the bad path"}
    titles = [f"A{marks['A']}", f"B{marks['B']}"]
    yield look.paint(_line("", titles[0], titles[1], cell), "bold")
    yield look.paint(_line("", heads[0], heads[1], cell), "dim")
    for line in paths.lines:
        yield from _row(paths, line, cell, look)


def _head(one: Closing, look: Look) -> str:
    return look.plain(f"from {endpoint(one.client, one.client_port)}, stream {one.stream}")


def _row(paths: Paths, line: ClosingLine, cell: int, look: Look) -> Iterator[str]:
    narrow = Look(cell, unicode=look.unicode)
    left = narrow.wrap(_step(line.a, paths.a), "", "  ") if line.a else ["-"]
    right = narrow.wrap(_step(line.b, paths.b), "", "  ") if line.b else ["-"]
    mark = ">" if line.first else ("|" if line.differs else " ")
    for number in range(max(len(left), len(right))):
        one = left[number] if number < len(left) else ""
        other = right[number] if number < len(right) else ""
        text = _line(mark if number == 0 or mark == "|" else "", one, other, cell)
        yield look.paint(text, "bold", "red") if line.first else text


def _step(event: ClosingEvent, closing: Closing) -> str:
    if event.sender is None:
        return event.text
    since = (event.ns - closing.first_ns) / SECOND_NS
    frames = "" if event.frame is None else f", frame {event.frame}"
    if event.last_frame is not None:
        frames = f", frames {event.frame}-{event.last_frame}"
    return f"{event.sender}: {event.text} [{since:.3f} s{frames}]"


def _line(mark: str, left: str, right: str, cell: int) -> str:
    gap = " " * (max(0, cell - columns(left)) + GAP)
    return f"  {mark:<2}{left}{gap}{right}".rstrip()
