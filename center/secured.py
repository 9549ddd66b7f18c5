"""HTTPS: the TLS handshake within the same limits of number and time as the requests that follow it.

uvicorn counts and times a connection from its first request on. A client that opens one and says nothing, or
half a ClientHello, would be held for a minute, and as many of them as it likes.
"""

from __future__ import annotations

import asyncio
import ssl
from functools import partial
from typing import Any, cast

from center.protocol import LimitedHttp, Limits


class SecuredHttp(LimitedHttp):
    """An HTTP connection over TLS; keeps what comes with the end of the handshake until it is set up."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._early: list[bytes] | None = []

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The handshake is done."""
        super().connection_made(transport)
        early, self._early = self._early or [], None
        for data in early:
            self.data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone, perhaps between the handshake and `connection_made`."""
        if self._early is None:
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        if self._early is None:
            super().data_received(data)
        else:
            self._early.append(data)

    def eof_received(self) -> None:
        """The client has said all it will."""
        if self._early is None:
            super().eof_received()


class Handshake(asyncio.Protocol):
    """A connection from its opening to the end of its TLS handshake; then `SecuredHttp` has it.

    Args:
        limits: what connections may take.
        context: our certificate.
        given: what uvicorn gives to a connection.
    """

    def __init__(self, *, limits: Limits, context: ssl.SSLContext, **given: Any) -> None:
        self._limits = limits
        self._context = context
        self._http = SecuredHttp(limits=limits, **given)
        self._address: str | None = None
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it, or close it at once."""
        peer = transport.get_extra_info("peername")
        address = str(peer[0]) if peer else ""
        plain = cast("asyncio.Transport", transport)
        if not self._limits.connections.enter(address):
            self._limits.refused("full")
            plain.abort()
            return
        self._address = address
        self._task = asyncio.get_running_loop().create_task(self._secure(plain), name="handshake")

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone before its handshake began."""
        del exc
        self._leave()

    async def _secure(self, plain: asyncio.Transport) -> None:
        try:
            async with asyncio.timeout(self._limits.request_s):
                secured = await asyncio.get_running_loop().start_tls(
                    plain,
                    self._http,
                    self._context,
                    server_side=True,
                    ssl_shutdown_timeout=self._limits.request_s,
                )
        except OSError as error:
            if isinstance(error, TimeoutError):
                self._limits.refused("slow")
            elif isinstance(error, ssl.SSLError):
                self._limits.refused("malformed")
            plain.abort()
            self._leave()
            return
        self._leave()  # it is counted anew, with the next step and nothing in between
        if secured is None or secured.is_closing():
            return
        self._http.connection_made(secured)

    def _leave(self) -> None:
        if self._address is not None:
            self._limits.connections.leave(self._address)
            self._address = None


def secured(limits: Limits, context: ssl.SSLContext) -> Any:
    """What uvicorn makes a connection of, over TLS."""
    return partial(Handshake, limits=limits, context=context)
