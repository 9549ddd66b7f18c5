"""Files that people attach to a case: evidence rows in addition to those of detectors."""

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
    """What a file from a person shows."""

    BEFORE = "before"
    FINDING = "finding"
    AFTER = "after"


class Shows(StrEnum):
    """From where a picture shows it."""

    NEAR = "near"
    FAR = "far"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """A file in evidence storage.

    Attributes:
        digest: its name there, SHA-256.
        role: what it shows.
        media_type: of its content.
        size_bytes: of its content.
        shows: from where a picture shows it; None if the sender did not say.
    """

    digest: str
    role: EvidenceRole
    media_type: str
    size_bytes: int
    shows: Shows | None = None


async def add_case_evidence(
    connection: Connection, case_id: UUID, files: Sequence[KeptFile], *, actor: str, at: datetime
) -> None:
    """Add files as evidence of a case; files that it already has in that role stay unchanged.

    Args:
        connection: in the transaction that writes the event with these files.
        case_id: the case.
        files: already in the storage.
        actor: the login of the sender.
        at: when they were received.
    """
    await connection.executemany(
        _SQL["add"],
        [
            (
                file.digest,
                case_id,
                str(file.role),
                file.media_type,
                file.size_bytes,
                at,
                actor,
                None if file.shows is None else str(file.shows),
            )
            for file in files
        ],
    )
