"""`streetwarden alert-log`: receives Alertmanager's notifications and logs each change of an alert.

It is the only receiver until the user sets up another. It also expects the watchdog alert: if that does not
arrive, Prometheus, Alertmanager or the connection from there is broken, and `/health` says so.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Final

import click
import msgspec

from program.errors import ProgramError
from program.http_server import Answer, HttpServer, Request, bind

WATCHDOG: Final = "StreetwardenWatchdog"
WATCHDOG_S: Final = 300.0
PORT: Final = 9105

_BODY_BYTES: Final = 4 * 1024 * 1024
_FILE_BYTES: Final = 5 * 1024 * 1024
_REMEMBERED: Final = 10_000


class Alert(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One alert of a notification, as Alertmanager's webhook has it."""

    status: str
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: datetime
    ends_at: datetime
    fingerprint: str


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """One call of the webhook."""

    alerts: list[Alert]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the alert log.

    Attributes:
        time: when it was written.
        status: firing or resolved.
        since: when the alert began to fire.
    """

    time: datetime
    status: str
    alert: str
    severity: str
    since: datetime
    summary: str
    description: str
    runbook_url: str
    labels: dict[str, str]

    def in_words(self) -> str:
        """For people."""
        return f"{self.status} {self.severity} {self.alert}: {self.description or self.summary}"


class AlertLog:
    """The alerts logged so far, and the time when the watchdog was last received.

    Args:
        write: takes each change of an alert; OSError where it cannot be kept.
        seconds: a monotonic clock, in seconds.
        now: aware.
    """

    def __init__(
        self, write: Callable[[Line], None], *, seconds: Callable[[], float], now: Callable[[], datetime]
    ) -> None:
        self._write = write
        self._seconds = seconds
        self._now = now
        self._heard = seconds()
        self._told: dict[tuple[str, datetime], str] = {}

    def answer(self, request: Request) -> Answer:
        """Answer a request."""
        if request.method == "POST" and request.path == "/alerts":
            return self._take(request.body)
        if request.method != "POST" and request.path in ("/health", "/live", "/ready"):
            waiting = self.waiting() if request.path == "/health" else None
            if waiting is None:
                return Answer.text(HTTPStatus.OK, "ok")
            return Answer.text(HTTPStatus.SERVICE_UNAVAILABLE, waiting)
        return Answer.text(HTTPStatus.NOT_FOUND, "POST notifications to /alerts, or try /health")

    def waiting(self) -> str | None:
        """One sentence if the watchdog is not heard, else None."""
        silent_s = self._seconds() - self._heard
        if silent_s < WATCHDOG_S:
            return None
        return (
            f"{WATCHDOG} has not been heard for {silent_s:.0f} s: no alert arrives; "
            "see whether Prometheus and Alertmanager run"
        )

    def _take(self, body: bytes) -> Answer:
        try:
            notification = msgspec.json.decode(body, type=Notification)
        except msgspec.MsgspecError as error:
            return Answer.text(HTTPStatus.BAD_REQUEST, f"that is no notification of Alertmanager: {error}")
        try:
            for line in self._changes(notification):
                self._write(line)
        except OSError as error:  # Alertmanager tries again
            return Answer.text(HTTPStatus.INTERNAL_SERVER_ERROR, f"the alert cannot be kept: {error}")
        return Answer.text(HTTPStatus.OK, "ok")

    def _changes(self, notification: Notification) -> Iterator[Line]:
        """The changed alerts of a notification, because it repeats all alerts of its group."""
        for alert in notification.alerts:
            name = alert.labels.get("alertname", "")
            if name == WATCHDOG:
                self._heard = self._seconds()
                continue
            key = alert.fingerprint, alert.starts_at
            if self._told.get(key) == alert.status:
                continue
            yield Line(
                time=self._now(),
                status=alert.status,
                alert=name,
                severity=alert.labels.get("severity", ""),
                since=alert.starts_at,
                summary=alert.annotations.get("summary", ""),
                description=alert.annotations.get("description", ""),
                runbook_url=alert.annotations.get("runbook_url", ""),
                labels={key: value for key, value in alert.labels.items() if key != "alertname"},
            )
            self._told[key] = alert.status  # after it has been kept
            while len(self._told) > _REMEMBERED:
                del self._told[next(iter(self._told))]


@click.command(name="alert-log")
@click.option("--address", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=PORT, show_default=True, help="The port.")
@click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The log file, a line of JSON for each change of an alert; beyond 5 MiB it becomes FILE.1.",
)
def command(address: str, port: int, file: Path | None) -> None:
    """Log the notifications of Alertmanager."""

    def write(line: Line) -> None:
        if file is not None:
            _keep(file, msgspec.json.encode(line).decode())
        sys.stdout.write(line.in_words() + "\n")
        sys.stdout.flush()

    log = AlertLog(write, seconds=time.monotonic, now=lambda: datetime.now(UTC))
    server = HttpServer(bind(address, port), log.answer, largest_body=_BODY_BYTES)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    server.start()
    stop.wait()
    server.stop()


def _keep(file: Path, text: str) -> None:
    """Append a line to a file; a full file is renamed, and replaces the one renamed before."""
    if file.exists() and file.stat().st_size >= _FILE_BYTES:
        file.replace(file.with_name(f"{file.name}.1"))
    with file.open("a", encoding="utf-8") as out:
        out.write(text + "\n")


if __name__ == "__main__":
    try:
        command()
    except ProgramError as error:
        sys.exit(f"streetwarden: {error}")
