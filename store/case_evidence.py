"""Files that people send with what they do to a case: rows beside those of detectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from store.connection import Connection
from store.queries import load

_SQL = load("case_evidence")


class EvidenceRole(StrEnum):
    """What a file that a person sends shows."""

    BEFORE = "before"
    FINDING = "finding"
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """A file that lies in the storage of evidence.

    Attributes:
        digest: its name there.
        role: what it shows.
        media_type: of its content.
        size_bytes: of it.
    """

    digest: str
    role: EvidenceRole
    media_type: str
    size_bytes: int


async def add_case_evidence(
    connection: Connection, case_id: UUID, files: Sequence[KeptFile], *, actor: str, at: datetime
) -> None:
    """Name files as evidence of a case; those that it has already in that role stay as they are.

    Args:
        connection: in the transaction that writes the event which names them.
        case_id: the case.
        files: already in the storage.
        actor: the login of who sent them.
        at: when they came in.
    """
    await connection.executemany(
        _SQL["add"],
        [
            (file.digest, case_id, str(file.role), file.media_type, file.size_bytes, at, actor)
            for file in files
        ],
    )
