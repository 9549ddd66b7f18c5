"""Checks of monitoring: Prometheus scrapes and evaluates, Alertmanager receives; names firing alerts."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from deploy.alert_log import WATCHDOG
from deploy.doctor.finding import Finding, doubtful, ok, wrong
from deploy.installation import Installation

_SETTLING: Final = timedelta(minutes=1)


def check(where: Installation) -> Iterator[Finding]:
    """All of them."""
    yield prometheus(where.prometheus_url)
    yield from alerts(where.prometheus_url, where.alertmanager_url)


def prometheus(url: str | None) -> Finding:
    """Checks that Prometheus scrapes our programs."""
    if url is None:
        return doubtful(
            "Prometheus", "none is known", "give its address in STREETWARDEN_PROMETHEUS_URL if there is one"
        )
    try:
        with urllib.request.urlopen(f"{url}/api/v1/targets?state=active", timeout=5) as answer:  # noqa: S310 (as configured)
            targets = json.load(answer)["data"]["activeTargets"]
    except (OSError, ValueError, KeyError) as error:
        return wrong(
            "Prometheus",
            f"does not answer at {url} ({error})",
            "start it, or correct STREETWARDEN_PROMETHEUS_URL",
        )
    down = sorted(target["labels"]["job"] for target in targets if target["health"] == "down")
    if down:
        return wrong(
            "Prometheus", f"cannot scrape {', '.join(down)}", "see whether they run, and its scrape_configs"
        )
    if not targets:
        return doubtful(
            "Prometheus",
            "has no targets",
            "add our programs to its scrape_configs; just after a start, ask again",
        )
    waiting = sorted(target["labels"]["job"] for target in targets if target["health"] != "up")
    if waiting:
        return doubtful(
            "Prometheus",
            f"has not scraped {', '.join(waiting)} yet",
            "ask again after one scrape_interval",
        )
    return ok(
        "Prometheus", f"{url} scrapes {', '.join(sorted(target['labels']['job'] for target in targets))}"
    )


def alerts(prometheus_url: str | None, alertmanager_url: str | None) -> Iterator[Finding]:
    """Checks that rules are evaluated and Alertmanager receives alerts; names firing alerts."""
    if prometheus_url is None:
        return
    try:
        told = _ask(f"{prometheus_url}/api/v1/alerts")["data"]["alerts"]
        firing = [alert for alert in told if alert["state"] == "firing"]
        ours = {alert["labels"]["alertname"]: alert for alert in firing}
    except (OSError, ValueError, KeyError) as error:
        yield wrong(
            "alerts", f"Prometheus does not tell of alerts ({error})", "start it, or correct its address"
        )
        return
    say = doubtful if _has_just_started(prometheus_url) else wrong
    if WATCHDOG not in ours:
        yield say(
            "alerts",
            f"Prometheus evaluates no rules of ours: {WATCHDOG}, which always fires, does not",
            "add deploy/prometheus/rules/*.yml to its rule_files; just after a start, ask again",
        )
    else:
        yield from _firing([alert for name, alert in sorted(ours.items()) if name != WATCHDOG])
    yield _alertmanager(alertmanager_url, say)


def _has_just_started(prometheus_url: str) -> bool:
    """Whether Prometheus may not have evaluated its rules yet."""
    try:
        since = datetime.fromisoformat(
            _ask(f"{prometheus_url}/api/v1/status/runtimeinfo")["data"]["startTime"]
        )
    except (OSError, ValueError, KeyError):
        return False
    return datetime.now(UTC) - since < _SETTLING


def _firing(firing: list[dict[str, Any]]) -> Iterator[Finding]:
    if not firing:
        yield ok("alerts", "none fires")
    for alert in firing:
        labels, notes = alert["labels"], alert["annotations"]
        say = wrong if labels.get("severity") == "critical" else doubtful
        yield say(
            f"alert {labels['alertname']}",
            notes.get("description", notes.get("summary", "")),
            f"docs/runbook.md, section {labels['alertname']}",
        )


def _alertmanager(url: str | None, say: Callable[[str, str, str], Finding]) -> Finding:
    """Checks that Alertmanager receives the watchdog, and so would receive other alerts."""
    if url is None:
        return doubtful(
            "Alertmanager",
            "no Alertmanager is known: alerts reach nobody",
            "give its address in STREETWARDEN_ALERTMANAGER_URL if there is one",
        )
    try:
        heard = {alert["labels"]["alertname"] for alert in _ask(f"{url}/api/v2/alerts")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        return wrong(
            "Alertmanager",
            f"does not answer at {url} ({error})",
            "start it, or correct STREETWARDEN_ALERTMANAGER_URL",
        )
    if WATCHDOG not in heard:
        return say(
            "Alertmanager",
            f"{url} does not hear {WATCHDOG}, which always fires",
            "name it under alerting in Prometheus' configuration; just after a start, ask again",
        )
    return ok("Alertmanager", f"{url} hears of alerts")


def _ask(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 (as configured)
        return json.load(answer)
