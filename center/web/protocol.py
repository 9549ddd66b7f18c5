"""The HTTP/1.1 connection: uvicorn's, with limits of time, size and number, and strict parsing.

uvicorn waits for a request for ever: it limits neither the time until head and body have come, nor the size
of the head (ADR 0130). llhttp, its parser, refuses most requests that two servers could read differently: two
lengths, folded headers, line ends without CR, Content-Length with Transfer-Encoding. The others are refused
here, and the last of these is checked here too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from center.web.connections import Connections

MAX_HEAD_BYTES: Final = 32_768
"""Maximum size of the URL and of the names and values of all headers together; separators do not count."""

_MAX_REQUEST_BYTES: Final = 262_144
"""Maximum size of a whole request with the framing of its chunks; `guard.MAX_BODY_BYTES` limits its body."""

_BEFORE_ALLOWED_BYTES: Final = 524_288
"""Maximum size of a request with files until a handler allows the upload. Until then even a larger request
stays below it: uvicorn pauses reading once 64 KiB wait for a handler, and one read brings 256 KiB at most."""

MAX_UPLOAD_BYTES: Final = 54_525_952
"""Maximum size of a body with files, 52 MiB: 50 MiB of files, and their framing. If the answer is sent before
such a body is complete, its rest is read and discarded up to this size: the sender then reads the answer."""

ALLOW_UPLOAD: Final = "streetwarden.allow_upload"
"""Key in the `extensions` of a request's scope. Its value is {"call": f}; f(seconds) allows the request
`MAX_UPLOAD_BYTES`, and so many seconds from the call. Handlers call it once the sender is known and
authorised."""

_REFUSALS: Final = {
    400: b"Bad Request",
    408: b"Request Timeout",
    413: b"Content Too Large",
    431: b"Request Header Fields Too Large",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of connections.

    Attributes:
        connections: the count of open connections, with its limits.
        request_s: seconds for a whole request, from its first byte; for the first one of a connection, from
            the opening of the connection.
        refused: called with the reason why a connection was closed: full, slow, or malformed, which includes
            requests that are too large.
    """

    connections: Connections
    request_s: float
    refused: Callable[[str], None]


