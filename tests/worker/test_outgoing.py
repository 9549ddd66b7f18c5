"""Requests to addresses that people enter go where they may, and nowhere else."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from program.errors import SettingsError
from worker.outgoing import AllowedNetworks, ForbiddenAddressError, Outgoing

PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "224.0.0.1", "255.255.255.255", "240.0.0.1", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_of_our_own_network_is_refused(address: str) -> None:
    assert not AllowedNetworks("").allow(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_a_public_address_is_allowed(address: str) -> None:
    assert AllowedNetworks("").allow(ipaddress.ip_address(address))


def test_networks_of_the_setting_are_allowed_and_no_others() -> None:
    networks = AllowedNetworks(" 10.20.0.0/16, fd00::7 ")
    allowed = {"10.20.3.4": True, "10.21.0.1": False, "fd00::7": True, "fd00::8": False}
    assert {a: networks.allow(ipaddress.ip_address(a)) for a in allowed} == allowed
    for wrong in ("10.20.0.1/16", "here", "10.0.0.0/40"):
        with pytest.raises(SettingsError, match=r"webhooks\.networks"):
            AllowedNetworks(wrong)


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(answer: Serve) -> AsyncIterator[int]:
    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    running = await asyncio.start_server(served, "127.0.0.1", 0)
    async with running:
        yield running.sockets[0].getsockname()[1]


def saying(text: bytes, asked: list[bytes] | None = None) -> Serve:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if asked is not None:
            asked.append(head)
        writer.write(text)
        await writer.drain()
        await reader.read()

    return answer


def outgoing(networks: str = "127.0.0.0/8", timeout_s: float = 5.0) -> Outgoing:
    return Outgoing(allowed=AllowedNetworks(networks), timeout_s=timeout_s)


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    asked: list[bytes] = []
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    async with server(saying(moved, asked)) as port:
        answer = await outgoing().post(f"http://127.0.0.1:{port}/in", b"{}", {"webhook-id": "a"})
    assert answer.status == 302
    assert len(asked) == 1
    assert b"webhook-id: a" in asked[0]
    assert f"Host: 127.0.0.1:{port}".encode() in asked[0]


async def test_our_own_network_is_not_asked_unless_the_setting_names_it() -> None:
    asked: list[bytes] = []
    async with server(saying(b"HTTP/1.1 204 No Content\r\n\r\n", asked)) as port:
        for host in ("127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"):
            with pytest.raises((ForbiddenAddressError, OSError)):
                await outgoing("").post(f"http://{host}:{port}/", b"", {})
    assert asked == []


async def test_a_name_that_changes_its_address_after_the_check_reaches_the_checked_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_up: list[str] = []
    loop = asyncio.get_running_loop()
    real = loop.getaddrinfo

    async def rebinding(host: Any, port: Any, **more: Any) -> Any:
        if host != "receiver.example":
            return await real(host, port, **more)
        looked_up.append(host)
        address = "127.0.0.1" if len(looked_up) == 1 else "127.66.66.66"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(loop, "getaddrinfo", rebinding)
    async with server(saying(b"HTTP/1.1 204 No Content\r\n\r\n")) as port:
        answer = await outgoing("127.0.0.1").post(f"http://receiver.example:{port}/", b"", {})
        assert answer.status == 204
        assert looked_up == ["receiver.example"], "the name is resolved once"
        with pytest.raises(ForbiddenAddressError, match=r"127\.66\.66\.66"):
            await outgoing("127.0.0.1").post(f"http://receiver.example:{port}/", b"", {})


async def test_a_public_receiver_needs_https(monkeypatch: pytest.MonkeyPatch) -> None:
    async def public(*_: Any, **__: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 80))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", public)
    with pytest.raises(ForbiddenAddressError, match="must begin with https"):
        await outgoing("").post("http://receiver.example/", b"", {})


async def test_a_receiver_that_never_answers_or_never_ends_costs_the_time_limit() -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(-1)

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not reader.at_eof():
            writer.write(b"x" * 65536)
            await writer.drain()

    async def trickling(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not reader.at_eof():
            writer.write(b"H")
            await writer.drain()
            await asyncio.sleep(0.05)

    for behaviour in (silent, trickling):
        async with server(behaviour) as port:
            began = time.monotonic()
            with pytest.raises(OSError, match=r"no answer within|illegal|malformed|peer"):
                await outgoing(timeout_s=0.5).post(f"http://127.0.0.1:{port}/", b"", {})
            assert time.monotonic() - began < 5
    async with server(endless) as port:
        answer = await outgoing().post(f"http://127.0.0.1:{port}/", b"", {})
        assert (answer.status, answer.text) == (200, "x" * 200)


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 99999 x\r\n\r\n", b"\x16\x03\x01"])
async def test_an_answer_that_is_no_http_is_an_error(answer: bytes) -> None:
    async with server(saying(answer)) as port:
        with pytest.raises(OSError, match=r"."):
            await outgoing(timeout_s=1).post(f"http://127.0.0.1:{port}/", b"", {})
