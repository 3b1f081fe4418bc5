"""Linux 4.11 to 6.16: a RST one below RCV.NXT resets once the peer has sent its FIN.

``tcp_reset_check()``: Mac OS X sends FIN and then RST with the FIN's own sequence number.
"""

from __future__ import annotations

from unstick.tcp.profiles.base import Profile, Source
from unstick.tcp.profiles.linux_3_6 import RST
from unstick.tcp.profiles.linux_4_7 import PROFILE as LINUX_4_7
from unstick.tcp.rules import PEER_CLOSED, Amendment, Rule, only
from unstick.tcp.vocabulary import Action, Seq

PROFILE = Profile(
    name="linux-4.11",
    title="Linux 4.11 to 6.16",
    base="linux-4.7",
    known_from="source of 4.14 and 6.13 trees; that 4.11 brought it is from memory",
    amendments=(
        Amendment(
            source="source: tcp_reset_check(), absent in 4.9, present in 4.14; measured on 6.18",
            before="rst-outside",
            rows=(
                Rule(
                    "rst-at-fin",
                    Action.RESET,
                    "Linux tcp_reset_check()",
                    states=PEER_CLOSED,
                    kinds=RST,
                    seqs=only(Seq.BELOW, Seq.BELOW_CLOSED, Seq.LAST, Seq.LEFT_LAST),
                ),
            ),
        ),
    ),
    numbers=LINUX_4_7.numbers._replace(challenge_per_socket_ms=500),
    number_sources={
        **(LINUX_4_7.number_sources or {}),
        "challenge_per_socket_ms": Source("source: tcp_invalid_ratelimit; measured on 6.18"),
        "challenge_per_host_per_s": Source("source: 75ff39ccc1bd; none from 6.0 on (79e3602caa6f)"),
    },
    limits=(
        *LINUX_4_7.limits,
        "From 6.0 on there is no limit per host; from 6.5 on a SYN is repeated four times more.",
    ),
)
