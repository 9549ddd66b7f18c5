"""The manifest of a backup."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

import msgspec

from store.evidence import key_of

FORMAT: Final = 1


class File(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a backup.

    Attributes:
        key: below the destination.
        size: bytes.
        sha256: hexadecimal.
    """

    key: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """One backup; it counts only once this file is there.

    Attributes:
        format: of this file.
        id: its name, from the clock when it began.
        sequence: one more than that of the newest earlier backup; orders backups independently of the clock.
        began_at: when it began.
        finished_at: when it was written and verified.
        release: of Streetwarden.
        schema_version: of the database.
        owner: the role that owns the tables.
        postgresql: the server's version number, such as 170012.
        timescaledb: TimescaleDB's version; a restore needs the same.
        edition: TimescaleDB's.
        database: the dump.
        rows: of each table, in the dump's snapshot.
        evidence: the list of evidence files.
        evidence_files: their number.
        evidence_bytes: their total size.
        damaged: digests of files that were missing or did not match their digest when the backup was made.
    """

    format: Annotated[int, msgspec.Meta(ge=1, le=FORMAT)] = FORMAT
    id: str
    sequence: int
    began_at: datetime
    finished_at: datetime
    release: str
    schema_version: int
    owner: str
    postgresql: int
    timescaledb: str
    edition: str
    database: File
    rows: dict[str, int]
    evidence: File
    evidence_files: int
    evidence_bytes: int
    damaged: list[str]


class EvidenceFile(msgspec.Struct, frozen=True, order=True):
    """One file of evidence that a database names."""

    digest: str
    media_type: str
    size: int

    @property
    def key(self) -> str:
        """Its path, below the evidence storage as well as below a destination."""
        return key_of(self.digest, self.media_type)


def write_list(files: list[EvidenceFile]) -> bytes:
    """The list of files of evidence, a line each."""
    return "".join(f"{file.digest} {file.media_type} {file.size}\n" for file in files).encode()


def read_list(data: bytes) -> list[EvidenceFile]:
    """The same, read."""
    lines = (line.split(" ") for line in data.decode().splitlines())
    return [EvidenceFile(digest, media_type, int(size)) for digest, media_type, size in lines]
