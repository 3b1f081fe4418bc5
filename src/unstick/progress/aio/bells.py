"""How a guard learns that somebody writes: the transport of a connection is listened to.

asyncio tells nobody. A transport of its own takes attributes, so ``write`` and its like are
stood in for, on this one object; one of uvloop does not, and is looked at now and then.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from typing import Any

WRITES = ("write", "writelines", "write_eof")

Ring = Callable[[], object]
Whose = Callable[[], asyncio.BaseTransport | None]
Hear = Callable[[Exception | None], Exception | None]


class Bell:
    """Rings before each write to ``transport``, until ``take_down``. ``hangs``: does it at all?"""

    def __init__(self, transport: asyncio.BaseTransport, ring: Ring) -> None:
        self._transport = weakly(transport)
        self._hung: dict[str, Callable[..., Any]] = {}
        for name in WRITES if hasattr(transport, "__dict__") else ():
            self._hung[name] = ringing(self._transport, name, ring)
            setattr(transport, name, self._hung[name])

    @property
    def hangs(self) -> bool:
        return bool(self._hung)

    def take_down(self) -> None:
        """Gives the transport its own methods back; what others have put on top stays."""
        transport = self._transport()
        for name, stand_in in self._hung.items():
            if transport is not None and vars(transport).get(name) is stand_in:
                delattr(transport, name)
        self._hung = {}


def weakly(transport: asyncio.BaseTransport) -> Whose:
    """A reference that does not keep it alive, but for uvloop's TLS, whose type has none."""
    try:
        return weakref.ref(transport)
    except TypeError:
        return lambda: transport


def ringing(transport: Whose, name: str, ring: Ring) -> Callable[..., Any]:
    """A stand-in. The transport holds it, so it must not hold the transport."""
    own = transport()
    assert own is not None
    below = vars(own).get(name)
    method = getattr(type(own), name)

    def stand_in(*args: Any) -> Any:
        ring()
        if below is not None:  # another guard's
            return below(*args)
        return method(transport(), *args)

    return stand_in


def on_loss(transport: asyncio.BaseTransport, hear: Hear) -> None:
    """Calls ``hear`` when the connection is lost, before asyncio closes its socket (TLS: after),
    and passes on to the protocol what it returns. Not for a protocol that takes no attributes."""
    protocol: Any = transport.get_protocol()
    if not hasattr(protocol, "__dict__"):
        return
    inner = protocol.connection_lost

    def connection_lost(error: Exception | None) -> None:
        vars(protocol).pop("connection_lost", None)
        inner(hear(error))

    protocol.connection_lost = connection_lost
