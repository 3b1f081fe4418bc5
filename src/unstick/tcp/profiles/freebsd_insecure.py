"""FreeBSD with net.inet.tcp.insecure_rst=1 and insecure_syn=1: any RST or SYN in the window resets.

Each of the two sysctls changes one of the two rows.
"""

from __future__ import annotations

from unstick.tcp.profiles.base import Profile
from unstick.tcp.profiles.freebsd import IN_WINDOW, INPUT, LAST_ACK_SENT, RST
from unstick.tcp.profiles.freebsd import PROFILE as FREEBSD
from unstick.tcp.rules import ANY_SYN, SYNCHRONIZED_STATES, Amendment, Rule, only
from unstick.tcp.vocabulary import Action, State

SYNCHRONIZED = SYNCHRONIZED_STATES & ~only(State.TIME_WAIT)

PROFILE = Profile(
    name="freebsd-insecure",
    title="FreeBSD, base stack, insecure_rst=1 and insecure_syn=1",
    base="freebsd",
    known_from="source of tcp_input.c; 216 scripts of the FreeBSD TCP test suite",
    amendments=(
        Amendment(
            source="source: tcp_do_segment(), V_tcp_insecure_rst",
            replaces=("rst-in-window",),
            rows=(Rule("rst-in-window", Action.RESET, INPUT, kinds=RST, seqs=IN_WINDOW),),
        ),
        Amendment(
            source="source: tcp_do_segment(), V_tcp_insecure_syn; test suite: rcv-syn-established",
            before="syn-challenged",
            rows=(
                Rule(
                    "syn-in-window",
                    Action.REPLY_RST_AND_RESET,
                    INPUT,
                    states=SYNCHRONIZED,
                    kinds=ANY_SYN,
                    seqs=IN_WINDOW | LAST_ACK_SENT,
                ),
            ),
        ),
    ),
    vouched=RST | ANY_SYN,
    numbers=FREEBSD.numbers,
    number_sources=FREEBSD.number_sources,
    limits=FREEBSD.limits,
)
