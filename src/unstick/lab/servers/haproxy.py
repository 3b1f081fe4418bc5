"""Debian's HAProxy, with the timeouts of Debian's configuration, before the lab's own server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unstick.lab.processes import Process
from unstick.lab.servers import content
from unstick.lab.servers.base import Place, Server, lines_of

DEFAULTS: dict[str, Any] = {"client": "50s", "server": "50s"}
"""The timeouts of /etc/haproxy/haproxy.cfg."""

CONFIGURATION = """\
global
  log stdout format raw local0
defaults
  mode http
  log global
  option httplog
  timeout connect 5s
  timeout client {client}
  timeout server {server}
frontend lab
  bind {address}
  default_backend origin
backend origin
  server origin 127.0.0.1:{origin}
"""


def start(place: Place, options: Mapping[str, Any]) -> Process:
    content.origin(place)
    path = place.folder / "haproxy.cfg"
    text = CONFIGURATION.format(
        address=f"{place.host}:{place.port}", origin=content.ORIGIN_PORT, **options
    )
    path.write_text(text, encoding="utf-8")
    command = ["haproxy", "-db", "-f", str(path)]
    return place.crew.start_program("haproxy", place.namespace, command, place.log("haproxy"))


def log(folder: Path) -> list[str]:
    return [one for one in lines_of(folder / "haproxy.log") if "origin" in one and "/bytes" in one]


SERVER = Server(
    "haproxy",
    "Debian's, its configuration (timeout client 50 s)",
    start,
    log,
    DEFAULTS,
    program="haproxy",
    package="haproxy",
)
