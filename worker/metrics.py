"""The worker's metrics, each defined once with its meaning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from cases.timing import Timed
from casework.clocks import Recorded
from worker.webhook_watch import WebhookState
from worker.webhooks import Outcome

MAINTENANCE: Final = "maintenance"
JOB_HISTORY: Final = "job-history"
CLOCKS: Final = "clocks"
CASE: Final = "case"
RECORD_ROOT: Final = "record-root"
CAMERAS: Final = "cameras"
NOTICES: Final = "notices"
WEBHOOKS: Final = "webhooks"
WEBHOOK: Final = "webhook"
EXPORT: Final = "export"
JOBS: Final = (
    MAINTENANCE,
    JOB_HISTORY,
    CLOCKS,
    CASE,
    CAMERAS,
    NOTICES,
    RECORD_ROOT,
    WEBHOOKS,
    WEBHOOK,
    EXPORT,
)
"""Names of all jobs."""


class Metrics:
    """All metrics of the worker.

    Args:
        registry: takes the metrics.
        jobs: names of all jobs.
        database_up: returns whether the worker looks for jobs.
        oldest_due_s: returns how long the oldest due item has waited, seconds.
        oldest_event_s: returns how long the oldest event has waited for its notices, seconds.
    """

    def __init__(
        self,
        *,
        registry: CollectorRegistry,
        jobs: Sequence[str],
        database_up: Callable[[], bool],
        oldest_due_s: Callable[[], float],
        oldest_event_s: Callable[[], float],
    ) -> None:
        Gauge(
            "streetwarden_worker_database_up",
            "1 while the worker looks for jobs in the database, 0 while the database is unreachable.",
            registry=registry,
        ).set_function(lambda: float(database_up()))
        self._jobs = Counter(
            "streetwarden_worker_jobs",
            "Jobs that ended, by name and outcome: done or failed. A failed job is tried again.",
            ["name", "outcome"],
            registry=registry,
        )
        self._seconds = Histogram(
            "streetwarden_worker_job_seconds",
            "Seconds that a job took.",
            ["name"],
            buckets=(0.01, 0.05, 0.25, 1, 5, 30, 300, 3600),
            registry=registry,
        )
        for job in jobs:
            self._seconds.labels(job)
            for outcome in ("done", "failed"):
                self._jobs.labels(job, outcome)
        Gauge(
            "streetwarden_worker_oldest_due_seconds",
            "Seconds for which the oldest due item of a case has waited to be recorded; 0: nothing waits.",
            registry=registry,
        ).set_function(oldest_due_s)
        self._clocks = Counter(
            "streetwarden_worker_case_clocks",
            "Due items of cases that were recorded, by kind: " + ", ".join(Timed) + ".",
            ["what"],
            registry=registry,
        )
        for what in Timed:
            self._clocks.labels(what)
        self._late = Histogram(
            "streetwarden_worker_case_clock_delay_seconds",
            "Seconds from the time at which an item became due to its record.",
            buckets=(1, 5, 10, 30, 60, 300, 3600, 86_400),
            registry=registry,
        )
        self._maintenance = Counter(
            "streetwarden_worker_maintenance_rounds",
            "Rounds of maintenance, by outcome: done or failed.",
            ["outcome"],
            registry=registry,
        )
        for outcome in ("done", "failed"):
            self._maintenance.labels(outcome)
        self._maintained_at = Gauge(
            "streetwarden_worker_maintenance_last_success_timestamp_seconds",
            "When this worker last did maintenance, seconds since the epoch; 0 until it has since its start.",
            registry=registry,
        )

        Gauge(
            "streetwarden_worker_notice_delay_seconds",
            "Seconds for which the oldest event of a case has waited for its notices; 0: nothing waits.",
            registry=registry,
        ).set_function(oldest_event_s)
        self._messages = Counter(
            "streetwarden_worker_channel_messages",
            "Messages about notices, by channel and outcome: sent, failed (tried again), or given_up after a "
            "day.",
            ["channel", "outcome"],
            registry=registry,
        )
        self._message_delay = Gauge(
            "streetwarden_worker_channel_delay_seconds",
            "Seconds for which the oldest message of a channel has waited since it should have gone; 0: none "
            "waits.",
            ["channel"],
            registry=registry,
        )
        self._notices = Counter(
            "streetwarden_worker_notices",
            "Notices that were written, by whether anybody gets them: yes or no (nobody has the role, or may "
            "read the case).",
            ["received"],
            registry=registry,
        )
        for received in ("yes", "no"):
            self._notices.labels(received)
        self._attempts = Counter(
            "streetwarden_worker_webhook_attempts",
            "Attempts to deliver a change to a subscription, by outcome: delivered, failed (tried again) or "
            "dead (given up, a dead letter).",
            ["outcome"],
            registry=registry,
        )
        for attempt in Outcome:
            self._attempts.labels(attempt)
        self._oldest = Gauge(
            "streetwarden_worker_webhook_oldest_waiting_seconds",
            "Seconds for which the oldest change has waited for its delivery, by subscription; 0: nothing "
            "waits. Disabled subscriptions are left out.",
            ["webhook"],
            registry=registry,
        )
        self._waiting = Gauge(
            "streetwarden_worker_webhook_waiting_changes",
            "Changes in the feed after the position of a subscription.",
            ["webhook"],
            registry=registry,
        )
        self._dead = Gauge(
            "streetwarden_worker_webhook_dead_letters",
            "Changes whose delivery to a subscription was given up, and that nobody has replayed.",
            ["webhook"],
            registry=registry,
        )

    def count_attempt(self, outcome: Outcome) -> None:
        """Count an attempt to deliver a change."""
        self._attempts.labels(outcome).inc()

    def set_webhooks(self, states: Sequence[WebhookState]) -> None:
        """Export the state of all enabled subscriptions, 50 at most."""
        for gauge in (self._oldest, self._waiting, self._dead):
            gauge.clear()
        for state in states:
            self._oldest.labels(state.name).set(state.oldest_s)
            self._waiting.labels(state.name).set(state.waiting)
            self._dead.labels(state.name).set(state.dead_letters)

    def watch_channel(self, channel: str) -> None:
        """Show a channel before its first message."""
        for outcome in ("sent", "failed", "given_up"):
            self._messages.labels(channel, outcome)
        self._message_delay.labels(channel)

    def count_message(self, channel: str, outcome: str) -> None:
        """Count an attempt to send a message."""
        self._messages.labels(channel, outcome).inc()

    def set_message_delay(self, channel: str, seconds: float) -> None:
        """Note how long the oldest message of a channel has waited."""
        self._message_delay.labels(channel).set(seconds)

    def count_job(self, name: str, outcome: str, seconds: float) -> None:
        """Count a job that ended as `done` or `failed`."""
        self._jobs.labels(name, outcome).inc()
        self._seconds.labels(name).observe(seconds)

    def count_clock(self, recorded: Recorded) -> None:
        """Count a recorded item of a case."""
        self._clocks.labels(recorded.what.what).inc()
        self._late.observe(max(recorded.late.total_seconds(), 0.0))

    def count_notice(self, *, received: bool) -> None:
        """Count a notice that was written."""
        self._notices.labels("yes" if received else "no").inc()

    def count_maintenance(self, done_at: float | None) -> None:
        """Count a round of maintenance that was done at this time (epoch seconds), or failed (None)."""
        self._maintenance.labels("failed" if done_at is None else "done").inc()
        if done_at is not None:
            self._maintained_at.set(done_at)
