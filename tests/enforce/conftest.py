"""A network namespace of the test's own: an enforcer must not see what other tests leave open."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.enforce.scene import Scene
from unstick.progress.testing import Clients, NoNetworkError
from unstick.progress.testing.namespace import Namespace


@pytest.fixture
def scene() -> Iterator[Scene]:
    """This thread is inside until the test ends."""
    if not sys.platform.startswith("linux"):
        pytest.skip("enforce is Linux")
    try:
        namespace = Namespace()
    except NoNetworkError as error:
        pytest.skip(str(error))
    try:
        with namespace.inside(), Clients(where=namespace.inside) as clients:
            made = Scene(namespace, clients)
            yield made
            made.close()
    finally:
        namespace.close()
