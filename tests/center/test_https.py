"""The center's own HTTPS: the same pages, feed and limits, and a certificate that follows its files."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import warnings
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect

import program.tls_server
from program.errors import ProgramError
from program.tls_server import ServerTls
from store.connection import Pool
from tests.center.running import PASSWORD, Center, until
from tests.certificates import Certificates, days_ago

CLOSED = "streetwarden_center_connections_closed_total"
EXPIRY = 'streetwarden_certificate_expiry_timestamp_seconds{certificate="server"}'


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    made = Certificates(tmp_path / "ca")
    made.server("center")
    return made


def web(certificates: Certificates) -> dict[str, object]:
    return {
        "tls_certificate": str(certificates.certificate("center")),
        "tls_key": str(certificates.key("center")),
        "request_s": 0.5,
        "connections": 40,
        "connections_per_client": 30,
    }


@pytest_asyncio.fixture
async def center(
    certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Center]:
    """A center without a database, which looks at its certificate's files often."""
    monkeypatch.setattr(program.tls_server, "_EVERY_S", 0.05)
    center = Center(
        database_url="postgresql://nobody@127.0.0.1:1/none", folder=tmp_path, web=web(certificates)
    )
    async with center.running():
        yield center


def trusting(certificates: Certificates) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificates.ca))


async def test_a_browser_signs_on_and_hears_the_live_feed_over_tls(
    certificates: Certificates, tmp_path: Path, database_url: str, pool: Pool
) -> None:
    center = Center(database_url=database_url, folder=tmp_path, web=web(certificates))
    url, context = f"https://127.0.0.1:{center.port}", trusting(certificates)
    async with center.running(), httpx.AsyncClient(base_url=url, verify=context) as browser:
        answer = await browser.post("/api/v1/session", json={"login": "li", "password": PASSWORD})
        assert answer.status_code == 200
        assert "; secure" in answer.headers["set-cookie"].lower()
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        async with connect(
            f"wss://127.0.0.1:{center.port}/api/v1/live",
            ssl=context,
            additional_headers={"Cookie": cookies},
            origin=url,  # type: ignore[arg-type]
        ) as live:
            assert json.loads(await live.recv())["type"] == "snapshot"


async def test_a_stranger_to_the_ca_and_a_client_without_tls_get_nothing(
    center: Center, certificates: Certificates, tmp_path: Path
) -> None:
    stranger = Certificates(tmp_path / "stranger", "another CA")
    async with httpx.AsyncClient(verify=trusting(stranger)) as browser:
        with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
            await browser.get(f"https://127.0.0.1:{center.port}/")
    async with httpx.AsyncClient() as browser:
        with pytest.raises(httpx.TransportError):
            await browser.get(f"http://127.0.0.1:{center.port}/")
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(certificates.ca)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that is the point
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(OSError, match=r"(?i)alert|unsupported|no protocols|version"):
        await asyncio.open_connection("127.0.0.1", center.port, ssl=old)


async def test_a_crowd_without_a_handshake_is_bounded_and_gone_soon(
    center: Center, certificates: Certificates
) -> None:
    crowd = [socket.create_connection(("127.0.0.1", center.port)) for _ in range(100)]
    try:
        for number, one in enumerate(crowd):
            if number % 2:
                one.send(b"\x16\x03\x01\x02")  # the beginning of a ClientHello

        async def shed() -> bool:
            return await center.metric(f'{CLOSED}{{why="full"}}') == 70

        async def gone() -> bool:
            return await center.metric(f'{CLOSED}{{why="slow"}}') == 30

        await until(shed)
        await until(gone)
        assert await center.metric("streetwarden_center_connections") == 0
        for one in crowd:
            one.settimeout(5)
            with contextlib.suppress(ConnectionResetError):
                while one.recv(4096):  # perhaps an alert
                    continue
    finally:
        for one in crowd:
            one.close()
    async with httpx.AsyncClient(verify=trusting(certificates)) as browser:
        for _ in range(3):
            assert (await browser.get(f"https://127.0.0.1:{center.port}/api/v1/session")).status_code in {
                401,
                503,
            }

    async def none_left() -> bool:
        return await center.metric("streetwarden_center_connections") == 0

    await until(none_left)


async def test_a_request_that_comes_with_the_end_of_the_handshake_is_answered(
    center: Center, certificates: Certificates
) -> None:
    """As browsers send it: Finished and the request in one packet."""

    def ask() -> bytes:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = trusting(certificates).wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
        with socket.create_connection(("127.0.0.1", center.port), 5) as plain:
            while True:
                try:
                    tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    plain.sendall(outgoing.read())
                    incoming.write(plain.recv(65_536))
            tls.write(b"GET /api/v1/session HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            plain.sendall(outgoing.read())
            while True:
                incoming.write(plain.recv(65_536))
                try:
                    return tls.read(65_536)
                except ssl.SSLWantReadError:  # session tickets come first
                    continue

    for _ in range(20):
        answers = await asyncio.gather(*(asyncio.to_thread(ask) for _ in range(5)))
        assert {answer[:12] for answer in answers} == {b"HTTP/1.1 401"}


async def test_a_renewed_certificate_is_shown_without_a_restart_and_a_bad_one_is_not(
    center: Center, certificates: Certificates, caplog: pytest.LogCaptureFixture
) -> None:
    before = await center.metric(EXPIRY)
    assert before > days_ago(0).timestamp()
    certificates.renew("center", now=days_ago(0), days=20)

    async def renewed() -> bool:
        return await center.metric(EXPIRY) > before

    await until(renewed)
    _, writer = await asyncio.open_connection("127.0.0.1", center.port, ssl=trusting(certificates))
    shown = writer.get_extra_info("peercert")["notAfter"]
    writer.close()
    assert ssl.cert_time_to_seconds(shown) > before

    certificates.certificate("center").write_text("nothing of the kind")
    async with httpx.AsyncClient(verify=trusting(certificates)) as browser:
        answer = await browser.get(f"https://127.0.0.1:{center.port}/api/v1/session")
        assert answer.status_code == 401


def test_files_that_cannot_serve_end_the_start_with_a_sentence(certificates: Certificates) -> None:
    key = ("web.tls_key", str(certificates.key("center")))
    with pytest.raises(ProgramError, match=r"web\.tls_key is given without a certificate"):
        ServerTls(certificate=("web.tls_certificate", ""), key=key)
    with pytest.raises(ProgramError, match=r"web\.tls_certificate /absent cannot be used \(No such file"):
        ServerTls(certificate=("web.tls_certificate", "/absent"), key=key)
    certificates.server("other")
    other = ("web.tls_certificate", str(certificates.certificate("other")))
    with pytest.raises(ProgramError, match=r"web\.tls_key .* does not fit web\.tls_certificate"):
        ServerTls(certificate=other, key=key)
