"""A program's `/metrics` for Prometheus and `/health` for whoever supervises it.

Served from a thread of its own, so that a scrape is answered even while the event loop is busy, and an
overloaded program can still say that it is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app

from program.errors import ProgramError

StartResponse = Callable[..., Any]


class Endpoint:
    """The small HTTP server beside a program.

    Args:
        address: the address to listen on.
        port: the port; 0 takes a free one, found in `port` after `start`.
        registry: the metrics to serve.
        health: returns None while the program does its work, else one sentence saying what it waits for.
            Called from the server's thread.
    """

    def __init__(
        self,
        *,
        address: str,
        port: int,
        registry: CollectorRegistry,
        health: Callable[[], str | None],
    ) -> None:
        self._address = address
        self._health = health
        self._metrics = make_wsgi_app(registry)
        self._server: WSGIServer | None = None
        self.port = port

    def start(self) -> None:
        """Listen.

        Raises:
            ProgramError: the port is taken or the address is not ours.
        """
        try:
            self._server = make_server(
                self._address, self.port, self._answer, server_class=WSGIServer, handler_class=_Quiet
            )
        except OSError as error:
            raise ProgramError(
                f"cannot serve metrics on {self._address}:{self.port} ({error.strerror}); "
                "choose another metrics port"
            ) from None
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, name="endpoint", daemon=True).start()

    def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _answer(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            return self._metrics(environ, start_response)  # type: ignore[no-any-return]
        if path != "/health":
            return _text(start_response, "404 Not Found", "try /metrics or /health")
        waiting = self._health()
        if waiting is None:
            return _text(start_response, "200 OK", "ok")
        return _text(start_response, "503 Service Unavailable", waiting)


class _Quiet(WSGIRequestHandler):
    """A scrape every few seconds is not news."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class names it so)
        del format, args


def _text(start_response: StartResponse, status: str, body: str) -> Iterable[bytes]:
    start_response(status, [("Content-Type", "text/plain; charset=utf-8")])
    return [body.encode() + b"\n"]
