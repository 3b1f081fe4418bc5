"""The servers a scenario can be played against: one file each, listed here by name.

Each says how it is configured, started and read; it is started inside the run's own namespace only.
"""

from __future__ import annotations

from unstick.lab.servers import apache, embedded, haproxy, lighttpd, nginx, varnish
from unstick.lab.servers.base import Server

SERVERS: dict[str, Server] = {
    one.SERVER.name: one.SERVER for one in (embedded, varnish, nginx, haproxy, apache, lighttpd)
}
"""Name to server, the default first."""
