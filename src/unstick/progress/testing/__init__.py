"""The worst clients as a kit for a server's own test suite, and what is left of them afterwards.

Standard library only (pytest in ``plugin`` alone). Names are imported when they are asked for, so
that loading the pytest plugin costs nothing. It judges nothing: the assertions are the test's.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unstick.progress.testing.client import Client as Client
    from unstick.progress.testing.clients import Clients as Clients
    from unstick.progress.testing.http import Response as Response
    from unstick.progress.testing.http import http_get as http_get
    from unstick.progress.testing.leftover import Leftover as Leftover
    from unstick.progress.testing.leftover import leftovers as leftovers
    from unstick.progress.testing.leftover import nothing_left as nothing_left
    from unstick.progress.testing.namespace import NoNetworkError as NoNetworkError
    from unstick.progress.testing.networks import Network as Network
    from unstick.progress.testing.networks import network as network
    from unstick.progress.testing.report import End as End
    from unstick.progress.testing.report import Report as Report
    from unstick.progress.testing.serving import served_within as served_within
    from unstick.progress.testing.sockets import NotPossibleError as NotPossibleError
    from unstick.progress.testing.waiting import eventually as eventually
    from unstick.progress.testing.waiting import eventually_async as eventually_async

HOMES = {
    "Client": "client",
    "Clients": "clients",
    "End": "report",
    "Leftover": "leftover",
    "Network": "networks",
    "NoNetworkError": "namespace",
    "NotPossibleError": "sockets",
    "Report": "report",
    "Response": "http",
    "eventually": "waiting",
    "eventually_async": "waiting",
    "http_get": "http",
    "leftovers": "leftover",
    "network": "networks",
    "nothing_left": "leftover",
    "served_within": "serving",
}
"""Which module each public name lives in."""

__all__ = sorted(HOMES)


def __getattr__(name: str) -> object:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *HOMES})
