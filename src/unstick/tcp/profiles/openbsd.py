"""OpenBSD: a RST counts at three exact places and nowhere else; nothing is challenged."""

from __future__ import annotations

from unstick.tcp.profiles.base import Numbers, Profile, Source
from unstick.tcp.rules import (
    ANY_SYN,
    NEXT,
    PAST_NEXT,
    SYNCHRONIZED_STATES,
    Amendment,
    Rule,
    any_but,
    only,
)
from unstick.tcp.vocabulary import Ack, Action, Kind, Seq, State

RST = only(Kind.RST)
INPUT = "OpenBSD tcp_input()"

PROFILE = Profile(
    name="openbsd",
    title="OpenBSD",
    base="rfc5961",
    known_from="source of sys/netinet/tcp_input.c, openbsd/src at 00007ca3",
    amendments=(
        Amendment(
            source="source: last_ack_sent, rcv_nxt or rcv_nxt + 1, inside the window",
            replaces=("rst-outside", "rst-exact", "rst-in-window"),
            rows=(
                Rule(
                    "rst-exact",
                    Action.RESET,
                    INPUT,
                    kinds=RST,
                    seqs=NEXT | only(Seq.LEFT, Seq.LEFT_LAST, Seq.ABOVE),
                ),
                Rule("rst-elsewhere", Action.DROP, INPUT, kinds=RST, seqs=any_but(Seq.UNKNOWN)),
            ),
        ),
        Amendment(
            source="source: case TCPS_TIME_WAIT: SEQ_GT(th_seq, rcv_nxt)",
            replaces=("time-wait-syn",),
            rows=(
                Rule(
                    "time-wait-syn",
                    Action.NEW_CONNECTION,
                    INPUT,
                    states=only(State.TIME_WAIT),
                    kinds=only(Kind.SYN),
                    seqs=PAST_NEXT,
                ),
            ),
        ),
        Amendment(
            source="source: PAWS: text is answered with an ACK, all else is dropped",
            before="syn-challenged",
            rows=(
                Rule(
                    "paws-without-text",
                    Action.DROP,
                    INPUT,
                    states=SYNCHRONIZED_STATES,
                    kinds=ANY_SYN | only(Kind.ACK, Kind.OTHER),
                    seqs=only(Seq.PAWS),
                ),
                # With text or not: the kind does not say.
                Rule(
                    "paws-fin",
                    Action.UNDECIDABLE,
                    INPUT,
                    states=SYNCHRONIZED_STATES,
                    kinds=only(Kind.FIN),
                    seqs=only(Seq.PAWS),
                ),
            ),
        ),
        Amendment(
            source="source: tcps_rcvacktooold: only text out of order with it is dropped",
            replaces=("ack-ancient",),
            rows=(
                Rule(
                    "ack-ancient",
                    Action.DROP,
                    INPUT,
                    kinds=only(Kind.DATA),
                    seqs=~NEXT,
                    acks=only(Ack.ANCIENT),
                ),
            ),
        ),
    ),
    vouched=RST | ANY_SYN,
    numbers=Numbers(paws=True),
    number_sources={"paws": Source("source: tcp_input(), RFC 1323 PAWS")},
    limits=("RCV.NXT + 1 must lie inside the window, else nothing happens.",),
)
