"""The ways into a network namespace, and what is said where there is none."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from unstick.live.namespaces import NamespaceError, enter, path_of
from unstick.progress.testing import NoNetworkError
from unstick.progress.testing.namespace import Namespace

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="namespaces: Linux")


def test_a_name_a_path_a_process() -> None:
    assert str(path_of("blue")) == "/run/netns/blue"
    assert str(path_of("/run/netns/blue")) == "/run/netns/blue"
    assert str(path_of("1")) == "/proc/1/ns/net"


@pytest.mark.parametrize("name", ["no-such-namespace", "/nowhere/ns", os.devnull, "99999999"])
def test_what_is_no_namespace(name: str) -> None:
    with pytest.raises(NamespaceError) as caught:
        enter(name)
    assert name in caught.value.sentence
    assert caught.value.hint


def test_the_thread_is_inside() -> None:
    try:
        there = Namespace()
    except NoNetworkError as error:
        pytest.skip(str(error))
    seen: list[tuple[int, int]] = []

    def look() -> None:
        enter(there.path)
        inside = os.stat("/proc/thread-self/ns/net")
        seen.append((inside.st_dev, inside.st_ino))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    meant = os.fstat(there.fd)
    there.close()
    assert seen == [(meant.st_dev, meant.st_ino)]
