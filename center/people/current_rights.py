"""The table of rights in force, in memory; each session from the database tells its version."""

from __future__ import annotations

import logging
from typing import Final

from cases.errors import RightsError
from cases.rights import KEPT, Entry, Reach, Rights, Role
from store.connection import Connection
from store.rights_table import read_rights

log = logging.getLogger(__name__)

_REPAIR: Final = Rights(
    frozenset(
        Entry(role=Role.ADMINISTRATOR, action=action, district=Reach.ANY) for action in KEPT | {"people.read"}
    )
)
"""The table while the stored one is damaged: nothing is allowed but to correct it."""


class CurrentRights:
    """Holds the table, and reads it again when its version has changed."""

    def __init__(self) -> None:
        self._version: int | None = None
        self.rights = _REPAIR

    async def follow(self, connection: Connection, version: int) -> None:
        """Get the table of a version.

        Args:
            connection: in the transaction that read the version.
            version: of the table in force.
        """
        if version == self._version:
            return
        try:
            self.rights = (await read_rights(connection)).rights
        except RightsError as error:
            log.error(  # noqa: TRY400 (the row is in the text)
                "the table of rights is damaged; until an administrator writes it again, nobody may do "
                "anything else: %s",
                error,
            )
            self.rights = _REPAIR
        self._version = version
