"""The kernel does what docs/limits.md says of it, and the page has what the command prints."""

from __future__ import annotations

import sys

import pytest

from tests.house import REPOSITORY
from tests.progress import facts
from tests.progress.pages import masked

PAGE = (REPOSITORY / "docs" / "limits.md").read_text("utf-8")

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="facts of Linux")


def seen(fact: facts.Fact) -> list[float]:
    told = set(masked(tuple(PAGE.splitlines())))
    assert {"A steady reader of N B/s, for N s"} < told
    # Of sendall the page has a sentence only.
    assert "settimeout" in fact.what or set(masked(tuple(str(fact).splitlines()))) <= told
    return list(fact.seen.values())


@pytest.mark.long
def test_writable_is_not_progress() -> None:
    written, acknowledged = seen(facts.writable_is_not_progress(50_000, 50))
    assert written > 10.0
    assert written > 3 * acknowledged


@pytest.mark.long
@pytest.mark.parametrize(
    "fact", [facts.send_timeout_is_for_the_call, facts.timeout_of_sendall_is_for_the_call]
)
def test_timeouts_of_sockets_are_for_the_whole_call(fact: facts.Measured) -> None:
    after, *_, gap = seen(fact(200_000, 2))
    assert 2.0 <= after < 8.0
    assert gap < after / 2


def test_closing_is_not_curing() -> None:
    closed, aborted, reset, disconnected = seen(facts.closing_is_not_curing())
    assert min(closed, aborted) > 1_000_000
    assert (reset, disconnected) == (0, 0)


def test_what_one_client_holds() -> None:
    alone, limited = seen(facts.what_one_client_holds())
    assert alone > 1_000_000
    assert limited < 500_000
