"""FreeBSD, base stack (not RACK or BBR): RST is compared with the last ACK sent, not RCV.NXT."""

from __future__ import annotations

from unstick.tcp.profiles.base import Numbers, Profile, Source
from unstick.tcp.rules import INSIDE, Amendment, Rule, only
from unstick.tcp.vocabulary import Action, Kind, Seq, State

RST = only(Kind.RST)
INPUT = "FreeBSD tcp_do_segment()"
LAST_ACK_SENT = only(Seq.LEFT, Seq.LEFT_LAST, Seq.EXACT, Seq.EXACT_CLOSED)
IN_WINDOW = INSIDE | only(Seq.UNACKED, Seq.LAST, Seq.EXACT_UNACKED)

TIME_WAIT_RST = Rule(
    "time-wait-rst", Action.DROP, "RFC 1337", states=only(State.TIME_WAIT), kinds=RST
)
# rcv_wnd is computed anew from the socket buffer, which nobody sees: challenge or silence.
CLOSED_UNACKED = Rule(
    "rst-closed-unacked",
    Action.UNDECIDABLE,
    INPUT,
    kinds=RST,
    seqs=only(Seq.EXACT_UNACKED_CLOSED),
)

PROFILE = Profile(
    name="freebsd",
    title="FreeBSD 10.1 and newer, base stack",
    base="rfc5961",
    known_from="source of tcp_input.c; RST tests of the FreeBSD TCP test suite",
    amendments=(
        Amendment(
            source="source: tcp_do_segment(), V_tcp_insecure_rst = 0; 3220a2121cc9 (2014)",
            replaces=("rst-outside", "rst-exact", "rst-in-window"),
            rows=(
                TIME_WAIT_RST,
                Rule("rst-exact", Action.RESET, INPUT, kinds=RST, seqs=LAST_ACK_SENT),
                CLOSED_UNACKED,
                Rule("rst-in-window", Action.CHALLENGE, INPUT, kinds=RST, seqs=IN_WINDOW),
                Rule(
                    "rst-outside",
                    Action.DROP,
                    INPUT,
                    kinds=RST,
                    seqs=~only(Seq.PAWS, Seq.UNKNOWN),
                ),
            ),
        ),
    ),
    vouched=RST,
    numbers=Numbers(paws=True, challenge_per_socket_ms=None, answered_zero_window_limited=False),
    number_sources={
        "paws": Source("source: tcp_do_segment(), after the RST check"),
        "answered_zero_window_limited": Source("RFC 1122 4.2.2.17", confirmed=False),
    },
    limits=(
        "The real window can be larger than the one advertised: near the right edge be careful.",
        "RACK and BBR also reset at RCV.NXT when the last ACK sent is older.",
    ),
)
