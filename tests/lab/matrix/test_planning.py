"""From names that a person types to cells that are played."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from unstick.cli import lab_matrix
from unstick.errors import UsageError
from unstick.lab.clients import CLIENTS
from unstick.lab.matrix import planning
from unstick.lab.matrix.columns import BY_NAME, COLUMNS
from unstick.lab.matrix.rows import FULL_S, LIMITS, NOT_PLAYED, USUAL, Condition, full_s, rows
from unstick.lab.servers import SERVERS
from unstick.lab.servers.base import SIZES


def test_servers_by_name_by_beginning_and_in_their_own_order() -> None:
    assert planning.servers("varnish,blocking") == ("blocking", "varnish")
    found = planning.servers("gunicorn")
    assert {"gunicorn-sync", "gunicorn-gthread"} <= set(found)
    assert all(one.startswith("gunicorn-") for one in found)
    assert planning.servers("usual") == USUAL
    assert set(planning.servers("all")) - set(USUAL) == NOT_PLAYED


@pytest.mark.parametrize(
    ("ask", "text", "says"),
    [
        (planning.servers, "nginks", "did you mean nginx?"),
        (planning.servers, "", "blocking"),
        (planning.servers, "nginx,", "blocking"),
        (planning.clients, "never-read", "did you mean never-reads?"),
        (planning.conditions, "enforced", "did you mean enforce?"),
    ],
)
def test_what_is_not_there_is_said_with_the_nearest(ask: Any, text: str, says: str) -> None:
    with pytest.raises(UsageError) as told:
        ask(text)
    assert says in str(told.value.hint)


def test_a_job_for_each_server_client_and_condition() -> None:
    under = planning.conditions("install,default")
    assert under == (Condition.DEFAULT, Condition.INSTALL)
    jobs = planning.jobs(("nginx", "waitress"), ("slow", "abort"), under, None, False)
    assert [(job.row.server, job.row.condition, job.column.name) for job in jobs] == [
        ("nginx", "default", "slow"),
        ("nginx", "default", "abort"),
        ("waitress", "default", "slow"),
        ("waitress", "default", "abort"),
        ("waitress", "install", "slow"),  # nginx takes nothing inside
        ("waitress", "install", "abort"),
    ]
    assert {job.watch_s for job in jobs} == {planning.WATCH_S}
    assert [one.server for one in rows(Condition.ENFORCE, ("progress", "nginx"))] == ["nginx"]


def test_how_long_a_cell_is_watched() -> None:
    def watched(watch_s: float | None, full: bool, client: str = "slow") -> float:
        (job,) = planning.jobs(("varnish",), (client,), (Condition.DEFAULT,), watch_s, full)
        return job.watch_s

    assert watched(None, False) == planning.WATCH_S
    assert watched(5, False) == 5
    assert watched(None, True) > 614  # what is known of Varnish's 600 s
    assert watched(100, True) == 100
    assert watched(5, False, "half-closes") == planning.SERVED_S
    assert planning.WATCH_S == lab_matrix.WATCH_S  # what --help says
    assert max(FULL_S.values()) == 31 * 60


def test_limits_are_settings_the_servers_have() -> None:
    assert all(row.given.keys() <= SERVERS[row.server].defaults.keys() for row in LIMITS)
    assert all(row.words and row.condition is Condition.LIMITS for row in LIMITS)
    assert FULL_S.keys() <= SERVERS.keys()
    assert all(full_s(row) <= FULL_S.get(row.server, 200) for row in LIMITS)


def test_columns_are_clients_of_the_lab() -> None:
    assert len(BY_NAME) == len(COLUMNS)
    for column in COLUMNS:
        inspect.signature(CLIENTS[column.client.name]).bind(None, **column.client.given)
        assert column.client.given.get("size", 100) in SIZES


def test_who_is_not_installed_is_left_out_with_the_command_that_installs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lacks = dict.fromkeys(("varnish", "waitress", "cheroot"), ("something",))
    monkeypatch.setattr(planning, "lacking", lambda server: lacks.get(server.name, ()))
    told: list[str] = []
    wanted = planning.jobs(
        ("blocking", "varnish", "waitress", "cheroot"), ("slow",), (Condition.DEFAULT,), None, False
    )
    assert [job.row.server for job in planning.playable(wanted, told.append)] == ["blocking"]
    assert len(told) == 2
    assert "varnish. apt-get install" in told[0]
    assert "waitress, cheroot. python3 -m venv" in told[1]
    with pytest.raises(UsageError):
        planning.playable(wanted[1:], told.append)
