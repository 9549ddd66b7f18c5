"""Now and then: roll positions up, and let go of what is older than anybody wants to keep."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

import asyncpg

from ingest.settings import Storage
from program.errors import ProgramError
from store.connection import UNREACHABLE
from store.maintenance import Keep, maintain

log = logging.getLogger(__name__)


class Upkeep:
    """Maintains the database.

    Args:
        url: where.
        storage: how often, and for how long what is kept.
        clock: epoch seconds.
        told: of the end of each round, when it was done or None if it failed.
    """

    def __init__(
        self,
        *,
        url: str,
        storage: Storage,
        clock: Callable[[], float],
        told: Callable[[float | None], None],
    ) -> None:
        self._url = url
        self._told = told
        self._every_s = storage.every_h * 3600
        self._keep = Keep(
            position=storage.position_days or None,
            telemetry=storage.telemetry_days or None,
            event=storage.event_days or None,
            presence=storage.presence_days or None,
            hours=storage.hour_days or None,
            unpacked=storage.unpacked_days if storage.unpacked_days >= 0 else None,
        )
        self._clock = clock

    async def run(self) -> None:
        """Do what is due again and again; never returns. What fails now is done next time."""
        while True:
            if not self._every_s:
                await asyncio.Event().wait()
            await asyncio.sleep(self._every_s)
            try:
                done = await maintain(
                    self._url, keep=self._keep, now=datetime.fromtimestamp(self._clock(), UTC)
                )
            except (*UNREACHABLE, asyncpg.PostgresError, ProgramError) as error:
                log.warning("maintenance was left undone (%s); next time in %.0f s", error, self._every_s)
                self._told(None)
            else:
                self._told(self._clock())
                log.info(
                    "rolled up %d hours, %d again; put %d chunks in order; dropped chunks: %s",
                    done.hours, done.again, done.packed, done.chunks,
                )  # fmt: skip
