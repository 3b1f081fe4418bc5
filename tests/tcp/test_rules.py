"""The compiler of law: first match wins, nothing is left out, nothing is dead."""

from __future__ import annotations

import pytest

from unstick.tcp.profiles import law
from unstick.tcp.rules import (
    ANY,
    CELLS,
    Amendment,
    Rule,
    amend,
    any_but,
    cell_of,
    compile_rules,
    first_match,
    only,
)
from unstick.tcp.vocabulary import Ack, Action, Kind, Seq, State

REST = Rule("rest", Action.ACCEPT, "RFC 9293")
RSTS = Rule("rst", Action.RESET, "RFC 9293", kinds=only(Kind.RST))


def test_sets_are_masks() -> None:
    assert only(Kind.RST, Kind.DATA) == 0b10001
    assert only() == 0
    assert any_but(Kind.RST) & only(*Kind) == only(*Kind) - 1
    assert ANY & only(*Seq) == only(*Seq)


def test_first_match_wins() -> None:
    law = compile_rules([RSTS, REST])
    rst = cell_of(State.CLOSE_WAIT, Kind.RST, Seq.BELOW, Ack.NONE)
    data = cell_of(State.CLOSE_WAIT, Kind.DATA, Seq.BELOW, Ack.NONE)
    assert law.actions[rst] == Action.RESET
    assert law.rows[law.winners[rst]] is RSTS
    assert law.actions[data] == Action.ACCEPT
    assert len(law.actions) == len(law.winners) == CELLS


def test_packed_table_says_the_same() -> None:
    law = compile_rules([RSTS, REST])
    assert list(law.packed()) == [
        action | (row << 8) for action, row in zip(law.actions, law.winners, strict=True)
    ]


def test_cell_without_a_row_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="cells without a row: CLOSED SYN OLD NONE"):
        compile_rules([RSTS])
    with pytest.raises(ValueError, match="no row for CLOSED SYN OLD NONE"):
        first_match([RSTS], cell_of(State.CLOSED, Kind.SYN, Seq.OLD, Ack.NONE))
    with pytest.raises(ValueError, match=f"{CELLS} cells without a row: CLOSED RST OLD NONE"):
        compile_rules([])


@pytest.mark.parametrize("name", ["linux-6.17", "freebsd", "rfc793"])
def test_table_says_what_reading_the_rows_down_says(name: str) -> None:
    found = law(name)
    rows = {row.name: row for row in found.rows}
    for cell in range(CELLS):
        row = first_match(found.rows, cell)
        assert rows[found.rows[found.winners[cell]].name] is row
        assert found.actions[cell] == row.action


def test_row_that_can_never_win_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="can never win: rst"):
        compile_rules([REST, RSTS])


def test_two_rows_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two rows of one name: rst"):
        compile_rules([RSTS, RSTS, REST])


def test_amendments_replace_insert_and_remove() -> None:
    challenge = Rule("challenge", Action.CHALLENGE, "RFC 5961 3.2", kinds=only(Kind.RST))
    first = Rule("first", Action.DROP, "x")
    replaced = amend([RSTS, REST], [Amendment((challenge,), "why", replaces=("rst",))])
    assert [row.name for row in replaced] == ["challenge", "rest"]
    inserted = amend([RSTS, REST], [Amendment((challenge,), "why", before="rest")])
    assert [row.name for row in inserted] == ["rst", "challenge", "rest"]
    assert amend([RSTS, REST], [Amendment((), "why", replaces=("rst",))]) == (REST,)
    assert amend([REST], [Amendment((first,), "why")]) == (first, REST)


@pytest.mark.parametrize(
    "amendment", [Amendment((), "x", replaces=("no",)), Amendment((), "x", before="no")]
)
def test_amendment_of_a_row_that_is_not_there_is_refused(amendment: Amendment) -> None:
    with pytest.raises(ValueError, match="'no', which is not a row"):
        amend([REST], [amendment])
