"""Where two stacks do different things, cell by cell, folded into as few lines as are true."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from unstick.tcp import profiles
from unstick.tcp.rules import ACKS, KINDS, SEQS, STATES, cell_of
from unstick.tcp.vocabulary import Ack, Action, Kind, Seq, State

Block = tuple[tuple[int, ...], ...]
"""Sets of values of the four axes, in the order of ``cell_of``; every combination is meant."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A block of cells (every combination of its members) where two stacks differ alike."""

    one: Action
    other: Action
    states: tuple[State, ...]
    kinds: tuple[Kind, ...]
    seqs: tuple[Seq, ...]
    acks: tuple[Ack, ...]


def differences(one: str, other: str) -> tuple[Difference, ...]:
    """All cells in which two profiles act differently, in blocks. Empty if they never do."""
    first, second = profiles.law(one).actions, profiles.law(other).actions
    apart: dict[tuple[int, int], list[Block]] = defaultdict(list)
    for values in product(range(STATES), range(KINDS), range(SEQS), range(ACKS)):
        cell = cell_of(*values)
        if first[cell] != second[cell]:
            apart[(first[cell], second[cell])].append(tuple((value,) for value in values))
    return tuple(
        Difference(
            Action(ours),
            Action(theirs),
            tuple(State(value) for value in states),
            tuple(Kind(value) for value in kinds),
            tuple(Seq(value) for value in seqs),
            tuple(Ack(value) for value in acks),
        )
        for (ours, theirs), cells in sorted(apart.items())
        for states, kinds, seqs, acks in fold(cells)
    )


def fold(cells: Iterable[Block]) -> list[Block]:
    """The same cells in fewer blocks: first acks, then places of SEQ, states, kinds."""
    blocks = list(cells)
    for axis in (3, 2, 0, 1):
        groups: dict[Block, list[int]] = defaultdict(list)
        for block in blocks:
            groups[(*block[:axis], *block[axis + 1 :])].extend(block[axis])
        blocks = [
            (*rest[:axis], tuple(sorted(values)), *rest[axis:]) for rest, values in groups.items()
        ]
    return blocks
