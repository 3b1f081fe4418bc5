"""Debian's nginx: files, its own defaults (send_timeout 60 s)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unstick.lab.processes import Process
from unstick.lab.servers import content
from unstick.lab.servers.base import Place, Server, about_requests

DEFAULTS: dict[str, Any] = {"lines": []}
"""``lines``: of the http block, such as "send_timeout 10s;"."""

CONFIGURATION = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{ worker_connections 512; }}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  {lines}
  server {{ listen {address}; root {root}; }}
}}
"""


def start(place: Place, options: Mapping[str, Any]) -> Process:
    path = place.folder / "nginx.conf"
    text = CONFIGURATION.format(
        folder=place.folder,
        lines="\n  ".join(options["lines"]),
        address=f"{content.bracketed(place.host)}:{place.port}",
        root=content.files(place),
    )
    path.write_text(text, encoding="utf-8")
    command = ["nginx", "-c", str(path), "-e", str(place.folder / "error.log")]
    return place.crew.start_program("nginx", place.namespace, command, place.log("nginx"))


def log(folder: Path) -> list[str]:
    return about_requests(folder / "access.log", folder / "error.log")


SERVER = Server(
    "nginx",
    "Debian's, files, its defaults (send_timeout 60 s)",
    start,
    log,
    DEFAULTS,
    program="nginx",
    package="nginx-light",
)
