"""Each server of docs/servers.md as it is run there: the guard ends who has to be ended, and nobody
else. Without the guard the same clients hold the same server: the control."""

from __future__ import annotations

from typing import Any

import pytest

from tests.progress.servers.cells import LATE_BYTES, RATE, Cell, Limits, play
from tests.progress.servers.configurations import CONFIGURATIONS, Configuration
from tests.progress.servers.running import missing

POLICY = "idle=5 silent=5"
FREED_WITHIN_S = 12.0
EXITS_WITHIN_S = 10.0

LIMITS = Limits(POLICY, stalled_s=30.0, slow_s=30.0)

QUICK = ("http.server", "socketserver threads", "socketserver forks")
"""Of the standard library, so always there; the others are marked ``long``."""


def marked(configuration: Configuration) -> Any:
    marks = () if configuration.name in QUICK else (pytest.mark.long,)
    return pytest.param(configuration, id=configuration.name.replace(" ", "-"), marks=marks)


each_server = pytest.mark.parametrize("server", [marked(one) for one in CONFIGURATIONS])


@pytest.fixture(autouse=True)
def _installed(server: Configuration) -> None:
    lacking = missing(server.needs) if server.needs else ()
    if lacking:
        pytest.skip(f"{', '.join(lacking)} not installed: make test-long does")


def freed(cell: Cell) -> None:
    assert cell.let_go_s is not None, cell.log
    assert cell.let_go_s < FREED_WITHIN_S
    assert cell.left == "nothing"
    assert cell.next_answer_s is not None, cell.log


@each_server
def test_a_client_that_never_reads_is_freed_and_the_server_goes_on(server: Configuration) -> None:
    """Scenario 26."""
    cell = play(server, "never reads", LIMITS)
    freed(cell)
    assert cell.end == "reset by the server"
    assert cell.log.count("cause=NOT_READING") >= 1
    if not server.may_hang_at_exit:
        assert cell.exit_s is not None, cell.log
        assert cell.exit_s < EXITS_WITHIN_S


@each_server
@pytest.mark.long
def test_a_client_that_vanished_is_freed(server: Configuration) -> None:
    cell = play(server, "vanishes", LIMITS)
    freed(cell)
    assert "cause=SILENT" in cell.log


@each_server
@pytest.mark.long
def test_a_slow_reader_is_left_alone(server: Configuration) -> None:
    """Scenario 26."""
    cell = play(server, "20 kB/s", LIMITS)
    assert "cause=" not in cell.log
    assert cell.end is None, cell.log
    assert cell.got_bytes > RATE * LIMITS.slow_s / 4 or server.gives_up_s
    if server.gives_up_s is None:
        assert cell.let_go_s is None


@each_server
def test_a_half_closed_client_gets_what_this_server_gives_it(server: Configuration) -> None:
    """Scenario 26."""
    cell = play(server, "half-closes", LIMITS)
    assert cell.got_bytes == (0 if server.drops_half_closed else LATE_BYTES), cell.log
    assert "cause=" not in cell.log


CONTROL = Limits(None, stalled_s=FREED_WITHIN_S, exit_s=1.0)


@each_server
@pytest.mark.long
def test_without_the_guard_the_server_holds_it(server: Configuration) -> None:
    cell = play(server, "never reads", CONTROL)
    assert cell.left != "nothing"
    if server.gives_up_s is None:
        assert cell.let_go_s is None
