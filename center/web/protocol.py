"""The HTTP/1.1 connection: uvicorn's, with limits of time, size and number, and strict parsing.

uvicorn waits for a request for ever: it limits neither the time until head and body have come, nor the size
of the head (ADR 0130). llhttp, its parser, refuses most requests that two servers would read differently:
Content-Length with Transfer-Encoding, two lengths, folded headers, line ends without CR. The rest of that
kind is refused here.
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
"""Maximum size of the request line and all headers."""

_MAX_REQUEST_BYTES: Final = 262_144
"""Maximum size of a whole request with the framing of its chunks; bodies have a limit of their own."""

_BEFORE_ALLOWED_BYTES: Final = 524_288
"""Maximum size of a request with files before a handler allows more: reading stops at 64 KiB of unread data,
and a last read brings 256 KiB at most."""

MAX_UPLOAD_BYTES: Final = 54_525_952
"""Maximum size of a body with files, 52 MiB: 50 MiB of files, and their framing. After a refusal the rest of
such a body is read and discarded, to let the sender read the answer."""

ALLOW_UPLOAD: Final = "streetwarden.allow_upload"
"""In the `extensions` of a request's scope: a function that allows the body more bytes and seconds. It is
called once the sender is known and authorised."""

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
        connections: counts them.
        request_s: seconds for a whole request, from the opening of the connection or its first byte.
        refused: called with the reason why a connection was closed: full, slow or malformed.
    """

    connections: Connections
    request_s: float
    refused: Callable[[str], None]


class _Counted(asyncio.Protocol):
    """A connection that is counted until it is lost; an upgrade takes the count over."""

    def __init__(self, *, limits: Limits, **given: Any) -> None:
        super().__init__(**given)
        self._limits = limits
        self._address: str | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Remove it from the count."""
        if self._address is not None:
            self._limits.connections.leave(self._address)
            self._address = None
        super().connection_lost(exc)


class LimitedHttp(_Counted, HttpToolsProtocol):
    """One connection. The time limit applies to each request, and to the wait for its first byte."""

    _deadline: asyncio.TimerHandle | None = None
    _taken = 0
    _head = 0
    _head_is_whole = False
    _is_upload = False
    _most = _MAX_REQUEST_BYTES
    _number = 0
    _status = 400

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count it, or close it at once."""
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        if not self._limits.connections.enter(address):
            self._limits.refused("full")
            transport.abort()
            return
        self._address = address
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the time limit."""
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Check size and time of incoming data."""
        if self.transport.is_closing():
            return
        self._taken += len(data)
        if self._taken > self._most and not self._is_forgotten_upload():
            self._refuse(413, "malformed")
            return
        if self._deadline is None and (self.cycle is None or self.cycle.response_complete):
            self._arm()  # also for an empty line, which would remove uvicorn's own limit
        super().data_received(data)

    def on_message_begin(self) -> None:
        """A request begins."""
        self._head = 0
        self._head_is_whole = False
        self._is_upload = False
        self._most = _MAX_REQUEST_BYTES
        self._number += 1
        if self._deadline is None:
            self._arm()
        super().on_message_begin()
        self.scope["extensions"] = {ALLOW_UPLOAD: {"call": partial(self._allow_upload, self._number)}}

    def on_url(self, url: bytes) -> None:
        """A part of the request line."""
        self._count_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        self._count_head(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Refuse requests that servers may read differently."""
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
            self._most = _BEFORE_ALLOWED_BYTES
        super().on_headers_complete()
        self._head_is_whole = True

    def on_message_complete(self) -> None:
        """The request is complete."""
        self._disarm()
        self._taken = 0
        self._head_is_whole = False
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection on."""
        self._disarm()
        address, self._address = self._address, None  # the WebSocket's protocol takes the count over
        super().handle_websocket_upgrade()
        upgraded = self.transport.get_protocol()
        if isinstance(upgraded, LimitedWebSocket) and address is not None:
            upgraded.take_over(address)

    def send_400_response(self, msg: str) -> None:
        """Called when the parser, or a check above within it, refuses the request."""
        del msg
        self._refuse(self._status, "malformed")

    def _allow_upload(self, number: int, seconds: float) -> None:
        """Allow the body of a request, if it is incomplete, the size of an upload and this time."""
        if number == self._number and self._deadline is not None:
            self._most = MAX_UPLOAD_BYTES
            self._disarm()
            self._arm(seconds)

    def _is_forgotten_upload(self) -> bool:
        """Whether incoming data are the rest of an upload that has been answered already."""
        return (
            self._is_upload
            and self._taken <= MAX_UPLOAD_BYTES
            and self.cycle is not None
            and self.cycle.response_complete
        )

    def _count_head(self, size: int) -> None:
        self._head += size
        if self._head > MAX_HEAD_BYTES:
            self._status = 431
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
        if self._taken and not self.transport.is_closing() and self._owes_an_answer():
            self._say(408)
        self.transport.close()

    def _owes_an_answer(self) -> bool:
        """Whether the incomplete request has not been answered, and no other is being answered."""
        if self.cycle is None or self.cycle.response_complete:
            return not self._head_is_whole
        return self._head_is_whole and not self.cycle.response_started

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
