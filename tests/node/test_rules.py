"""RFC 9111 as functions: a table for each, and for each that fires a look-alike that must not."""

from __future__ import annotations

from typing import Any

import pytest

from unstick.node.freshness import (
    Freshness,
    Heard,
    Use,
    freshness_of,
    judge,
    matches,
    said_of,
    seconds,
    serves_errors,
    storable,
    variant_of,
)
from unstick.node.message import Asked, Fields, Head, date, date_text, directives, end_to_end
from unstick.node.ranges import Part, part_of

NOW = 1_700_000_000.0
HEARD = Heard(NOW, 500.0, 2.0)


def asked(method: str = "GET", **fields: str) -> Asked:
    return Asked(method, "/", named(fields))


def head(status: int = 200, **fields: str) -> Head:
    return Head(status, "", named(fields))


def named(fields: dict[str, str]) -> Fields:
    return tuple((name.replace("_", "-"), value) for name, value in fields.items())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("max-age=5, PUBLIC", {"max-age": "5", "public": ""}),
        ('private="a, b", x', {"private": "a, b", "x": ""}),
        ('x="a \\" , y", z', {"x": 'a " , y', "z": ""}),
        ("max-age=9, max-age=3", {"max-age": "3"}),
        ("max-age=x, max-age=3", {"max-age": "x"}),
        (",, ,", {}),
        ('x="never closed, y', {"x": '"never closed, y'}),
    ],
)
def test_directives(text: str, found: dict[str, str]) -> None:
    assert directives(text) == found


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), ("12", 12), ("9" * 15, 1 << 31), ("9" * 30, 0), ("-1", 0), ("1.5", 0), ("", 0)],
)
def test_seconds(text: str, value: int) -> None:
    assert seconds(text) == value
    assert seconds(None) is None


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
    ],
)
def test_three_forms_of_a_date(text: str) -> None:
    assert date(text) == 784111777.0
    assert date_text(784111777.0) == "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.mark.parametrize(
    "text",
    [
        *("0", "", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC"),
        *("Sun, 06  Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 8:49:37 GMT"),
        "Sun, 36 Nov 1994 08:49:37 GMT",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert date(text) is None


def test_hop_by_hop_fields_go_and_those_that_connection_names() -> None:
    fields = (("Connection", "close, X-A"), ("x-a", "1"), ("X-B", "2"), ("TE", "x"))
    assert end_to_end(fields) == (("X-B", "2"),)


STORABLE = (
    # request, response, stored?
    (asked(), head(Cache_Control="max-age=1"), True),
    (asked(), head(), True),  # to be validated, if it can be
    (asked(), head(302), False),
    (asked(), head(302, Cache_Control="max-age=1"), True),
    (asked(), head(302, Expires=date_text(NOW)), True),
    (asked(), head(206, Cache_Control="max-age=1"), False),
    (asked(), head(Cache_Control="no-store"), False),
    (asked(), head(Cache_Control="no-store, must-understand"), True),
    (asked(), head(299, Cache_Control="max-age=1, must-understand"), False),
    (asked(), head(299, Cache_Control="max-age=1"), True),
    (asked(), head(Cache_Control="private"), False),
    (asked(), head(Vary="*"), False),
    (asked(), head(Vary="A, *"), False),
    (asked(), head(Vary="A"), True),
    (asked("POST"), head(Cache_Control="max-age=1"), False),
    (asked(Cache_Control="no-store"), head(), False),
    (asked(Authorization="x"), head(Cache_Control="max-age=1"), False),
    (asked(Authorization="x"), head(Cache_Control="s-maxage=1"), True),
    (asked(Authorization="x"), head(Cache_Control="must-revalidate"), True),
    (asked(), head(Cache_Control="no-store", CDN_Cache_Control="max-age=1"), True),
    (asked(), head(Cache_Control="max-age=1", CDN_Cache_Control="no-store"), False),
)


@pytest.mark.parametrize(("request_", "response", "stored"), STORABLE)
def test_storable(request_: Asked, response: Head, stored: bool) -> None:
    assert storable(request_, response) is stored


@pytest.mark.parametrize(
    ("response", "lifetime"),
    [
        (head(Cache_Control="max-age=5"), 5),
        (head(Cache_Control="max-age=5, s-maxage=9"), 9),
        (head(Cache_Control="max-age=x", Expires=date_text(NOW + 60)), 0),
        (head(Expires=date_text(NOW + 60)), 60),
        (head(Expires=date_text(NOW + 60), Date=date_text(NOW + 20)), 40),
        (head(Expires="0"), 0),
        (head(Last_Modified=date_text(NOW - 1000)), 100),
        (head(Last_Modified=date_text(NOW - 1e8)), 86_400),
        (head(Last_Modified=date_text(NOW + 1000)), 0),
        (head(302, Last_Modified=date_text(NOW - 1000)), 0),
        (head(302, Last_Modified=date_text(NOW - 1000), Cache_Control="public"), 100),
        (head(), 0),
        (head(CDN_Cache_Control="max-age=7", Cache_Control="max-age=5"), 7),
        (head(CDN_Cache_Control='max-age="7"', Cache_Control="max-age=5"), 5),
        (head(CDN_Cache_Control="max-age=7, &&", Cache_Control="max-age=5"), 5),
        (head(CDN_Cache_Control="public", Expires=date_text(NOW + 60)), 0),
    ],
)
def test_lifetime(response: Head, lifetime: float) -> None:
    assert freshness_of(response, HEARD).lifetime == lifetime


@pytest.mark.parametrize(
    ("response", "age"),
    [
        (head(), 2),  # it took so long to come
        (head(Age="10"), 12),
        (head(Age="10, 20"), 12),
        (head(Age="x"), 2),
        (head(Date=date_text(NOW - 30), Age="10"), 30),
        (head(Date=date_text(NOW + 30)), 2),
    ],
)
def test_age_when_it_came(response: Head, age: float) -> None:
    found = freshness_of(response, HEARD)
    assert found.initial_age == age
    assert found.age(HEARD.mono + 5) == age + 5
    assert found.age(HEARD.mono - 5) == age


def fresh(**words: Any) -> Freshness:
    """Fresh for 100 s, and new at 0."""
    return Freshness(100.0, 0.0, 0.0)._replace(**words)


JUDGED = (
    # request, stored, at which age, use
    (asked(), fresh(), 99, Use.FRESH),
    (asked(), fresh(), 100, Use.VALIDATE),
    (asked(), fresh(no_cache=True), 1, Use.VALIDATE),
    (asked(Cache_Control="no-cache"), fresh(), 1, Use.VALIDATE),
    (asked(Pragma="no-cache"), fresh(), 1, Use.VALIDATE),
    (asked(Pragma="no-cache", Cache_Control="x"), fresh(), 1, Use.FRESH),
    (asked(Cache_Control="max-age=10"), fresh(), 10, Use.FRESH),
    (asked(Cache_Control="max-age=10"), fresh(), 11, Use.VALIDATE),
    (asked(Cache_Control="min-fresh=10"), fresh(), 90, Use.FRESH),
    (asked(Cache_Control="min-fresh=10"), fresh(), 91, Use.VALIDATE),
    (asked(Cache_Control="max-stale"), fresh(), 999, Use.FRESH),
    (asked(Cache_Control="max-stale=10"), fresh(), 110, Use.FRESH),
    (asked(Cache_Control="max-stale=10"), fresh(), 111, Use.VALIDATE),
    (asked(Cache_Control="max-stale"), fresh(must_revalidate=True), 101, Use.VALIDATE),
    (asked(), fresh(while_revalidating=10.0), 110, Use.STALE_WHILE),
    (asked(), fresh(while_revalidating=10.0), 111, Use.VALIDATE),
    (asked(), fresh(while_revalidating=10.0, must_revalidate=True), 101, Use.VALIDATE),
)


@pytest.mark.parametrize(("request_", "stored", "age", "use"), JUDGED)
def test_judge(request_: Asked, stored: Freshness, age: float, use: Use) -> None:
    assert judge(request_, stored, age) is use


@pytest.mark.parametrize(
    ("stored", "age", "disconnected", "serves"),
    [
        (fresh(if_error=10.0), 110, False, True),
        (fresh(if_error=10.0), 111, False, False),
        (fresh(if_error=10.0), 111, True, False),
        (fresh(), 999, True, True),
        (fresh(), 101, False, False),
        (fresh(must_revalidate=True, if_error=10.0), 101, True, False),
        (fresh(no_cache=True), 1, True, False),
    ],
)
def test_serves_errors(stored: Freshness, age: float, disconnected: bool, serves: bool) -> None:
    assert serves_errors(stored, age, disconnected=disconnected) is serves


def test_s_maxage_asks_for_validation_as_must_revalidate_does() -> None:
    for words in ("s-maxage=1", "must-revalidate", "proxy-revalidate"):
        assert freshness_of(head(Cache_Control=words), HEARD).must_revalidate
    assert not freshness_of(head(Cache_Control="max-age=1"), HEARD).must_revalidate


def test_variants() -> None:
    variant = variant_of(asked(A="1,  2", B="x"), head(Vary="a, C"))
    assert variant == (("a", "1,2"), ("c", ""))
    assert matches(asked(a="1, 2", B="y"), variant)
    assert not matches(asked(a="1,2", C="z"), variant)
    assert not matches(asked(a="2,1"), variant)


def test_words_meant_for_us_go_first() -> None:
    assert said_of(head(Cache_Control="a", CDN_Cache_Control="b")) == {"b": ""}
    assert said_of(head(Cache_Control="a", CDN_Cache_Control="")) == {"a": ""}


def test_no_part_of_what_has_no_length() -> None:
    assert part_of(asked(Range="bytes=0-1"), head(), 10) == Part(0, 2)
    assert part_of(asked(Range="bytes=0-1"), head(), None) is None
    assert part_of(asked(Range="bytes=0-1"), head(404), 10) is None
    assert part_of(asked("HEAD", Range="bytes=0-1"), head(), 10) is None
