"""What scripts for a system assume of it that a profile's rows do not say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

FREEBSD_VARIABLES = {
    # what the rows of ``freebsd`` stand for; a script that sets another value is not theirs
    "net.inet.tcp.blackhole": "0",
    "net.inet.tcp.drop_synfin": "0",
    "net.inet.tcp.insecure_rst": "0",
    "net.inet.tcp.insecure_syn": "0",
    "net.inet.tcp.syncookies_only": "0",
}


class System(NamedTuple):
    """``defines``: names for ``#ifdef``. ``variables``: settings that a profile stands for, each
    with its value. ``needs``: at least one of these must be set so by the script.
    ``window_is_buffer``: the receive window is the whole socket buffer, also where the 16 bits of
    the header cannot say so (FreeBSD sbspace(), tcp_output())."""

    defines: frozenset[str] = frozenset()
    variables: Mapping[str, frozenset[str]] = {}
    needs: Mapping[str, str] = {}
    window_is_buffer: bool = False


def only(values: Mapping[str, str]) -> dict[str, frozenset[str]]:
    return {name: frozenset({value}) for name, value in values.items()}


INSECURE = {"net.inet.tcp.insecure_rst": "1", "net.inet.tcp.insecure_syn": "1"}

SYSTEMS: dict[str, System] = {
    "freebsd": System(
        defines=frozenset({"FreeBSD"}), variables=only(FREEBSD_VARIABLES), window_is_buffer=True
    ),
    "freebsd-insecure": System(
        defines=frozenset({"FreeBSD"}),
        variables=only(FREEBSD_VARIABLES | INSECURE),
        needs=INSECURE,
        window_is_buffer=True,
    ),
}
"""By name of a profile; any other profile assumes nothing."""


def system(profile: str) -> System:
    return SYSTEMS.get(profile, System())
