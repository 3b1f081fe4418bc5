"""Whom it concerns, and what it refuses to be told. Pure."""

from __future__ import annotations

import pytest

from unstick.enforce.budget import Budget
from unstick.enforce.settings import Settings, net_of, ports_of, within
from unstick.errors import UsageError
from unstick.progress.diag import Seen
from unstick.progress.policy import DEFAULT, Kill, Policy

ONE = Seen(10, 1, ("::ffff:192.0.2.1", 80), ("::ffff:198.51.100.7", 4000), 7, 5, 9, b"", uid=33)


@pytest.mark.parametrize(
    ("text", "ports"), [("80", {80}), ("80,443", {80, 443}), ("8000-8002,9", {8000, 8001, 8002, 9})]
)
def test_ports(text: str, ports: set[int]) -> None:
    assert ports_of(text) == ports


@pytest.mark.parametrize("text", ["", "x", "0", "65536", "9-8", "80,", "1-", "-1", "+80", "8 0"])
def test_no_ports(text: str) -> None:
    with pytest.raises(UsageError, match="not a port"):
        ports_of(text)


@pytest.mark.parametrize(
    ("host", "net", "is_in"),
    [
        ("192.0.2.7", "192.0.2.0/24", True),
        ("192.0.2.7", "192.0.3.0/24", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("::ffff:192.0.2.7", "192.0.3.0/24", False),
        ("::ffff:192.0.2.7", "::/0", True),
        ("2001:db8::1", "2001:db8::/32", True),
        ("2001:db8::1", "0.0.0.0/0", False),
        ("192.0.2.7", "::/0", False),
        ("fe80::1", "fe80::/10", True),
    ],
)
def test_nets(host: str, net: str, is_in: bool) -> None:
    assert within(host, (net_of(net),)) is is_in
    assert within(host, ())


def test_a_net_that_is_none() -> None:
    with pytest.raises(UsageError, match="not a network"):
        net_of("example.org")


def test_an_orphan_is_no_users() -> None:
    ports = frozenset({80})
    assert Settings(DEFAULT, ports, uids=frozenset({33})).concerns(ONE)
    assert not Settings(DEFAULT, ports, uids=frozenset({34})).concerns(ONE)
    assert not Settings(DEFAULT, ports, uids=frozenset({33})).concerns(ONE._replace(inode=0))
    assert Settings(DEFAULT, ports).concerns(ONE._replace(inode=0))


@pytest.mark.parametrize(
    ("policy", "ports", "says"),
    [
        (DEFAULT, set(), "--port is missing"),
        (Policy(idle=None, silent=None), {80}, "without any rule"),
        (Policy(on_verdict=Kill.CLOSE), {80}, "kill=close"),
    ],
)
def test_what_is_refused(policy: Policy, ports: set[int], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        Settings(policy, frozenset(ports))


def test_it_ends_nothing_unless_told_to() -> None:
    ports = frozenset({80})
    assert not Settings(DEFAULT, ports).ends
    assert Settings(DEFAULT, ports, kill=True).ends
    assert not Settings(Policy(on_verdict=Kill.REPORT), ports, kill=True).ends


def test_a_budget_is_kept_in_every_minute() -> None:
    budget = Budget(2)
    ended: list[float] = []
    for now in range(300):
        if budget.has_room(now):
            budget.spend(now)
            ended.append(now)
    for start in range(300 - 60):
        assert len([one for one in ended if start <= one < start + 60]) <= 2
    assert len(ended) == 10


def test_a_budget_without_a_limit() -> None:
    budget = Budget(None)
    for _ in range(1000):
        assert budget.has_room(0.0)
        budget.spend(0.0)
