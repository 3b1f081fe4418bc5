"""asyncio: sends that end, and guards for connections that others write to. uvloop, too.

``send`` and ``drain`` are for programs that have a StreamWriter; ``guard`` and ``guarded`` for
protocols and transports, a framework's among them. It needs no thread and no task of its own.
"""

from __future__ import annotations

from unstick.progress.aio.guards import Guard as Guard
from unstick.progress.aio.guards import guard as guard
from unstick.progress.aio.protocols import guarded as guarded
from unstick.progress.aio.sending import drain as drain
from unstick.progress.aio.sending import send as send

__all__ = ["Guard", "drain", "guard", "guarded", "send"]