class _Counted(asyncio.Protocol):
    """A connection that is counted until it is lost; after an upgrade, its WebSocket is counted instead."""

    def __init__(self, *, limits: Limits, **given: Any) -> None:
        super().__init__(**given)
        self._limits = limits
        self._address: str | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Remove the connection from the count."""
        if self._address is not None:
            self._limits.connections.leave(self._address)
            self._address = None
        super().connection_lost(exc)


class LimitedHttp(_Counted, HttpToolsProtocol):
    """One connection.

    The time limit applies to each request until it is complete, and on a new connection also to the wait for
    the first byte. Between requests, uvicorn's limit for idle connections applies (keep-alive).
    """

    _deadline: asyncio.TimerHandle | None = None
    _received_bytes = 0
    _head_bytes = 0
    _head_is_complete = False
    _is_upload = False
    _max_bytes = _MAX_REQUEST_BYTES
    _request_number = 0
    _refusal_status = 400

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection, or close it at once if there are too many."""
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        if not self._limits.connections.enter(address):
            self._limits.refused("full")
            transport.abort()
            return
        self._address = address
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the time limit, and remove the connection from the count."""
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Limit the size of the request, start its time limit, and pass the data to the parser."""
        if self.transport.is_closing():
            return
        self._received_bytes += len(data)
        if self._received_bytes > self._max_bytes and not self._is_rest_of_answered_upload():
            self._refuse(413, "malformed")
            return
        if self._deadline is None and (self.cycle is None or self.cycle.response_complete):
            self._arm()  # an empty line begins no request, but would end uvicorn's limit for idle connections
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Begin a request: reset what belongs to the last one, and start the time limit unless it runs."""
        self._head_bytes = 0
        self._head_is_complete = False
        self._is_upload = False
        self._max_bytes = _MAX_REQUEST_BYTES
        self._request_number += 1
        if self._deadline is None:
            self._arm()
        super().on_message_begin()
        self.scope["extensions"] = {ALLOW_UPLOAD: {"call": partial(self._allow_upload, self._request_number)}}

    def on_url(self, url: bytes) -> None:
        """Count a part of the URL."""
        self._count_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header."""
        self._count_head(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Refuse requests that two servers could read differently."""
        if not self.url.startswith(b"/"):
            raise ValueError("neither CONNECT nor an absolute URL nor OPTIONS * is served here")
        given = [name for name, _ in self.headers]
        if given.count(b"host") != 1 and self.parser.get_http_version() != "1.0":
            raise ValueError("there must be exactly one Host header")
        codings = [value.strip().lower() for name, value in self.headers if name == b"transfer-encoding"]
        if codings and (codings != [b"chunked"] or b"content-length" in given):
            raise ValueError("only the transfer coding chunked is accepted, and without Content-Length")
        self._is_upload = any(
            name == b"content-type" and value.startswith(b"multipart/form-data")
            for name, value in self.headers
        )
        if self._is_upload:
            self._max_bytes = _BEFORE_ALLOWED_BYTES
        super().on_headers_complete()
        self._head_is_complete = True

    def on_message_complete(self) -> None:
        """End the time limit of the request, which is complete."""
        self._disarm()
        self._received_bytes = 0
        self._head_is_complete = False
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over to the WebSocket's protocol."""
        self._disarm()
        address, self._address = self._address, None  # still counted, by the WebSocket's protocol from now on
        super().handle_websocket_upgrade()
        upgraded = self.transport.get_protocol()
        if isinstance(upgraded, LimitedWebSocket) and address is not None:
            upgraded.take_over(address)

    def send_400_response(self, msg: str) -> None:
        """Refuse the request; uvicorn calls this if the parser, or a callback above, finds it invalid."""
        del msg
        self._refuse(self._refusal_status, "malformed")

    def _allow_upload(self, number: int, seconds: float) -> None:
        """Allow a request the size of an upload, and more time, unless it is already complete.

        Args:
            number: the request, counted on this connection.
            seconds: the new time limit, from now on.
        """
        if number == self._request_number and self._deadline is not None:
            self._max_bytes = MAX_UPLOAD_BYTES
            self._disarm()
            self._arm(seconds)

    def _is_rest_of_answered_upload(self) -> bool:
        """Whether incoming data belong to an upload that was answered before its body was complete."""
        return (
            self._is_upload
            and self._received_bytes <= MAX_UPLOAD_BYTES
            and self.cycle is not None
            and self.cycle.response_complete
        )

    def _count_head(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MAX_HEAD_BYTES:
            self._refusal_status = 431
            raise ValueError("the head is too large")

    def _arm(self, seconds: float | None = None) -> None:
        self._deadline = self.loop.call_later(seconds or self._limits.request_s, self._expire)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _expire(self) -> None:
        self._deadline = None
        self._limits.refused("slow")
        if self._received_bytes and not self.transport.is_closing() and self._owes_an_answer():
            self._say(408)
        self.transport.close()

    def _owes_an_answer(self) -> bool:
        """Whether an error answer can be sent for the incomplete request.

        Not if it has been answered, or if an earlier request is being answered.
        """
        if self.cycle is None or self.cycle.response_complete:
            return not self._head_is_complete
        return self._head_is_complete and not self.cycle.response_started

    def _refuse(self, status: int, why: str) -> None:
        self._disarm()
        self._limits.refused(why)
        if not self.transport.is_closing():
            if self._owes_an_answer():
                self._say(status)
            self.transport.close()

    def _say(self, status: int) -> None:
        reason = _REFUSALS[status]
        self.transport.write(
            b"HTTP/1.1 %d %s\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n"
            b"x-content-type-options: nosniff\r\nconnection: close\r\n\r\n%s"
            % (status, reason, len(reason), reason)
        )


class LimitedWebSocket(_Counted, WebSocketsSansIOProtocol):
    """A WebSocket, counted as the connection that it was."""

    def take_over(self, address: str) -> None:
        """Continue the count for the connection from this address."""
        if self.transport.is_closing():
            self._limits.connections.leave(address)
        else:
            self._address = address


def protocols(limits: Limits) -> tuple[Any, Any]:
    """The protocol classes that uvicorn uses for connections and WebSockets."""
    return partial(LimitedHttp, limits=limits), partial(LimitedWebSocket, limits=limits)
