"""Logs who looks at a person's track or at an original picture, before it is shown."""

from __future__ import annotations

from typing import Any

from center.database import Database
from center.people.caller import Caller
from store.audit import note


class AuditLog:
    """Appends to the audit log.

    Args:
        database: holds it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, caller: Caller, action: str, *subjects: str, **detail: Any) -> None:
        """Append an entry for each subject; a subject that cannot be logged is not shown.

        Args:
            caller: who looks.
            action: the right that is used, such as `staff_track.read`.
            subjects: what is looked at.
            detail: further details, as JSON.

        Raises:
            DatabaseAwayError: the entry cannot be written now.
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
