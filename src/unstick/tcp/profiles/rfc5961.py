"""RFC 9293 with RFC 5961 and RFC 7323: the law as it is written today."""

from __future__ import annotations

from unstick.tcp.profiles.base import Numbers, Profile, Source
from unstick.tcp.rules import (
    ANY_SYN,
    NEXT,
    SYNCHRONIZED_STATES,
    Amendment,
    Rule,
    any_but,
    only,
)
from unstick.tcp.vocabulary import Ack, Action, Kind, Seq, State

RST = only(Kind.RST)

AMENDMENTS = (
    Amendment(
        source="RFC: 5961 4.2, in RFC 9293 3.10.7.4, fourth: irrespective of the sequence number",
        before="numbers-unknown",
        rows=(
            Rule(
                "time-wait-syn-unknown",
                Action.UNDECIDABLE,
                "RFC 1122 4.2.2.13",
                states=only(State.TIME_WAIT),
                kinds=only(Kind.SYN),
                seqs=only(Seq.UNKNOWN),
            ),
            Rule(
                "syn-challenged",
                Action.CHALLENGE,
                "RFC 5961 4.2",
                states=SYNCHRONIZED_STATES,
                kinds=ANY_SYN,
            ),
        ),
    ),
    Amendment(source="RFC: 5961 4.2 takes its place", replaces=("syn",), rows=()),
    Amendment(
        source="RFC: 7323 5.3, R1",
        before="numbers-unknown",
        rows=(Rule("paws", Action.ACK, "RFC 7323 5.3", kinds=~RST, seqs=only(Seq.PAWS)),),
    ),
    Amendment(
        source="RFC: 5961 3.2, in RFC 9293 3.10.7.4, second",
        replaces=("rst",),
        rows=(
            Rule("rst-exact", Action.RESET, "RFC 5961 3.2", kinds=RST, seqs=NEXT),
            Rule("rst-in-window", Action.CHALLENGE, "RFC 5961 3.2", kinds=RST),
        ),
    ),
    Amendment(
        source="RFC: 9293 3.10.7.4, fifth: SND.UNA < SEG.ACK =< SND.NXT",
        replaces=("syn-received-bad-ack",),
        rows=(
            Rule(
                "syn-received-bad-ack",
                Action.REPLY_RST,
                "RFC 9293 3.10.7.4, fifth",
                states=only(State.SYN_RECEIVED),
                acks=any_but(Ack.NEW, Ack.NEW_FIN),
            ),
        ),
    ),
    Amendment(
        source="RFC: 5961 5.2, in RFC 9293 3.10.7.4, fifth",
        before="ack-future",
        rows=(Rule("ack-ancient", Action.ACK, "RFC 5961 5.2", acks=only(Ack.ANCIENT)),),
    ),
)

PROFILE = Profile(
    name="rfc5961",
    title="RFC 9293 with RFC 5961 and RFC 7323",
    base="rfc793",
    known_from="the text of RFC 9293, RFC 5961 and RFC 7323",
    amendments=AMENDMENTS,
    numbers=Numbers(paws=True, signatures=False),
    number_sources={
        "paws": Source("RFC 7323 5.3"),
        "signatures": Source("RFC 9293 3.1: an option not understood is ignored"),
    },
)
