"""RFC 793 with the corrections of RFC 1122 4.2.2: the law before blind resets were feared.

Rows in the order of RFC 793 pages 65-76, which RFC 9293 3.10.7 keeps. Every other profile starts
from these rows.
"""

from __future__ import annotations

from unstick.tcp.profiles.base import Numbers, Profile, Source
from unstick.tcp.rules import (
    ANY_SYN,
    NEXT,
    NEXT_CLOSED,
    NOT_ACCEPTABLE,
    PAST_NEXT,
    PEER_CLOSED,
    RFC_OUTSIDE,
    WITH_TEXT,
    Rule,
    any_but,
    only,
)
from unstick.tcp.vocabulary import Ack, Action, Kind, Seq, State

CLOSED, LISTEN = only(State.CLOSED), only(State.LISTEN)
SYN_SENT, SYN_RECEIVED = only(State.SYN_SENT), only(State.SYN_RECEIVED)
TIME_WAIT = only(State.TIME_WAIT)
RST = only(Kind.RST)

ROWS = (
    # An unknown option is ignored (RFC 9293 3.1, MUST-6): what is under it decides, and callers
    # do not classify as SIGNED for a stack that does not look.
    Rule("signed-unseen", Action.UNDECIDABLE, "RFC 9293 3.1", kinds=only(Kind.SIGNED)),
    # --- CLOSED, RFC 9293 3.10.7.1
    Rule("closed-rst", Action.DROP, "RFC 9293 3.10.7.1", states=CLOSED, kinds=RST),
    Rule("closed", Action.REPLY_RST, "RFC 9293 3.10.7.1", states=CLOSED),
    # --- LISTEN, RFC 9293 3.10.7.2
    Rule("listen-rst", Action.DROP, "RFC 9293 3.10.7.2", states=LISTEN, kinds=RST),
    Rule(
        "listen-ack", Action.REPLY_RST, "RFC 9293 3.10.7.2", states=LISTEN, acks=any_but(Ack.NONE)
    ),
    Rule("listen-syn", Action.ACCEPT, "RFC 9293 3.10.7.2", states=LISTEN, kinds=only(Kind.SYN)),
    Rule("listen-other", Action.DROP, "RFC 9293 3.10.7.2", states=LISTEN),
    # --- SYN-SENT, RFC 9293 3.10.7.3
    Rule(
        "syn-sent-rst-bad-ack",
        Action.DROP,
        "RFC 9293 3.10.7.3",
        states=SYN_SENT,
        kinds=RST,
        acks=NOT_ACCEPTABLE | only(Ack.NONE),
    ),
    Rule(
        "syn-sent-bad-ack",
        Action.REPLY_RST,
        "RFC 9293 3.10.7.3",
        states=SYN_SENT,
        acks=NOT_ACCEPTABLE,
    ),
    Rule(
        "syn-sent-ack-unknown",
        Action.UNDECIDABLE,
        "RFC 9293 3.10.7.3",
        states=SYN_SENT,
        acks=only(Ack.UNKNOWN),
    ),
    Rule("syn-sent-rst", Action.RESET, "RFC 9293 3.10.7.3", states=SYN_SENT, kinds=RST),
    Rule("syn-sent-syn", Action.ACCEPT, "RFC 9293 3.10.7.3", states=SYN_SENT, kinds=ANY_SYN),
    Rule("syn-sent-other", Action.DROP, "RFC 9293 3.10.7.3", states=SYN_SENT),
    # --- all other states, RFC 9293 3.10.7.4. First: is the sequence number acceptable?
    # The last sequence number used is N - 1, its FIN: N is already "larger" (RFC 1122).
    Rule(
        "time-wait-syn",
        Action.NEW_CONNECTION,
        "RFC 1122 4.2.2.13",
        states=TIME_WAIT,
        kinds=only(Kind.SYN),
        seqs=NEXT | PAST_NEXT,
    ),
    Rule(
        "numbers-unknown",
        Action.UNDECIDABLE,
        "RFC 9293 3.10.7.4, first",
        seqs=only(Seq.PAWS, Seq.UNKNOWN),
    ),
    Rule("rst-outside", Action.DROP, "RFC 9293 3.10.7.4, first", kinds=RST, seqs=RFC_OUTSIDE),
    Rule("outside", Action.ACK, "RFC 9293 3.10.7.4, first", seqs=RFC_OUTSIDE),
    Rule(
        "no-room",
        Action.ACK,
        "RFC 9293 3.10.7.4, first",
        kinds=WITH_TEXT | ANY_SYN,
        seqs=NEXT_CLOSED,
    ),
    # Second: RST.
    Rule("rst", Action.RESET, "RFC 793 3.9, second", kinds=RST),
    # Fourth: SYN.
    Rule(
        "syn-received-syn",
        Action.RESET,
        "RFC 1122 4.2.2.20 (e)",
        states=SYN_RECEIVED,
        kinds=ANY_SYN,
    ),
    Rule("syn", Action.REPLY_RST_AND_RESET, "RFC 793 3.9, fourth", kinds=ANY_SYN),
    # Fifth: ACK.
    Rule("no-ack", Action.DROP, "RFC 9293 3.10.7.4, fifth", acks=only(Ack.NONE)),
    Rule("ack-unknown", Action.UNDECIDABLE, "RFC 9293 3.10.7.4, fifth", acks=only(Ack.UNKNOWN)),
    # RFC 793 says SND.UNA =< SEG.ACK here; an ACK of nothing is enough.
    Rule(
        "syn-received-bad-ack",
        Action.REPLY_RST,
        "RFC 793 3.9, fifth",
        states=SYN_RECEIVED,
        acks=any_but(Ack.CURRENT, Ack.NEW, Ack.NEW_FIN),
    ),
    Rule("ack-future", Action.ACK, "RFC 9293 3.10.7.4, fifth", acks=only(Ack.FUTURE)),
    # Seventh: text. After the peer's FIN there can be none: "ignore the segment text".
    Rule(
        "text-after-fin",
        Action.ACCEPT,
        "RFC 9293 3.10.7.4, seventh",
        states=PEER_CLOSED | TIME_WAIT,
        kinds=only(Kind.DATA),
    ),
    Rule("accepted", Action.ACCEPT, "RFC 9293 3.10.7.4, seventh"),
)

PROFILE = Profile(
    name="rfc793",
    title="RFC 793 with RFC 1122 (before RFC 5961)",
    base=None,
    known_from="the text of RFC 793, RFC 1122 and RFC 9293",
    rows=ROWS,
    numbers=Numbers(paws=False, signatures=False),
    number_sources={
        "paws": Source("RFC 793 knows no timestamps"),
        "signatures": Source("RFC 793 knows no signatures; unknown options are ignored"),
    },
)
