"""The project's own cache node, ``unstick serve``: ``blocking`` delivers as Varnish did in 2015 and
is the default of every scenario; ``progress`` is the cure.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unstick.lab.hosts import ADDRESSES
from unstick.lab.packets import CLIENT
from unstick.lab.processes import Process
from unstick.lab.servers.base import SIZES, Place, Server, lines_of

BLOCKING: dict[str, Any] = {
    "send_timeout_s": 600.0,  # the story's
    "socket_options": {},
}
PROGRESS: dict[str, Any] = {"policy": "", "socket_options": {}}
"""``policy`` as in ``unstick serve --policy``."""

MODULES = ("h11",)
LOG = "node.log"
READY_WITHIN_S = 30.0


def start_blocking(place: Place, options: Mapping[str, Any]) -> Process:
    return start(place, {**options, "delivery": "blocking", "policy": ""})


def start_progress(place: Place, options: Mapping[str, Any]) -> Process:
    send_timeout_s = BLOCKING["send_timeout_s"]
    return start(place, {**options, "delivery": "progress", "send_timeout_s": send_timeout_s})


def start(place: Place, options: Mapping[str, Any]) -> Process:
    given = {
        **options,
        "address": [place.host, place.port],
        "folder": str(place.folder),
        "log": f"{place.who}-{LOG}",
        "sizes": SIZES,
    }
    process = place.crew.start(place.who, place.namespace, "node", given)
    place.crew.await_word(process, "ready", READY_WITHIN_S)  # it listens before it has its objects
    return process


def log(folder: Path) -> list[str]:
    """Of the lab's client: the host itself asks, too."""
    names = [f"client={place}" for place in (ADDRESSES[CLIENT][4], f"[{ADDRESSES[CLIENT][6]}]")]
    lines = lines_of(folder / f"server-{LOG}")
    return [one for one in lines if any(name in one for name in names)]


SERVER = Server(
    "blocking",
    "unstick serve as in 2015: one writev of the whole object, SO_SNDTIMEO of {send_timeout_s:g} s",
    start_blocking,
    log,
    BLOCKING,
    modules=MODULES,
)
CURED = Server(
    "progress",
    "unstick serve, ended by what clients acknowledge (idle=60 silent=30)",
    start_progress,
    log,
    PROGRESS,
    modules=MODULES,
)
