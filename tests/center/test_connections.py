"""Connections as a hostile client opens them: silent, slow, many, and ambiguous; over raw sockets."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from center.web.addresses import Networks, client_of
from center.web.connections import Connections
from center.web.hosts import Hosts
from tests.center.running import Center, until

HEAD = b"GET /api/v1/session HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
END = b"\r\n"
CLOSED = "streetwarden_center_connections_closed_total"
ROUNDS = 40


@pytest_asyncio.fixture
async def center(tmp_path: Path) -> AsyncIterator[Center]:
    """A center without a database: nothing here gets that far. It waits half a second for a request."""
    center = Center(
        database_url="postgresql://nobody@127.0.0.1:1/none",
        folder=tmp_path,
        web={"request_s": 0.5, "connections": 40, "connections_per_client": 30},
    )
    async with center.running():
        yield center


async def ask(center: Center, *parts: bytes, pause_s: float = 0.0) -> bytes:
    """Send some bytes, and read until the other side closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", center.port)
    heard = asyncio.create_task(reader.read())
    try:
        for part in parts:
            writer.write(part)
            await asyncio.wait([heard], timeout=pause_s)
            if heard.done():
                break
        return await asyncio.wait_for(heard, 20)
    except ConnectionError:
        return b""
    finally:
        writer.close()


def status(answer: bytes) -> int | None:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else None


async def test_a_connection_that_says_nothing_is_closed(center: Center) -> None:
    assert await ask(center) == b""
    assert await center.metric(f'{CLOSED}{{why="slow"}}') == 1


@pytest.mark.parametrize(
    ("begun", "piece"),
    [
        (b"GET /", b"a"),
        (HEAD, b"X-A: b\r\n"),
        (HEAD + b"X-A: ", b"b"),
        (HEAD + END + HEAD, b"X-A: b\r\n"),
        (POST + b"Content-Length: 1000\r\n\r\n", b"x"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
    ids=["address", "headers", "one header", "second request", "body", "chunks"],
)
async def test_a_request_that_comes_in_drops_is_ended(center: Center, begun: bytes, piece: bytes) -> None:
    answer = await ask(center, begun, *[piece] * ROUNDS, pause_s=0.1)
    assert b"HTTP/1.1 408 Request Timeout\r\n" in answer
    assert await center.metric(f'{CLOSED}{{why="slow"}}') == 1


async def test_empty_lines_do_not_keep_a_connection_that_has_been_answered(center: Center) -> None:
    began = time.monotonic()
    answer = await ask(center, HEAD + END, *[END] * ROUNDS, pause_s=0.1)
    assert status(answer) == 401
    assert time.monotonic() - began < ROUNDS * 0.1


async def test_a_crowd_of_silent_connections_is_bounded_and_gone_soon(center: Center) -> None:
    silent = [await asyncio.open_connection("127.0.0.1", center.port) for _ in range(60)]
    try:
        async with center.browser(None) as browser:

            async def answered() -> bool:
                with contextlib.suppress(httpx.TransportError):  # as long as its address has too many
                    return (await browser.get("/session")).status_code in {401, 503}
                return False

            await until(answered)
        for reader, _ in silent:
            assert await asyncio.wait_for(reader.read(), 20) == b""
        assert await center.metric(f'{CLOSED}{{why="full"}}') >= 30
        assert await center.metric("streetwarden_center_connections") <= 1
    finally:
        for _, writer in silent:
            writer.close()


SMUGGLED = b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + SMUGGLED, 400),
        (POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + SMUGGLED, 400),
        (POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + SMUGGLED, 400),
        (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + SMUGGLED, 400),
        (POST + b"Transfer-Encoding: xchunked\r\n\r\n" + SMUGGLED, 400),
        (POST + b"Transfer-Encoding:\x0bchunked\r\n\r\n" + SMUGGLED, 400),
        (POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
        (POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400),
        (POST + b"Content-Length: 2, 2\r\n\r\n{}", 400),
        (POST + b"Content-Length: +2\r\n\r\n{}", 400),
        (POST + b"Content-Length: -2\r\n\r\n{}", 400),
        (POST + b"Content-Length: 99999999999999999999999\r\n\r\n{}", 400),
        (POST + b"Content-Length: 100000000\r\n\r\n{}", 413),
        (HEAD + b"X-A: b\r\n c\r\n\r\n", 400),
        (HEAD + b"X-A : b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\nHost: localhost\n\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (HEAD + b"Host: localhost\r\n\r\n", 400),
        (b"GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 431),
        (HEAD + b"X-A: " + b"a" * 40_000 + b"\r\n\r\n", 431),
        (HEAD + b"X-A: b\r\n" * 10_000 + b"\r\n", 431),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"a" * 300_000, 413),
    ],
)
async def test_what_can_be_read_in_two_ways_or_is_too_large_is_refused(
    center: Center, request_: bytes, expected: int
) -> None:
    answer = await ask(center, request_)
    assert status(answer) == expected, answer[:300]
    assert answer.count(b"HTTP/1.1 ") == 1, answer[:600]
    assert b"raceback" not in answer
    assert b"uvicorn" not in answer.lower()


async def test_a_body_in_chunks_that_grows_too_large_is_refused(center: Center) -> None:
    chunk = b"2000\r\n" + b" " * 0x2000 + b"\r\n"
    answer = await ask(center, POST + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 12)
    assert status(answer) == 413


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "evil.example:80", "a b", "[::1", "user@localhost"],
)
async def test_a_name_that_is_not_ours_is_refused(center: Center, host: str) -> None:
    async with center.browser(None) as browser:
        for path in ("/", "/api/v1/session"):
            answer = await browser.client.get(path, headers={"Host": host})
            assert (answer.status_code, answer.json()["code"]) == (421, "unknown_host"), path


def test_hosts_are_compared_without_port_case_and_final_dot() -> None:
    hosts = Hosts(["City.Example"])
    for ours in (
        "city.example",
        "CITY.example:8480",
        "city.example.",
        "localhost:1",
        "10.0.0.5:8480",
        "[fe80::1]:8480",
    ):
        assert ours in hosts, ours
    for other in (
        "example",
        "sub.city.example",
        "city.example.evil.example",
        "city.example:port",
        "1.2.3.4.evil.example",
    ):
        assert other not in hosts, other
    assert "any.example" in Hosts(["*"])


def test_one_client_is_an_ipv4_address_or_an_ipv6_network() -> None:
    assert client_of("192.0.2.7") != client_of("192.0.2.8")
    assert client_of("::ffff:192.0.2.7") == "192.0.2.7"
    assert client_of("2001:db8::1") == client_of("2001:db8::ffff:1") != client_of("2001:db8:0:1::1")
    assert client_of("no address") == "no address"


def test_one_client_cannot_take_all_connections_unless_it_is_a_proxy() -> None:
    connections = Connections(
        maximum=10, max_per_client=6, proxies=Networks(["198.51.100.0/24", "proxy.example"])
    )
    assert [connections.enter("192.0.2.7") for _ in range(8)] == [True] * 6 + [False] * 2
    assert [connections.enter("192.0.2.8") for _ in range(5)] == [True] * 4 + [False]
    connections.leave("192.0.2.7")
    assert connections.enter("192.0.2.8")
    for _ in range(5):
        connections.leave("192.0.2.7")
        connections.leave("192.0.2.8")
    assert connections.open == 0
    assert all(connections.enter("198.51.100.9") for _ in range(10))
    assert not connections.enter("198.51.100.9")
