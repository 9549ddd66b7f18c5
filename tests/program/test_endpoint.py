"""A program answers scrapes and probes while it runs, whatever other clients do with their connections."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter

from program.endpoint import Endpoint
from program.errors import ProgramError
from program.heartbeat import STALLED_S, Heartbeat
from program.http_server import CONNECTIONS, HEAD_BYTES, Patience
from tests import plain_http

QUICK = Patience(head=0.3, idle=0.6, take=0.5)


def well() -> None:
    return None


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    registry = CollectorRegistry()
    Counter("looks", "Looks done.", registry=registry).inc(3)
    with Endpoint(address="127.0.0.1", port=0, registry=registry, health=well, live=well) as served:
        yield served


@pytest.fixture
def impatient() -> Iterator[Endpoint]:
    registry = CollectorRegistry()
    Counter("looks", "Looks done." * 100_000, registry=registry).inc(3)
    with Endpoint(
        address="127.0.0.1", port=0, registry=registry, health=well, live=well, patience=QUICK
    ) as served:
        yield served


def connect(endpoint: Endpoint) -> socket.socket:
    return socket.create_connection(("127.0.0.1", endpoint.port), timeout=5)


def converse(endpoint: Endpoint, *said: bytes) -> bytes:
    """All that the server says until it closes the connection."""
    with connect(endpoint) as connection:
        for part in said:
            connection.sendall(part)
        connection.shutdown(socket.SHUT_WR)
        return read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while chunk := connection.recv(65_536):
            received += chunk
    return received


def send_until_cut_off(connection: socket.socket, part: bytes, meanwhile: Callable[[], object]) -> None:
    """Say the same again and again; fails with the connection, which must be within five seconds."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        connection.sendall(part)
        meanwhile()


def scrape(endpoint: Endpoint) -> str:
    answer = plain_http.get(f"http://127.0.0.1:{endpoint.port}/metrics", timeout=2)
    assert answer.status_code == 200
    return answer.text


def test_metrics_and_probes_are_served_until_stopped() -> None:
    registry = CollectorRegistry()
    Counter("looks", "Looks done.", registry=registry).inc(3)
    waiting: dict[str, str | None] = {"health": "waiting for the database", "live": None, "ready": None}
    with Endpoint(
        address="127.0.0.1",
        port=0,
        registry=registry,
        health=lambda: waiting["health"],
        live=lambda: waiting["live"],
        ready=lambda: waiting["ready"],
    ) as endpoint:
        base = f"http://127.0.0.1:{endpoint.port}"
        assert "looks_total 3.0" in plain_http.get(f"{base}/metrics").text
        refused = plain_http.get(f"{base}/health")
        assert (refused.status_code, refused.text) == (503, "waiting for the database\n")
        assert plain_http.get(f"{base}/ready").status_code == 200
        assert plain_http.get(f"{base}/live").status_code == 200
        waiting |= {"health": None, "live": "it hangs"}
        assert plain_http.get(f"{base}/health").status_code == 200
        assert plain_http.get(f"{base}/live").status_code == 503
        assert plain_http.get(f"{base}/").status_code == 404
    with pytest.raises(httpx.ConnectError):
        plain_http.get(f"{base}/health")


