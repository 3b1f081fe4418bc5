"""Linux 2.6 to 3.5: before RFC 5961, any RST in the window resets."""

from __future__ import annotations

from unstick.tcp.profiles.base import Profile, Source
from unstick.tcp.profiles.linux_3_6 import LIVE, VALIDATE
from unstick.tcp.profiles.linux_3_6 import PROFILE as LINUX_3_6
from unstick.tcp.rules import ANY_SYN, BELOW_NEXT, Amendment, Rule, only
from unstick.tcp.vocabulary import Ack, Action, Kind, Seq

OLD_SOURCE = "source: tcp_validate_incoming() of 3.x before 282f23c6ee34 and 0c24604b68fc"

PROFILE = Profile(
    name="linux-2.6",
    title="Linux 2.6 to 3.5",
    base="linux-3.6",
    known_from="source of tcp_validate_incoming() before 3.6",
    amendments=(
        Amendment(
            source=OLD_SOURCE,
            replaces=("rst-exact", "rst-in-window"),
            rows=(Rule("rst-in-window", Action.RESET, VALIDATE, kinds=only(Kind.RST)),),
        ),
        Amendment(source="source: c3ae62af8e75 came with 3.8", replaces=("no-flags",), rows=()),
        Amendment(source=OLD_SOURCE, replaces=("syn-challenged",), rows=()),
        Amendment(
            source=OLD_SOURCE,
            before="no-ack",
            rows=(
                # "!before(seq, rcv_nxt)": a SYN below RCV.NXT but in the window passes.
                Rule(
                    "syn-in-window",
                    Action.REPLY_RST_AND_RESET,
                    VALIDATE,
                    states=LIVE,
                    kinds=ANY_SYN,
                    seqs=~(BELOW_NEXT | only(Seq.PAWS, Seq.UNKNOWN)),
                ),
            ),
        ),
        Amendment(
            source="354e4aa391ed came with 3.8: before, an old ACK is ignored",
            replaces=("ack-ancient", "ack-ancient-predicted"),
            rows=(
                Rule(
                    "ack-ancient",
                    Action.ACCEPT,
                    "Linux tcp_ack()",
                    acks=only(Ack.ANCIENT),
                    confirmed=False,
                ),
            ),
        ),
    ),
    # The rows it shares with 3.6 were not read in its own source, but for RST and SYN.
    vouched=only(Kind.RST, Kind.SYN, Kind.SYN_ACK),
    numbers=LINUX_3_6.numbers._replace(
        syn_retries_count=5,
        initial_rto_s=3.0,
        challenge_per_host_per_s=None,
        rto_min_s=0.2,
    ),
    number_sources={
        **{
            name: Source(source.text, confirmed=False)
            for name, source in (LINUX_3_6.number_sources or {}).items()
        },
        "syn_retries_count": Source("TCP_SYN_RETRIES before 3.7", confirmed=False),
        "initial_rto_s": Source("3 s before 3.1, 1 s since", confirmed=False),
        "challenge_per_host_per_s": Source("there are no challenge ACKs"),
    },
    limits=LINUX_3_6.limits[1:],
)
