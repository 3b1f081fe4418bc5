"""The caches that are compared: the node in both modes, nginx and Varnish, started on loopback.

Each is one command that stays in the foreground, configured as its packager does where a cache has
a choice; nothing of this machine's own configuration is read.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from getpass import getuser
from pathlib import Path
from typing import NamedTuple

READY_S = 30.0
ENDS_S = 10.0


class Place(NamedTuple):
    """Where a cache runs, and where its origin is, both on 127.0.0.1."""

    folder: Path
    port: int
    origin: int


class Cache(NamedTuple):
    """``program`` None: comes with the project. ``version`` is a command that tells it."""

    name: str
    program: str | None
    command: Callable[[Place], list[str]]
    version: tuple[str, ...] = ()

    @property
    def is_there(self) -> bool:
        return self.program is None or program(self.program) is not None


def program(name: str) -> str | None:
    """A program's path, also where users have no sbin in theirs."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")


def node(mode: str) -> Callable[[Place], list[str]]:
    def command(place: Place) -> list[str]:
        return [
            *(sys.executable, "-m", "unstick", "serve"),
            *("--origin", f"http://127.0.0.1:{place.origin}"),
            *("--listen", f"127.0.0.1:{place.port}", "--delivery", mode),
            *("--control", str(place.folder / "control.sock")),
        ]

    return command


NGINX = """\
daemon off;
user {user};
worker_processes auto;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 768; }}
http {{
  sendfile on; tcp_nopush on; types_hash_max_size 2048;  # Debian's nginx.conf
  access_log {folder}/access.log;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  proxy_cache_path {folder}/cache levels=1:2 keys_zone=one:8m max_size=1000m inactive=600m
    use_temp_path=off;
  server {{
    listen 127.0.0.1:{port};
    location / {{  # as cache-tests' own docker/nginx/nginx.conf
      proxy_pass http://127.0.0.1:{origin};
      proxy_cache one;
      proxy_cache_revalidate on;
      proxy_http_version 1.1;
    }}
  }}
}}
"""


def nginx(place: Place) -> list[str]:
    path = place.folder / "nginx.conf"
    path.write_text(NGINX.format(**place._asdict(), user=getuser()), "utf-8")
    return [program("nginx") or "nginx", "-c", str(path), "-e", str(place.folder / "error.log")]


def varnish(place: Place) -> list[str]:
    return [
        *(program("varnishd") or "varnishd", "-F", "-j", "none"),
        *("-n", str(place.folder / "varnish"), "-s", "malloc,1g"),
        *("-a", f"127.0.0.1:{place.port}", "-b", f"127.0.0.1:{place.origin}"),
    ]


CACHES = (
    Cache("progress", None, node("progress"), (sys.executable, "-m", "unstick", "--version")),
    Cache("blocking", None, node("blocking"), (sys.executable, "-m", "unstick", "--version")),
    Cache("nginx", "nginx", nginx, ("nginx", "-v")),
    Cache("varnish", "varnishd", varnish, ("varnishd", "-V")),
)


def version(cache: Cache) -> str:
    """The first line of what it says of itself."""
    command = [program(cache.version[0]) or cache.version[0], *cache.version[1:]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=READY_S)
    return (done.stdout + done.stderr).strip().partition("\n")[0]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], port: int, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program that listens at ``port``; ended, by its own number, when the block ends."""
    with (
        open(folder / "output", "wb") as output,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output) as one,
    ):
        try:
            await_port(port, one, folder)
            yield one
        finally:
            one.terminate()
            try:
                one.wait(ENDS_S)
            except subprocess.TimeoutExpired:
                one.kill()


def await_port(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    until = time.monotonic() + READY_S
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    said = (folder / "output").read_text("utf-8", "replace")
    raise SystemExit(f"{process.args!r} does not listen: {said[-500:]}")
