"""The -Y language: what it accepts, where its errors point, and that nothing else is raised."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unstick.errors import FilterError
from unstick.filters import (
    JOINERS,
    STARTS,
    SYMBOLS,
    Filter,
    Host,
    Joined,
    Net,
    Not,
    Port,
    Stream,
    parse_filter,
)

OFFICE = ("10.9.1.2", 37746, "10.9.2.2", 8080, 3)
SIX = ("2001:db8::1", 40000, "2001:db8:1::2", 443, 0)


@pytest.mark.parametrize(
    ("text", "connection", "wanted"),
    [
        ("host 10.9.1.2", OFFICE, True),
        ("host 10.9.2.2", OFFICE, True),
        ("host 10.9.2.3", OFFICE, False),
        ("src host 10.9.1.2", OFFICE, True),
        ("src host 10.9.2.2", OFFICE, False),
        ("dst host 10.9.2.2", OFFICE, True),
        ("host ::ffff:10.9.1.2", OFFICE, True),
        ("net 10.9.2.0/24", OFFICE, True),
        ("src net 10.9.2.0/24", OFFICE, False),
        ("net 10/8", OFFICE, True),
        ("net 10.9", OFFICE, True),
        ("net 10.8", OFFICE, False),
        ("net 2001:db8::/32", OFFICE, False),
        ("net 2001:db8:1::/48", SIX, True),
        ("host 2001:0db8::0001", SIX, True),
        ("port 8080", OFFICE, True),
        ("src port 8080", OFFICE, False),
        ("dst port 8080", OFFICE, True),
        ("stream 3", OFFICE, True),
        ("stream 0", OFFICE, False),
        ("not stream 3", OFFICE, False),
        ("! ! stream 3", OFFICE, True),
        ("host 10.9.1.2 and port 8080", OFFICE, True),
        ("host 10.9.1.2 && port 80", OFFICE, False),
        ("port 80 || port 443 or port 8080", OFFICE, True),
        ("(port 80 or port 443) and not stream 0", SIX, False),
        ("not (port 80 or stream 1)", OFFICE, True),
        ("PORT 8080 AND NOT STREAM 1", OFFICE, True),
    ],
)
def test_filter_accepts(
    text: str, connection: tuple[str, int, str, int, int], wanted: bool
) -> None:
    assert parse_filter(text).accepts(*connection) is wanted


@pytest.mark.parametrize(
    ("text", "word", "says"),
    [
        ("", "", "missing at the end"),
        ("host", "", "'host' needs an address"),
        ("host and port 1", "and", "'host' needs an address"),
        ("host example.com", "example.com", "not an IP address"),
        ("host fe80::1%eth0", "fe80::1%eth0", "not an IP address"),
        ("net 10.9.1.2/24", "10.9.1.2/24", "the network is 10.9.1.0/24"),
        ("net cat", "cat", "not a network"),
        ("port http", "http", "not a port"),
        ("port 65536", "65536", "not a port (0 to 65535)"),
        ("port ١٢", "١٢", "not a port"),
        ("stream -1", "-1", "not a stream number"),
        ("port 80 port 443", "port", "'and' or 'or' is missing"),
        ("port 80 443", "443", "does not belong here"),
        ("10.9.1.2", "10.9.1.2", "'host 10.9.1.2'"),
        ("443", "443", "'port 443' or 'stream 443'"),
        ("src 10.9.1.2", "10.9.1.2", "after 'src' comes host, net or port"),
        ("src stream 1", "stream", "after 'src' comes"),
        ("and port 80", "and", "nothing stands before 'and'"),
        ("port 80 and", "", "missing at the end"),
        ("(port 80", "(", "never closed"),
        ("port 80)", ")", "never opened"),
        ("()", ")", "nothing stands before"),
        ("port 1 or port 2 and port 3", "and", "which belongs together"),
        ("port == 80", "==", "no '==' here: write 'port 80'"),
        ("stream eq", "eq", "write 'stream ...'"),
        ("tcp.stream eq 5", "tcp.stream", "write 'stream 5'"),
        ("tcp.port == 443", "tcp.port", "write 'port 443'"),
        ("ip.addr==10.0.0.1", "ip.addr", "write 'host 10.0.0.1'"),
        ("tcp.flags.reset == 1", "tcp.flags.reset", "chooses connections, not packets"),
        ("(" * 60 + "port 1" + ")" * 60, "(", "nested"),
    ],
)
def test_filter_error_points_at_the_word(text: str, word: str, says: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text)
    error = caught.value
    assert says in error.sentence
    assert error.word == word
    assert text[error.column : error.column + len(word)] == word


def test_address_that_is_none_matches_no_host() -> None:
    assert not parse_filter("host 10.9.1.2").accepts("?", 1, "?", 2, 0)
    assert not parse_filter("net 10/8").accepts("?", 1, "?", 2, 0)


SIDES = st.sampled_from([None, "src", "dst"])
PRIMITIVES: st.SearchStrategy[Filter] = st.one_of(
    st.builds(Port, st.integers(0, 65535), SIDES),
    st.builds(Stream, st.integers(0, 2**32 - 1)),
    st.builds(Host, st.ip_addresses(v=4), SIDES),
    st.builds(
        lambda bits, side: Host(ipaddress.IPv6Address(bits | (1 << 127)), side),
        st.integers(0, 2**127),
        SIDES,
    ),
    st.builds(
        lambda address, bits, side: Net(
            ipaddress.ip_network((address, min(bits, address.max_prefixlen)), strict=False), side
        ),
        st.ip_addresses(),
        st.integers(0, 128),
        SIDES,
    ),
)


def bigger(parts: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    return st.one_of(
        st.builds(Not, parts.filter(lambda part: not isinstance(part, Not))),
        st.builds(
            Joined,
            st.sampled_from(["and", "or"]),
            st.lists(parts, min_size=2, max_size=4).map(tuple),
        ),
    )


FILTERS = st.recursive(PRIMITIVES, bigger, max_leaves=12)


@given(FILTERS)
def test_printed_filter_parses_to_the_same(wanted: Filter) -> None:
    assert parse_filter(str(wanted)) == wanted


WORDS = st.sampled_from(
    [*STARTS, *JOINERS, *SYMBOLS, ")", "80", "10.0.0.1", "10/8", "::1", "tcp.stream", "eq", "x"]
)


@given(st.one_of(st.text(), st.lists(WORDS, max_size=12).map(" ".join)))
def test_only_filter_error_is_raised(text: str) -> None:
    parsed = None
    error = None
    try:
        parsed = parse_filter(text)
    except FilterError as refused:
        error = refused
    if error is not None:
        assert text[error.column : error.column + len(error.word)] == error.word
    if parsed is not None:
        assert parse_filter(str(parsed)) == parsed
        parsed.accepts(*OFFICE)