def test_it_stops_in_order_with_clients_at_every_stage(caplog: pytest.LogCaptureFixture) -> None:
    with (
        ExitStack() as held,
        Endpoint(
            address="127.0.0.1", port=0, registry=CollectorRegistry(), health=well, live=well
        ) as endpoint,
    ):
        for said in (b"", b"GET /li", b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n", b"nonsense\r\n\r\n"):
            held.enter_context(connect(endpoint)).sendall(said)
        assert plain_http.get(f"http://127.0.0.1:{endpoint.port}/live").status_code == 200
    assert caplog.records == [record for record in caplog.records if record.name.startswith("http")]


def test_without_a_word_of_its_own_a_program_is_ready_when_it_is_healthy() -> None:
    with Endpoint(
        address="127.0.0.1", port=0, registry=CollectorRegistry(), health=lambda: "no broker", live=well
    ) as endpoint:
        assert plain_http.get(f"http://127.0.0.1:{endpoint.port}/ready").text == "no broker\n"


def test_a_taken_port_is_one_sentence(endpoint: Endpoint) -> None:
    with pytest.raises(ProgramError, match=r"no metrics and probes: cannot listen on .* choose another port"):
        Endpoint(
            address="127.0.0.1", port=endpoint.port, registry=CollectorRegistry(), health=well, live=well
        ).start()


def test_600_silent_connections_hold_nobody_up(endpoint: Endpoint) -> None:
    with ExitStack() as silent:
        for _ in range(600):
            silent.enter_context(connect(endpoint))
        began = time.monotonic()
        for path in ("metrics", "live", "ready", "health"):
            assert plain_http.get(f"http://127.0.0.1:{endpoint.port}/{path}", timeout=2).status_code == 200
        assert time.monotonic() - began < 2


def test_connections_beyond_the_bound_close_the_oldest(endpoint: Endpoint) -> None:
    with ExitStack() as held:
        oldest = held.enter_context(connect(endpoint))
        newer = [held.enter_context(connect(endpoint)) for _ in range(CONNECTIONS)]
        assert read_all(oldest) == b""
        newer[-1].sendall(b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n")
        assert newer[-1].recv(12) == b"HTTP/1.1 200"


def test_a_silent_client_is_disconnected(impatient: Endpoint) -> None:
    with connect(impatient) as connection:
        assert read_all(connection) == b""


def test_a_head_that_comes_byte_by_byte_is_cut_off_and_holds_nobody_up(impatient: Endpoint) -> None:
    with connect(impatient) as slow:
        began = time.monotonic()
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            send_until_cut_off(slow, b"G", lambda: scrape(impatient))
    assert QUICK.head <= time.monotonic() - began < 3


def test_a_client_that_does_not_read_its_answer_is_disconnected(impatient: Endpoint) -> None:
    with connect(impatient) as lazy:
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        ask = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
        lazy.sendall(ask * 50)
        assert "looks_total" in scrape(impatient)
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            send_until_cut_off(lazy, ask, lambda: time.sleep(0.02))


def test_a_connection_stays_open_for_the_next_scrape_and_not_for_ever(impatient: Endpoint) -> None:
    with connect(impatient) as connection:
        for _ in range(3):
            connection.sendall(b"HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(4096).startswith(b"HTTP/1.1 200")
            time.sleep(QUICK.head)  # longer than a head may take, shorter than a connection may lie idle
        assert read_all(connection) == b""


def test_requests_sent_ahead_are_answered_in_order(endpoint: Endpoint) -> None:
    said = converse(
        endpoint,
        b"GET /live HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
        b"GET /ready HTTP/1.1\r\nHost: x\r\n\r\n",
    )
    assert [line for line in said.split(b"\r\n") if b"HTTP/1.1 " in line] == [
        b"HTTP/1.1 200 OK",
        b"ok\nHTTP/1.1 404 Not Found",
        b"try /metrics, /live, /ready, /health\nHTTP/1.1 200 OK",
    ]


def test_http_1_0_is_answered_and_its_connection_closed(endpoint: Endpoint) -> None:
    with connect(endpoint) as connection:
        connection.sendall(b"GET /live HTTP/1.0\r\n\r\n")
        said = read_all(connection)
    assert said.startswith(b"HTTP/1.1 200 OK\r\n")
    assert said.endswith(b"\r\n\r\nok\n")


def test_head_says_how_long_the_body_would_be(endpoint: Endpoint) -> None:
    said = converse(endpoint, b"HEAD /live HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"content-length: 3" in said.lower()
    assert said.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"GET /live HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 2 * HEAD_BYTES + b"\r\n\r\n", 431),
        (b"GET /" + b"a" * 2 * HEAD_BYTES, 431),
        (b"POST /live HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody", 413),
        (b"POST /live HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"GET /live HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n", 417),
        (b"GET /live HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"GET /live HTTP/1.1\r\n\r\n", 400),
        (b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00 a TLS hello\r\n\r\n", 400),
    ],
)
def test_what_is_no_request_of_ours_is_refused(endpoint: Endpoint, said: bytes, status: int) -> None:
    answer = converse(endpoint, said)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert answer.count(b"HTTP/1.1") == 1
    assert b"connection: close" in answer.lower()
    assert "looks_total" in scrape(endpoint)


def test_a_scraper_gets_the_format_and_the_names_that_it_asks_for(endpoint: Endpoint) -> None:
    with plain_http.client(base_url=f"http://127.0.0.1:{endpoint.port}") as client:
        wanted = {"Accept": "application/openmetrics-text; version=1.0.0", "Accept-Encoding": "identity"}
        assert client.get("/metrics", headers=wanted).text.endswith("# EOF\n")
        assert client.get("/metrics", params={"name[]": "other"}).text == ""
        with client.stream("GET", "/metrics", headers={"Accept-Encoding": "gzip"}) as answer:
            assert b"looks_total" in gzip.decompress(b"".join(answer.iter_raw()))


def test_a_metric_that_fails_is_an_error_and_no_end(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> str | None:
        raise ValueError("a defect")

    with Endpoint(
        address="127.0.0.1", port=0, registry=CollectorRegistry(), health=fail, live=well
    ) as endpoint:
        base = f"http://127.0.0.1:{endpoint.port}"
        assert plain_http.get(f"{base}/health").status_code == 500
        assert plain_http.get(f"{base}/live").status_code == 200
    assert "a defect" in caplog.text


def test_a_loop_that_does_not_turn_is_not_alive() -> None:
    now = [100.0]
    heartbeat = Heartbeat(lambda: now[0])
    now[0] += STALLED_S - 1
    assert heartbeat.stalled() is None
    now[0] += 1
    assert heartbeat.stalled() == (
        "the event loop has not run for 60 s; the program hangs and must be restarted"
    )


async def test_a_loop_that_turns_is_alive() -> None:
    now = [100.0]
    heartbeat = Heartbeat(lambda: now[0])
    now[0] += STALLED_S
    beating = asyncio.create_task(heartbeat.run())
    await asyncio.sleep(0)
    assert heartbeat.stalled() is None
    beating.cancel()
