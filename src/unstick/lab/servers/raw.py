"""The lab's own small peer (``raw``), for what the cache node does not do: it speaks TLS, and it
answers before it has read and closes with bytes unread."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unstick.lab.processes import Process
from unstick.lab.servers.base import Place, Server

DEFAULTS: dict[str, Any] = {"send_timeout_s": 600, "receive_timeout_s": 600}


def start(place: Place, options: Mapping[str, Any]) -> Process:
    given = {**options, "address": [place.host, place.port], "tls": place.tls}
    return place.crew.start(place.who, place.namespace, "raw", given)


def log(folder: Path) -> list[str]:
    return []  # all it says is said while it runs


SERVER = Server(
    "raw",
    "a small peer that speaks TLS and closes with bytes unread, SO_SNDTIMEO of "
    "{send_timeout_s:g} s",
    start,
    log,
    DEFAULTS,
    speaks_tls=True,
)
