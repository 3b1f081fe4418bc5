"""The pytest plugin: fixtures only. It imports nothing of the kit until a test asks for one.

Registered as ``unstick`` (``-p no:unstick`` switches it off).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from unstick.progress.testing.clients import Clients
    from unstick.progress.testing.networks import Network


@pytest.fixture
def unstick_client() -> Iterator[Clients]:
    """Makes the worst clients for a server under test; all are closed after the test.

    ``unstick_client.never_reads(("127.0.0.1", port), request=b"GET / HTTP/1.1\\r\\n...")``
    """
    from unstick.progress.testing.clients import Clients

    with Clients() as clients:
        yield clients


@pytest.fixture
def unstick_network() -> Iterator[Network]:
    """A server side and a client side in namespaces of their own, with weather.

    Skips, and says what it needs, where namespaces cannot be made.
    """
    from unstick.progress.testing.namespace import NoNetworkError
    from unstick.progress.testing.networks import network

    with ExitStack() as stack:
        try:
            made = stack.enter_context(network())
        except NoNetworkError as error:
            pytest.skip(f"{error.sentence}; {error.hint}")
        yield made
