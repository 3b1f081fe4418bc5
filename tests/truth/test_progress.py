"""Progress in real captures, as it was read by hand: P301-P305, and M501-M506 beside them."""

from __future__ import annotations

import pytest

from tests.truth.reading import concluded, finding, frames, needs_captures, said, value
from unstick.checks.base import Severity

pytestmark = needs_captures

FIXTURES = "public/fixtures/"
VANISH = "lab/vanish.server.pcap"
SLICE = FIXTURES + "mercury__capture2_sliceA.pcap"
PPPOE = FIXTURES + "zeek__pppoe-over-qinq.pcap"


# --- P301: the peer is silent --------------------------------------------------------------------


def test_vanish_is_six_retransmissions_into_silence() -> None:
    one = finding(VANISH, "P301", 0)
    assert one.severity is Severity.ERROR
    assert one.stuck_side == "server"
    assert value(one, "retransmissions") == 6
    assert {119, 120, 121, 122, 123, 124, 125, 126} <= frames(one)
    assert "since frame 119" in said(one)
    assert "0.29, 0.54, 1.09, 2.34, 4.35, 8.70 s" in said(one)


def test_vanish_ends_by_tcp_retries2() -> None:
    says = said(finding(VANISH, "P301", 0))
    assert "linux-6.17 gives up" in says
    assert "tcp_retries2" in says
    assert 924 <= float(str(value(finding(VANISH, "P301", 0), "gives_up_s"))) <= 1044


def test_vanish_seen_by_the_client_is_nothing() -> None:
    """The client's end only stops: whether it waits or has all it wants cannot be seen there."""
    assert concluded("lab/vanish.client.pcap").findings == ()


def test_a_request_that_nobody_answered() -> None:
    one = finding(FIXTURES + "suricata-verify__bug-28__input.pcap", "P301", 0)
    assert one.severity is Severity.ERROR
    assert one.stuck_side == "client"
    assert value(one, "retransmissions") == 5  # six copies with the first
    assert {2, 4, 5, 6, 7, 8, 9} <= frames(one)
    assert 89 < float(str(value(one, "silent_s"))) < 94


def test_a_segment_that_an_inline_filter_eats() -> None:
    one = finding(FIXTURES + "suricata-verify__http-sha256-drop-02__input.pcap", "P301", 1)
    assert one.severity is Severity.WARNING  # the server gave up in frame 137
    assert one.stuck_side is None
    assert value(one, "retransmissions") == 5
    assert {102, 104, 105, 106, 112, 113, 122, 137} <= frames(one)


def test_a_ladder_of_66_seconds_after_57_zero_windows() -> None:
    name = FIXTURES + "zeek__http__206_example_b.pcap"
    one = finding(name, "P301", 0)
    assert one.severity is Severity.WARNING
    assert {1225, 1226, 1302} <= frames(one)
    assert 65 < float(str(value(one, "silent_s"))) < 67
    row = concluded(name).rows[(0, 0)]
    assert row.client_zero_windows == 57
    assert (row.client_port, row.server_state) == (3254, "CLOSED")


def test_the_story_explains_its_silence() -> None:
    for name in ("story", "office", "pipelined"):
        assert finding(f"lab/{name}.server.pcap", "P301", 0).explained_by == "C201"


# --- P302: the peer does not read ----------------------------------------------------------------


@pytest.mark.parametrize("end", ["server", "client"])
def test_stopread_is_alive_and_does_not_read(end: str) -> None:
    name = f"lab/stopread.{end}.pcap"
    one = finding(name, "P302", 0)
    assert one.severity is Severity.ERROR
    assert one.stuck_side == "server"
    assert one.blames == "the client's application"
    assert (value(one, "probes"), value(one, "answers")) == (6, 6)
    assert {285, 297} <= frames(one)
    assert "no timeout will ever end this" in said(one)
    assert "not keepalives" in said(one)


@pytest.mark.parametrize("end", ["server", "client"])
def test_probes_of_stopread_are_no_keepalives(end: str) -> None:
    codes = {one.code for one in concluded(f"lab/stopread.{end}.pcap").findings}
    assert codes == {"P302"}


