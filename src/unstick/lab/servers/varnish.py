"""Debian's Varnish: the program of the story, as it is today, with its own defaults."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unstick.lab.processes import Process
from unstick.lab.servers import content
from unstick.lab.servers.base import Place, Server, lines_of

DEFAULTS: dict[str, Any] = {"parameters": {}}
"""``parameters``: of varnishd -p, such as {"send_timeout": 20}."""

LOGGED = "ReqURL,RespStatus,SessClose,Error"
WORDS = ("SessClose", "Error")


def start(place: Place, options: Mapping[str, Any]) -> Process:
    content.origin(place)
    work = place.folder / "varnish"
    command = ["varnishd", "-F", "-j", "none", "-n", str(work), "-s", "malloc,64m"]
    command += ["-a", f"{content.bracketed(place.host)}:{place.port}"]
    command += ["-b", f"127.0.0.1:{content.ORIGIN_PORT}"]
    for name, value in options["parameters"].items():
        command += ["-p", f"{name}={value}"]
    server = place.crew.start_program("varnish", place.namespace, command, place.log("varnishd"))
    # It waits for varnishd: -t. What it says goes out line by line, session by session.
    listens = ["varnishlog", "-n", str(work), "-t", "20", "-g", "raw", "-i", LOGGED]
    place.crew.start_program("varnishlog", place.namespace, listens, place.log("varnish"))
    return server


def log(folder: Path) -> list[str]:
    return [one for one in lines_of(folder / "varnish.log") if any(word in one for word in WORDS)]


SERVER = Server(
    "varnish",
    "Debian's, its defaults (send_timeout 600 s, idle_send_timeout 60 s)",
    start,
    log,
    DEFAULTS,
    program="varnishd",
    package="varnish",
)
