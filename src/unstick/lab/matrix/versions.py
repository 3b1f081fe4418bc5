"""Which versions a matrix was made with: asked of the programs themselves."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable

from unstick.lab.needs import where
from unstick.lab.pythons import environment
from unstick.lab.runner import system
from unstick.lab.servers import SERVERS
from unstick.version import VERSION

ASKED = {"varnishd": "-V", "nginx": "-v", "haproxy": "-v", "apache2": "-v", "lighttpd": "-v"}
NUMBER = re.compile(r"\d+(?:\.\d+)+")
WITHIN_S = 20.0


def versions(servers: Iterable[str]) -> dict[str, str]:
    """Name to version: unstick, the kernel, and what the servers are."""
    found = {"unstick": VERSION, "kernel": system()}
    chosen = [SERVERS[name] for name in servers]
    for program in dict.fromkeys(one.program for one in chosen if one.program):
        found[program] = version_of(program)
    if any(one.environment == "servers" for one in chosen):
        for line in environment.versions():
            name, _, number = line.partition(" ")
            found[name] = number
    return found


def version_of(program: str) -> str:
    path = where(program)
    if path is None:
        return "not installed"
    done = subprocess.run(
        [path, ASKED[program]], capture_output=True, text=True, timeout=WITHIN_S, check=False
    )
    number = NUMBER.search(done.stdout + done.stderr)
    return number[0] if number else "?"
