"""FreeBSD with sysctl net.inet.tcp.insecure_rst=1: any RST in the window resets."""

from __future__ import annotations

from unstick.tcp.profiles.base import Profile
from unstick.tcp.profiles.freebsd import IN_WINDOW, INPUT, RST
from unstick.tcp.profiles.freebsd import PROFILE as FREEBSD
from unstick.tcp.rules import Amendment, Rule
from unstick.tcp.vocabulary import Action

PROFILE = Profile(
    name="freebsd-insecure",
    title="FreeBSD, base stack, net.inet.tcp.insecure_rst=1",
    base="freebsd",
    known_from="source of tcp_input.c; RST tests of the FreeBSD TCP test suite",
    amendments=(
        Amendment(
            source="source: tcp_do_segment(), V_tcp_insecure_rst",
            replaces=("rst-in-window",),
            rows=(Rule("rst-in-window", Action.RESET, INPUT, kinds=RST, seqs=IN_WINDOW),),
        ),
    ),
    vouched=RST,
    numbers=FREEBSD.numbers,
    number_sources=FREEBSD.number_sources,
    limits=FREEBSD.limits,
)
