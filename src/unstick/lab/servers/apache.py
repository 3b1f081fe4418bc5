"""Debian's Apache httpd: the event MPM, its own defaults (TimeOut 60 s), before the lab's server.

A proxy, not files: its workers are not root, and a run's folder may be root's alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unstick.lab.processes import Process
from unstick.lab.servers import content
from unstick.lab.servers.base import Place, Server, about_requests

DEFAULTS: dict[str, Any] = {"lines": []}
"""``lines``: such as "TimeOut 10"."""

MODULES = "/usr/lib/apache2/modules"
CONFIGURATION = """\
ServerName lab
ServerRoot {folder}
DefaultRuntimeDir {folder}
PidFile {folder}/apache2.pid
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_http_module {modules}/mod_proxy_http.so
User www-data
Group www-data
Listen {address}
ProxyPass / http://127.0.0.1:{origin}/
ErrorLog {folder}/error.log
LogLevel info
LogFormat "%h \\"%r\\" %>s %B bytes, %X at the end" lab
CustomLog {folder}/access.log lab
{lines}
"""


def start(place: Place, options: Mapping[str, Any]) -> Process:
    content.origin(place)
    path = place.folder / "apache2.conf"
    text = CONFIGURATION.format(
        folder=place.folder,
        modules=MODULES,
        address=f"{content.bracketed(place.host)}:{place.port}",
        origin=content.ORIGIN_PORT,
        lines="\n".join(options["lines"]),
    )
    path.write_text(text, encoding="utf-8")
    command = ["apache2", "-DFOREGROUND", "-f", str(path)]
    return place.crew.start_program("apache2", place.namespace, command, place.log("apache2"))


def log(folder: Path) -> list[str]:
    return about_requests(folder / "access.log", folder / "error.log")


SERVER = Server(
    "apache",
    "Debian's httpd, event MPM, a proxy, its defaults (TimeOut 60 s)",
    start,
    log,
    DEFAULTS,
    program="apache2",
    package="apache2",
)
