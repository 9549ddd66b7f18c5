"""Writes down who looked at somebody's track or at the original of a picture, before it is shown."""

from __future__ import annotations

from typing import Any

from center.database import Database
from center.people.caller import Caller
from store.audit import note


class AuditLog:
    """Appends to the audit log.

    Args:
        database: where it is.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, caller: Caller, action: str, *subjects: str, **detail: Any) -> None:
        """Append an entry for each subject; what cannot be noted is not shown.

        Args:
            caller: who looks.
            action: the right that is used, such as `staff_track.read`.
            subjects: what is looked at.
            detail: what else there is to say, as JSON.

        Raises:
            DatabaseAwayError: it cannot be noted now.
        """
        async with self._database.changing() as connection:
            for subject in subjects:
                await note(
                    connection,
                    login=caller.login,
                    action=action,
                    subject=subject,
                    detail=detail,
                    client=caller.client or None,
                )
