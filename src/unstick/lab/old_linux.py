"""A stack older than the kernel that runs, emulated by one rule behind the capture point.

Linux before 4.11 has no tcp_reset_check(): in CLOSE-WAIT a reset at RCV.NXT - 1, the number of the
FIN, is outside the window and is dropped in silence. Here such resets are dropped before TCP sees
them, which comes to the same where the FIN has been acknowledged; while that ACK is still delayed,
an old Linux would have sent a challenge ACK and this does not.

The rule knows the number from the FIN itself, so a FIN that carries bytes is not covered.
"""

from __future__ import annotations

from unstick.lab import netns

SAYS = "Linux before 4.11 (emulated: a rule drops resets that have the FIN's number)"

RULES = """
table inet unstick {
  set fins {
    typeof tcp sport . tcp sequence
    flags dynamic
    size 65535
  }
  chain hears {
    type filter hook input priority 0; policy accept;
    tcp flags & rst == rst tcp sport . tcp sequence @fins drop
    tcp flags & fin == fin add @fins { tcp sport . tcp sequence }
  }
}
"""


def emulate(namespace: str) -> None:
    """Lays the rule over a host. Raises LabError where nft is missing."""
    with netns.inside(namespace):
        netns.run("nft", "-f", "-", text=RULES)
