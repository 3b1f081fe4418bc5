"""What servers that do not make their answers serve: the objects of ``/bytes/N``, as files or from
the lab's small peer behind them."""

from __future__ import annotations

from pathlib import Path

from unstick.lab.processes import Process
from unstick.lab.servers import raw
from unstick.lab.servers.base import SIZES, Place

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
    """The lab's small peer behind a proxy, on the loopback of the same host."""
    there = place._replace(host="127.0.0.1", port=ORIGIN_PORT, tls=False, who="origin")
    process = raw.start(there, raw.DEFAULTS)
    place.crew.await_word(process, "ready")  # or a proxy answers the first client with 503
    return process


def bracketed(host: str) -> str:
    """An address as it stands before a port."""
    return f"[{host}]" if ":" in host else host
