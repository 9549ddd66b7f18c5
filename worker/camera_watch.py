"""Faults of cameras: checks all cameras at intervals, and reports faults to their cases."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from cases import CaseError
from casework.camera_faults import look_at_cameras
from casework.city_policy import CurrentPolicy
from store.evidence import EvidenceStore
from worker.database import Database
from worker.errors import WorkerError

log = logging.getLogger(__name__)


class CameraWatch:
    """Checks the cameras.

    Args:
        database: connections.
        policy: the city's decisions.
        evidence: evidence storage, for pictures.
        clock: epoch seconds.
    """

    def __init__(
        self,
        *,
        database: Database,
        policy: CurrentPolicy,
        evidence: EvidenceStore,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._policy = policy
        self._evidence = evidence
        self._clock = clock

    async def look(self) -> None:
        """Check once.

        Raises:
            WorkerError: the case domain refuses a report.
            StoreError: the database or the storage refuses; the next check tries again.
        """
        now = datetime.fromtimestamp(self._clock(), UTC)
        async with self._database.connection() as connection, connection.transaction():
            try:
                reported = await look_at_cameras(
                    connection, policy=self._policy(), put=self._evidence.put, now=now
                )
            except CaseError as error:
                raise WorkerError(str(error)) from None
        for each in reported:
            log.info("camera %s: %s has %s; case %s", each.camera, each.state, each.told, each.case.number)
