"""The small ladder of a connection: which frames matter, in order, and what each means.

Chooses and words; draws nothing (``report.ladder``) and concludes nothing (``checks``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unstick.checks.base import Finding
from unstick.diagnosis import LadderLine
from unstick.tcp.observed import SECOND, Connection, Endpoint, Reset
from unstick.tcp.vocabulary import Side

RESETS_SHOWN = 4
"""Resets of one run that say the same are folded; so many lines are told apart at most."""


def ladder_of(connection: Connection, findings: Sequence[Finding]) -> tuple[LadderLine, ...]:
    """The frames that matter for these findings, in time order; silence at the end is a line."""
    lines = [
        *_handshake(connection),
        *_closing(connection),
        *_resets(connection),
        *_ladder(connection, connection.client),
        *_ladder(connection, connection.server),
        *_windows(connection),
        *_keepalives(connection),
    ]
    shown = {line.frame for line in lines}
    lines.extend(_last_progress(connection, shown))
    lines = _joined(lines)
    lines.sort(key=lambda line: (line.time_ns, line.frame or 0))
    lines.extend(_silence(connection))
    return tuple(lines)


def _joined(lines: Sequence[LadderLine]) -> list[LadderLine]:
    """One line a frame: what two of them say of it is said in one remark."""
    found: dict[int | None, LadderLine] = {}
    for line in lines:
        first = found.get(line.frame)
        if first is None or line.frame is None:
            found[line.frame] = line
            continue
        remarks = [remark for remark in (first.remark, line.remark) if remark]
        longer = max(first, line, key=lambda one: one.times)
        found[line.frame] = longer._replace(
            remark="; ".join(remarks) or None,
            text=_both(first.text, line.text),
            emphasis=first.emphasis or line.emphasis,
        )
    return list(found.values())


def _both(one: str, other: str) -> str:
    """Two short texts of one segment as one: ``seq 163,675, 1,448 bytes, ACK 276``."""
    short, long = sorted((one, other), key=len)
    more = short.removeprefix("data, ")
    return long if more in long else f"{long}, {more}"


def _handshake(connection: Connection) -> Iterator[LadderLine]:
    for side in connection.sides:
        if side.syn is None:
            continue
        answer = side.side is Side.SERVER
        remark = None
        if side.syn_count > 1:
            remark = f"sent {side.syn_count} times"
        yield LadderLine(
            side.syn.frame, side.syn.ns, _name(side.side), "SYN, ACK" if answer else "SYN", remark
        )


def _closing(connection: Connection) -> Iterator[LadderLine]:
    for side in connection.sides:
        if side.fin is None:
            continue
        number = connection.relative(side.side, side.fin_seq)
        yield LadderLine(
            side.fin.frame,
            side.fin.ns,
            _name(side.side),
            f"FIN  seq {_count(number)}",
            f"the {_name(side.side)} sends no more; its FIN takes number {_count(number)}",
        )
        if side.fin_acked is None or number is None:
            continue
        peer = _name(side.side.other)
        yield LadderLine(
            side.fin_acked.frame,
            side.fin_acked.ns,
            peer,
            f"ACK {_count(number + 1)}",
            f"the {peer} has the FIN: from here on it expects {_count(number + 1)}",
        )


def _resets(connection: Connection) -> Iterator[LadderLine]:
    """Runs of resets with one sequence number and one verdict are one line each."""
    runs: list[list[Reset]] = []
    for reset in connection.resets:
        if runs and _alike(runs[-1][-1], reset):
            runs[-1].append(reset)
        else:
            runs.append([reset])
    shown = runs if len(runs) <= RESETS_SHOWN else [*runs[: RESETS_SHOWN - 1], runs[-1]]
    for run in shown:
        first = run[0]
        if first.answers_frame is not None and first.note.answers_best_ns is not None:
            yield _answered(connection, first)
        number = connection.relative(first.note.side, first.note.seq)
        ack = ", ACK" if first.note.has_ack else ""
        yield LadderLine(
            first.frame,
            first.note.ns,
            _name(first.note.side),
            f"RST{ack}  seq {_count(number)}",
            _reset_remark(connection, first),
            times=len(run),
            last_frame=run[-1].frame if len(run) > 1 else None,
            emphasis=True,
        )


def _alike(one: Reset, other: Reset) -> bool:
    same = one.note.side is other.note.side and one.note.seq == other.note.seq
    return same and one.verdict == other.verdict and one.observed == other.observed


def _answered(connection: Connection, reset: Reset) -> LadderLine:
    sender = reset.note.receiver
    acked = connection.relative(reset.note.side, reset.note.seq)
    assert reset.answers_frame is not None
    assert reset.note.answers_best_ns is not None
    return LadderLine(
        reset.answers_frame,
        reset.note.answers_best_ns,
        _name(sender),
        f"data, ACK {_count(acked)}",
        f"the reset in frame {reset.frame} answers this segment, and so has its number",
    )


def _reset_remark(connection: Connection, reset: Reset) -> str:
    receiver = _name(reset.note.receiver)
    needs = connection.relative(reset.note.side, reset.note.rcv_nxt)
    if reset.below is None:
        return f"what the {receiver} expected is not known"
    place = "exactly what it expects"
    if reset.below > 0:
        place = f"{_count(reset.below)} too low: the {receiver} expects {_count(needs)}"
    elif reset.below < 0:
        place = f"{_count(-reset.below)} too high: the {receiver} expects {_count(needs)}"
    if reset.observed == "refused":
        return f"{place}. The {receiver} refused it"
    if reset.observed == "honoured":
        return f"{place}. The {receiver} obeyed"
    return f"{place}. What the {receiver} did with it was not seen"


def _ladder(connection: Connection, side: Endpoint) -> Iterator[LadderLine]:
    run = side.ladder
    if run is None or run.count < 2:
        return
    number = connection.relative(side.side, run.seq)
    bare = "SYN" if side.syn is not None and run.seq == side.iss else "FIN"
    what = f"{run.length:,} bytes" if run.length else bare
    if run.original is not None and run.original.frame < run.first.frame:
        yield LadderLine(
            run.original.frame,
            run.original.ns,
            _name(side.side),
            f"seq {_count(number)}, {what}",
            "the oldest segment that was never acknowledged",
        )
    took = (run.last.ns - run.first.ns) / SECOND
    heard = "not a word in answer" if run.heard == 0 else f"{run.heard} packets in answer, no ACK"
    yield LadderLine(
        run.first.frame,
        run.first.ns,
        _name(side.side),
        f"seq {_count(number)} again",
        f"sent again {run.count} times in {took:.1f} s: {heard}",
        times=run.count,
        last_frame=run.last.frame,
    )


def _windows(connection: Connection) -> Iterator[LadderLine]:
    for side in connection.sides:
        closed = side.zero_window
        if closed is None:
            continue
        yield LadderLine(
            closed.since.frame,
            closed.since.ns,
            _name(side.side),
            "ACK, window 0",
            f"the {_name(side.side)} has no room: nothing may be sent to it",
        )
        if closed.last_probe is None or closed.probes == 0:
            continue
        yield LadderLine(
            closed.last_probe.frame,
            closed.last_probe.ns,
            _name(side.side.other),
            "window probe",
            f"{closed.probes} probes so far, {closed.answers} answered: window still 0",
        )


def _keepalives(connection: Connection) -> Iterator[LadderLine]:
    for side in connection.sides:
        probes = side.keepalives
        if probes.unanswered < 2 or probes.first is None or probes.last is None:
            continue
        yield LadderLine(
            probes.first.frame,
            probes.first.ns,
            _name(side.side),
            "keepalive",
            "no answer",
            times=probes.unanswered,
            last_frame=probes.last.frame,
        )


def _last_progress(connection: Connection, shown: set[int | None]) -> Iterator[LadderLine]:
    """The last time each side heard from the other that its bytes arrived."""
    for side in connection.sides:
        if side.progress is None or side.progress.frame in shown or not side.outstanding_bytes:
            continue
        una = connection.relative(side.side, side.snd_una)
        yield LadderLine(
            side.progress.frame,
            side.progress.ns,
            _name(side.side.other),
            f"ACK {_count(una)}",
            f"the last bytes of the {_name(side.side)} that were acknowledged",
        )


def _silence(connection: Connection) -> Iterator[LadderLine]:
    quiet = connection.silence_at_end_ns / SECOND
    if quiet < 1:
        return
    yield LadderLine(
        None, connection.capture_end_ns, None, f"{quiet:.1f} s of silence until the capture ends"
    )


def _name(side: Side) -> str:
    return side.name.lower()


def _count(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"
