"""A reset outside the window: dropped without a word, and the socket lives on.

What happens
------------
One side no longer has the connection and says so with a RST. The other side's stack looks at its
sequence number first: it must lie inside the receive window, and on most stacks it must be just
the next number expected. This one lies outside, so it is dropped; nothing on the wire tells.

Why it sticks
-------------
Whoever sent the reset believes the connection is over and forgets it. The receiver knows nothing
of it: it retransmits into the void, or waits for data that never comes. The usual cause is a
reset that answers a segment sent before the last bytes or the FIN were acknowledged (R104): it is
too low by just those. One too low is the FIN; Linux 4.11 and later take that one for good in
CLOSE-WAIT, LAST-ACK and CLOSING, and no stack takes two.

Look-alikes
-----------
- The exact reset follows: what was in flight drew resets that are too low, later segments draw
  exact ones. Nothing is stuck: not a finding, or a note if the refusal was seen.
- A reset inside the window that is not exact draws a challenge ACK (R102).
- The receiver has closed already (TIME-WAIT, CLOSED): the reset has nothing to end. Not a finding.
- The reset was sent by another host (R106), or is ignored for an option (R107).
- Seen far from the receiver, a reset that its stack would honour may just have been lost.

What to do
----------
End the socket now (ss -K). Bound sends and idle times so that the next one ends by itself:
TCP_USER_TIMEOUT, keepalive. Where one too low is the trouble, a kernel of 4.11 or later helps; a
pipelined request or a TLS close_notify before the FIN makes it more than one, and nothing does.

References
----------
RFC 9293 3.10.7.4, first and 3.5.2; RFC 5961 3.2; Linux tcp_sequence(), tcp_reset_check().
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.refusals import apart, fell, genuine, is_stuck, lived_ns, matters
from unstick.checks.remedies import END_SOCKET
from unstick.checks.words import name, plural
from unstick.tcp.observed import SECOND, Connection, Reset

STACKS_SHOWN = 6
"""More names than this are counted, not listed: the report has the whole table."""

FRAMES_SHOWN = 12

REMEDIES = (
    END_SOCKET,
    Remedy(
        "Bound it in the program: sends by what is acknowledged, waiting by keepalive",
        Where.APPLICATION,
        Risk.SAFE,
    ),
    Remedy(
        "Let resets through until one is exact: forward, or answer, what follows the first",
        Where.MIDDLEBOX,
        Risk.SAFE,
    ),
)


def in_connection(connection: Connection) -> Iterator[Finding]:
    """One finding a side: the first reset of it that is refused, and how many."""
    for side in connection.sides:
        refused = [one for one in genuine(connection, side.side) if _refused(connection, one)]
        if refused:
            yield _finding(connection, refused)


def _refused(connection: Connection, reset: Reset) -> bool:
    """Outside the window by the law, or inside it and yet seen to be ignored without a word."""
    if reset.challenge is not None or reset.below == 0 or not matters(connection, reset):
        return False
    return reset.verdict != "refused-challenged"


def _finding(connection: Connection, refused: Sequence[Reset]) -> Finding:
    seen = [one for one in refused if one.observed == "refused"]
    reset = (seen or refused)[0]
    sender, receiver = name(reset.note.side), name(reset.note.receiver)
    stuck = is_stuck(connection, reset)
    verb = "refuses" if seen else "must refuse"
    if stuck:
        headline = f"The {receiver} refuses the {sender}'s reset, {apart(reset)}, and lives on"
    else:
        headline = f"The {receiver} {verb} the {sender}'s reset: it is {apart(reset)}"
    evidence = [fell(connection, reset), _law(connection, reset), _stacks(reset)]
    evidence += _observed(connection, reset)
    if len(refused) > 1:
        frames = tuple(one.frame for one in refused)
        count = sum(max(1, one.note.count) for one in refused)
        says = f"{plural(count, 'reset')} of the {sender} fell like that"
        evidence.append(Evidence(says, frames[:FRAMES_SHOWN], {"resets": count}))
    receiver_end = connection.side(reset.note.receiver)
    return Finding(
        code="R101",
        severity=Severity.WARNING if stuck else Severity.NOTE,
        headline=headline,
        evidence=tuple(evidence),
        remedies=REMEDIES if stuck else (),
        stream=connection.stream,
        capture=connection.capture,
        doubt=_doubt(connection, reset),
        stuck_side=receiver if stuck and receiver_end.ladder is not None else None,
        since_ns=reset.note.ns,
    )


def _law(connection: Connection, reset: Reset) -> Evidence:
    profile = connection.profile
    if reset.refused:
        says = f"it lies outside the window: {profile} drops it without a word ({reset.rule})"
        if not reset.confirmed:
            says += "; that rule is not confirmed for this stack"
    elif reset.verdict == "honoured":
        says = f"{profile} would honour it ({reset.rule}): this receiver is another stack"
    else:
        says = f"what {profile} does with it depends on numbers this capture does not show"
    return Evidence(says, (reset.frame,), {"verdict": reset.verdict}, reset.cite)


def _stacks(reset: Reset) -> Evidence:
    """Which stacks would have honoured it."""
    honour = [stack for stack, word in reset.profiles.items() if word == "honoured"]
    if not honour:
        says = "no stack known here honours it"
    elif len(honour) > STACKS_SHOWN:
        says = f"{len(honour)} of {len(reset.profiles)} stacks known here would honour it"
    else:
        says = f"{', '.join(honour)} would honour it"
        if len(honour) < len(reset.profiles):
            says += "; no other stack known here"
    return Evidence(says, values={"honoured_by": ", ".join(honour)})


def _observed(connection: Connection, reset: Reset) -> list[Evidence]:
    last = connection.side(reset.note.receiver).last_talk
    if reset.observed != "refused" or last is None:
        return []
    return [
        Evidence(
            f"the {name(reset.note.receiver)} did not end: {reset.observed_because}; no "
            "challenge ACK was seen",
            (last.frame,),
            {"lived_s": round(lived_ns(connection, reset) / SECOND, 3)},
        )
    ]


def _doubt(connection: Connection, reset: Reset) -> str:
    if not connection.captured_near(reset.note.receiver):
        return "The capture was not made at the receiver: the reset may have been lost after it"
    return "A firewall on the receiver's host may have dropped the reset before TCP saw it"


CHECK = Check(
    code="R101",
    name="reset-refused-silently",
    summary="RST outside the window: dropped without a word",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_connection=in_connection,
)
