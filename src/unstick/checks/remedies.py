"""Remedies that several checks give. ``rows.addressed`` fills in ``{peer}`` and the like."""

from __future__ import annotations

from unstick.checks.base import Remedy, Risk, Where

END_SOCKET = Remedy(
    "End this socket now",
    Where.OPERATOR,
    Risk.DISRUPTIVE,
    "ss -K dst {peer} dport = :{peer_port} sport = :{port}",
)
ENFORCE = Remedy(
    "Watch for more of them; --kill ends those whose peer acknowledges nothing",
    Where.OPERATOR,
    Risk.SAFE,
    "unstick enforce --port {port} --policy 'idle=60 silent=30'",
)
MEASURED_SENDS = Remedy(
    "Bound sends by what the peer acknowledges (in Python: unstick.progress)",
    Where.APPLICATION,
    Risk.SAFE,
)
USER_TIMEOUT = Remedy(
    # It does not look for progress where the window is smaller than a buffer: tcp_ack_probe().
    "Set TCP_USER_TIMEOUT (30-60 s): it ends what nobody acknowledges, and some slow readers "
    "with small windows, too",
    Where.APPLICATION,
    Risk.DISRUPTIVE,
)
