"""The servers of the matrix, as a table: which recipe, which program it serves, what it needs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Configuration:
    """One way to run a server. ``heading`` and ``command`` (0-based) find it in docs/servers.md."""

    name: str
    heading: str
    command: int
    program: str  # a file of apps/, served as app.py
    needs: tuple[str, ...]  # modules, imported by name to see whether they are there
    drops_half_closed: bool = False
    more: str = ""  # arguments that only the tests need
    gives_up_s: float | None = None  # its own limit, also for clients that read slowly
    may_hang_at_exit: bool = False  # guarded or not: see docs/servers.md


CONFIGURATIONS = (
    Configuration(
        "uvicorn h11 asyncio",
        "uvicorn",
        0,
        "asgi",
        ("uvicorn", "h11"),
        drops_half_closed=True,
        more="--http h11 --loop asyncio",
    ),
    Configuration(
        "uvicorn httptools uvloop",
        "uvicorn",
        1,
        "asgi",
        ("uvicorn", "httptools", "uvloop"),
        drops_half_closed=True,
    ),
    Configuration("hypercorn asyncio", "hypercorn", 0, "asgi", ("hypercorn",)),
    Configuration("hypercorn trio", "hypercorn", 1, "asgi", ("hypercorn", "trio")),
    Configuration(
        "granian asgi",
        "granian",
        0,
        "asgi",
        ("granian",),
        drops_half_closed=True,
        may_hang_at_exit=True,
    ),
    Configuration("granian wsgi", "granian", 1, "wsgi", ("granian",), drops_half_closed=True),
    Configuration("aiohttp", "aiohttp", 0, "aiohttp_web", ("aiohttp",), drops_half_closed=True),
    Configuration("daphne", "daphne", 0, "asgi", ("daphne",), drops_half_closed=True),
    Configuration(
        "twisted wsgi",
        "Twisted",
        0,
        "wsgi",
        ("twisted",),
        drops_half_closed=True,
        may_hang_at_exit=True,
    ),
    Configuration("gunicorn sync", "gunicorn", 0, "wsgi", ("gunicorn",), gives_up_s=30.0),
    Configuration("gunicorn gthread", "gunicorn", 1, "wsgi", ("gunicorn",)),
    Configuration("gunicorn gevent", "gunicorn", 2, "wsgi", ("gunicorn", "gevent")),
    Configuration("gunicorn asgi", "gunicorn", 3, "asgi", ("gunicorn",), drops_half_closed=True),
    Configuration("waitress", "waitress", 0, "wsgi", ("waitress",)),
    Configuration("cheroot", "cheroot", 0, "wsgi", ("cheroot",), gives_up_s=10.0),
    Configuration("tornado", "tornado", 0, "tornado_web", ("tornado",), drops_half_closed=True),
    Configuration("http.server", "http.server", 0, "http_server", ()),
    Configuration("socketserver threads", "socketserver", 0, "socketserver_stream", ()),
    Configuration("socketserver forks", "socketserver", 1, "socketserver_stream", ()),
)


def configuration(name: str) -> Configuration:
    return next(one for one in CONFIGURATIONS if one.name == name)
