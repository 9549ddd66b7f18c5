"""The city's table of rights in the database, and its version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cases.rights import COLUMNS, Entry, Rights
from store.connection import Connection
from store.errors import StaleRightsError
from store.queries import load

_SQL = load("people")


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsTable:
    """The table of rights in force.

    Attributes:
        version: grows with each change.
        own: whether it is the city's own; otherwise it is the one that comes with Streetwarden.
        changed_by: a login, or `system/…`; None if nobody has changed it.
    """

    version: int
    rights: Rights
    own: bool
    changed_at: datetime
    changed_by: str | None


async def read_rights(connection: Connection) -> RightsTable:
    """The table of rights in force.

    Raises:
        RightsError: the table was edited by hand and is invalid; the text names the row.
    """
    rows = await connection.fetch(_SQL["rights"])
    entries = frozenset(
        Entry.read(dict(row), where="rights_entry " + ",".join(row[column] for column in COLUMNS))
        for row in rows
        if row["role"] is not None
    )
    return RightsTable(
        version=rows[0]["version"],
        rights=Rights(entries) if entries else Rights.shipped(),
        own=bool(entries),
        changed_at=rows[0]["changed_at"],
        changed_by=rows[0]["changed_by"],
    )


async def write_rights(
    connection: Connection, rights: Rights | None, *, by: str, expected_version: int | None
) -> int:
    """Replace the whole table of rights.

    Args:
        connection: the owner's or the center's.
        rights: the new one; None for the one that comes with Streetwarden.
        by: who changes it.
        expected_version: the version that the change is based on; None for any.

    Returns:
        The new version.

    Raises:
        StaleRightsError: it was changed by somebody else since.
    """
    async with connection.transaction():
        found = await connection.fetchval(_SQL["lock_rights"])
        if expected_version is not None and found != expected_version:
            raise StaleRightsError(
                f"the table of rights is now at version {found}, not {expected_version}; "
                "read it again, and make the change there"
            )
        await connection.execute(_SQL["forget_rights"])
        if rights is not None:
            await connection.copy_records_to_table(
                "rights_entry",
                columns=COLUMNS,
                records=[tuple(row[column] for column in COLUMNS) for row in rights.rows()],
            )
        version: int = await connection.fetchval(_SQL["next_rights"], by)
    return version
