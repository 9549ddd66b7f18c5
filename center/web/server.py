"""The HTTP server, within the program's lifetime: the program handles signals and binds the socket."""

from __future__ import annotations

import contextlib
import logging
import resource
import socket
from collections.abc import Callable, Iterator

import uvicorn
from starlette.types import ASGIApp

from center.errors import CenterError
from center.settings import Web
from center.web.connections import Connections
from center.web.protocol import Limits, protocols
from center.web.secured import SecuredHttp, SecuredServer
from program.tls_server import ServerTls

log = logging.getLogger(__name__)

_GOODBYE_S = 3
_OTHER_FILES = 128
"""Files and sockets of this process other than connections of browsers."""
_LARGEST_LIVE_MESSAGE = 4096
"""Bytes of a message from a browser; browsers send nothing on the live feed."""
_PING_S = 20.0
"""Seconds between two pings to a browser on the live feed, and until one without an answer is dropped."""
_SEND_BUFFER_BYTES = 256 * 1024
"""Bytes that the kernel buffers for one connection: more would only make a slow browser's data older."""


class Server:
    """Serves the application until it is told to stop.

    Args:
        app: the application.
        web: address, and trusted proxies.
        slow_s: a client that reads nothing for twice this time (seconds) loses its connection.
        connections: counts and limits them.
        refused: called with the reason why a connection was closed by us, as for `Limits`.
        tls: our certificate; None to serve HTTP.

    Raises:
        CenterError: the port is taken, or the address is not one of this machine.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        web: Web,
        slow_s: float,
        connections: Connections,
        refused: Callable[[str], None],
        tls: ServerTls | None = None,
    ) -> None:
        self._socket = _listen(web, slow_s)
        limits = Limits(connections=connections, request_s=web.request_s, refused=refused)
        http, websocket = protocols(limits)
        self._scheme = "http" if tls is None else "https"
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            app,
            http=http,
            ws=websocket,
            ws_max_size=_LARGEST_LIVE_MESSAGE,
            ws_ping_interval=_PING_S,
            ws_ping_timeout=_PING_S,
            loop="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(web.trusted_proxies),
            forwarded_allow_ips=web.trusted_proxies,
            timeout_graceful_shutdown=_GOODBYE_S,
        )
        self._server = _Embedded(config) if tls is None else _Secured(config, limits=limits, tls=tls)

    async def run(self) -> None:
        """Serve."""
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        host = self._socket.getsockname()[0]
        host = f"[{host}]" if ":" in host else host
        log.info("the console is at %s://%s:%d", self._scheme, host, self.port)
        await self._server.serve(sockets=[self._socket])

    @property
    def is_listening(self) -> bool:
        """Whether requests are taken."""
        return self._server.started and not self._server.should_exit

    def stop(self) -> None:
        """Take no more requests, and end when those in progress have been answered."""
        self._server.should_exit = True


def allow_connections(maximum: int) -> int:
    """Raise this process's limit of open files for this number of connections.

    Returns:
        The number that the system allows; a lower one is logged as a warning.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = maximum + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        if allowed < needed:
            maximum = max(1, allowed - _OTHER_FILES)
            log.warning(
                "this process may open %d files: %d connections at most; raise LimitNOFILE, or lower "
                "web.connections",
                allowed,
                maximum,
            )
    return maximum


class _Embedded(uvicorn.Server):
    """A server without signal handlers, which the program has."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Secured(_Embedded):
    """A server that does the TLS handshake itself, within our limits."""

    def __init__(self, config: uvicorn.Config, *, limits: Limits, tls: ServerTls) -> None:
        super().__init__(config)
        self._limits = limits
        self._tls = tls

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen."""

        def make(shaken: Callable[[], None]) -> SecuredHttp:
            return SecuredHttp(
                shaken=shaken,
                limits=self._limits,
                config=self.config,
                server_state=self.server_state,
                app_state=self.lifespan.state,
            )

        self.servers = [
            SecuredServer(listening, context=self._tls.context, limits=self._limits, make=make)  # type: ignore[misc]
            for listening in sockets or ()
        ]
        self.started = True


def _listen(web: Web, slow_s: float) -> socket.socket:
    family = socket.AF_INET6 if ":" in web.address else socket.AF_INET
    listening = socket.socket(family)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Both are inherited by every connection. Without the second, a client that stops reading would be
        # kept for ever, because unread data keep a socket from closing.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(slow_s * 2 * 1000))
        listening.bind((web.address, web.port))
    except OSError as error:
        listening.close()
        raise CenterError(
            f"cannot listen on {web.address}:{web.port} ({error.strerror}); choose another web.address or "
            "web.port"
        ) from None
    return listening
