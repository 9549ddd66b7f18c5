"""A program's `/metrics` for Prometheus, and its probes for its supervisor.

`/live` says whether the event loop runs; if not, the program must be restarted. `/ready` says whether it can
take requests. `/health` says whether all its parts work, and if not, why; it is for people and alerts,
because a restart does not bring back a database.

Served from a thread of its own, so a scrape is answered even while the event loop is busy, and an overloaded
program can still report that it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

from prometheus_client import CollectorRegistry, make_wsgi_app

from program.errors import ProgramError
from program.http_server import Answer, HttpServer, Patience, Request, bind
from program.redaction import redacted

Probe = Callable[[], str | None]
"""None if all is well, else one sentence; called from the server's thread."""


class Endpoint:
    """The small HTTP server of a program.

    Args:
        address: the address to listen on.
        port: the port; 0 takes a free one, found in `port` after `start`.
        registry: the metrics to serve.
        health: why the program does not do all its work; None if it does.
        live: why the program must be restarted; None if it need not.
        ready: why it must not get requests; as `health` if not given.
        patience: time limits for clients.
    """

    def __init__(
        self,
        *,
        address: str,
        port: int,
        registry: CollectorRegistry,
        health: Probe,
        live: Probe,
        ready: Probe | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._address = address
        self._metrics = make_wsgi_app(registry)
        self._probes = {"/live": live, "/ready": ready or health, "/health": health}
        self._patience = patience
        self._server: HttpServer | None = None
        self.port = port

    def start(self) -> None:
        """Listen.

        Raises:
            ProgramError: the port is taken, or the address is not one of this machine.
        """
        try:
            bound = bind(self._address, self.port)
        except ProgramError as error:
            raise ProgramError(f"no metrics and probes: {error}") from None
        self.port = bound.getsockname()[1]
        self._server = HttpServer(bound, self._answer, patience=self._patience)
        self._server.start()

    def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _answer(self, request: Request) -> Answer:
        if request.path == "/metrics":
            return self._scrape(request)
        probe = self._probes.get(request.path)
        if probe is None:
            return Answer.text(HTTPStatus.NOT_FOUND, f"try /metrics, {', '.join(self._probes)}")
        waiting = probe()
        if waiting is None:
            return Answer.text(HTTPStatus.OK, "ok")
        return Answer.text(HTTPStatus.SERVICE_UNAVAILABLE, redacted(waiting))

    def _scrape(self, request: Request) -> Answer:
        """Call the client library, which negotiates the format with the scraper."""
        found: dict[str, Any] = {}

        def start_response(status: str, headers: Iterable[tuple[str, str]]) -> None:
            found.update(status=HTTPStatus(int(status[:3])), headers=dict(headers))

        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": request.path,
            "QUERY_STRING": request.query,
            "HTTP_ACCEPT": request.headers.get("accept"),
            "HTTP_ACCEPT_ENCODING": request.headers.get("accept-encoding"),
        }
        body = b"".join(self._metrics(environ, start_response))
        return Answer(status=found["status"], body=body, headers=found["headers"])
