"""What a person reads of a run: how it is set up, what happens, how explanation and truth agree.

Lines without line ends, in the look the command line asks for. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unstick.lab.events import Event
from unstick.lab.faults import FAULTS
from unstick.lab.old_linux import SAYS
from unstick.lab.packets import CLIENT, SERVER, Side
from unstick.lab.scenario import Scenario
from unstick.lab.servers import SERVERS
from unstick.lab.truth import Checked
from unstick.report.look import Look

ACTORS = {CLIENT: "green", SERVER: "cyan", "log": "yellow"}


def setup(scenario: Scenario, addresses: dict[Side, str], look: Look) -> Iterator[str]:
    """The story, and who stands where."""
    yield look.paint(scenario.name, "bold")
    yield from look.wrap(scenario.story, "  ")
    yield ""
    yield f"  client      {addresses[CLIENT]}, {scenario.client.name.replace('_', ' ')}"
    round_trip_ms = scenario.delay_s * 2000
    boxes = [FAULTS[one.name](**one.given).says for one in scenario.boxes] or ["forwards"]
    for box in boxes:
        yield from look.wrap(box, "  middlebox   ", " " * 14)
    yield f"              round trip {round_trip_ms:g} ms"
    server = SERVERS[scenario.server.name]
    says = f"{addresses[SERVER]}, {server.name}: {server.told(scenario.server.given)}"
    yield from look.wrap(says, "  server      ", " " * 14)
    if scenario.old_linux:
        yield from look.wrap(f"its stack: {SAYS}", " " * 14)
    yield ""


def event_lines(event: Event, look: Look) -> list[str]:
    """One event: ``   0.439  server    ...``."""
    who = f"{event.who:<9}"
    head = f"{event.time_s:8.3f}  {who} "
    lines = look.wrap(event.says, head, " " * len(head)) or [head]
    style = ACTORS.get(event.who)
    if style is None:
        return lines
    return [lines[0].replace(who, look.paint(who, style), 1), *lines[1:]]


def compared(checked: Sequence[Checked], between: Sequence[str], look: Look) -> Iterator[str]:
    """What lies between the captures; then explanation and claims beside what the hosts said."""
    if between:
        yield look.paint("Between the two captures", "bold")
        for headline in between:
            yield from look.wrap(headline, "  - ", "    ")
        yield ""
    yield look.paint("Explanation and truth", "bold")
    for one in checked:
        sign = look.paint("agrees ", "green") if one.holds else look.paint("DIFFERS", "red")
        says = one.says if one.holds else f"{one.says}; it is: {one.saw}"
        lines = look.wrap(says, " " * 11)
        yield f"  {sign}  {lines[0].strip()}"
        yield from lines[1:]


def truths(checked: Sequence[Checked]) -> list[str]:
    """The same for a run's README."""
    return [f"{'agrees' if one.holds else 'DIFFERS'}: {one.says} ({one.saw})" for one in checked]
