"""Is the server still serving? One request on a fresh connection, within a time."""

from __future__ import annotations

from http.client import HTTPException
from typing import Unpack

from unstick.progress.testing.client import Client
from unstick.progress.testing.clients import Clients, Options
from unstick.progress.testing.http import Response
from unstick.progress.testing.line import Address
from unstick.progress.testing.report import End
from unstick.progress.testing.waiting import eventually


def served_within(
    address: Address,
    within_s: float,
    clients: Clients | None = None,
    **options: Unpack[Options],
) -> Response:
    """A whole HTTP/1.1 response on a fresh connection within ``within_s`` seconds in all.

    Raises AssertionError that says how far it came. What it returns may be an error of the server
    (``status``): that is an answer, too. Made by ``clients`` if given (a network's, say). Blocks:
    in a test that runs an event loop, ``await asyncio.to_thread(served_within, ...)``.
    """
    if clients is None:
        with Clients() as own:
            return served_within(address, within_s, own, **options)
    options.setdefault("keep", None)
    with clients.reads_all(address, **options) as client:
        eventually(
            lambda: client.end is not None or _response(client) is not None,
            within_s,
            lambda: f"not served: {client.report()}",
        )
        response = _response(client)
    assert response is not None, f"not served: {client.report()}"
    return response


def _response(client: Client) -> Response | None:
    """The whole response, if it is there: as announced, or ended by the server's close."""
    over = client.end is End.EOF  # asked before the bytes: they are all there then
    try:
        response = client.response()
    except HTTPException:
        return None
    whole = over if response.complete is None else response.complete
    return response if whole else None
