"""FreeBSD, base stack (not RACK or BBR): RST is compared with the last ACK sent, not RCV.NXT."""

from __future__ import annotations

from unstick.tcp.profiles.base import Numbers, Profile, Source
from unstick.tcp.rules import ANY_SYN, BELOW_NEXT, INSIDE, PAST_NEXT, Amendment, Rule, only
from unstick.tcp.vocabulary import Ack, Action, Kind, Seq, State

RST = only(Kind.RST)
TIME_WAIT = only(State.TIME_WAIT)
INPUT = "FreeBSD tcp_do_segment()"
TIME_WAITS = "FreeBSD tcp_twcheck()"
LAST_ACK_SENT = only(Seq.LEFT, Seq.LEFT_LAST, Seq.EXACT, Seq.EXACT_CLOSED)
IN_WINDOW = INSIDE | only(Seq.UNACKED, Seq.LAST, Seq.EXACT_UNACKED)

TIME_WAIT_RST = Rule("time-wait-rst", Action.DROP, "RFC 1337", states=TIME_WAIT, kinds=RST)
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
    known_from="source of tcp_input.c; 627 scripts of the FreeBSD TCP test suite",
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
        Amendment(
            source="test suite: rcv-syn-time-wait, rcv-syn-fin-time-wait, rcv-fin-time-wait",
            replaces=("time-wait-syn",),
            rows=(
                # N itself is not newer, whatever RFC 1122 4.2.2.13 says.
                Rule(
                    "time-wait-syn",
                    Action.NEW_CONNECTION,
                    TIME_WAITS,
                    states=TIME_WAIT,
                    kinds=only(Kind.SYN),
                    seqs=PAST_NEXT,
                ),
                Rule(
                    "time-wait-no-ack",
                    Action.DROP,
                    TIME_WAITS,
                    states=TIME_WAIT,
                    kinds=~RST,
                    seqs=~only(Seq.PAWS, Seq.UNKNOWN),
                    acks=only(Ack.NONE),
                ),
            ),
        ),
        Amendment(
            source="RFC: not tested by the suite, not read in the syncache",
            replaces=("syn-received-syn",),
            rows=(
                Rule(
                    "syn-received-syn",
                    Action.RESET,
                    "RFC 1122 4.2.2.20 (e)",
                    states=only(State.SYN_RECEIVED),
                    kinds=ANY_SYN,
                    confirmed=False,
                ),
            ),
        ),
        Amendment(
            source="test suite: rcv-syn-ack-listen: not a word, against RFC 9293 3.10.7.2",
            before="listen-ack",
            rows=(
                Rule(
                    "listen-syn-ack",
                    Action.DROP,
                    "FreeBSD tcp_input()",
                    states=only(State.LISTEN),
                    kinds=only(Kind.SYN_ACK),
                ),
            ),
        ),
        Amendment(
            source="source: tcp_do_segment(); test suite: snippets/time-wait-via-closing",
            before="outside",
            rows=(
                # Text it has is cut off; the ACK number that comes with it counts.
                Rule(
                    "old-acks-fin",
                    Action.ACCEPT,
                    INPUT,
                    states=only(State.CLOSING, State.LAST_ACK),
                    kinds=only(Kind.ACK, Kind.DATA, Kind.FIN),
                    seqs=BELOW_NEXT,
                    acks=only(Ack.NEW_FIN),
                ),
            ),
        ),
    ),
    vouched=RST | ANY_SYN,
    numbers=Numbers(paws=True, challenge_per_socket_ms=None, answered_zero_window_limited=False),
    number_sources={
        "paws": Source("source: tcp_do_segment(), after the RST check"),
        "answered_zero_window_limited": Source("RFC 1122 4.2.2.17", confirmed=False),
    },
    limits=(
        "The real window can be larger than the one advertised: near the right edge be careful.",
        "Before 2025-12 a SYN-ACK to a listener drew a reset, as RFC 9293 3.10.7.2 says.",
        "RACK and BBR also reset at RCV.NXT when the last ACK sent is older.",
    ),
)
