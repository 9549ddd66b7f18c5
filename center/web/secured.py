"""HTTPS: applies the limits of number and time to the TLS handshake too.

uvicorn counts and times a connection only after its handshake. A client that opens a connection and sends
nothing, or half a ClientHello, would be held for a minute, without a limit of number. Connections are
therefore accepted here, counted at once, and passed to the HTTP protocol after their handshake.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from typing import Any, Final

from center.web.protocol import LimitedHttp, Limits

log = logging.getLogger(__name__)

_BACKLOG: Final = 2048
_PAUSE_S: Final = 0.5


class SecuredHttp(LimitedHttp):
    """An HTTP connection over TLS.

    Args:
        shaken: called after its handshake, before it counts as a connection of its own.
        given: as for a connection without TLS.
    """

    def __init__(self, *, shaken: Callable[[], None], **given: Any) -> None:
        super().__init__(**given)
        self._shaken = shaken

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The handshake is done."""
        self._shaken()
        super().connection_made(transport)


class SecuredServer:
    """Accepts connections on a socket, and does the handshake of each; has the interface of uvicorn's server.

    Args:
        listening: a bound socket.
        context: with our certificate.
        limits: of connections.
        make: makes the protocol of a connection; gets a function to call after its handshake.
    """

    def __init__(
        self,
        listening: socket.socket,
        *,
        context: ssl.SSLContext,
        limits: Limits,
        make: Callable[[Callable[[], None]], SecuredHttp],
    ) -> None:
        self._listening = listening
        self._context = context
        self._limits = limits
        self._make = make
        self._handshakes: set[asyncio.Task[None]] = set()
        listening.setblocking(False)  # noqa: FBT003 (the standard library's)
        listening.listen(_BACKLOG)
        self._accepting = asyncio.get_running_loop().create_task(self._accept(), name="accept")

    def close(self) -> None:
        """Accept no more connections, and cancel handshakes."""
        for task in (self._accepting, *self._handshakes):
            task.cancel()

    async def wait_closed(self) -> None:
        """Wait until both are done."""
        await asyncio.gather(self._accepting, *self._handshakes, return_exceptions=True)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, peer = await loop.sock_accept(self._listening)
            except OSError as error:  # usually because no file descriptor is left
                log.warning("a connection cannot be accepted (%s)", error)
                await asyncio.sleep(_PAUSE_S)
                continue
            address = str(peer[0])
            if not self._limits.connections.enter(address):
                self._limits.refused("full")
                connection.close()
                continue
            task = loop.create_task(self._shake_hands(connection, address), name="handshake")
            self._handshakes.add(task)
            task.add_done_callback(self._handshakes.discard)

    async def _shake_hands(self, connection: socket.socket, address: str) -> None:
        counted = True

        def leave() -> None:
            nonlocal counted
            if counted:
                counted = False
                self._limits.connections.leave(address)

        try:
            async with asyncio.timeout(self._limits.request_s):
                await asyncio.get_running_loop().connect_accepted_socket(
                    lambda: self._make(leave),
                    connection,
                    ssl=self._context,
                    ssl_shutdown_timeout=self._limits.request_s,
                )
        except OSError as error:
            if isinstance(error, TimeoutError):
                self._limits.refused("slow")
            elif isinstance(error, ssl.SSLError):
                self._limits.refused("malformed")
        finally:
            leave()
