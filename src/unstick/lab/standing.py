"""A scenario's hosts, middlebox and server without its client: for ``lab shell``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from unstick.lab import hosts, runner
from unstick.lab.errors import require_root
from unstick.lab.hosts import ADDRESSES, Hosts
from unstick.lab.packets import SERVER
from unstick.lab.processes import SOURCE, Crew
from unstick.lab.scenario import Scenario


def hint_lines(built: Hosts, scenario: Scenario, family: int) -> Iterator[str]:
    """What to type in there."""
    address = ADDRESSES[SERVER][family]
    shown = f"[{address}]" if family == 6 else address
    yield f"You are on the client, {built.client}. Leave with exit: everything is removed."
    yield ""
    yield f"  curl -o /dev/null http://{shown}:{runner.PORT}/bytes/8000000"
    yield "  ss -tnoi"
    yield f"  ip netns exec {built.server} ss -tnoi"
    yield f"  ip netns exec {built.server} tcpdump -ni {hosts.INTERFACE} tcp"
    yield f"  ip netns exec {built.server} nstat -az 'TcpExtTCPChallengeACK'"
    yield ""


def stand(scenario: Scenario, order: runner.Order, command: list[str]) -> int:
    """Runs ``command`` on the client's host, at this terminal; returns its exit status.

    Raises LabError where the hosts cannot be built.
    """
    require_root()
    order.folder.mkdir(parents=True, exist_ok=True)
    wanted = {side: {**scenario.sysctls.get(side, {})} for side in runner.SIDES}
    with hosts.built(wanted) as built, Crew() as crew:
        play = runner.Play(scenario, order, lambda event: None, built, crew)
        play.prepare()
        print("\n".join(hint_lines(built, scenario, order.family)), flush=True)
        start = [sys.executable, "-m", "unstick.lab.agent", built.client, str(os.getpid())]
        start += ["exec", json.dumps(command)]
        environment = {**os.environ, "PYTHONPATH": SOURCE, "PS1": f"{scenario.name} client # "}
        return subprocess.call(start, env=environment)


def shell() -> list[str]:
    """The user's own, without its start-up files: they would replace the prompt."""
    path = os.environ.get("SHELL", "/bin/sh")
    return [path, "--norc"] if Path(path).name == "bash" else [path]
