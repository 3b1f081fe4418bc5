"""What a person reads of a probe: how many cells agree, which do not, what stands beside the table.

Lines without line ends, in the look the command line asks for. Pure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from unstick.lab.probe.beside import ROWS
from unstick.lab.probe.fuzz import Disagreement, Fuzzed
from unstick.lab.probe.measured import Measured, Outcome, Spot
from unstick.lab.probe.probing import Found, Held, Traces, place_of
from unstick.report.look import Look
from unstick.tcp.profiles.differences import fold
from unstick.tcp.rules import axes_of
from unstick.tcp.vocabulary import Ack, Action, Kind, Seq, State

ENDS, RESETS, ACKS, OPENS, TAKES, SILENT = "ends", "RST", "ACK", "SYN+ACK", "taken", "silence"
COLUMNS = (ENDS, RESETS, ACKS, SILENT, TAKES, OPENS)

MOST_GROUPS = 40
BESIDE = {row.name: row.says for row in ROWS}


def column(spot: Spot, outcome: Outcome) -> str:
    """What became of the segment, in a word."""
    words = {what for what, *_ in outcome.replies}
    if words & {"RST", "RST+ACK"}:
        return RESETS
    if outcome.received or outcome.acked or outcome.state not in (spot.state.rfc_name, "CLOSED"):
        return OPENS if "SYN+ACK" in words else TAKES
    if outcome.state == "CLOSED" and spot.state is not State.CLOSED:
        return ENDS
    return ACKS if words else SILENT


def outcome_words(outcome: Outcome) -> str:
    """``ACK``, ``silence, CLOSED, EPIPE``, ``ACK, takes 10``."""
    parts = [", ".join(what for what, *_ in outcome.replies) or "silence"]
    if outcome.received:
        parts.append("taken")
    if outcome.acked:
        parts.append("acknowledged")
    if outcome.state == "CLOSED":
        parts.append("the connection ends")
    if outcome.error:
        parts.append(outcome.error)
    return ", ".join(parts)


def summary(measured: Measured, held: Held, traces: Traces, look: Look) -> Iterator[str]:
    """The whole of it: what was done, what the kernel did, how far its profile is right."""
    spots = {spot.name for spot in measured.spots}
    yield look.paint(f"{measured.kernel} beside the profile {held.profile}", "bold")
    says = (
        f"{held.cells:,} cells in {len(spots)} situations, each without timestamps, with good ones "
        "and with an old one; a fresh connection for every cell."
    )
    yield from look.wrap(says, "  ")
    yield ""
    yield from table(measured, look)
    yield ""
    yield from verdict(held, traces, look)
    if held.beside:
        yield ""
        yield from beside(held.beside, look)
    yield ""
    yield look.paint("Not measured", "bold")
    for name, why in measured.unreachable:
        yield from look.wrap(f"{name}: {why}", "  - ", "    ")


def table(measured: Measured, look: Look) -> Iterator[str]:
    """One row a state: what became of the segments."""
    counts: dict[State, Counter[str]] = defaultdict(Counter)
    for spot in measured.spots:
        counts[spot.state].update(column(spot, one) for *_, one in spot.outcomes())
    head = "".join(f"{name:>9}" for name in COLUMNS)
    yield look.paint(f"  {'state':<13}{'cells':>8}{head}", "bold")
    for state, row in sorted(counts.items()):
        cells = "".join(f"{f'{row[name]:,}' if row[name] else '-':>9}" for name in COLUMNS)
        yield f"  {state.rfc_name:<13}{row.total():>8,}{cells}"
    yield from look.wrap(
        "ends: the connection is gone and nothing is said. ACK: refused, and said so. taken: text, "
        "FIN or ACK moved it.",
        "  ",
    )


def compared(held: Held, look: Look) -> Iterator[str]:
    """Where the kernel is not like another profile."""
    yield from verdict(held, {}, look)
    left_out = held.beside.total()
    if left_out:
        says = f"{left_out:,} cells are left out: the axes of the law do not tell them."
        yield from ("", *look.wrap(says))


def verdict(held: Held, traces: Traces, look: Look) -> Iterator[str]:
    """How many agree; those that do not, folded."""
    differ = len(held.differ)
    if not differ:
        yield look.paint(f"All {held.cells:,} cells agree with {held.profile}.", "green")
        return
    yield look.paint(f"{differ:,} of {held.cells:,} cells differ from {held.profile}.", "red")
    yield from differing(held.differ, traces, look)


def differing(found: Sequence[Found], traces: Traces, look: Look) -> Iterator[str]:
    """The cells where a law is wrong about this kernel, most of a kind first, and how to see it."""
    groups: dict[tuple[str, str], list[Found]] = defaultdict(list)
    for one in found:
        says = f"{one.action.name.replace('_', ' ')} ({one.rule})"
        groups[outcome_words(one.outcome), says].append(one)
    ordered = sorted(groups.items(), key=lambda item: -len(item[1]))
    for (saw, says), members in ordered[:MOST_GROUPS]:
        yield ""
        yield from look.wrap(f"{len(members):,} cells. The kernel: {saw}", "  ", "    ")
        yield from look.wrap(f"the profile: {says}", "    ")
        blocks = {tuple((value,) for value in axes_of(one.law_cell)) for one in members}
        for states, kinds, seqs, acks in fold(sorted(blocks)):
            where = (
                f"{_names(State, states)} - {_names(Kind, kinds)} - seq {_names(Seq, seqs)} - "
                f"ack {_names(Ack, acks)}"
            )
            yield from look.wrap(where, "      ", "        ")
        for one in members:
            for line in traces.get(place_of(one), ()):
                yield f"    {line}"
    if len(ordered) > MOST_GROUPS:
        yield f"  and {len(ordered) - MOST_GROUPS} kinds of difference more"


def _names(axis: type[State | Kind | Seq | Ack], values: Sequence[int]) -> str:
    if len(values) == len(axis):
        return "any"
    members = [axis(value) for value in values]
    return ", ".join(getattr(one, "rfc_name", one.name) for one in members)


def beside(counts: Counter[str], look: Look) -> Iterator[str]:
    """Segments that the axes of the law cannot tell apart."""
    yield look.paint("Decided beside the table, whose axes do not tell", "bold")
    for name, number in counts.most_common():
        yield from look.wrap(f"{number:>7,}  {BESIDE[name]}", "  ", " " * 11)


# --- the fuzz -------------------------------------------------------------------------------------


def fuzzed(total: Fuzzed, profile: str, seed: int, look: Look) -> Iterator[str]:
    """Every disagreement with its reproducer; the last line is the count."""
    for one in total.disagreements:
        yield from disagreement(one, look)
        yield ""
    states = ", ".join(
        f"{state.rfc_name} {number:,}" for state, number in sorted(total.states.items())
    )
    yield look.paint(f"{total.trials:,} connections, seed {seed}, by {profile}", "bold")
    yield from look.wrap(f"Segments by state: {states}.", "  ", "    ")
    actions = ", ".join(
        f"{Action(action).name} {number:,}" for action, number in total.actions.most_common()
    )
    yield from look.wrap(f"By what the law says: {actions}.", "  ", "    ")
    if total.beside:
        yield from beside(total.beside, look)
    if total.undecidable:
        yield f"  {total.undecidable:,} segments the law cannot decide"
    if total.late:
        yield from look.wrap(
            f"{total.late:,} segments more were not judged: this machine was too busy to be done "
            "before a timer of the kernel",
            "  ",
        )
    if total.passing:
        yield f"  {total.passing:,} disagreements did not come again, and do not count"
    yield f"{total.segments} segments, {len(total.disagreements)} disagreements"


def disagreement(one: Disagreement, look: Look) -> Iterator[str]:
    """What is not as the law says, and the connection to see it again."""
    yield look.paint(f"Connection {one.trial}, {one.situation}", "bold")
    says = "; ".join(one.complaints)
    yield from look.wrap(f"The law: {one.action.name} ({one.rule}). The kernel: {says}.", "  ")
    yield from (f"    {line}" for line in one.trace)
