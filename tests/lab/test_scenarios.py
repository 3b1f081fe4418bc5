"""Scenarios are data: complete, known by name, kept and read again without loss."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest

from unstick.checks import CHECKS
from unstick.lab import scenarios
from unstick.lab.clients import CLIENTS
from unstick.lab.hosts import ADDRESSES
from unstick.lab.packets import CLIENT, SERVER
from unstick.lab.scenario import Scenario, from_data, loosened
from unstick.lab.scenarios import SCENARIOS
from unstick.lab.servers import SERVERS
from unstick.lab.servers.base import SIZES
from unstick.lab.telling import setup
from unstick.lab.truth import KINDS
from unstick.report.look import Look

ALL = pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=lambda one: one.name)

DEMANDED = (
    "office vps office-today pipelined close-notify vanish-in-flight vanish-at-zero-window "
    "stop-reading slow-but-alive half-close-served close-wait-leak fin-unanswered "
    "fin-wait-2-abandoned nat-forgets-idle keepalive-exhausted challenge-lost reset-spray "
    "forged-reset-pair syn-challenge reset-with-md5-option mtu-black-hole "
    "sequence-randomiser-breaks-sack close-with-unread-data rotation-mid-stall "
    "both-vantage-points-with-nat"
)


def test_every_file_is_listed_by_its_name() -> None:
    files = {path.stem for path in Path(scenarios.__file__).parent.glob("*.py")} - {"__init__"}
    assert {name.replace("-", "_") for name in SCENARIOS} == files
    assert set(DEMANDED.split()) <= SCENARIOS.keys()


@ALL
def test_scenario_is_complete(scenario: Scenario) -> None:
    assert scenario.story.endswith(".")
    assert scenario.findings is not None
    codes = {check.code for check in CHECKS}
    assert scenario.findings | scenario.mentions | (scenario.client_findings or set()) <= codes
    assert scenario.truth, "what must be true of the hosts?"
    assert all(claim.kind in KINDS and claim.side in (CLIENT, SERVER) for claim in scenario.truth)
    assert scenario.server.given.keys() <= SERVERS[scenario.server.name].defaults.keys()
    assert 5 <= scenario.watch_s <= 90


@ALL
def test_client_takes_its_options(scenario: Scenario) -> None:
    inspect.signature(CLIENTS[scenario.client.name]).bind(None, **scenario.client.given)


@ALL
def test_scenario_survives_being_kept(scenario: Scenario) -> None:
    assert from_data(json.loads(json.dumps(scenario.to_data()))) == scenario
    loose = loosened(scenario, "nginx")
    assert from_data(json.loads(json.dumps(loose.to_data()))) == loose
    assert (loose.server.name, loose.findings, loose.truth) == ("nginx", None, ())


@ALL
@pytest.mark.parametrize("family", [4, 6])
def test_setup_fits_the_page(scenario: Scenario, family: int) -> None:
    addresses = {side: families[family] for side, families in ADDRESSES.items()}
    lines = list(setup(scenario, addresses, Look()))
    assert max(map(len, lines)) <= 79
    assert "emulated" in "".join(lines) or not scenario.old_linux


NO_SCENARIO = {
    # check: why no run of the lab fires it
    "R109": "two Linux stacks do not answer each other's resets and ACKs for ever",
    "M501": "a run whose capture lost packets fails",
    "M502": "each host is captured at one place",
    "M503": "the kernel's clock does not go backwards within a run",
    "M504": "each host is captured in both directions",
    "M505": "captures are written whole",
}


def test_every_check_has_a_scenario_or_a_reason() -> None:
    fired: set[str] = set()
    for one in SCENARIOS.values():
        fired |= (one.findings or set()) | one.mentions | (one.client_findings or set())
    codes = {check.code for check in CHECKS}
    assert codes - fired == set(NO_SCENARIO)


def test_clients_are_sorted_documented_and_used_or_demanded() -> None:
    assert list(CLIENTS) == sorted(CLIENTS)
    assert all(one.__doc__ for one in CLIENTS.values())


def test_files_are_there_for_every_object_asked_for() -> None:
    asked = [
        parameter.default
        for client in CLIENTS.values()
        for name, parameter in inspect.signature(client).parameters.items()
        if name == "size" and client.__name__ != "uploads_too_much"
    ]
    asked += [one.client.given["size"] for one in SCENARIOS.values() if "size" in one.client.given]
    assert set(asked) <= set(SIZES)
