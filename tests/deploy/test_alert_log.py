"""The alert log writes each change of an alert once, and reports a missing watchdog."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.alert_log import WATCHDOG, WATCHDOG_S, AlertLog, Line
from program.http_server import Request
from tests.ports import free_port

NOW = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)


def alert(name: str, status: str = "firing", *, since: str = "2026-11-30T01:59:00Z") -> dict[str, Any]:
    return {
        "status": status,
        "labels": {"alertname": name, "severity": "critical", "instance": "ingest:9102"},
        "annotations": {"summary": "It is away.", "description": "It is away at ingest:9102."},
        "startsAt": since,
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": f"of {name}",
        "generatorURL": "http://prometheus",
    }


def notification(*alerts: dict[str, Any]) -> Request:
    body = json.dumps({"version": "4", "status": "firing", "alerts": alerts}).encode()
    return Request(method="POST", path="/alerts", query="", headers={}, body=body)


def asked(path: str) -> Request:
    return Request(method="GET", path=path, query="", headers={}, body=b"")


class Kept:
    """A log with what it wrote and a clock."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.seconds = 100.0
        self.full = False
        self.log = AlertLog(self.write, seconds=lambda: self.seconds, now=lambda: NOW)

    def write(self, line: Line) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        self.lines.append(line)


@pytest.fixture
def kept() -> Kept:
    return Kept()


def test_an_alert_is_written_when_it_fires_and_when_it_clears_and_not_when_it_is_repeated(kept: Kept) -> None:
    for status in ("firing", "firing", "resolved", "resolved"):
        assert kept.log.answer(notification(alert("StreetwardenBrokerAway", status))).status == HTTPStatus.OK
    assert [line.in_words() for line in kept.lines] == [
        "firing critical StreetwardenBrokerAway: It is away at ingest:9102.",
        "resolved critical StreetwardenBrokerAway: It is away at ingest:9102.",
    ]
    kept.log.answer(notification(alert("StreetwardenBrokerAway", since="2026-11-30T03:00:00Z")))
    assert len(kept.lines) == 3


def test_the_watchdog_is_listened_to_and_not_written(kept: Kept) -> None:
    kept.seconds += WATCHDOG_S - 1
    assert kept.log.answer(asked("/health")).status == HTTPStatus.OK
    kept.seconds += 1
    silent = kept.log.answer(asked("/health"))
    assert silent.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert silent.body.startswith(b"StreetwardenWatchdog has not been heard for 300 s")
    assert kept.log.answer(asked("/live")).status == HTTPStatus.OK

    kept.log.answer(notification(alert(WATCHDOG)))
    assert kept.log.answer(asked("/health")).status == HTTPStatus.OK
    assert kept.lines == []


def test_an_alert_that_cannot_be_logged_is_requested_again(kept: Kept) -> None:
    kept.full = True
    refused = kept.log.answer(notification(alert("StreetwardenBrokerAway")))
    assert refused.status == HTTPStatus.INTERNAL_SERVER_ERROR
    kept.full = False
    kept.log.answer(notification(alert("StreetwardenBrokerAway")))
    assert len(kept.lines) == 1


@pytest.mark.parametrize("body", [b"", b"nonsense", b'{"alerts": [{}]}', b"[]"])
def test_an_invalid_notification_is_refused(kept: Kept, body: bytes) -> None:
    said = kept.log.answer(Request(method="POST", path="/alerts", query="", headers={}, body=body))
    assert said.status == HTTPStatus.BAD_REQUEST


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    port = free_port()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "deploy.alert_log",
            "--port",
            str(port),
            "--file",
            str(tmp_path / "alerts.jsonl"),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process, f"http://127.0.0.1:{port}"
    process.kill()
    process.communicate()


def test_the_program_writes_the_file_and_the_line(
    running: tuple[subprocess.Popen[str], str], tmp_path: Path
) -> None:
    process, url = running
    body = notification(alert("StreetwardenBrokerAway")).body
    with httpx.Client(transport=httpx.HTTPTransport(retries=8), timeout=60) as client:
        assert client.post(f"{url}/alerts", content=body).status_code == 200
        assert client.post(f"{url}/alerts", content=b"x" * 5 * 1024 * 1024).status_code == 413
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert said == "firing critical StreetwardenBrokerAway: It is away at ingest:9102.\n"
    (line,) = (tmp_path / "alerts.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["labels"] == {"severity": "critical", "instance": "ingest:9102"}
