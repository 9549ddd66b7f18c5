"""A receiver of webhooks as a foreign system has one: it checks signatures and answers as the test says."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from casework.exchange.signing import read_secret, verify


class Receiver:
    """Messages that it got, and how it answers.

    Attributes:
        answers: the status for each message from now on; 0: never answer.
        got: the data of messages that it accepted, by path.
        ids: of all messages, in the order of arrival.
    """

    def __init__(self) -> None:
        self.status: dict[str, int] = {}
        self.secrets: dict[str, str] = {}
        self.got: dict[str, list[dict[str, Any]]] = {}
        self.ids: list[str] = []
        self.bodies: list[bytes] = []
        self.port = 0

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            path = head[0].split(" ")[1]
            headers = {
                name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)
            }
            body = await reader.readexactly(int(headers["content-length"]))
            verify(headers, body, [read_secret(self.secrets[path])], now_s=time.time())
            status = self.status.get(path, 204)
            self.ids.append(headers["webhook-id"])
            self.bodies.append(body)
            if status == 0:
                await reader.read()
            elif status < 300:
                self.got.setdefault(path, []).append(json.loads(body)["data"])
            writer.write(f"HTTP/1.1 {status} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
        writer.close()
