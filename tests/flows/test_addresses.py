"""Addresses as text: what ``ipaddress`` writes, and what people expect of IPv4 in IPv6."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unstick.flows.addresses import address_text

HALF = 0xFFFF_FFFF_FFFF_FFFF
GROUPS = st.lists(st.sampled_from([0, 0, 0, 1, 0xA0, 0xFFFF]), min_size=8, max_size=8)
"""Addresses with many zeros: that is where the rules are."""


def halves(address: str) -> tuple[int, int, int]:
    """An IPv6 address as the stream table holds it."""
    return signed(int(IPv6Address(address)))


def signed(number: int) -> tuple[int, int, int]:
    high, low = ((half ^ (1 << 63)) - (1 << 63) for half in (number >> 64, number & HALF))
    return 6, high, low


@given(st.integers(0, 0xFFFF_FFFF))
def test_ipv4(number: int) -> None:
    assert address_text(4, 0, number) == str(IPv4Address(number))


@given(GROUPS)
def test_ipv6_is_what_ipaddress_writes(groups: list[int]) -> None:
    number = sum(group << (16 * place) for place, group in enumerate(groups))
    if (number >> 32) == 0xFFFF:
        return  # Python before 3.13 writes these in hexadecimal
    assert address_text(*signed(number)) == str(IPv6Address(number))


@pytest.mark.parametrize(
    "text",
    ["::", "::1", "1::", "2001:db8::1", "2001:db8:0:1:1:1:1:1", "1:0:0:2:0:0:0:3"],
)
def test_rfc_5952(text: str) -> None:
    assert address_text(*halves(text)) == str(IPv6Address(text))


def test_signed_halves() -> None:
    assert address_text(6, -1, -1) == "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"


def test_ipv4_in_ipv6_ends_dotted() -> None:
    assert address_text(*halves("::ffff:10.9.1.2")) == "::ffff:10.9.1.2"
    assert address_text(*halves("::fffe:10.9.1.2")) == "::fffe:a09:102"
