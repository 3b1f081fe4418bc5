"""Linux 6.17 and newer, as measured on 6.18.44: docs/measured/linux-6.18.44.json, every cell of
which these rows agree with (``unstick lab probe``).

Three rows came after 6.17.0, by stable updates of 2026: the challenge to an ACK of the future,
the exact match in SYN-RECEIVED, and the FIN that may stick out of the window. A 6.17 without them
does there what linux-4.11 does.
"""

from __future__ import annotations

from unstick.tcp.profiles.base import Profile, Source
from unstick.tcp.profiles.linux_3_6 import (
    LIVE,
    QUEUE,
    REQUEST,
    RST,
    STATE,
    SYN_RECEIVED,
    VALIDATE,
)
from unstick.tcp.profiles.linux_4_11 import PROFILE as LINUX_4_11
from unstick.tcp.rules import (
    AT_RIGHT_EDGE,
    NEXT,
    NEXT_CLOSED,
    PEER_CLOSED,
    WITH_TEXT,
    Amendment,
    Rule,
    any_but,
    only,
)
from unstick.tcp.vocabulary import Ack, Action, Kind, Seq

PROFILE = Profile(
    name="linux-6.17",
    title="Linux 6.17 and newer (measured on 6.18.44)",
    base="linux-4.11",
    known_from="measured: linux-6.18.44.json (unstick lab probe); source of 6.13 and 7.x trees",
    amendments=(
        Amendment(
            source="measured: linux-6.18.44.json; step 1 of 6.13 sends SYN to the challenge",
            replaces=("paws-syn",),
            rows=(),
        ),
        Amendment(
            source="measured: linux-6.18.44.json; tcp_disordered_ack_check()",
            before="paws",
            rows=(
                # Below RCV.NXT in silence, the ACK that says nothing new taken, others answered.
                Rule(
                    "paws-bare-ack",
                    Action.UNDECIDABLE,
                    VALIDATE,
                    states=LIVE,
                    kinds=only(Kind.ACK),
                    seqs=only(Seq.PAWS),
                ),
            ),
        ),
        Amendment(
            source="measured: linux-6.18.44.json: exact match, whatever the ACK number",
            replaces=("request-rst-bad-ack", "request-rst-outside", "request-rst"),
            rows=(
                Rule(
                    "request-rst-exact",
                    Action.RESET,
                    REQUEST,
                    states=SYN_RECEIVED,
                    kinds=RST,
                    seqs=NEXT,
                ),
                Rule(
                    "request-rst-outside",
                    Action.DROP,
                    REQUEST,
                    states=SYN_RECEIVED,
                    kinds=RST,
                    seqs=only(Seq.OLD, Seq.BELOW, Seq.BELOW_CLOSED, Seq.BEYOND)
                    | only(Seq.LEFT, Seq.UNACKED, Seq.LAST, Seq.LEFT_LAST),
                ),
                Rule(
                    "request-rst",
                    Action.CHALLENGE,
                    REQUEST,
                    states=SYN_RECEIVED,
                    kinds=RST,
                    seqs=any_but(Seq.PAWS, Seq.UNKNOWN),
                ),
                Rule(
                    "request-rst-unknown",
                    Action.UNDECIDABLE,
                    REQUEST,
                    states=SYN_RECEIVED,
                    kinds=RST,
                ),
            ),
        ),
        Amendment(
            source="measured: linux-6.18.44.json; 42726ec644cb (7.0 and 6.18-stable)",
            replaces=("ack-future-established", "ack-future"),
            rows=(Rule("ack-future", Action.CHALLENGE, STATE, acks=only(Ack.FUTURE)),),
        ),
        Amendment(
            source="measured: linux-6.18.44.json; 9ca48d616ed7 (6.17)",
            before="text-after-fin",
            rows=(
                Rule(
                    "text-beyond-edge",
                    Action.ACK,
                    VALIDATE,
                    states=PEER_CLOSED,
                    kinds=only(Kind.DATA),
                    seqs=AT_RIGHT_EDGE,
                ),
            ),
        ),
        Amendment(
            source="measured: linux-6.18.44.json; a FIN needs no room, one with text does",
            replaces=("no-room",),
            rows=(
                Rule("fin-no-room", Action.ACCEPT, QUEUE, kinds=only(Kind.FIN), seqs=NEXT_CLOSED),
                Rule(
                    "no-room",
                    Action.ACK,
                    QUEUE,
                    kinds=WITH_TEXT,
                    seqs=NEXT_CLOSED | AT_RIGHT_EDGE,
                ),
            ),
        ),
    ),
    numbers=LINUX_4_11.numbers._replace(
        syn_linear_count=4, challenge_per_host_per_s=None, ancient_ack_by_acked=True
    ),
    number_sources={
        **(LINUX_4_11.number_sources or {}),
        "ancient_ack_by_acked": Source(
            "measured: linux-6.18.44.json; source: 3d501dd326fb (6.7), tcp_ack()"
        ),
        "syn_linear_count": Source("measured on 6.18: tcp_syn_linear_timeouts"),
        "challenge_per_host_per_s": Source("measured on 6.18: tcp_challenge_ack_limit is off"),
    },
    limits=(
        "A FIN with text in a closed window is refused; the table cannot tell it from a bare one.",
        "Text that begins inside the window and ends past it is refused while text waits unread.",
        "A bare ACK with an old timestamp is dropped, taken or answered: its place says which.",
        "In SYN-RECEIVED and TIME-WAIT a RST with an old timestamp is dropped.",
        *LINUX_4_11.limits[:2],
    ),
)