def test_zero_windows_that_opened_again_are_nothing() -> None:
    found = concluded(FIXTURES + "zeek__http__206_example_b.pcap").findings
    assert "P302" not in {one.code for one in found}


# --- P303: idle, then forgotten ------------------------------------------------------------------


def test_idle_two_minutes_then_a_ladder_of_134_seconds() -> None:
    one = finding(SLICE, "P303", 2)
    assert one.stuck_side == "client"
    assert (value(one, "timeout_at_most_s"), value(one, "timeout_above_s")) == (120.0, 24.808)
    assert value(one, "retransmissions") == 8
    assert {59, 324, 325, 326, 331, 377, 397, 502, 598, 713} <= frames(one)
    assert finding(SLICE, "P301", 2).explained_by == "P303"
    assert finding(SLICE, "C203", 2).explained_by == "P303"


def test_idle_four_minutes_then_the_last_bytes_meet_silence() -> None:
    one = finding(PPPOE, "P303", 0)
    assert one.stuck_side == "server"
    assert 234 < float(str(value(one, "idle_s"))) < 236
    assert 29 < float(str(value(one, "timeout_above_s"))) < 30
    assert {81, 82, 83, 84, 85, 86} <= frames(one)


# --- M501-M506 -----------------------------------------------------------------------------------


def test_copies_are_not_retransmissions() -> None:
    name = FIXTURES + "zeek__tcp__ssh-dups.pcap"
    one = finding(name, "M502", None)
    assert (value(one, "copies"), value(one, "packets")) == (280, 377)
    assert [other.code for other in concluded(name).findings] == ["M502"]


def test_copies_behind_a_router() -> None:
    one = finding(FIXTURES + "suricata-verify__bug-5437-02__input.pcap", "M502", None)
    assert value(one, "copies") == 8
    assert frames(one) == {42}


def test_joined_captures_are_years_apart() -> None:
    name = "public/controls/PcapPlusPlus__Tests__Packet++Test__PacketExamples__Ftp.pcap"
    one = finding(name, "M503", None)
    assert "15.6 years" in said(one)
    assert frames(one) == {7}


def test_a_packet_of_1970() -> None:
    name = "public/controls/PcapPlusPlus__Tests__Pcap++Test__PcapExamples__pcapng-example.pcapng"
    assert "goes back farthest, by 46.6 years" in said(finding(name, "M503", None))


def test_lost_while_capturing() -> None:
    one = finding("public/controls/zeek__ldap__gap-data-missing.pcapng", "M501", None)
    assert frames(one) == {9}
    assert value(one, "unseen_acks") == 1


def test_one_direction_only() -> None:
    one = finding("public/traps/zeek__tcp__one-sided-2745.pcap", "M504", None)
    assert (value(one, "one_way"), value(one, "two_way")) == (2, 0)
    assert value(finding("public/controls/tcpdump__ipoib.pcap", "M504", None), "one_way") == 1


def test_a_keepalive_at_the_start_is_not_a_lost_packet() -> None:
    found = concluded("public/controls/zeek__http__cooper-grill-dvwa.pcapng").findings
    assert [one.code for one in found] == []


def test_sack_blocks_of_another_sequence_space() -> None:
    """Somebody added a number to every sequence number of this file, and left the SACK blocks."""
    base = "public/traps/PcapPlusPlus__Tests__Pcap++Test__PcapExamples__one_tcp_stream"
    one = finding(f"{base}_max_seq.pcap", "M506", 0)
    assert (value(one, "packets"), value(one, "away")) == (3, 1_143_864_130)
    assert frames(one) == {9}
    assert concluded(f"{base}.pcap").findings == ()


def test_damage_is_listed_with_its_place() -> None:
    name = "public/malformed/suricata-verify__bug-1450-05__tls_DER-incomplete-content.pcap"
    one = finding(name, "M505", None)
    assert frames(one) == {7}
    assert "80 bytes were skipped" in said(one)
