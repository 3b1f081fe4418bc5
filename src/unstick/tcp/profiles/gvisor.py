"""gVisor (netstack) of 2026-05 and newer: exact match, the right edge inside the window."""

from __future__ import annotations

from unstick.tcp.profiles.base import Numbers, Profile, Source
from unstick.tcp.rules import AT_RIGHT_EDGE, INSIDE, NEXT, Amendment, Rule, only
from unstick.tcp.vocabulary import Action, Kind, Seq, State

RST = only(Kind.RST)
RESET = "gVisor handleReset()"

PROFILE = Profile(
    name="gvisor",
    title="gVisor netstack, 2026-05 and newer",
    base="rfc5961",
    known_from="source at 3c5eee17; 484ef1208 (PR #13165) brought the exact match",
    amendments=(
        Amendment(
            source="source: handleReset(), header.Acceptable; TIME-WAIT ignores RST",
            replaces=("rst-outside", "rst-exact", "rst-in-window"),
            rows=(
                Rule(
                    "time-wait-rst",
                    Action.DROP,
                    "RFC 1337",
                    states=only(State.TIME_WAIT),
                    kinds=RST,
                ),
                Rule("rst-exact", Action.RESET, RESET, kinds=RST, seqs=NEXT),
                Rule("rst-in-window", Action.CHALLENGE, RESET, kinds=RST, seqs=INSIDE),
                # "rcvWnd is incremented by 1 because that is Linux's behavior".
                Rule("rst-right-edge", Action.CHALLENGE, RESET, kinds=RST, seqs=AT_RIGHT_EDGE),
                Rule(
                    "rst-outside", Action.DROP, RESET, kinds=RST, seqs=~only(Seq.PAWS, Seq.UNKNOWN)
                ),
            ),
        ),
    ),
    vouched=RST,
    numbers=Numbers(challenge_per_socket_ms=500),
    number_sources={
        "challenge_per_socket_ms": Source("source: maybeSendOutOfWindowAck()"),
    },
    limits=("Before 2026-05 any RST in the window resets: compare smoltcp.",),
)
