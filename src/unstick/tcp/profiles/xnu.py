"""XNU (macOS, iOS): like FreeBSD; with a closed window also one below is in the window."""

from __future__ import annotations

from unstick.tcp.profiles.base import Numbers, Profile, Source
from unstick.tcp.profiles.freebsd import (
    CLOSED_UNACKED,
    IN_WINDOW,
    LAST_ACK_SENT,
    RST,
    TIME_WAIT_RST,
)
from unstick.tcp.rules import Amendment, Rule, only
from unstick.tcp.vocabulary import Action, Seq

INPUT = "XNU tcp_input()"

PROFILE = Profile(
    name="xnu",
    title="XNU (macOS, iOS)",
    base="rfc5961",
    known_from="source of bsd/netinet/tcp_input.c at 1031c584",
    amendments=(
        Amendment(
            source="source: tcp_input() at 1031c584; Radar 4803931 for the closed window",
            replaces=("rst-outside", "rst-exact", "rst-in-window"),
            rows=(
                TIME_WAIT_RST,
                Rule("rst-exact", Action.RESET, INPUT, kinds=RST, seqs=LAST_ACK_SENT),
                CLOSED_UNACKED,
                Rule(
                    "rst-in-window",
                    Action.CHALLENGE,
                    INPUT,
                    kinds=RST,
                    seqs=IN_WINDOW | only(Seq.BELOW_CLOSED),
                ),
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
    numbers=Numbers(paws=True),
    number_sources={"paws": Source("from memory of the BSD family", confirmed=False)},
    limits=("Newer versions are said to reset one below the last ACK sent, too: not confirmed.",),
)
