"""Serves a given `/metrics` text for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from program.http_server import Answer, HttpServer, Request, bind


@contextmanager
def serving(text: str, status: HTTPStatus = HTTPStatus.OK) -> Iterator[int]:
    """Answer every request with this text, on a free port."""

    def answer(_: Request) -> Answer:
        return Answer.text(status, text)

    bound = bind("127.0.0.1", 0)
    port: int = bound.getsockname()[1]
    server = HttpServer(bound, answer)
    server.start()
    yield port
    server.stop()
