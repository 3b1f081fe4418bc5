"""How each Python server is run: the files and commands of ``docs/servers.md``, which a test holds
to be the same, and what they need. Pure.
"""

from __future__ import annotations

import re
from typing import NamedTuple

HOST, PORT = "127.0.0.1", "8000"
"""As they stand in the recipes."""

POLICY = re.compile(r"idle=\d+ silent=\d+")
GUARD = "from unstick.progress import install"
NO_GUARD = "from contextlib import nullcontext as install"

GUARDED = """\
# guarded.py
from app import application

from unstick.progress import install

install("idle=60 silent=30")
"""
GUNICORN = """\
# gunicorn.conf.py
def post_worker_init(worker):
    from unstick.progress import install

    install("idle=20 silent=20")
"""
TORNADO = """\
# serve_tornado.py
import asyncio

from app import application

from unstick.progress import install


async def main() -> None:
    application.listen(8000, "127.0.0.1")
    await asyncio.Event().wait()


install("idle=60 silent=30")
asyncio.run(main())
"""
STANDARD = """\
# {name}
from {module} import {server}

from app import Handler

from unstick.progress import install

with install("idle=60 silent=30"):
    {server}(("127.0.0.1", 8000), Handler).serve_forever()
"""

FILES = {
    "guarded.py": GUARDED,
    "gunicorn.conf.py": GUNICORN,
    "serve_tornado.py": TORNADO,
    **{
        name: STANDARD.format(name=name, module=module, server=server)
        for name, module, server in (
            ("serve_http.py", "http.server", "ThreadingHTTPServer"),
            ("serve_threads.py", "socketserver", "ThreadingTCPServer"),
            ("serve_forks.py", "socketserver", "ForkingTCPServer"),
        )
    },
}
"""Name to text: beside ``app.py``, where the server is started."""


class Recipe(NamedTuple):
    """``command`` as a person types it; ``host``: what it takes besides to listen elsewhere than on
    127.0.0.1. ``program``: a file of ``apps``, served as app.py. ``modules``: what Python must
    find."""

    name: str
    command: str
    program: str
    modules: tuple[str, ...] = ()
    host: str = ""


RECIPES = (
    Recipe(
        "uvicorn h11 asyncio",
        "uvicorn guarded:application --port 8000",
        "asgi",
        ("uvicorn", "h11"),
        "--http h11 --loop asyncio --host 127.0.0.1",
    ),
    Recipe(
        "uvicorn httptools uvloop",
        "uvicorn guarded:application --port 8000 --http httptools --loop uvloop",
        "asgi",
        ("uvicorn", "httptools", "uvloop"),
        "--host 127.0.0.1",
    ),
    Recipe(
        "hypercorn asyncio",
        "hypercorn guarded:application --bind 127.0.0.1:8000",
        "asgi",
        ("hypercorn",),
    ),
    Recipe(
        "hypercorn trio",
        "hypercorn guarded:application --bind 127.0.0.1:8000 --worker-class trio",
        "asgi",
        ("hypercorn", "trio"),
    ),
    Recipe(
        "granian asgi",
        "granian guarded:application --port 8000 --interface asgi",
        "asgi",
        ("granian",),
        "--host 127.0.0.1",
    ),
    Recipe(
        "granian wsgi",
        "granian guarded:application --port 8000 --interface wsgi",
        "wsgi",
        ("granian",),
        "--host 127.0.0.1",
    ),
    Recipe(
        "aiohttp",
        "python -m aiohttp.web --hostname 127.0.0.1 --port 8000 guarded:application",
        "aiohttp_web",
        ("aiohttp",),
    ),
    Recipe(
        "daphne",
        "daphne --port 8000 guarded:application",
        "asgi",
        ("daphne",),
        "--bind 127.0.0.1",
    ),
    Recipe(
        "twisted wsgi",
        "twistd --nodaemon --pidfile= web --listen tcp:8000:interface=127.0.0.1"
        " --wsgi guarded.application",
        "wsgi",
        ("twisted",),
    ),
    Recipe(
        "gunicorn sync",
        "gunicorn app:application --bind 127.0.0.1:8000",
        "wsgi",
        ("gunicorn",),
    ),
    Recipe(
        "gunicorn gthread",
        "gunicorn app:application --bind 127.0.0.1:8000 --worker-class gthread --threads 2",
        "wsgi",
        ("gunicorn",),
    ),
    Recipe(
        "gunicorn gevent",
        "gunicorn app:application --bind 127.0.0.1:8000 --worker-class gevent",
        "wsgi",
        ("gunicorn", "gevent"),
    ),
    Recipe(
        "gunicorn asgi",
        "gunicorn app:application --bind 127.0.0.1:8000 --worker-class asgi",
        "asgi",
        ("gunicorn",),
    ),
    Recipe(
        "waitress",
        "waitress-serve --listen 127.0.0.1:8000 guarded:application",
        "wsgi",
        ("waitress",),
    ),
    Recipe(
        "cheroot",
        "cheroot --bind 127.0.0.1:8000 guarded:application",
        "wsgi",
        ("cheroot",),
    ),
    Recipe("tornado", "python serve_tornado.py", "tornado_web", ("tornado",)),
    Recipe("http.server", "python serve_http.py", "http_server"),
    Recipe("socketserver threads", "python serve_threads.py", "socketserver_stream"),
    Recipe("socketserver forks", "python serve_forks.py", "socketserver_stream"),
)
"""Those of one heading of the document in its order."""

REQUIREMENTS = (
    "aiohttp~=3.14",
    "cheroot~=11.1",
    "daphne~=4.2",
    "gevent~=26.9",
    "granian~=2.8",
    "gunicorn~=27.0",
    "h11~=0.16",
    "httptools~=0.9",
    "hypercorn[trio]~=0.18.0",
    "tornado~=6.6",
    "twisted~=26.10",
    "uvicorn~=0.54.0",
    "uvloop~=0.23",
    "waitress~=3.0",
)
"""What brings all modules: the versions whose manners were measured."""


def with_policy(text: str, policy: str | None) -> str:
    """A recipe's file with another policy; with None, the same file without the guard."""
    return text.replace(GUARD, NO_GUARD) if policy is None else POLICY.sub(policy, text)


def with_port(text: str, port: int) -> str:
    return text.replace(PORT, str(port))


def with_address(text: str, host: str, port: int) -> str:
    return with_port(text, port).replace(HOST, host)


def recipe(name: str) -> Recipe:
    return next(one for one in RECIPES if one.name == name)
