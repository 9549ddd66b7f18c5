"""Checks before every request: its origin, its host name and its size; and headers of every answer."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from center.web.answers import problem
from center.web.console import PHONE, PUBLIC
from center.web.hosts import Hosts
from center.web.protocol import MAX_UPLOAD_BYTES

MAX_BODY_BYTES: Final = 65_536
"""Maximum size of a body without files."""

_NOWHERE: Final = re.compile(r"(?!)")
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}

_CONSOLE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; media-src 'self' blob:; worker-src 'self' blob:; child-src blob:; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""The map starts its workers from blobs and sets styles on its elements; nothing is loaded from elsewhere."""

_PUBLIC_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self'; worker-src 'self' blob:; child-src blob:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""The public page: no films, no fonts, and its form is sent by its script alone."""
_PUBLIC_PERMISSIONS: Final = "camera=(), geolocation=(self), microphone=()"
_API_POLICY: Final = "default-src 'none'; frame-ancestors 'none'; sandbox"

_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_CONSOLE_PERMISSIONS: Final = "camera=(), geolocation=(), microphone=()"
_PHONE_PERMISSIONS: Final = "camera=(self), geolocation=(self), microphone=(self)"
"""The staff phone reports where it is, and sends pictures and sound; nothing else of ours does."""


def is_same_site(origin: str, host: str, known: Collection[str]) -> bool:
    """Whether a page of this origin is one of ours.

    Args:
        origin: the Origin header.
        host: the Host header.
        known: further origins that are ours.
    """
    if origin in known:
        return True
    try:
        parts = urlsplit(origin)
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
        asked = urlsplit(f"{parts.scheme}://{host}")
        asked_port = asked.port or _DEFAULT_PORTS[parts.scheme]
    except (KeyError, ValueError):
        return False
    return parts.hostname is not None and (parts.hostname, port) == (asked.hostname, asked_port)


class Guard:
    """Middleware: refuses foreign host names, changes from pages of other sites, and too large bodies.

    A request without Origin does not come from a page, because browsers send Origin with every request that
    can change something.

    Args:
        app: the application.
        hosts: host names that requests may use.
        origins: further origins that are ours.
        uploads: the paths that accept bodies with files.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: Hosts,
        origins: Collection[str] = (),
        uploads: re.Pattern[str] = _NOWHERE,
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._origins = frozenset(origins)
        self._uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if host not in self._hosts:
            refused = problem(421, "unknown_host", "this host name is not allowed; add it to web.hosts")
            await (refused if scope["type"] == "http" else _close)(scope, receive, send)
            return
        changing = scope["type"] == "websocket" or scope["method"] not in _SAFE
        origin = headers.get("origin")
        if changing and origin is not None and not is_same_site(origin, host, self._origins):
            refused = problem(403, "cross_site", "this comes from a page of another site")
            await (refused if scope["type"] == "http" else _close)(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        maximum = self._max_bytes(scope, headers)
        said = headers.get("content-length", "0")
        if not said.isdecimal() or int(said) > maximum:
            refused = problem(413, "too_large", f"send {maximum} bytes at most")
            await refused(scope, receive, send)
            return
        await self._app(scope, _bounded(receive, maximum), send)

    def _max_bytes(self, scope: Scope, headers: Headers) -> int:
        """The maximum size of a body. One with files is read only once the sender is known."""
        has_files = headers.get("content-type", "").startswith("multipart/form-data")
        if has_files and scope["method"] == "POST" and self._uploads.fullmatch(scope["path"]):
            return MAX_UPLOAD_BYTES
        return MAX_BODY_BYTES


class SecurityHeaders:
    """Middleware: tells browsers what our pages may do, and that answers of the API must not be cached.

    Args:
        app: the application.
        api: the paths below which are answers for programs, not pages.
    """

    def __init__(self, app: ASGIApp, *, api: tuple[str, ...]) -> None:
        self._app = app
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and add the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        of_api = scope["path"].startswith(self._api)
        of_phone = scope["path"].startswith(f"/{PHONE}/")
        of_public = scope["path"] == PUBLIC

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers["Permissions-Policy"] = (
                    _PHONE_PERMISSIONS
                    if of_phone
                    else _PUBLIC_PERMISSIONS
                    if of_public
                    else _CONSOLE_PERMISSIONS
                )
                headers["Content-Security-Policy"] = (
                    _API_POLICY if of_api else _PUBLIC_POLICY if of_public else _CONSOLE_POLICY
                )
                if of_api:
                    headers.setdefault("Cache-Control", "no-store")
                if scope["scheme"] == "https":
                    headers["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        await self._app(scope, receive, secured)


def _bounded(receive: Receive, maximum: int) -> Receive:
    """Stop reading a body that is larger than it stated, or that stated no size."""
    read = 0

    async def bounded() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > maximum:
            raise HTTPException(413, f"send {maximum} bytes at most")
        return message

    return bounded


async def _close(_scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse a WebSocket before it is accepted: 403."""
    await receive()  # the request to connect
    await send({"type": "websocket.close", "code": 1008})
