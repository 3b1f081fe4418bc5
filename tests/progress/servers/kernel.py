"""What the kernel holds for a server's port, whoever owns it: the truth the tests ask for."""

from __future__ import annotations

from unstick.progress.testing.leftover import Leftover, leftovers


def sockets_at(port: int, peer_port: int | None = None) -> list[Leftover]:
    """The server's sockets of connections to ``port``, those with a descriptor and orphans.

    /proc/net/tcp is read in parts: while others come and go, one socket may be listed repeatedly.
    """
    once = {one.remote: one for one in leftovers(port)}
    return [one for one in once.values() if peer_port in (None, one.remote[1])]


def words(sockets: list[Leftover]) -> str:
    """``ESTABLISHED 3.6 MB``, or ``nothing``."""
    told = (f"{one.state} {one.unacknowledged_bytes / 1e6:.2g} MB" for one in sockets)
    return ", ".join(told) or "nothing"
