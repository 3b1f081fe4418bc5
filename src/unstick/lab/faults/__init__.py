"""Everything that can stand between client and server: one file a fault, listed here by name.

Each is a function of its options that makes a ``Fault``; a scenario names it and gives the options.
Nothing here reads a clock, opens a socket or draws chance of its own.
"""

from __future__ import annotations

from collections.abc import Callable

from unstick.lab.faults.base import Fault
from unstick.lab.faults.drop_challenge_acks import drop_challenge_acks
from unstick.lab.faults.drop_fin import drop_fin
from unstick.lab.faults.drop_resets import drop_resets
from unstick.lab.faults.duplicate import duplicate
from unstick.lab.faults.forget_after_idle import forget_after_idle
from unstick.lab.faults.forward_first_reset_then_forget import forward_first_reset_then_forget
from unstick.lab.faults.inject_resets import inject_resets
from unstick.lab.faults.large_segments_vanish import large_segments_vanish
from unstick.lab.faults.lose_segment import lose_segment
from unstick.lab.faults.nat import nat
from unstick.lab.faults.one_way import one_way
from unstick.lab.faults.random_loss import random_loss
from unstick.lab.faults.randomise_sequence_numbers import randomise_sequence_numbers
from unstick.lab.faults.rate import rate
from unstick.lab.faults.reorder import reorder
from unstick.lab.faults.rewrite_reset import rewrite_reset
from unstick.lab.faults.shrink_window import shrink_window
from unstick.lab.faults.strip_options import strip_options
from unstick.lab.faults.vanish_at import vanish_at

FAULTS: dict[str, Callable[..., Fault]] = {
    "drop_challenge_acks": drop_challenge_acks,
    "drop_fin": drop_fin,
    "drop_resets": drop_resets,
    "duplicate": duplicate,
    "forget_after_idle": forget_after_idle,
    "forward_first_reset_then_forget": forward_first_reset_then_forget,
    "inject_resets": inject_resets,
    "large_segments_vanish": large_segments_vanish,
    "lose_segment": lose_segment,
    "nat": nat,
    "one_way": one_way,
    "random_loss": random_loss,
    "randomise_sequence_numbers": randomise_sequence_numbers,
    "rate": rate,
    "reorder": reorder,
    "rewrite_reset": rewrite_reset,
    "shrink_window": shrink_window,
    "strip_options": strip_options,
    "vanish_at": vanish_at,
}
"""Name to maker, sorted."""
