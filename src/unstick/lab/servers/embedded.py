"""The lab's own server (``blocking``): Varnish's delivery of 2015, always there, the default."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unstick.lab.processes import Process
from unstick.lab.servers.base import Place, Server

DEFAULTS: dict[str, Any] = {
    "send_timeout_s": 600,  # the story's
    "receive_timeout_s": 600,
    "sndbuf": 0,
    "socket_options": {},
}


def start(place: Place, options: Mapping[str, Any]) -> Process:
    given = {**options, "address": [place.host, place.port], "tls": place.tls}
    return place.crew.start(place.who, place.namespace, "blocking", given)


def log(folder: Path) -> list[str]:
    return []  # all it says is said while it runs


SERVER = Server(
    "blocking",
    "a thread a session, one writev of the whole object, SO_SNDTIMEO of 600 s",
    start,
    log,
    DEFAULTS,
    speaks_tls=True,
)
