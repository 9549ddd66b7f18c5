"""Rounds of maintenance: roll positions up, and delete rows and files whose retention is over."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from store.evidence import EvidenceStore
from store.maintenance import Keep, begin_round, end_round, maintain
from store.spare_files import sweep
from worker.settings import Storage

log = logging.getLogger(__name__)

_GRACE_DAYS: Final = 7
"""Days before a database with a new retention deletes anything: time to read the announcement in the log."""


class Maintenance:
    """Maintains the database and evidence storage.

    Args:
        url: the database, with the maintenance role.
        storage: interval and retention.
        evidence: evidence storage.
        clock: epoch seconds.
        on_round_end: called with the time of the round's end, or None if the round failed.
    """

    def __init__(
        self,
        *,
        url: str,
        storage: Storage,
        evidence: EvidenceStore,
        clock: Callable[[], float],
        on_round_end: Callable[[float | None], None],
    ) -> None:
        self._url = url
        self._on_round_end = on_round_end
        self._every = timedelta(hours=storage.every_h)
        self._keep = Keep(
            position=storage.position_days or None,
            telemetry=storage.telemetry_days or None,
            rule_event=storage.event_days or None,
            presence=storage.presence_days or None,
            hours=storage.hour_days or None,
            unpacked=storage.unpacked_days if storage.unpacked_days >= 0 else None,
            quarantine=storage.quarantine_days or None,
            orphan_evidence_h=storage.orphan_evidence_h or None,
            grace_days=_GRACE_DAYS,
        )
        self._spare_file_days = storage.spare_file_days
        self._evidence = evidence
        self._clock = clock

    async def do(self) -> None:
        """Do a round if it is due, whichever worker did the last one.

        Raises:
            StoreError: the database or the storage refuses; a round is then due again soon.
        """
        if not self._every or not await begin_round(self._url, every=self._every):
            return
        try:
            await self._do_round()
            await end_round(self._url)
        except Exception:
            self._on_round_end(None)
            raise
        self._on_round_end(self._clock())

    def log_retention(self) -> None:
        """Log the retention of each table, so that nobody is surprised by deleted rows."""
        if not self._every:
            log.info("nothing is deleted here: storage.every_h is 0")
            return
        kept = {
            "fixes": self._keep.position,
            "readings": self._keep.telemetry,
            "events": self._keep.rule_event,
            "presence": self._keep.presence,
            "hours": self._keep.hours,
            "refused messages": self._keep.quarantine,
        }
        log.info(
            "kept: %s; cases, incidents and their evidence for ever (settings: storage.*_days; "
            "docs/storage.md); a database that has never deleted anything waits %d days before it does",
            ", ".join(f"{name} {f'{days} days' if days else 'for ever'}" for name, days in kept.items()),
            _GRACE_DAYS,
        )  # fmt: skip

    async def _do_round(self) -> None:
        now = datetime.fromtimestamp(self._clock(), UTC)
        done = await maintain(self._url, keep=self._keep, now=now)
        log.info(
            "rolled up %d hours, %d again; put %d chunks in order; dropped chunks: %s, refused messages: %d, "
            "evidence without an incident: %d",
            done.hours, done.again, done.packed, done.chunks, done.refused, done.orphans,
        )  # fmt: skip
        if self._spare_file_days:
            older_than = timedelta(days=self._spare_file_days)
            swept = await sweep(self._url, self._evidence, older_than=older_than, now=now)
            log.info(
                "removed %d of %d files of evidence, which nothing names (%d bytes)",
                swept.removed, swept.files, swept.removed_bytes,
            )  # fmt: skip
