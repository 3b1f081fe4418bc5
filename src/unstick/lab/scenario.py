"""What a scenario is: data that a run is made of, and what the run must then have shown.

Everything in it is plain data, so that a run's folder can hold it and a replay read it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from unstick.lab.packets import Side

Options = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """Something by name (a fault, a client, a server) and the options it is given."""

    name: str
    given: Options = field(default_factory=dict)


def part(name: str, **given: Any) -> Part:
    """``part("vanish_at", seconds=2)``."""
    return Part(name, given)


LINE = part("rate", bytes_per_s=4_000_000, buffer_bytes=8_000_000)
"""A line that is always full of what the server has sent, and drops nothing: what comes to a
client for half a second after its FIN was sent before the server had heard of it, on a busy
machine, too."""


@dataclass(frozen=True)
class Claim:
    """One thing that must be true of the hosts, whatever any capture says. See ``truth``."""

    kind: str
    side: Side
    given: Options = field(default_factory=dict)


def ends_in(side: Side, *states: str) -> Claim:
    """When the run ends, the sockets of that host are in these states (none: it has none left).
    Listeners and TIME-WAIT do not count."""
    return Claim("ends_in", side, {"states": sorted(states)})


def counted(side: Side, name: str, at_least: int = 0, at_most: int | None = None) -> Claim:
    """By so much a counter of that host has grown (nstat's names)."""
    return Claim("counted", side, {"name": name, "at_least": at_least, "at_most": at_most})


def told(side: Side, outcome: str) -> Claim:
    """The program of that host was told so: an errno's name, or ``closed``."""
    return Claim("told", side, {"outcome": outcome})


def waits(side: Side, at_least_s: float) -> Claim:
    """When the run ends, that program has waited so long in one write that has not come back."""
    return Claim("waits", side, {"at_least_s": at_least_s})


def got(side: Side, at_least: int, at_most: int | None = None) -> Claim:
    """The program has read so many bytes."""
    return Claim("got", side, {"at_least": at_least, "at_most": at_most})


@dataclass(frozen=True)
class Scenario:
    """``boxes``: what stands on the path, from the client to the server. ``findings``: codes that
    ``explain`` must tell of the server's capture as main findings, no more and no less; notes do
    not count; None: whatever it tells. ``client_findings``: the same of the client's capture.
    ``mentions``: codes that must be told of the server's, too, be it as a note or inside a story.
    ``watch_s``: the run ends so long after the client began, or earlier when nothing is left."""

    name: str
    story: str
    client: Part
    findings: frozenset[str] | None
    client_findings: frozenset[str] | None = None
    mentions: frozenset[str] = frozenset()
    truth: tuple[Claim, ...] = ()
    boxes: tuple[Part, ...] = ()
    server: Part = field(default_factory=lambda: Part("blocking"))
    sysctls: Mapping[Side, Mapping[str, str]] = field(default_factory=dict)
    delay_s: float = 0.030
    old_linux: bool = False
    tls: bool = False
    watch_s: float = 15.0
    rotate_s: float | None = None

    def to_data(self) -> dict[str, Any]:
        """For JSON."""
        data = asdict(self)
        if self.findings is not None:
            data["findings"] = sorted(self.findings)
        if self.client_findings is not None:
            data["client_findings"] = sorted(self.client_findings)
        data["mentions"] = sorted(self.mentions)
        return data


def from_data(data: Mapping[str, Any]) -> Scenario:
    """The mirror of ``to_data``, after JSON. Raises KeyError, TypeError for what is no scenario."""
    values = dict(data)
    values.update(
        client=Part(**values["client"]),
        server=Part(**values["server"]),
        boxes=tuple(Part(**one) for one in values["boxes"]),
        truth=tuple(Claim(**one) for one in values["truth"]),
        mentions=frozenset(values["mentions"]),
        **{
            name: None if values[name] is None else frozenset(values[name])
            for name in ("findings", "client_findings")
        },
    )
    return Scenario(**values)


def loosened(scenario: Scenario, server: str | None = None) -> Scenario:
    """The same without what it claims, for a run under other conditions (another server, other
    settings, to the very end): what then happens is what the run is to show."""
    part = scenario.server if server is None else Part(server)
    return replace(
        scenario, server=part, findings=None, client_findings=None, mentions=frozenset(), truth=()
    )
