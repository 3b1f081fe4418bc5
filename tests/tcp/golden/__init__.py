"""The printed surface of every law: each cell and what the stack does there.

A change of law is reviewed as a diff of these files. They are written by
``python -m tests.tcp.golden --update`` and never by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from unstick.tcp import profiles
from unstick.tcp.rules import ACKS, cell_of
from unstick.tcp.vocabulary import Ack, Action, Kind, Seq, State

FOLDER = Path(__file__).parent

LETTERS = {
    Action.ACCEPT: "A",
    Action.RESET: "R",
    Action.CHALLENGE: "C",
    Action.ACK: "a",
    Action.DROP: ".",
    Action.REPLY_RST: "r",
    Action.REPLY_RST_AND_RESET: "X",
    Action.NEW_CONNECTION: "N",
    Action.UNDECIDABLE: "?",
}


def path_of(name: str) -> Path:
    return FOLDER / f"surface-{name}.txt"


def surface(name: str) -> str:
    """All cells of a profile as text. One line: a state, a kind, the letters of the eight ACK
    classes (or one letter for all eight), the places of SEQ where it is so."""
    meanings = "  ".join(f"{letter} {action.name}" for action, letter in LETTERS.items())
    head = [
        f"# {name}: {profiles.profile(name).title}",
        f"# {meanings}",
        f"# letters stand for: {' '.join(ack.name for ack in Ack)}",
    ]
    return "\n".join([*head, *_lines(name)]) + "\n"


def _lines(name: str) -> Iterator[str]:
    actions = profiles.law(name).actions
    for state in State:
        for kind in Kind:
            places: dict[str, list[str]] = {}
            for seq in Seq:
                start = cell_of(state, kind, seq, 0)
                letters = "".join(LETTERS[Action(one)] for one in actions[start : start + ACKS])
                short = letters[0] if len(set(letters)) == 1 else letters
                places.setdefault(short, []).append(seq.name)
            for letters, names in places.items():
                seqs = "any" if len(names) == len(Seq) else " ".join(names)
                yield f"{state.rfc_name:<12} {kind.name:<7} {letters:<8} {seqs}"
