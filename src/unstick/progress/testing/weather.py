"""What a network does to the segments of one side, as text for nft. Pure: nothing is run here."""

from __future__ import annotations

from dataclasses import dataclass

TABLE = "inet unstick_testing"

PARTS = 10_000
"""A share is told to nft as so many in ten thousand."""

SMALLEST_BURST_BYTES = 3000
"""Two full segments: with less, none of MTU 1500 would ever pass a low rate."""

NEIGHBOURS = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept"
"""A client behind a router vanishes, the router does not: its address still resolves."""


@dataclass(frozen=True, slots=True)
class Weather:
    """``loss``: the share of segments lost, each way. ``rate``: bytes a second that may reach the
    client; what exceeds it is dropped, not queued."""

    vanished: bool = False
    rejecting: bool = False
    loss: float = 0.0
    rate: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.loss <= 1:
            raise ValueError(f"a loss of {self.loss} is not between 0 and 1")
        if self.rate is not None and self.rate < 1:
            raise ValueError(f"a rate of {self.rate} bytes/s lets nothing pass: use vanish()")

    def script(self) -> str:
        """A whole ruleset, which replaces the one before in one transaction."""
        return "\n".join(
            [
                f"table {TABLE}",
                f"delete table {TABLE}",
                f"table {TABLE} {{",
                *_chain("hears", "input", self._hears()),
                *_chain("says", "output", self._says()),
                "}",
                "",
            ]
        )

    def _hears(self) -> list[str]:
        rules = self._says()
        if self.rejecting:
            rules.append("meta l4proto tcp reject with icmpx type host-unreachable")
        if self.rate is not None:
            burst = max(int(self.rate / 10), SMALLEST_BURST_BYTES)
            rules.append(f"limit rate over {int(self.rate)} bytes/second burst {burst} bytes drop")
        return rules

    def _says(self) -> list[str]:
        rules = [NEIGHBOURS]
        if self.vanished:
            rules.append("drop")
        if self.loss:
            rules.append(f"numgen random mod {PARTS} < {round(self.loss * PARTS)} drop")
        return rules


def _chain(name: str, hook: str, rules: list[str]) -> list[str]:
    head = f"    type filter hook {hook} priority 0; policy accept;"
    return [f"  chain {name} {{", head, *(f"    {rule}" for rule in rules), "  }"]
