"""Which rule needs what of a system, and what happens where it lacks that: no rule is weakened."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from unstick.progress.errors import PolicyError
from unstick.progress.policy import DEFAULT, Drain, Policy

CANNOT_TELL = "this socket or system cannot tell"
OTHERS = "others"
"""What no system can tell a send: who else waits. Guards of many connections know."""

NEEDS: tuple[tuple[str, tuple[frozenset[str], ...]], ...] = (
    # field of Policy, the sets of capabilities that each would do
    ("idle", (frozenset({"bytes_acked"}), frozenset({"outq"}))),
    ("silent", (frozenset({"last_ack_recv_ms", "probes", "retransmits"}),)),
    ("min_rate", (frozenset({"bytes_acked", "busy_time_us", "notsent_bytes"}),)),
    ("pace", (frozenset({"bytes_acked"}),)),
    ("crowd", (frozenset({"bytes_acked", "notsent_bytes", "snd_wnd", OTHERS}),)),
    ("max_bytes_held", (frozenset({"outq"}), frozenset({"notsent_bytes"}))),
)
DRAIN_NEEDS: dict[Drain, tuple[frozenset[str], ...]] = {
    Drain.NONE: (frozenset(),),
    Drain.ACKED: (frozenset({"outq"}), frozenset({"tcp_info", "notsent_bytes"})),
    Drain.FIN: (frozenset({"state", "outq"}), frozenset({"state", "notsent_bytes"})),
    Drain.PEER_CLOSED: (frozenset({"outq"}), frozenset({"tcp_info", "notsent_bytes"})),
}


def missing(policy: Policy, have: frozenset[str]) -> Iterator[str]:
    """The fields of the policy that cannot be honoured with these capabilities."""
    for name, choices in NEEDS:
        if getattr(policy, name) is not None and not any(needs <= have for needs in choices):
            yield name
    if not any(needs <= have for needs in DRAIN_NEEDS[policy.drain]):
        yield "drain"


def honoured(policy: Policy, have: frozenset[str]) -> Policy:
    """The policy, if every rule can be honoured; of ``DEFAULT`` itself, the rules that can.

    Raises PolicyError for any other policy: what its author asked for must not be weakened
    silently. ``capabilities()`` says what a system has.
    """
    lacking = list(missing(policy, have))
    if not lacking:
        return policy
    if policy is DEFAULT and "drain" not in lacking:
        without: dict[str, Any] = dict.fromkeys(lacking)
        return dataclasses.replace(policy, **without)
    name = lacking[0]
    alone = name == "crowd" and OTHERS not in have
    why = "known to install() and unstick enforce, not to one send" if alone else CANNOT_TELL
    raise PolicyError(name, getattr(policy, name), why)
