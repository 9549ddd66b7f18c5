"""A small HTTP server in a thread of its own, which no client can block.

It answers GET and HEAD, and POST if allowed. Each connection has time limits: for a request, for being idle,
for reading the answer. The number of connections is limited: a further one closes the oldest connection of
the client that has most. A client that sends a request and reads the answer is therefore served, however many
connections others hold open.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, Self
from urllib.parse import urlsplit

import h11

from program.errors import ProgramError

log = logging.getLogger(__name__)

CONNECTIONS: Final = 128
HEAD_BYTES: Final = 16_384

_READ_BYTES: Final = 4096
_DISCARDED_BYTES: Final = 65_536
_BACKLOG: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Time limits for a client, in seconds.

    Attributes:
        head: for a request's head, from its first byte; for the first one also from the connection's start.
        idle: between two requests; longer than usual scrape intervals.
        take: for reading the answer.
    """

    head: float = 5.0
    idle: float = 75.0
    take: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request.

    Attributes:
        method: GET, HEAD or POST.
        path: without the query.
        query: the text after the question mark.
        headers: names in lower case.
        body: of a POST.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer."""

    status: HTTPStatus
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def text(cls, status: HTTPStatus, text: str, **headers: str) -> Self:
        """One line of plain text."""
        kind = {"Content-Type": "text/plain; charset=utf-8"}
        return cls(status=status, body=text.encode() + b"\n", headers={**kind, **headers})


class HttpServer:
    """The server.

    Args:
        bound: a bound socket; the server takes ownership.
        answer: called in the server's thread; it must return soon.
        patience: time limits for clients.
        connections: maximum number at once.
        largest_body: maximum size of a POST, bytes; without it, POST is refused.
    """

    def __init__(
        self,
        bound: socket.socket,
        answer: Callable[[Request], Answer],
        *,
        patience: Patience | None = None,
        connections: int = CONNECTIONS,
        largest_body: int = 0,
    ) -> None:
        self._socket = bound
        self._answer = answer
        self._patience = patience or Patience()
        self._maximum = connections
        self._largest_body = largest_body
        self._clients: dict[asyncio.StreamWriter, str] = {}  # by client address, oldest first
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._conversations = 0
        self._listens = threading.Event()
        self._thread = threading.Thread(target=self._run, name="endpoint", daemon=True)

    def start(self) -> None:
        """Start to answer."""
        self._thread.start()
        self._listens.wait()

    def stop(self) -> None:
        """Close the socket and every connection."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the event loop has ended
                self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def _run(self) -> None:
        # Not the program's event loop type, which may be chosen for throughput; this loop is never busy.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            server = await asyncio.start_server(
                self._take_up, sock=self._socket, limit=HEAD_BYTES, backlog=_BACKLOG
            )
        finally:
            self._listens.set()
        await self._stopping.wait()
        server.close()
        for client in list(self._clients):
            client.transport.abort()
        await self._empty.wait()

    async def _take_up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, from its start to its end."""
        if self._stopping.is_set():
            writer.transport.abort()
            return
        self._conversations += 1
        self._empty.clear()
        self._make_room()
        self._clients[writer] = str((writer.get_extra_info("peername") or ("",))[0])
        try:
            await self._converse(_Conversation(reader, writer, self._patience, self._largest_body))
        except (TimeoutError, OSError, h11.ProtocolError):
            pass  # the client is slow, or gone
        finally:
            self._clients.pop(writer, None)
            writer.transport.abort()  # the answer was read completely, or never will be
            self._conversations -= 1
            if not self._conversations:
                self._empty.set()

    def _make_room(self) -> None:
        if len(self._clients) < self._maximum:
            return
        greediest, _ = Counter(self._clients.values()).most_common(1)[0]
        oldest = next(writer for writer, address in self._clients.items() if address == greediest)
        del self._clients[oldest]
        oldest.transport.abort()

    async def _converse(self, talk: _Conversation) -> None:
        while True:
            try:
                request = await talk.next_request()
            except _RefusedError as refused:
                await talk.send(refused.answer, close=True)
                return
            if request is None:
                return
            await talk.send(self._answer_or_fail(request))
            if not talk.goes_on():
                return

    def _answer_or_fail(self, request: Request) -> Answer:
        try:
            return self._answer(request)
        except Exception:
            log.exception("GET %s failed", request.path)
            return Answer.text(
                HTTPStatus.INTERNAL_SERVER_ERROR, "this is a defect; the log has its traceback"
            )


def bind(address: str, port: int) -> socket.socket:
    """A listening socket for a server.

    Raises:
        ProgramError: the port is taken, or the address is not one of this machine.
    """
    bound = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((address, port))
        bound.listen(_BACKLOG)
    except OSError as error:
        bound.close()
        raise ProgramError(
            f"cannot listen on {address}:{port} ({error.strerror}); choose another port for it"
        ) from None
    return bound


class _RefusedError(Exception):
    """A request that is refused: it is answered, and its connection is closed."""

    def __init__(self, status: HTTPStatus, why: str, **headers: str) -> None:
        super().__init__(why)
        self.answer = Answer.text(status, why, **headers)


class _Conversation:
    """One connection's requests and answers, in order; pipelined requests wait in the parser."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        patience: Patience,
        largest_body: int,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._patience = patience
        self._largest_body = largest_body
        self._methods = ("GET", "HEAD", "POST") if largest_body else ("GET", "HEAD")
        self._parser = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES)
        self._first = True
        self._head_only = False

    async def next_request(self) -> Request | None:
        """Wait for a request; None if the client has closed the connection.

        Raises:
            _RefusedError: the request is not one that we answer.
            TimeoutError: it does not come in time.
        """
        if not self._first and not self._parser.trailing_data[0]:
            async with asyncio.timeout(self._patience.idle):
                await self._read()
        self._first = False
        try:
            async with asyncio.timeout(self._patience.head):
                return await self._whole_request()
        except h11.RemoteProtocolError as error:
            raise _RefusedError(HTTPStatus(error.error_status_hint), str(error)) from None

    async def _whole_request(self) -> Request | None:
        found: h11.Request | None = None
        body = bytearray()  # a bytes object would be copied for each piece
        while True:
            event = self._parser.next_event()
            if event is h11.NEED_DATA:
                if self._parser.they_are_waiting_for_100_continue:
                    raise _RefusedError(HTTPStatus.EXPECTATION_FAILED, "send the body with the head")
                await self._read()
            elif isinstance(event, h11.Request):
                found, self._head_only = event, event.method == b"HEAD"
            elif isinstance(event, h11.EndOfMessage) and found is not None:
                return self._checked(found, bytes(body))
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > self._largest_body:
                    raise _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "that is too much")
            else:  # the client has closed the connection
                return None

    def _checked(self, request: h11.Request, body: bytes) -> Request:
        method = request.method.decode("ascii")
        if method not in self._methods:
            allowed = ", ".join(self._methods)
            raise _RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, f"try {allowed}", Allow=allowed)
        try:
            target = urlsplit(request.target.decode("ascii"))
        except ValueError:
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "that is no address") from None
        headers = {name.decode("ascii"): value.decode("latin-1") for name, value in request.headers}
        return Request(method=method, path=target.path, query=target.query, headers=headers, body=body)

    async def _read(self) -> None:
        self._parser.receive_data(await self._reader.read(_READ_BYTES))

    async def send(self, answer: Answer, *, close: bool = False) -> None:
        """Answer, and wait until the client has read it.

        Raises:
            TimeoutError: the client does not read it in time.
        """
        headers = {**answer.headers, "Content-Length": str(len(answer.body)), "Cache-Control": "no-store"}
        if close:
            headers["Connection"] = "close"
        head = h11.Response(
            status_code=answer.status.value,
            headers=list(headers.items()),
            reason=answer.status.phrase.encode(),
        )
        data = self._parser.send(head) or b""
        if not self._head_only:
            data += self._parser.send(h11.Data(data=answer.body)) or b""
        data += self._parser.send(h11.EndOfMessage()) or b""
        self._writer.transport.set_write_buffer_limits(0)
        self._writer.write(data)
        async with asyncio.timeout(self._patience.take):
            await self._writer.drain()
            if close or self._parser.our_state is h11.MUST_CLOSE:
                await self._hang_up()

    async def _hang_up(self) -> None:
        """Close our side, and let the client read: a reset would discard the answer."""
        if self._writer.can_write_eof():
            self._writer.write_eof()
        while await self._reader.read(_DISCARDED_BYTES):
            pass

    def goes_on(self) -> bool:
        """Whether the connection stays open for another request."""
        if self._parser.our_state is not h11.DONE or self._parser.their_state is not h11.DONE:
            return False
        self._parser.start_next_cycle()
        return True
