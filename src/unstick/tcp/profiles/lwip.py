"""lwIP: exact match, and an ACK for every other RST in the window, its right edge included."""

from __future__ import annotations

from unstick.tcp.profiles.base import Numbers, Profile, Source
from unstick.tcp.rules import AT_RIGHT_EDGE, INSIDE, NEXT, Amendment, Rule, only
from unstick.tcp.vocabulary import Action, Kind, Seq, State

RST = only(Kind.RST)
PROCESS = "lwIP tcp_process()"

PROFILE = Profile(
    name="lwip",
    title="lwIP",
    base="rfc5961",
    known_from="source at 3d896ba0",
    amendments=(
        Amendment(
            source="source: tcp_process(), TCP_SEQ_BETWEEN; tcp_timewait_input() (RFC 1337)",
            replaces=("rst-outside", "rst-exact", "rst-in-window"),
            rows=(
                Rule(
                    "time-wait-rst",
                    Action.DROP,
                    "RFC 1337",
                    states=only(State.TIME_WAIT),
                    kinds=RST,
                ),
                Rule("rst-exact", Action.RESET, PROCESS, kinds=RST, seqs=NEXT),
                Rule(
                    "rst-in-window",
                    Action.CHALLENGE,
                    PROCESS,
                    kinds=RST,
                    seqs=INSIDE | AT_RIGHT_EDGE,
                ),
                Rule(
                    "rst-outside",
                    Action.DROP,
                    PROCESS,
                    kinds=RST,
                    seqs=~only(Seq.PAWS, Seq.UNKNOWN),
                ),
            ),
        ),
    ),
    vouched=RST,
    numbers=Numbers(paws=False, signatures=False),
    number_sources={
        "paws": Source("from memory: lwIP echoes timestamps and does not test them", False),
        "signatures": Source("from memory: unknown options are skipped", False),
    },
)
