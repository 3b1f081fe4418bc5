"""What the captured end did beside what this kernel did, and the rule that decides. Pure.

The law is asked for this kernel's profile; what the kernel really did has the last word, and where
the law says otherwise that is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from unstick.lab.packets import CLIENT
from unstick.lab.playback.plan import Plan
from unstick.tcp.observed import Connection, Reset
from unstick.tcp.vocabulary import Side as Sides

KERNELS = (
    # newest first: from this release of Linux on, the profile that describes it
    ((6, 17), "linux-6.17"),
    ((4, 11), "linux-4.11"),
    ((4, 7), "linux-4.7"),
    ((3, 6), "linux-3.6"),
    ((0, 0), "linux-2.6"),
)

ENDS, CHALLENGED, SILENT = "ends it", "a challenge ACK", "refused in silence"
LATE, UNSEEN = "it was over before", "not visible"
WORDS = {"honoured": ENDS, "refused-silently": SILENT, "refused-challenged": CHALLENGED}
"""Of the law's verdicts, as the table has them."""

WAITING = {
    # state at the end: what it waits for, and who says so
    "SYN-RECEIVED": ("it waits for the ACK of its SYN-ACK", "RFC 9293 3.5"),
    "SYN-SENT": ("it waits for a SYN-ACK", "RFC 9293 3.5"),
    "ESTABLISHED": ("nothing ends it but its program or a timeout", "RFC 9293 3.8.3"),
    "FIN-WAIT-1": ("it waits for the ACK of its FIN", "RFC 9293 3.6"),
    "FIN-WAIT-2": ("it waits for the peer's FIN", "RFC 9293 3.6"),
    "CLOSE-WAIT": ("it waits for its own program to close", "RFC 9293 3.6"),
    "CLOSING": ("it waits for the ACK of its FIN", "RFC 9293 3.6"),
    "LAST-ACK": ("it waits for the ACK of its FIN", "RFC 9293 3.6"),
    "TIME-WAIT": ("both closed", "RFC 9293 3.6"),
    "CLOSED": ("it is over", "RFC 9293 3.3.2"),
}


class Met(NamedTuple):
    """One reset at the kernel: whether the connection was there before and after it, whether an
    ACK came back, and how far the kernel had acknowledged."""

    seq: int
    before: bool
    after: bool
    challenged: bool
    acked: int | None


class Here(NamedTuple):
    """What this kernel did; numbers as in ``plan.Captured``. ``state``: in the kernel's own words.
    ``played``: segments that were sent; ``late``: those that waited in vain for the kernel."""

    acked: int | None
    resets: int
    copies: int
    probes: int
    state: str
    error: str | None
    met: tuple[Met, ...]
    played: int
    late: int
    watched_s: float


class Row(NamedTuple):
    """``same`` None: one of the two does not tell."""

    what: str
    captured: str
    here: str
    same: bool | None


class Rule(NamedTuple):
    """What decides: in words, by which rule, who says so; ``like``: stacks that do what the
    capture shows. ``doubt``: the law expected something else of this kernel."""

    says: str
    rule: str | None
    cite: str
    like: tuple[str, ...] = ()
    doubt: str | None = None


class Compared(NamedTuple):
    rows: tuple[Row, ...]
    rules: tuple[Rule, ...]
    remarks: tuple[str, ...]

    @property
    def same(self) -> bool:
        return all(row.same is not False for row in self.rows)

    @property
    def certain(self) -> bool:
        """Each row tells of both."""
        return all(row.same is not None for row in self.rows)


def profile_of(release: str) -> str:
    """``6.18.44`` -> ``linux-6.17``."""
    numbers = [int(one) for one in release.split("-")[0].split(".")[:2] if one.isdigit()]
    version = (*numbers, 0, 0)[:2]
    return next(name for since, name in KERNELS if version >= since)


class Volley(NamedTuple):
    """Resets of one number, one after the other."""

    seq: int
    resets: tuple[Reset, ...]

    @property
    def times(self) -> int:
        return sum(max(1, one.note.count) for one in self.resets)

    @property
    def did(self) -> str:
        """What the captured end was seen to do."""
        if any(one.observed == "honoured" for one in self.resets):
            return ENDS
        if any(one.challenge is not None for one in self.resets):
            return CHALLENGED
        refused = any(one.observed == "refused" for one in self.resets)
        return SILENT if refused else UNSEEN


def compare(plan: Plan, connection: Connection, here: Here) -> Compared:
    """``connection`` with the verdicts of this kernel's profile."""
    played = Sides.CLIENT if plan.played == CLIENT else Sides.SERVER
    volleys = volleys_of(connection, played)
    rows: list[Row] = []
    rules: list[Rule] = []
    remarks: list[str] = []
    for volley in volleys:
        met = [one for one in here.met if one.seq == volley.seq]
        did = did_here(met, here.error)
        row, kind = reset_row(volley, did)
        rows.append(row)
        acked = next((one.acked for one in met), None)
        elsewhere = moved(volley, acked, connection, plan)
        remarks += elsewhere
        if kind is not None:
            rule = rule_of(volley, kind, row.same)
            # The law was asked about the numbers of the capture.
            rules.append(rule._replace(doubt=None) if elsewhere else rule)
    end = end_rows(plan, connection, here)
    rows += end
    if plan.captured.gave_up_s is not None:
        remarks.append(
            f"The captured {plan.tried} gave up {plan.captured.gave_up_s:.1f} s after the last "
            f"word it heard; this one was watched for {here.watched_s:.1f} s."
        )
    if plan.captured.acked is not None and (here.acked or 0) > plan.captured.acked:
        rules.append(taken(plan))
    elif not rules:
        rules.append(waiting(here))
    return Compared(tuple(rows), tuple(rules), tuple(remarks))


