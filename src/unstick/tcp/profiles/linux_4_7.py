"""Linux 4.7 to 4.10: a RST at the edge of what the receiver SACKs resets."""

from __future__ import annotations

from unstick.tcp.profiles.base import Profile, Source
from unstick.tcp.profiles.linux_3_6 import PROFILE as LINUX_3_6
from unstick.tcp.profiles.linux_3_6 import RST, STATE, VALIDATE
from unstick.tcp.rules import Amendment, Rule, only
from unstick.tcp.vocabulary import Ack, Action, Seq

PROFILE = Profile(
    name="linux-4.7",
    title="Linux 4.7 to 4.10",
    base="linux-3.6",
    known_from="source of a 4.9 tree; that 4.7 brought it is from memory",
    amendments=(
        Amendment(
            source="source: absent in 3.18, present in 4.9; measured on 6.18",
            before="rst-in-window",
            rows=(
                Rule(
                    "rst-sack-edge",
                    Action.RESET,
                    VALIDATE,
                    kinds=RST,
                    seqs=only(Seq.SACK_EDGE, Seq.SACK_RIGHT_EDGE),
                ),
            ),
        ),
        # The 4.9 tree that was read has it; the mainline change may be of 4.13.
        Amendment(
            source="source: tcp_rcv_state_process() of a 4.9 tree",
            replaces=("ack-future",),
            rows=(Rule("ack-future", Action.CHALLENGE, STATE, acks=only(Ack.FUTURE)),),
        ),
    ),
    numbers=LINUX_3_6.numbers._replace(challenge_per_socket_ms=500, challenge_per_host_per_s=1000),
    number_sources={
        **(LINUX_3_6.number_sources or {}),
        "challenge_per_socket_ms": Source(
            "source: tcp_invalid_ratelimit, 083ae308280d; 4.7 or 4.8", confirmed=False
        ),
        "challenge_per_host_per_s": Source("source: 75ff39ccc1bd (4.7): 500 to 1500 at random"),
    },
    limits=LINUX_3_6.limits[1:],
)
