"""Remedies that several checks give. ``rows.addressed`` fills in ``{peer}`` and the like."""

from __future__ import annotations

from unstick.checks.base import Remedy, Risk, Where

END_SOCKET = Remedy(
    "End this socket now",
    Where.OPERATOR,
    Risk.DISRUPTIVE,
    "ss -K dst {peer} dport = :{peer_port} sport = :{port}",
)
USER_TIMEOUT = Remedy(
    "Set TCP_USER_TIMEOUT (30-60 s): it ends a send that nobody acknowledges",
    Where.APPLICATION,
    Risk.SAFE,
)