def volleys_of(connection: Connection, played: Sides) -> list[Volley]:
    mine = [one for one in connection.resets if one.note.side is played]
    found = []
    for raw, resets in groupby(mine, key=lambda one: one.note.seq):
        seq = connection.relative(played, raw)
        if seq is not None:
            found.append(Volley(seq, tuple(resets)))
    return found


def did_here(met: Sequence[Met], error: str | None) -> str:
    """What the kernel did with the resets of one number."""
    there = [one for one in met if one.before]
    if not there:
        return LATE
    if any(not one.after for one in there):
        return ENDS if error is None else f"{ENDS} ({error})"
    return CHALLENGED if any(one.challenged for one in there) else SILENT


def reset_row(volley: Volley, did: str) -> tuple[Row, str | None]:
    """The row, and the kernel's reaction in the table's words (None: it never came to that)."""
    first = volley.resets[0]
    place = "" if first.below is None else f", {placed(first.below)}"
    what = f"RST {volley.seq:,}{place}"
    if volley.times > 1:
        what += f" ({volley.times:,}x)"
    captured = volley.did
    if did == LATE:
        return Row(what, captured, did, None), None
    kind = ENDS if did.startswith(ENDS) else did
    same = None if captured == UNSEEN else captured == kind
    return Row(what, captured, did, same), kind


def placed(below: int) -> str:
    if below == 0:
        return "exact"
    return f"{below:,} too low" if below > 0 else f"{-below:,} too high"


def rule_of(volley: Volley, kind: str, same: bool | None) -> Rule:
    """The law's row for this reset, and who does what the capture shows."""
    first = volley.resets[0]
    expected = WORDS.get(first.verdict)
    doubt = None
    if expected is not None and expected != kind:
        doubt = f"the law expected: {expected}; worth a report"
    like: tuple[str, ...] = ()
    if same is False:
        like = tuple(
            sorted(name for name, word in first.profiles.items() if WORDS.get(word) == volley.did)
        )
    return Rule(f"RST {volley.seq:,}: {kind}", first.rule, first.cite, like, doubt)


def moved(volley: Volley, acked: int | None, connection: Connection, plan: Plan) -> list[str]:
    """Where the kernel had acknowledged more or less than the captured end when the reset came."""
    note = volley.resets[0].note
    captured = connection.relative(note.side, note.last_ack)
    if acked is None or captured is None or acked == captured:
        return []
    return [
        f"When RST {volley.seq:,} came, this kernel had acknowledged {acked:,}, the captured "
        f"{plan.tried} {captured:,}."
    ]


def end_rows(plan: Plan, connection: Connection, here: Here) -> list[Row]:
    """How far it acknowledged, whether it reset, whether it sends again, where it ends."""
    captured = plan.captured
    over = here.state == "CLOSED"
    rows = [Row("acknowledges up to", number(captured.acked), number(here.acked), None)]
    if captured.acked is not None and here.acked is not None:
        # A kernel that was reset on the way has not heard the rest.
        same = captured.acked == here.acked
        rows[0] = rows[0]._replace(same=None if over and not same else same)
    if captured.resets or here.resets:
        rows.append(Row("resets", yes(captured.resets), yes(here.resets), None))
        rows[-1] = rows[-1]._replace(same=bool(captured.resets) == bool(here.resets))
    if captured.copies or (here.copies and not over):
        told = f"{times(captured.copies)} in {captured.copies_s:.1f} s"
        now = "no" if not here.copies else f"{times(here.copies)} in {here.watched_s:.1f} s"
        same_copies = None if plan.tail_s < 1 else bool(captured.copies) == bool(here.copies)
        rows.append(Row("sends again", told if captured.copies else "no", now, same_copies))
    if captured.probes or here.probes:
        probes = yes(captured.probes), yes(here.probes)
        rows.append(Row("probes", *probes, bool(captured.probes) == bool(here.probes)))
    state = connection.side(Sides.SERVER if plan.played == CLIENT else Sides.CLIENT).state
    then = "not known" if state is None else state.rfc_name
    shown = f"{here.state} ({here.error})" if over and here.error else here.state
    same_end = None if state is None else alike(then, here.state)
    if captured.gave_up_s is not None:
        same_end = None
    rows.append(Row("at the end", then, shown, same_end))
    return rows


def alike(captured: str, here: str) -> bool:
    """TIME-WAIT ends by itself, and a capture does not show when."""
    gone = {"TIME-WAIT", "CLOSED"}
    return captured == here or {captured, here} <= gone


def taken(plan: Plan) -> Rule:
    """It acknowledges what the captured end never did."""
    says = f"what the captured {plan.tried} did not acknowledge, this kernel takes"
    doubt = (
        f"it never reached the captured {plan.tried}, was not read there in time, or its law is "
        "another"
    )
    return Rule(says, None, "RFC 9293 3.10.7.4, seventh", (), doubt)


def waiting(here: Here) -> Rule:
    """Why it is where it is, when no reset was judged."""
    if here.state != "CLOSED" and here.copies:
        says = "it sends again, until tcp_retries2 is used up"
        return Rule(f"{here.state}: {says}", None, "Linux tcp_write_timeout()")
    if here.state != "CLOSED" and here.probes:
        says = "its peer's window is closed; as long as probes are answered nothing ends it"
        return Rule(f"{here.state}: {says}", None, "RFC 9293 3.8.6.1")
    says, cite = WAITING.get(here.state, ("not a state of a connection", "RFC 9293 3.3.2"))
    return Rule(f"{here.state}: {says}", None, cite)


def number(value: int | None) -> str:
    return "nothing" if value is None else f"{value:,}"


def yes(count: int) -> str:
    return times(count) if count else "no"


def times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
