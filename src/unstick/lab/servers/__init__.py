"""The servers a scenario can be played against: one file each, listed here by name.

Each says how it is configured, started and read; it is started inside the run's own namespace only.
"""

from __future__ import annotations

from unstick.lab.servers import apache, haproxy, lighttpd, nginx, node, pythons, raw, varnish
from unstick.lab.servers.base import Server

ALL = (
    node.SERVER,
    node.CURED,
    varnish.SERVER,
    nginx.SERVER,
    haproxy.SERVER,
    apache.SERVER,
    lighttpd.SERVER,
    raw.SERVER,
    *pythons.PYTHONS,
)

SERVERS: dict[str, Server] = {one.name: one for one in ALL}
"""Name to server, the default first."""
