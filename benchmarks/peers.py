"""What is timed: unstick, and programs that answer a part of the same questions, as data."""

from __future__ import annotations

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

UNSTICK = (sys.executable, "-m", "unstick")
COPY = "tcpdump -w /dev/null"
"""The yardstick: every packet is read and written, nothing is judged."""


class Peer(NamedTuple):
    """A command. ``{file}`` and ``{out}`` (a scratch folder) are filled in. ``slow`` ones run once,
    and only if asked for: they take a hundred times the time of the others. ``needs`` is the Python
    package that must be installed beside unstick."""

    name: str
    command: tuple[str, ...]
    does: str
    statuses: tuple[int, ...] = (0,)
    slow: bool = False
    needs: str | None = None

    @property
    def is_here(self) -> bool:
        if self.needs is not None and find_spec(self.needs) is None:
            return False
        return shutil.which(self.command[0]) is not None

    def filled(self, capture: Path, scratch: Path) -> list[str]:
        words = {"file": str(capture), "out": str(scratch)}
        return [part.format_map(words) for part in self.command]


def _unstick(name: str, *arguments: str) -> Peer:
    return Peer(f"unstick {name}", (*UNSTICK, *arguments), "the whole model", statuses=(0, 1))


def _python(name: str, package: str, does: str) -> Peer:
    """A library, called by the file of its name in ``python_peers``."""
    command = (sys.executable, "-m", f"benchmarks.python_peers.with_{package}", "{file}")
    return Peer(name, command, does, slow=True, needs=package)


PEERS = (
    Peer("cat", ("cat", "{file}"), "the limit: reads"),
    Peer(COPY, ("tcpdump", "-r", "{file}", "-w", "/dev/null"), "reads and writes, judges nothing"),
    _unstick("explain --jobs 1", "explain", "--jobs", "1", "{file}"),
    _unstick("explain --jobs 2", "explain", "--jobs", "2", "{file}"),
    _unstick(
        "streams --jobs 1",
        *("streams", "--jobs", "1", "--format", "csv", "-o", "/dev/null", "{file}"),
    ),
    _unstick(
        "streams --jobs 2",
        *("streams", "--jobs", "2", "--format", "csv", "-o", "/dev/null", "{file}"),
    ),
    Peer("tcptrace", ("tcptrace", "{file}"), "connections, retransmissions"),
    Peer("tcptrace -l", ("tcptrace", "-l", "{file}"), "the same, with round trips and windows"),
    Peer("nfpcapd", ("nfpcapd", "-r", "{file}", "-w", "{out}"), "flows"),
    Peer("ndpiReader -q", ("ndpiReader", "-q", "-i", "{file}"), "flows and protocols"),
    Peer(
        "tshark -q -z conv,tcp",
        ("tshark", "-q", "-n", "-r", "{file}", "-z", "conv,tcp"),
        "connections",
        slow=True,
    ),
    Peer(
        "tshark -q -z expert",
        ("tshark", "-q", "-n", "-r", "{file}", "-z", "expert"),
        "retransmissions, resets, windows",
        slow=True,
    ),
    Peer(
        "unstick explain, uncompiled",
        ("env", "UNSTICK_ENGINE=plain", *UNSTICK, "explain", "-q", "{file}"),
        "the whole model, in Python",
        statuses=(0, 1),
        slow=True,
    ),
    _python("NFStream", "nfstream", "flows and protocols"),
    _python("dpkt", "dpkt", "a dict of flows"),
)

MIX = tuple(peer for peer in PEERS if not peer.name.startswith("ndpiReader"))
"""It refuses a capture whose first interface is of a kind it does not know, with status 0."""

SMALL = (
    Peer("tshark", ("tshark", "-n", "-r", "{file}"), "a line a packet"),
    Peer(
        "tshark -q -z conv,tcp",
        ("tshark", "-q", "-n", "-r", "{file}", "-z", "conv,tcp"),
        "connections",
    ),
    Peer(COPY, ("tcpdump", "-r", "{file}", "-w", "/dev/null"), "reads and writes, judges nothing"),
    Peer("python -c pass", (sys.executable, "-c", "pass"), "the start of Python alone"),
    _unstick("explain", "explain", "{file}"),
    _unstick("streams", "streams", "{file}"),
)
"""A capture of a few hundred packets: what is timed is the start."""
