"""Settings of both hosts: all that matter are set, none inherited, and what the kernel made of
them is read back and kept with the run.

A fresh namespace takes some from the machine, some from the defaults, and which is which differs
between kernels.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from unstick.lab import netns
from unstick.lab.errors import LabError

FOLDER = Path("/proc/sys")

PLAIN: dict[str, str] = {
    # Linux defaults, but for the first two, which are not the same on every machine.
    "net.ipv4.tcp_congestion_control": "reno",  # built in everywhere, allowed in every namespace
    "net.ipv4.tcp_no_metrics_save": "1",  # a run knows nothing of the one before
    "net.ipv4.ip_forward": "0",
    "net.ipv4.tcp_rmem": "4096 131072 6291456",
    "net.ipv4.tcp_wmem": "4096 16384 4194304",
    "net.ipv4.tcp_timestamps": "1",
    "net.ipv4.tcp_sack": "1",
    "net.ipv4.tcp_window_scaling": "1",
    "net.ipv4.tcp_ecn": "2",
    "net.ipv4.tcp_mtu_probing": "0",
    "net.ipv4.tcp_moderate_rcvbuf": "1",
    "net.ipv4.tcp_retries2": "15",
    "net.ipv4.tcp_syn_retries": "6",
    "net.ipv4.tcp_synack_retries": "5",
    "net.ipv4.tcp_orphan_retries": "0",
    "net.ipv4.tcp_fin_timeout": "60",
    "net.ipv4.tcp_keepalive_time": "7200",
    "net.ipv4.tcp_keepalive_intvl": "75",
    "net.ipv4.tcp_keepalive_probes": "9",
    "net.ipv4.tcp_invalid_ratelimit": "500",
    "net.ipv4.tcp_tw_reuse": "0",
    "net.ipv4.tcp_rfc1337": "0",
    "net.ipv4.tcp_fastopen": "0",
    "net.ipv4.icmp_ratelimit": "0",
    "net.ipv6.conf.all.accept_ra": "0",
    "net.ipv6.conf.default.accept_ra": "0",
    "net.ipv6.conf.default.router_solicitations": "0",
    "net.ipv6.conf.default.addr_gen_mode": "1",  # no address of its own making, no talk about it
    "net.ipv6.conf.all.keep_addr_on_down": "1",
    "net.ipv6.conf.default.keep_addr_on_down": "1",
}
"""Name to value, for client and server."""


def settle(namespace: str, wanted: Mapping[str, str]) -> dict[str, str]:
    """Sets ``PLAIN`` and then ``wanted``; returns what is read back.

    Raises LabError when one of ``wanted`` is not there, not allowed, or reads back differently.
    """
    with netns.inside(namespace):
        for name, value in {**PLAIN, **wanted}.items():
            try:
                path_of(name).write_text(value)
            except OSError as error:
                if name in wanted:
                    raise LabError(f"sysctl {name}={value}: {error.strerror}") from error
        found = read([*PLAIN, *wanted])
    for name, value in wanted.items():
        if found[name].split() != value.split():
            raise LabError(f"sysctl {name} is {found[name]!r}, not {value!r}")
    return found


def read(names: list[str]) -> dict[str, str]:
    """What the namespace of the calling thread has; those that are not there are left out."""
    found = {}
    for name in names:
        try:
            found[name] = " ".join(path_of(name).read_text().split())
        except OSError:
            continue
    return found


def path_of(name: str) -> Path:
    """Raises LabError for what is not a setting of the network."""
    parts = name.split(".")
    if parts[0] != "net" or len(parts) < 3 or any(not part or "/" in part for part in parts):
        raise LabError(f"{name} is no setting of a namespace", "such as net.ipv4.tcp_retries2=8")
    return FOLDER.joinpath(*parts)
