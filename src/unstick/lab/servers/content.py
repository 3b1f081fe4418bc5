"""What servers that do not make their answers serve: the objects of ``/bytes/N``, as files or from
the lab's own server behind them."""

from __future__ import annotations

from pathlib import Path

from unstick.lab.processes import Process
from unstick.lab.servers import embedded
from unstick.lab.servers.base import Place

SIZES = (100, 20_000, 4_000_000, 8_000_000)
"""Bytes of every object that a client of the lab asks for."""

ORIGIN_PORT = 8081


def files(place: Place) -> Path:
    """A folder with the objects, to be served as ``/``."""
    root = place.folder / "www"
    (root / "bytes").mkdir(parents=True, exist_ok=True)
    for size in SIZES:
        path = root / "bytes" / str(size)
        path.touch()
        path.open("r+b").truncate(size)
    return root


def origin(place: Place) -> Process:
    """The lab's own server behind a proxy, on the loopback of the same host."""
    there = place._replace(host="127.0.0.1", port=ORIGIN_PORT, tls=False, who="origin")
    return embedded.start(there, embedded.DEFAULTS)


def bracketed(host: str) -> str:
    """An address as it stands before a port."""
    return f"[{host}]" if ":" in host else host
