"""The cache, through real sockets: what is answered from the store, and what asks the origin."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.node.stage import SOON_S, Handler, Stage, staged
from unstick.node.message import date_text
from unstick.progress.testing import eventually

FRESH = {"Cache_Control": "max-age=600"}


def test_a_fresh_response_is_asked_for_once_and_gets_older(stage: Stage) -> None:
    stage.origin.routes["/"] = lambda one: one.say(b"hello", Cache_Control="max-age=600", Age="7")
    first, second = stage.get(), stage.get()
    assert (first.status, first.body, first.cache) == (
        200,
        b"hello",
        "fwd=uri-miss; fwd-status=200; stored",
    )
    assert (second.status, second.body, second.cache) == (200, b"hello", "hit")
    assert 7 <= int(second.fields["Age"]) <= 7 + SOON_S
    assert stage.asked("/") == 1


@pytest.mark.parametrize(
    "said",
    [
        {"Cache_Control": "no-store"},
        {"Cache_Control": "private, max-age=600"},
        {"Cache_Control": "max-age=0"},
        {"Cache_Control": "max-age=600", "Vary": "*"},
        {"Expires": "0"},
        {},
    ],
)
def test_what_may_not_be_shared_is_asked_for_each_time(stage: Stage, said: dict[str, str]) -> None:
    stage.origin.routes["/"] = lambda one: one.say(b"mine", **said)
    assert [stage.get().body for _ in range(3)] == [b"mine"] * 3
    assert stage.asked("/") == 3


def test_requests_with_credentials_need_leave_to_be_stored(stage: Stage) -> None:
    stage.origin.routes["/mine"] = lambda one: one.say(b"1", Cache_Control="max-age=600")
    stage.origin.routes["/all"] = lambda one: one.say(b"1", Cache_Control="public, max-age=600")
    for path in ("/mine", "/mine", "/all", "/all"):
        assert stage.get(path, Authorization="Basic eA==").status == 200
    assert (stage.asked("/mine"), stage.asked("/all")) == (2, 1)


def test_vary_keeps_variants_apart(stage: Stage) -> None:
    def route(one: Handler) -> None:
        one.say(one.headers["Accept-Language"].encode(), Vary="Accept-Language", **FRESH)

    stage.origin.routes["/"] = route
    for _ in range(2):
        assert stage.get(Accept_Language="de").body == b"de"
        assert stage.get(Accept_Language="fr,  en").body == b"fr,  en"
    assert stage.get(Accept_Language="fr, en").body == b"fr,  en"
    assert stage.asked("/") == 2


def test_a_stale_response_is_validated_and_renewed(stage: Stage) -> None:
    def route(one: Handler) -> None:
        if one.headers["If-None-Match"] == '"1"':
            one.say(b"", 304, ETag='"1"', Cache_Control="max-age=600", X_News="yes")
        else:
            one.say(b"body", ETag='"1"', Cache_Control="max-age=0")

    stage.origin.routes["/"] = route
    assert stage.get().body == b"body"
    second = stage.get()
    assert (second.status, second.body, second.fields["X-News"]) == (200, b"body", "yes")
    assert second.cache == "fwd=stale; fwd-status=304"
    assert stage.get().cache == "hit"
    assert stage.asked("/") == 2


def test_a_stale_response_that_changed_is_replaced(stage: Stage) -> None:
    bodies = iter([b"old", b"new"])
    stage.origin.routes["/"] = lambda one: one.say(
        next(bodies), ETag=f'"{len(stage.origin.seen)}"', Cache_Control="max-age=0"
    )
    assert [stage.get().body, stage.get().body] == [b"old", b"new"]


def test_clients_conditions_are_answered_from_the_store(stage: Stage) -> None:
    changed = date_text(1e9)
    stage.origin.routes["/"] = lambda one: one.say(
        b"body", ETag='"1"', Last_Modified=changed, Content_Type="text/x", **FRESH
    )
    stage.get()
    same = stage.get(If_None_Match='W/"0", W/"1"')
    assert (same.status, same.body, same.fields["ETag"]) == (304, b"", '"1"')
    assert "Content-Type" not in same.fields
    assert stage.get(If_None_Match='"2"').status == 200
    assert stage.get(If_Modified_Since=changed).status == 304
    assert stage.get(If_Modified_Since=date_text(1e9 - 1)).status == 200
    assert stage.get(If_Modified_Since=changed, If_None_Match='"2"').status == 200
    assert stage.asked("/") == 1


def test_head_is_answered_from_the_store(stage: Stage) -> None:
    stage.origin.routes["/"] = lambda one: one.say(b"body", **FRESH)
    assert stage.get(method="HEAD").fields["Content-Length"] == "4"
    stage.get()
    head = stage.get(method="HEAD")
    assert (head.body, head.fields["Content-Length"], head.cache) == (b"", "4", "hit")
    assert [one.method for one in stage.origin.seen] == ["HEAD", "GET"]


@pytest.mark.parametrize(
    ("asked", "status", "body", "says"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=8-", 206, b"89", "bytes 8-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=5-99", 206, b"56789", "bytes 5-9/10"),
        ("bytes=-99", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=3-1", 200, b"0123456789", None),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
    ],
)
def test_ranges(stage: Stage, asked: str, status: int, body: bytes, says: str | None) -> None:
    stage.origin.routes["/"] = lambda one: one.say(b"0123456789", ETag='"1"', **FRESH)
    for _ in range(2):  # a miss, which asks for the whole, and a hit
        got = stage.get(Range=asked)
        assert (got.status, got.body, got.fields.get("Content-Range")) == (status, body, says)
    assert stage.asked("/") == 1
    assert "Range" not in stage.origin.seen[0].fields
    assert stage.get(Range=asked, If_Range='"2"').status == 200
    assert stage.get(Range=asked, If_Range='"1"').status == status


def test_one_miss_fetches_once(stage: Stage) -> None:
    going = threading.Event()

    def route(one: Handler) -> None:
        assert going.wait(SOON_S)
        one.say(b"x" * 100_000, **FRESH)

    stage.origin.routes["/"] = route
    with ThreadPoolExecutor(12) as pool:
        futures = [pool.submit(stage.get) for _ in range(12)]
        eventually(lambda: len(stage.node.register) == 12, SOON_S)
        going.set()
        got = [one.result() for one in futures]
    assert {len(one.body) for one in got} == {100_000}
    assert stage.asked("/") == 1
    assert sum("collapsed" in one.cache for one in got) == 11


def test_misses_that_may_not_be_shared_do_not_wait_for_each_other(stage: Stage) -> None:
    together = threading.Barrier(5)  # broken if they come one after the other

    def route(one: Handler) -> None:
        if one.path == "/private" and len(stage.origin.seen) > 1:
            together.wait(SOON_S)
        one.say(b"mine", Cache_Control="private")

    stage.origin.routes["/private"] = route
    stage.get("/private")
    with ThreadPoolExecutor(5) as pool:
        got = list(pool.map(stage.get, ["/private"] * 5))
    assert [one.body for one in got] == [b"mine"] * 5


def test_a_response_streams_while_it_is_fetched_to_all_who_ask(stage: Stage) -> None:
    half = threading.Event()

    def route(one: Handler) -> None:
        one.send_response(200)
        one.send_header("Cache-Control", "max-age=600")
        one.send_header("Transfer-Encoding", "chunked")
        one.end_headers()
        one.wfile.write(b"5\r\nfirst\r\n")
        assert half.wait(SOON_S)
        one.wfile.write(b"6\r\nsecond\r\n0\r\n\r\n")

    stage.origin.routes["/"] = route
    clients = []
    for _ in range(2):
        client = socket.create_connection(stage.address, SOON_S)
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        read_until(client, b"first")
        clients.append(client)
    half.set()
    for client in clients:
        assert b"second" in read_until(client, b"0\r\n\r\n")
        client.close()
    assert stage.asked("/") == 1


def read_all(client: socket.socket) -> bytes:
    got = b""
    while data := client.recv(65536):
        got += data
    return got


def read_until(client: socket.socket, mark: bytes) -> bytes:
    got = b""
    while mark not in got:
        data = client.recv(65536)
        assert data, f"ended after {got!r}"
        got += data
    return got


def test_stale_while_revalidate_answers_at_once_and_asks_once(stage: Stage) -> None:
    going = threading.Event()

    def route(one: Handler) -> None:
        if len(stage.origin.seen) > 1:
            assert going.wait(SOON_S)
        body = str(len(stage.origin.seen)).encode()
        one.say(body, Cache_Control="max-age=0, stale-while-revalidate=600")

    stage.origin.routes["/"] = route
    assert stage.get().body == b"1"
    assert [stage.get().body for _ in range(3)] == [b"1"] * 3
    eventually(lambda: stage.asked("/") == 2, SOON_S)
    going.set()
    eventually(lambda: stage.get().body != b"1", SOON_S)


def test_stale_if_error_hides_errors_and_only_if_it_is_there(stage: Stage) -> None:
    def route(one: Handler) -> None:
        if stage.asked(one.path) > 1:
            one.say(b"broken", 503)
        else:
            words = "max-age=0, stale-if-error=600" if one.path == "/kept" else "max-age=0"
            one.say(b"good", ETag='"1"', Cache_Control=words)

    stage.origin.routes.update({"/kept": route, "/plain": route})
    assert [stage.get("/kept").body for _ in range(2)] == [b"good", b"good"]
    assert [stage.get("/plain").body for _ in range(2)] == [b"good", b"broken"]


def test_an_origin_that_is_gone_is_a_502_and_what_is_stored_stands_in(stage: Stage) -> None:
    stage.origin.routes["/"] = lambda one: one.say(b"good", ETag='"1"', Cache_Control="max-age=0")
    words = "max-age=0, must-revalidate"
    stage.origin.routes["/strict"] = lambda one: one.say(b"good", ETag='"1"', Cache_Control=words)
    stage.get()
    stage.get("/strict")
    stage.origin.stop()
    assert stage.get("/other").status == 502
    assert stage.get("/strict").status == 502
    assert (stage.get().status, stage.get().body) == (200, b"good")


def test_only_if_cached(stage: Stage) -> None:
    stage.origin.routes["/"] = lambda one: one.say(b"good", **FRESH)
    assert stage.get(Cache_Control="only-if-cached").status == 504
    stage.get()
    assert stage.get(Cache_Control="only-if-cached").status == 200


def test_unsafe_requests_pass_with_their_bodies_and_invalidate(stage: Stage) -> None:
    stage.origin.routes["/"] = lambda one: one.say(b"%d" % len(stage.origin.seen), **FRESH)
    body = "y" * 2_000_000  # more than is kept in memory
    assert stage.get().body == b"1"
    assert stage.get(method="POST", body=body).body == b"2"
    assert stage.origin.seen[-1].body == body.encode()
    assert stage.get().body == b"3"
    assert stage.get().body == b"3"


def test_failed_unsafe_requests_invalidate_nothing(stage: Stage) -> None:
    def route(one: Handler) -> None:
        one.say(b"x", 500 if one.command == "DELETE" else 200, **FRESH)

    stage.origin.routes["/"] = route
    stage.get()
    stage.get(method="DELETE")
    assert stage.get().cache == "hit"


def test_what_belongs_to_a_connection_stays_there(stage: Stage) -> None:
    def route(one: Handler) -> None:
        one.say(b"", Connection="X-Own", X_Own="1", X_Other="2", Keep_Alive="timeout=3", **FRESH)

    stage.origin.routes["/"] = route
    got = stage.get(Connection="X-Mine", X_Mine="1", X_Else="2", TE="trailers")
    assert "X-Own" not in got.fields
    assert "Keep-Alive" not in got.fields
    assert got.fields["X-Other"] == "2"
    seen = stage.origin.seen[0].fields
    assert "X-Mine" not in seen
    assert "TE" not in seen
    assert (seen["X-Else"], seen["Via"], seen["X-Forwarded-For"]) == (
        "2",
        "1.1 unstick",
        "127.0.0.1",
    )


def test_a_response_that_is_cut_does_not_look_whole_and_is_not_stored(stage: Stage) -> None:
    def route(one: Handler) -> None:
        one.send_response(200)
        one.send_header("Cache-Control", "max-age=600")
        one.send_header("Content-Length", "1000")
        one.end_headers()
        one.wfile.write(b"x" * 500)
        one.close_connection = True

    stage.origin.routes["/"] = route
    for count in (1, 2):
        with socket.create_connection(stage.address, SOON_S) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            with pytest.raises(ConnectionResetError):
                read_all(client)
        assert stage.entry(count).cause == "ORIGIN_FAILED"
    assert stage.asked("/") == 2


def test_memory_is_bounded_and_the_longest_unused_goes_first(tmp_path: Path) -> None:
    with staged(tmp_path, memory_bytes=1_000_000, demo="300k") as stage:
        for path in ("/a", "/b", "/c", "/a", "/d"):
            stage.get(path)
            assert stage.node.store.used_bytes <= 1_000_000
        notes = {path: stage.get(path).cache for path in ("/a", "/c", "/d")}
        assert set(notes.values()) == {"hit"}
        assert stage.get("/b").cache.startswith("fwd=")
        assert stage.node.store.evicted == 2


def test_an_object_larger_than_memory_passes_whole(tmp_path: Path) -> None:
    with staged(tmp_path, memory_bytes=1_000_000, demo="20M") as stage:
        for _ in range(2):
            got = stage.get("/big")
            assert len(got.body) == 20_000_000
            assert "stored" not in got.cache
        assert stage.node.store.used_bytes == 0


def test_one_that_grows_too_large_passes_whole(tmp_path: Path) -> None:
    def route(one: Handler) -> None:
        one.send_response(200)
        one.send_header("Cache-Control", "max-age=600")
        one.send_header("Transfer-Encoding", "chunked")
        one.end_headers()
        for _ in range(200):
            one.wfile.write(b"c350\r\n" + b"z" * 50_000 + b"\r\n")
        one.wfile.write(b"0\r\n\r\n")

    with staged(tmp_path, memory_bytes=1_000_000) as stage:
        stage.origin.routes["/"] = route
        assert stage.get().body == b"z" * 10_000_000
        eventually(lambda: stage.node.store.used_bytes == 0, SOON_S)


def test_what_nobody_reads_and_may_not_be_stored_is_not_fetched_to_its_end(stage: Stage) -> None:
    sent: list[int] = []

    def route(one: Handler) -> None:
        one.send_response(200)
        one.send_header("Content-Length", str(10**9))
        one.end_headers()
        try:
            for _ in range(10**4):
                one.wfile.write(bytes(10**5))
                sent.append(10**5)
        except OSError:
            sent.append(0)

    stage.origin.routes["/"] = route
    with socket.create_connection(stage.address, SOON_S) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        client.recv(100)
    eventually(lambda: bool(sent) and sent[-1] == 0, SOON_S)
    assert sum(sent) < 10**9


def test_heuristic_freshness_is_a_tenth_of_the_age(stage: Stage) -> None:
    now = time.time()
    fields = {"Last_Modified": date_text(now - 36_000), "Date": date_text(now)}

    def route(one: Handler) -> None:
        one.send_response_only(200)
        for name, value in fields.items():
            one.send_header(name.replace("_", "-"), value)
        one.send_header("Content-Length", "0")
        one.end_headers()

    stage.origin.routes["/"] = route
    stage.get()
    assert stage.get().cache == "hit"
