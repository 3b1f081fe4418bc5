"""Every scenario, one file each: found by name, listed in the order they are best met.

A file is a docstring and ``SCENARIO``; ``docs/lab.md`` shows how to write one.
"""

from __future__ import annotations

from unstick.lab.scenario import Scenario
from unstick.lab.scenarios import (
    both_vantage_points_with_nat,
    challenge_lost,
    close_notify,
    close_wait_leak,
    close_with_unread_data,
    fin_unanswered,
    fin_wait_2_abandoned,
    forged_reset_pair,
    gave_up_at_last,
    half_close_served,
    keepalive_exhausted,
    mtu_black_hole,
    mtu_told_by_icmp,
    nat_forgets_idle,
    office,
    office_today,
    pipelined,
    port_closed,
    reset_spray,
    reset_with_md5_option,
    rotation_mid_stall,
    sequence_randomiser_breaks_sack,
    slow_but_alive,
    stop_reading,
    syn_ack_lost,
    syn_challenge,
    syn_challenge_unheard,
    vanish_at_zero_window,
    vanish_in_flight,
    vps,
)

ORDER = (
    office,
    vps,
    office_today,
    pipelined,
    gave_up_at_last,
    close_notify,
    vanish_in_flight,
    vanish_at_zero_window,
    stop_reading,
    slow_but_alive,
    half_close_served,
    close_wait_leak,
    fin_unanswered,
    fin_wait_2_abandoned,
    nat_forgets_idle,
    keepalive_exhausted,
    challenge_lost,
    reset_spray,
    forged_reset_pair,
    syn_challenge,
    syn_challenge_unheard,
    reset_with_md5_option,
    mtu_black_hole,
    mtu_told_by_icmp,
    sequence_randomiser_breaks_sack,
    close_with_unread_data,
    syn_ack_lost,
    port_closed,
    rotation_mid_stall,
    both_vantage_points_with_nat,
)

SCENARIOS: dict[str, Scenario] = {one.SCENARIO.name: one.SCENARIO for one in ORDER}
"""Name to scenario."""
