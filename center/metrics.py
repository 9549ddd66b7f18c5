"""Every metric of the center, defined once, with its meaning; `docs/metrics.md` is generated from here."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_REQUEST_BOUNDS_S: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_WAIT_BOUNDS_S: Final = (0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0)


class Metrics:
    """The metrics that the center exports.

    Args:
        registry: takes the metrics.
    """

    def __init__(self, *, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._requests = Counter(
            "streetwarden_center_requests",
            "Requests answered, by method, route (its template below /api/v1; `files` for the console and "
            "the API's description, `none` where there is nothing) and status.",
            ["method", "route", "status"],
            registry=registry,
        )
        self._request_seconds = Histogram(
            "streetwarden_center_request_seconds",
            "Seconds from a request to the end of its answer, by route.",
            ["route"],
            buckets=_REQUEST_BOUNDS_S,
            registry=registry,
        )
        self._sent = Counter(
            "streetwarden_center_live_messages", "Snapshots and deltas sent to browsers.", registry=registry
        )
        self._bytes = Counter(
            "streetwarden_center_live_bytes",
            "Characters of JSON sent to browsers, before compression.",
            registry=registry,
        )
        self._held_up = Counter(
            "streetwarden_center_live_held_up",
            "Messages that waited over a second because their browser was still reading the one before.",
            registry=registry,
        )
        self.cut_off = Counter(
            "streetwarden_center_live_cut_off",
            "Browsers cut off because they read nothing for `live.slow_s` seconds.",
            registry=registry,
        )
        self._closed = Counter(
            "streetwarden_center_connections_closed",
            "Connections that the center closed, by reason: `full` (too many in all, or of one client), "
            "`slow` (no whole request within `web.request_s`), `malformed` (not HTTP, or too large).",
            ["why"],
            registry=registry,
        )
        for why in ("full", "slow", "malformed"):
            self._closed.labels(why)
        self._sign_ons = Counter(
            "streetwarden_center_sign_ons",
            "Attempts to sign on, or to change a password, by result: `right`, `wrong` (login or "
            "password), `waits` (refused unchecked, after too many wrong ones), `busy` (refused unchecked, "
            "too many at once).",
            ["end"],
            registry=registry,
        )
        for end in ("right", "wrong", "waits", "busy"):
            self._sign_ons.labels(end)
        self._public_reports = Counter(
            "streetwarden_center_public_reports",
            "Reports of citizens, by channel: `open311`, or `public` for the page; and by end: `taken`, "
            "`refused` (a wrong key or value), `limited` (too many were sent).",
            ["channel", "end"],
            registry=registry,
        )
        for channel in ("open311", "public"):
            for end in ("taken", "refused", "limited"):
                self._public_reports.labels(channel, end)
        self.reading = Histogram(
            "streetwarden_center_live_read_seconds",
            "Seconds to read moved entities from the database.",
            buckets=_REQUEST_BOUNDS_S,
            registry=registry,
        )
        self._boxes = Gauge(
            "streetwarden_center_boxes",
            "Edge boxes heard in the last week, by state: online; offline (by the box's status or its "
            "last will); silent (online by its status, but not heard for three minutes).",
            ["state"],
            registry=registry,
        )
        self.evidence_damaged = Counter(
            "streetwarden_center_evidence_damaged",
            "Files of evidence not shown, because they do not match their digest.",
            registry=registry,
        )
        self._database_wait = Histogram(
            "streetwarden_center_database_wait_seconds",
            "Seconds that a request waited for a connection to the database.",
            buckets=_WAIT_BOUNDS_S,
            registry=registry,
        )

    def watch(
        self,
        *,
        browsers: Callable[[], int],
        entities: Callable[[], int],
        connections: Callable[[], int],
        waiting: Callable[[], str | None],
    ) -> None:
        """Define the gauges that read the program's present state."""
        Gauge(
            "streetwarden_center_live_browsers", "Browsers on the live feed.", registry=self._registry
        ).set_function(browsers)
        Gauge(
            "streetwarden_center_live_entities", "Entities on the live map.", registry=self._registry
        ).set_function(entities)
        Gauge(
            "streetwarden_center_connections",
            "Open connections, live feeds included.",
            registry=self._registry,
        ).set_function(connections)
        Gauge(
            "streetwarden_center_database_up",
            "1 while the live feed can read the database, else 0.",
            registry=self._registry,
        ).set_function(lambda: float(waiting() is None))

    def set_boxes(self, counts: Mapping[str, int]) -> None:
        """The number of edge boxes, by state."""
        for state, count in counts.items():
            self._boxes.labels(state).set(count)

    def count_sent(self, characters: int, *, held_up: bool) -> None:
        """Count one message to one browser."""
        self._sent.inc()
        self._bytes.inc(characters)
        if held_up:
            self._held_up.inc()

    def count_closed(self, why: str) -> None:
        """Count a connection that the center closed."""
        self._closed.labels(why).inc()

    def count_sign_on(self, end: str) -> None:
        """Count an attempt to sign on."""
        self._sign_ons.labels(end).inc()

    def count_public_report(self, channel: str, end: str) -> None:
        """Count a report of a citizen."""
        self._public_reports.labels(channel, end).inc()

    def count_wait(self, seconds: float) -> None:
        """Add a transaction's wait for its connection."""
        self._database_wait.observe(seconds)

    def count_request(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        self._requests.labels(method, route, str(status)).inc()
        self._request_seconds.labels(route).observe(seconds)


class Counted:
    """Middleware that counts requests.

    Args:
        app: answers them.
        metrics: counts them.
    """

    _METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and count it with the status of its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500

        async def look(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began = time.monotonic()
        try:
            await self._app(scope, receive, look)
        finally:
            self._metrics.count_request(
                method=scope["method"] if scope["method"] in self._METHODS else "other",
                route=route_of(scope),
                status=status,
                seconds=time.monotonic() - began,
            )


def route_of(scope: Scope) -> str:
    """The template of the route that answered; only routes of the API have one."""
    if "endpoint" not in scope:
        return "none"
    return getattr(scope.get("route"), "path", "files")
