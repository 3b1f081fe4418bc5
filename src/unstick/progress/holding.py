"""Sockets that an event loop owns: found, and kept while a send on them is measured.

What a connection died of, and how far it came, can be read only as long as somebody has it open;
an event loop closes it the moment it dies.
"""

from __future__ import annotations

import socket
from typing import Any, Protocol


class Lent(Protocol):
    """What asyncio, uvloop and trio show of a connection's socket. Closed: ``fileno()`` is -1."""

    def fileno(self) -> int: ...
    @property
    def family(self) -> Any: ...
    def dup(self) -> Any: ...


class Hold:
    """Keeps a socket from closing until ``release``, whoever closes it meanwhile.

    ``sock`` is for looking at it and for ending it. Costs no descriptor where its owner has a
    ``socket.socket``, whose close() waits for the files that were made of it (socket.makefile);
    a second one for as long as this is held where not (uvloop).

    Raises OSError if the socket is closed already, or if there is no descriptor to be had.
    """

    def __init__(self, owned: Lent) -> None:
        self._owned = owned
        own = stdlib_socket(owned)
        self.sock: socket.socket
        self._keeps: Any
        if own is not None and owned.fileno() >= 0:
            self.sock = own
            self._keeps = own.makefile("rb", buffering=0)
        else:
            self.sock = self._keeps = owned.dup()

    @property
    def owner_closed(self) -> bool:
        """Has its owner closed it? The kernel waits for ``release`` before it says so to the peer:
        shut it, if the peer should know before."""
        if self.sock is self._keeps:
            return self._owned.fileno() < 0
        # Set by close() at once, even if that waits: socket.socket.__repr__ shows it as [closed].
        return bool(getattr(self.sock, "_closed", False))

    def release(self) -> None:
        """Lets go; closes the socket if its owner has."""
        self._keeps.close()


def stdlib_socket(owned: object) -> socket.socket | None:
    """The ``socket.socket`` behind an event loop's, if there is one."""
    own = owned if isinstance(owned, socket.socket) else getattr(owned, "_sock", None)
    return own if isinstance(own, socket.socket) else None
