"""The command centre's web server from outside: without a session, with wrong passwords, with broken HTTP."""

from __future__ import annotations

import asyncio
import time
from typing import Final
from urllib.parse import urlsplit

import httpx

from bench.attack.outcome import Outcome
from bench.attack.target import Target

_AREA: Final = "web"
_GUESSES: Final = 60
_FEEDS: Final = 60
_SOON_S: Final = 10.0
_SAFE: Final = ("get", "head", "options")
_SMUGGLED: Final = (
    b"POST /api/v1/session HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: {host}\r\n\r\n"
)


async def attack(target: Target) -> list[Outcome]:
    """All attacks on the web server."""
    running = target.running
    async with httpx.AsyncClient(base_url=running.console_url, timeout=_SOON_S) as client:
        signed_on = await client.post(
            "/api/v1/session", json={"login": running.login, "password": running.password}
        )
        signed_on.raise_for_status()
        description = (await client.get("/api/v1/openapi.json")).json()
        return [
            await _without_session(running.console_url, description["paths"]),
            await _without_token(client, description["paths"]),
            await _foreign_host(running.console_url),
            await _smuggling(running.console_url),
            await _guessing(target),
            await _unknown_paths(running.console_url),
        ]


async def _without_session(url: str, paths: dict[str, dict[str, object]]) -> Outcome:
    """Request everything without a session."""
    served = []
    async with httpx.AsyncClient(base_url=url, timeout=_SOON_S) as stranger:
        asked = [(method, path) for path, methods in paths.items() for method in methods]
        asked.append(("get", "/api/v1/openapi.json"))
        for method, path in asked:
            if (method, path) == ("post", "/api/v1/session"):
                continue
            answer = await stranger.request(method, path.replace("{", "").replace("}", ""))
            if answer.is_success or answer.is_server_error:
                served.append(f"{method} {path}: {answer.status_code}")
    return Outcome(
        area=_AREA,
        promise="without a session nothing of the API is served",
        held=not served,
        found=f"{len(asked)} requests, served {', '.join(served[:3]) or 'none'}",
    )


async def _without_token(client: httpx.AsyncClient, paths: dict[str, dict[str, object]]) -> Outcome:
    """Send changes with only a session's cookie, as a page of another site could."""
    done = []
    asked = 0
    for path, methods in paths.items():
        for method in methods:
            if method in _SAFE or (method, path) == ("post", "/api/v1/session"):
                continue
            asked += 1
            answer = await client.request(method, path.replace("{", "").replace("}", ""), json={})
            if answer.status_code not in {401, 403}:
                done.append(f"{method} {path}: {answer.status_code}")
    return Outcome(
        area=_AREA,
        promise="without the CSRF token nothing can be changed",
        held=not done,
        found=f"{asked} requests, not refused {', '.join(done[:3]) or 'none'}",
    )


async def _foreign_host(url: str) -> Outcome:
    """Send a foreign Host header, as a page does after DNS rebinding."""
    async with httpx.AsyncClient(base_url=url, timeout=_SOON_S) as client:
        codes = [
            (await client.get("/", headers={"Host": host})).status_code
            for host in ("attacker.example", "", "a b")
        ]
    return Outcome(
        area=_AREA,
        promise="a request for another Host is refused",
        held=all(400 <= code < 500 for code in codes),
        found=f"status {', '.join(map(str, codes))}",
    )


async def _smuggling(url: str) -> Outcome:
    """Send Content-Length with Transfer-Encoding: two servers could read it as different requests."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(_SMUGGLED.replace(b"{host}", parts.netloc.encode()))
    answered = b""
    try:
        async with asyncio.timeout(_SOON_S):
            while chunk := await reader.read(65_536):
                answered += chunk
    except TimeoutError:
        pass
    finally:
        writer.transport.abort()
    first = answered.split(b"\r\n", 1)[0].decode("latin-1")
    return Outcome(
        area=_AREA,
        promise="a request with Content-Length and Transfer-Encoding is refused and the connection closed",
        held=answered.count(b"HTTP/1.1 ") == 1 and b" 400 " in answered.split(b"\r\n", 1)[0],
        found=f"{answered.count(b'HTTP/1.1 ')} answers, {first!r}",
    )


async def _guessing(target: Target) -> Outcome:
    """Guess a password many times; its owner must still be able to sign on from a browser used before."""
    running = target.running
    async with httpx.AsyncClient(base_url=running.console_url, timeout=_SOON_S) as owner:
        right = {"login": running.login, "password": running.password}
        (await owner.post("/api/v1/session", json=right)).raise_for_status()

        async def guess(number: int) -> int:
            async with httpx.AsyncClient(base_url=running.console_url, timeout=60) as stranger:
                wrong = {"login": running.login, "password": f"guess number {number}"}
                return (await stranger.post("/api/v1/session", json=wrong)).status_code

        codes = await asyncio.gather(*(guess(number) for number in range(_GUESSES)))
        began = time.monotonic()
        answer = await owner.post("/api/v1/session", json=right)
        took = time.monotonic() - began
    checked = sum(code == 401 for code in codes)
    return Outcome(
        area=_AREA,
        promise="guessing is slowed down and does not lock the owner out",
        held=checked < _GUESSES / 2 and answer.is_success and took < _SOON_S,
        found=f"{checked} of {_GUESSES} guesses checked; the owner got {answer.status_code} in {took:.2f} s",
    )


async def _unknown_paths(url: str) -> Outcome:
    async with httpx.AsyncClient(base_url=url, timeout=_SOON_S) as client:
        codes = {
            path: (await client.get(path)).status_code
            for path in (
                "/api/v1/nothing",
                "/nothing",
                "/.env",
                "/../../etc/passwd",
                "/%2e%2e/%2e%2e/etc/passwd",
            )
        }
    return Outcome(
        area=_AREA,
        promise="an unknown path is 404",
        held=all(code in {400, 401, 404} for code in codes.values()),
        found=", ".join(f"{path} {code}" for path, code in codes.items()),
    )
