"""The registry of stacks, their numbers, and the printed surface of every law."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tcp import golden
from unstick.errors import ProfileError
from unstick.tcp import profiles
from unstick.tcp.profiles.base import Numbers
from unstick.tcp.profiles.deadlines import (
    fin_deadline_s,
    keepalive_deadline_s,
    probe_deadline_s,
    retransmission_deadline_s,
    syn_deadline_s,
    synack_deadline_s,
)
from unstick.tcp.profiles.differences import differences, fold
from unstick.tcp.rules import CELLS, cell_of, first_match
from unstick.tcp.vocabulary import Action, Kind, Seq, State

PLACES = ("source: ", "test suite: ", "measured", "RFC: ")


def test_names_are_sorted_and_every_file_is_listed() -> None:
    assert list(profiles.NAMES) == sorted(profiles.NAMES)
    folder = Path(profiles.__file__).parent
    helpers = {"__init__", "base", "deadlines", "differences"}
    files = {path.stem for path in folder.glob("*.py")} - helpers
    assert files == {name.replace("-", "_").replace(".", "_") for name in profiles.NAMES}


@pytest.mark.parametrize("name", profiles.NAMES)
def test_profile_says_who_it_is_and_how_it_is_known(name: str) -> None:
    found = profiles.profile(name)
    assert found.name == name
    assert found.title
    assert found.known_from
    assert len(found.title) < 60
    assert found.base in (None, *profiles.NAMES)


@pytest.mark.parametrize("name", profiles.NAMES)
def test_amendment_without_a_source_read_is_marked(name: str) -> None:
    for amendment in profiles.profile(name).amendments:
        known = any(place in amendment.source for place in PLACES)
        assert known or not any(row.confirmed for row in amendment.rows), amendment.source


@pytest.mark.parametrize("name", profiles.NAMES)
def test_every_number_says_where_it_is_from(name: str) -> None:
    found = profiles.profile(name)
    sources = found.number_sources or {}
    given = {name for name, value in found.numbers._asdict().items() if value is not None}
    assert given <= set(sources)
    assert set(sources) <= set(Numbers._fields)


@pytest.mark.parametrize("name", profiles.NAMES)
def test_law_compiles_and_cites(name: str) -> None:
    law = profiles.law(name)
    assert set(law.winners) == set(range(len(law.rows)))
    assert all(row.cite for row in law.rows)


@pytest.mark.parametrize("name", profiles.NAMES)
def test_reading_the_rows_down_gives_what_the_table_holds(name: str) -> None:
    law, rows = profiles.law(name), profiles.rows(name)
    assert [first_match(rows, cell) for cell in range(CELLS)] == [
        law.rows[winner] for winner in law.winners
    ]


@pytest.mark.parametrize("name", profiles.NAMES)
def test_surface_is_the_golden_one(name: str) -> None:
    """Rewritten by ``python -m tests.tcp.golden --update``; read the diff."""
    assert golden.path_of(name).read_text() == golden.surface(name)


def test_no_golden_file_is_left_over() -> None:
    files = {path.name for path in golden.FOLDER.glob("surface-*.txt")}
    assert files == {golden.path_of(name).name for name in profiles.NAMES}


def test_unknown_profile_hints_at_the_nearest() -> None:
    with pytest.raises(ProfileError) as raised:
        profiles.profile("linux_6.17")
    assert raised.value.hint == "did you mean linux-6.17?"
    with pytest.raises(ProfileError) as raised:
        profiles.profile("zzz")
    assert raised.value.hint == "unstick profiles lists every one"


def test_inherited_rows_are_confirmed_only_where_vouched_for() -> None:
    rows = {row.name: row for row in profiles.rows("lwip")}
    assert rows["rst-in-window"].confirmed
    assert not rows["ack-future"].confirmed
    assert all(row.confirmed for row in profiles.rows("linux-6.17"))


def test_law_does_not_load_other_stacks() -> None:
    code = (
        "import sys; from unstick.tcp import profiles; profiles.law('linux-6.17');"
        "print([m for m in sys.modules if 'freebsd' in m or 'difflib' in m or 'inspect' in m"
        " and 'unstick' in m])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout.strip() == "[]"


def test_the_rule_of_4_11_is_all_that_changed() -> None:
    changes = differences("linux-4.7", "linux-4.11")
    assert {change.other for change in changes} == {Action.RESET}
    assert {kind for change in changes for kind in change.kinds} == {Kind.RST}
    assert {state for change in changes for state in change.states} == {
        State.CLOSE_WAIT,
        State.CLOSING,
        State.LAST_ACK,
    }
    assert {seq for change in changes for seq in change.seqs} == {
        Seq.BELOW,
        Seq.BELOW_CLOSED,
        Seq.LAST,
        Seq.LEFT_LAST,
    }
    assert differences("xnu", "xnu") == ()


def test_differences_cover_exactly_the_cells_that_differ() -> None:
    one, other = profiles.law("rfc5961").actions, profiles.law("freebsd").actions
    covered = [
        cell_of(state, kind, seq, ack)
        for change in differences("rfc5961", "freebsd")
        for state in change.states
        for kind in change.kinds
        for seq in change.seqs
        for ack in change.acks
    ]
    assert len(covered) == len(set(covered))
    assert sorted(covered) == [cell for cell in range(len(one)) if one[cell] != other[cell]]


def test_fold_joins_what_agrees() -> None:
    cells = [((s,), (0,), (q,), (a,)) for s in (1, 2) for q in (3, 4) for a in (0, 1)]
    assert fold(cells) == [((1, 2), (0,), (3, 4), (0, 1))]


# --- when it ends by itself


def test_hypothetical_timeout_of_fifteen_retries() -> None:
    linux = profiles.profile("linux-6.17")
    assert retransmission_deadline_s(linux, None) == pytest.approx(924.6)
    assert retransmission_deadline_s(linux, None, orphan=True) == pytest.approx(102.2)


@pytest.mark.parametrize(("rto_s", "deadline_s"), [(0.204, 928.692), (1.0, 967.0)])
def test_real_ladder_ends_at_the_first_timer_past_it(rto_s: float, deadline_s: float) -> None:
    linux = profiles.profile("linux-6.17")
    assert retransmission_deadline_s(linux, rto_s) == pytest.approx(deadline_s)


def test_orphan_ends_early() -> None:
    linux = profiles.profile("linux-6.17")
    ends_s = retransmission_deadline_s(linux, 0.204, orphan=True)
    assert ends_s == pytest.approx(104.244)
    assert fin_deadline_s(linux, State.LAST_ACK, 0.204) == ends_s
    assert fin_deadline_s(linux, State.FIN_WAIT_2, None) == 60
    assert fin_deadline_s(linux, State.CLOSE_WAIT, 0.2) is None


def test_answered_probes_never_end_it() -> None:
    linux = profiles.profile("linux-6.17")
    assert probe_deadline_s(linux, 0.204, answered=True) is None
    assert probe_deadline_s(linux, None, answered=False) == pytest.approx(924.6)
    assert linux.numbers.answered_zero_window_limited is False


def test_handshakes_and_keepalive() -> None:
    linux = profiles.profile("linux-6.17")
    assert syn_deadline_s(linux) == 131
    assert syn_deadline_s(profiles.profile("linux-3.6")) == 127
    assert synack_deadline_s(linux) == 63
    assert keepalive_deadline_s(linux) == 7875


def test_what_is_not_known_is_none() -> None:
    rfc = profiles.profile("rfc5961")
    assert retransmission_deadline_s(rfc, 0.2) is None
    assert syn_deadline_s(rfc) is None
    assert keepalive_deadline_s(rfc) is None
    assert retransmission_deadline_s(profiles.profile("linux-6.17"), 0.0) is None
