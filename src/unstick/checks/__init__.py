"""One file a conclusion. ``CHECKS`` is every check, sorted by code.

A check reads ``tcp.observed`` and yields findings; it does not print, read files or call another.
"""

from __future__ import annotations

from unstick.checks import (
    capture_damaged,
    capture_lost_packets,
    challenge_unanswered,
    clock_went_backwards,
    close_wait_leak,
    close_wait_unsendable,
    fin_unanswered,
    fin_wait_2_abandoned,
    idle_then_forgotten,
    keepalive_unanswered,
    large_segments_vanish,
    one_direction_only,
    packets_captured_twice,
    path_forgot_connection,
    peer_not_reading,
    peer_silent,
    reset_answers_older_segment,
    reset_carries_unnegotiated_option,
    reset_challenged,
    reset_from_another_host,
    reset_loop,
    reset_refused_silently,
    reset_spray,
    response_cut_by_reset,
    sequence_rewritten,
    syn_ack_unanswered,
    syn_challenged,
    syn_refused,
    syn_unanswered,
)
from unstick.checks.base import Check

CHECKS: tuple[Check, ...] = (
    close_wait_unsendable.CHECK,  # C201
    close_wait_leak.CHECK,  # C202
    fin_unanswered.CHECK,  # C203
    fin_wait_2_abandoned.CHECK,  # C204
    response_cut_by_reset.CHECK,  # C205
    syn_unanswered.CHECK,  # H401
    syn_challenged.CHECK,  # H402
    syn_refused.CHECK,  # H403
    syn_ack_unanswered.CHECK,  # H404
    capture_lost_packets.CHECK,  # M501
    packets_captured_twice.CHECK,  # M502
    clock_went_backwards.CHECK,  # M503
    one_direction_only.CHECK,  # M504
    capture_damaged.CHECK,  # M505
    sequence_rewritten.CHECK,  # M506
    peer_silent.CHECK,  # P301
    peer_not_reading.CHECK,  # P302
    idle_then_forgotten.CHECK,  # P303
    keepalive_unanswered.CHECK,  # P304
    large_segments_vanish.CHECK,  # P305
    reset_refused_silently.CHECK,  # R101
    reset_challenged.CHECK,  # R102
    challenge_unanswered.CHECK,  # R103
    reset_answers_older_segment.CHECK,  # R104
    path_forgot_connection.CHECK,  # R105
    reset_from_another_host.CHECK,  # R106
    reset_carries_unnegotiated_option.CHECK,  # R107
    reset_spray.CHECK,  # R108
    reset_loop.CHECK,  # R109
)


def check(code: str) -> Check | None:
    """The check with this code (any case) or name; None if there is none."""
    for one in CHECKS:
        if code.upper() == one.code or code.lower() == one.name:
            return one
    return None
