"""What a profile is: the rows of one stack, its numbers, and how each is known. Data only.

Tuples with names, here and in ``rules.py``: each such class costs a start of the program a
seventh of what a frozen dataclass does, and there are only 30 ms for everything.
"""

from __future__ import annotations

from collections.abc import Mapping

from unstick.named import NamedTuple
from unstick.tcp.rules import ANY, Amendment, Rule


class Source(NamedTuple):
    """How one number is known. ``confirmed``: read in the stack's source or measured."""

    text: str
    confirmed: bool = True


class Numbers(NamedTuple):
    """Times, counts and limits of one stack, as it is installed. None: not known, or no limit of
    that kind; the profile's ``number_sources`` says which.
    """

    paws: bool | None = None
    """Segments with a timestamp older than TS.Recent are refused (RFC 7323 5)."""
    signatures: bool | None = None
    """A TCP-MD5 or TCP-AO option that was not negotiated makes the segment be dropped."""
    ancient_ack_by_acked: bool | None = None
    """An ACK below all that was ever acknowledged is too old, however large the window is."""
    reset_text_counts: bool | None = None
    """The text of a RST counts: one that begins below the window may reach into it."""
    rto_min_s: float | None = None
    rto_max_s: float | None = None
    retransmission_retries_count: int | None = None
    """Timeouts of data before the connection is given up (Linux tcp_retries2)."""
    orphan_retries_count: int | None = None
    """The same once the program has closed its socket."""
    syn_retries_count: int | None = None
    syn_linear_count: int | None = None
    """Retransmissions of a SYN before its timeout starts to double."""
    synack_retries_count: int | None = None
    initial_rto_s: float | None = None
    fin_wait_2_timeout_s: float | None = None
    """FIN-WAIT-2 without a program (an orphan) ends after this."""
    time_wait_s: float | None = None
    keepalive_idle_s: float | None = None
    keepalive_interval_s: float | None = None
    keepalive_probes_count: int | None = None
    challenge_per_socket_ms: int | None = None
    """At most one challenge ACK of a connection in this time."""
    challenge_per_host_per_s: int | None = None
    """Challenge ACKs of the whole host in one second."""
    answered_zero_window_limited: bool | None = None
    """Whether a closed window whose probes are answered ends by itself (RFC 1122 4.2.2.17: no)."""


class Profile(NamedTuple):
    """One stack. ``base`` names the profile whose rows are amended; only the RFC's has ``rows``.

    ``vouched`` is the set of kinds for which the rows it inherits were checked against this stack;
    its own amendments carry their own mark. ``limits`` are sentences about what the table cannot
    say of this stack.
    """

    name: str
    title: str
    base: str | None
    known_from: str
    rows: tuple[Rule, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    vouched: int = ANY
    numbers: Numbers = Numbers()
    number_sources: Mapping[str, Source] | None = None
    limits: tuple[str, ...] = ()
