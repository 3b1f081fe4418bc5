"""Two namespaces and one cable: a host with this kernel, and a place for the played end.

The played end has no address and no stack of its own: what its cable carries is read and written
raw. Everything is removed afterwards, as all that the lab makes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from unstick.lab import netns, offloads, state, sysctls
from unstick.lab.hosts import INTERFACE, run_batch

ADDRESS, PEER = "10.9.2.2", "10.9.1.2"
MAC, PEER_MAC = "02:00:00:00:02:02", "02:00:00:00:01:02"
MTU_BYTES = 65535
"""A capture may hold segments that a network card had joined: they are played as they are."""

INITIAL_WINDOW = 1000
"""Segments: what the captured sender had open is not known, and must not be less here."""


class Pair(NamedTuple):
    """Names of the namespaces; both ends of the cable are called INTERFACE."""

    host: str
    peer: str


@contextmanager
def built(wanted: Mapping[str, str]) -> Iterator[Pair]:
    """``wanted``: sysctls of the host. Raises LabError."""
    state.clean()
    with state.registered(("host", "peer")) as run:
        pair = Pair(*run.namespaces)
        for name in pair:
            netns.add(name)
        sysctls.settle(pair.host, wanted)
        sysctls.settle(pair.peer, {"net.ipv6.conf.all.disable_ipv6": "1"})
        plug_in(pair)
        yield pair


def plug_in(pair: Pair) -> None:
    host_end = f"{INTERFACE} address {MAC} mtu {MTU_BYTES} netns {pair.host}"
    run_batch(
        pair.peer,
        [
            f"link add name {INTERFACE} mtu {MTU_BYTES} address {PEER_MAC} type veth peer name "
            + host_end,
            f"link set {INTERFACE} arp off up",
        ],
    )
    run_batch(
        pair.host,
        [
            f"link set {INTERFACE} gso_max_segs 1 up",
            f"address add {ADDRESS}/32 dev {INTERFACE}",
            f"neigh add {PEER} lladdr {PEER_MAC} dev {INTERFACE} nud permanent",
            f"-4 route add {PEER}/32 dev {INTERFACE} initcwnd {INITIAL_WINDOW}",
        ],
    )
    for name in pair:
        with netns.inside(name):
            offloads.switch_off(INTERFACE)
