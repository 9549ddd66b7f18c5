"""Gives each request an id, from the browser to the log: in its answer, and in every line that it causes."""

from __future__ import annotations

import logging
import re
import time
from secrets import token_hex
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from center.metrics import route_of
from program.logs import request_id

access = logging.getLogger("center.access")

HEADER: Final = "X-Request-ID"

_SAFE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")


def accepted(given: str | None) -> str:
    """The id of a request: the one that a proxy or a program gave, if it is well formed, else a new one."""
    return given if given is not None and _SAFE.fullmatch(given) else token_hex(8)


class Traced:
    """Middleware around the whole application; answers to internal errors have an id too.

    Args:
        app: the application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, add its id to the answer, and write a line of the access log."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        current = accepted(Headers(scope=scope).get(HEADER))
        request_id.set(current)  # the server runs each request in its own context
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        status, began = 500, time.monotonic()

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = current
            await send(message)

        try:
            await self._app(scope, receive, named)
        finally:
            route = route_of(scope)
            # Requests for files of the console matter little; routes without parameters identify nobody.
            access.log(
                logging.DEBUG if route == "files" else logging.INFO,
                "%s %s %d %.0f ms from %s",
                scope["method"],
                route,
                status,
                (time.monotonic() - began) * 1000,
                (scope.get("client") or ("unknown",))[0],
            )
