"""Three hosts and two cables: client - middlebox - server, in namespaces of their own.

The middlebox has no addresses and does not forward: a process there does (``middlebox``). Each
host has one interface, one address of each family, and the middlebox for a gateway, known to it
without asking: no ARP and no neighbour discovery stand between the segments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from unstick.lab import netns, offloads, state, sysctls
from unstick.lab.packets import CLIENT, SERVER, Side

INTERFACE = "eth0"
"""Of each host. In the middle the interfaces are called ``client`` and ``server``."""

MTU_BYTES = 1500
PREFIX_BITS = {4: 24, 6: 64}

ADDRESSES: dict[Side, dict[int, str]] = {
    CLIENT: {4: "10.9.1.2", 6: "2001:db8:9:1::2"},
    SERVER: {4: "10.9.2.2", 6: "2001:db8:9:2::2"},
}
GATEWAYS: dict[Side, dict[int, str]] = {
    CLIENT: {4: "10.9.1.1", 6: "2001:db8:9:1::1"},
    SERVER: {4: "10.9.2.1", 6: "2001:db8:9:2::1"},
}
HOST_MACS: dict[Side, str] = {CLIENT: "02:00:00:00:01:02", SERVER: "02:00:00:00:02:02"}
BOX_MACS: dict[Side, str] = {CLIENT: "02:00:00:00:01:01", SERVER: "02:00:00:00:02:01"}


class Hosts(NamedTuple):
    """The names of the namespaces, and the settings both hosts have, as read back."""

    run: str
    client: str
    middle: str
    server: str
    sysctls: dict[Side, dict[str, str]]

    def namespace(self, side: Side) -> str:
        return self.client if side == CLIENT else self.server


@contextmanager
def built(wanted: Mapping[Side, Mapping[str, str]], mtu_bytes: int = MTU_BYTES) -> Iterator[Hosts]:
    """The hosts, up and joined; nothing of them is left afterwards.

    ``wanted``: sysctls of each side, beyond ``sysctls.PLAIN``. Raises LabError.
    """
    state.clean()
    with state.registered((CLIENT, "middle", SERVER)) as run:
        client, middle, server = run.namespaces
        hosts = Hosts(run.name, client, middle, server, {})
        for name in run.namespaces:
            netns.add(name)
        for side in (CLIENT, SERVER):
            # Before the interface is there: some settings are taken when it comes up.
            hosts.sysctls[side] = sysctls.settle(hosts.namespace(side), wanted.get(side, {}))
            plug_in(hosts, side, mtu_bytes)
        yield hosts


def plug_in(hosts: Hosts, side: Side, mtu_bytes: int) -> None:
    """One cable from the middle to a host, with addresses, the gateway and its MAC."""
    host = hosts.namespace(side)
    cable = f"address {BOX_MACS[side]} type veth peer name {INTERFACE} address {HOST_MACS[side]}"
    middle = [
        f"link add name {side} mtu {mtu_bytes} {cable} mtu {mtu_bytes} netns {host}",
        f"link set {side} arp off gso_max_segs 1 up",
    ]
    run_batch(hosts.middle, middle)
    lines = [f"link set {INTERFACE} gso_max_segs 1 up"]
    for family, bits in PREFIX_BITS.items():
        nodad = "nodad" if family == 6 else ""
        gateway = GATEWAYS[side][family]
        lines += [
            f"address add {ADDRESSES[side][family]}/{bits} dev {INTERFACE} {nodad}",
            f"neigh add {gateway} lladdr {BOX_MACS[side]} dev {INTERFACE} nud permanent",
            f"-{family} route add default via {gateway} dev {INTERFACE}",
        ]
    run_batch(host, lines)
    for name, interface in ((hosts.middle, side), (host, INTERFACE)):
        with netns.inside(name):
            offloads.switch_off(interface)


def run_batch(namespace: str, lines: list[str]) -> None:
    """Runs them in their order, but those that begin with -4 or -6 last: ip(8) has no family in a
    batch."""
    for family in ("", "-4 ", "-6 "):
        chosen = [one for one in lines if one[:3] == family or (not family and one[0] != "-")]
        if chosen:
            text = "\n".join(one.removeprefix(family) for one in chosen) + "\n"
            netns.run("ip", *family.split(), "-n", namespace, "-batch", "-", text=text)
