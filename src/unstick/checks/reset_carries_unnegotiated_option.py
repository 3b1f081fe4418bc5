"""An exact reset is ignored because it carries an MD5 or AO option that nobody agreed on.

What happens
------------
TCP-MD5 and TCP-AO sign every segment of a connection, from its SYN on. A stack that has no key
for the connection drops a segment that is signed all the same, before it looks at its number. So
a reset that would have ended the connection ends nothing.

Why it sticks
-------------
The sender of the reset believes the connection to be over. Firewalls and intrusion detection
that do not know the rule believe it, too, and stop looking: an old way to evade them.

Look-alikes
-----------
- A connection whose SYN carried the option: the reset counts (BGP).
- A capture without the SYNs: nobody knows what was agreed. Not a finding.

What to do
----------
If the reset was meant: let its sender leave the option away. If not: somebody tests, or evades,
a box on the path; make that box judge resets as the stack does.

References
----------
RFC 2385 2; RFC 5925 7.3; Linux tcp_inbound_hash() (TCPMD5Unexpected, TCPAOKeyNotFound).
"""

from __future__ import annotations

from collections.abc import Iterator

from unstick.checks.base import Check, Evidence, Finding, Remedy, Risk, Severity, Where
from unstick.checks.refusals import STATES
from unstick.checks.words import name
from unstick.tcp.observed import Connection, Reset
from unstick.tcp.resets import unexpected_signature
from unstick.wire.columns import OPTION_MD5

REMEDIES = (
    Remedy(
        "Send resets of this connection without the option",
        Where.MIDDLEBOX,
        Risk.SAFE,
    ),
    Remedy(
        "See whether the receiver counts such segments",
        Where.OPERATOR,
        Risk.SAFE,
        "nstat -az TcpExtTCPMD5Unexpected TcpExtTCPAOKeyNotFound",
    ),
)


def in_connection(connection: Connection) -> Iterator[Finding]:
    """The first exact reset with such an option that its receiver did not obey."""
    for reset in connection.resets:
        note = reset.note
        exact = reset.below == 0 and note.state in STATES
        if exact and unexpected_signature(connection, note) and reset.survived:
            yield _finding(connection, reset)
            return


def _finding(connection: Connection, reset: Reset) -> Finding:
    note = reset.note
    sender, receiver = name(note.side), name(note.receiver)
    option = "MD5" if note.options & OPTION_MD5 else "AO"
    seen = reset.observed == "refused"
    evidence = [
        Evidence(
            f"the {sender}'s reset in frame {reset.frame} is exact, and carries a TCP {option} "
            "option that no SYN had",
            (reset.frame,),
            {"option": option, "offset": 0},
            "RFC 2385 2" if option == "MD5" else "RFC 5925 7.3",
        )
    ]
    if seen:
        evidence.append(Evidence(f"{receiver}: {reset.observed_because}", (reset.frame,)))
    return Finding(
        code="R107",
        severity=Severity.WARNING if seen else Severity.NOTE,
        headline=f"An exact reset is ignored for its TCP {option} option, never agreed on",
        evidence=tuple(evidence),
        remedies=REMEDIES,
        stream=connection.stream,
        capture=connection.capture,
        doubt=f"A key on the {receiver}'s listener would make it a signature that does not fit",
        since_ns=note.ns,
    )


CHECK = Check(
    code="R107",
    name="reset-carries-unnegotiated-option",
    summary="exact RST ignored for its MD5 or AO option",
    manual=__doc__ or "",
    remedies=REMEDIES,
    in_connection=in_connection,
)
