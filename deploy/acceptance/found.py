"""The cases of a running system, with their stored evidence."""

from __future__ import annotations

from typing import Final

from deploy.acceptance.verdict import Case
from store.connection import open_connection
from store.errors import EvidenceError
from store.evidence import EvidenceStore

_CASES: Final = """
SELECT case_id, number, type, code, camera, zone, component, grid_cell, opened_at,
       ST_Y(place) AS lat, ST_X(place) AS lon, (
           SELECT min(at) FROM case_event WHERE case_id = case_file.case_id AND action = 'restore'
       ) AS restored_at
FROM case_file WHERE camera IS NOT NULL ORDER BY opened_at
"""
_EVIDENCE: Final = """
SELECT DISTINCT digest, media_type FROM evidence JOIN case_incident USING (incident_id)
WHERE case_incident.case_id = $1 AND role IN ('finding', 'restored')
"""
_JPEG: Final = b"\xff\xd8\xff"


async def cases(database_url: str, evidence_url: str) -> list[Case]:
    """All cases that cameras opened."""
    storage = EvidenceStore(evidence_url)
    connection = await open_connection(database_url, application="streetwarden acceptance")
    found = []
    try:
        for row in await connection.fetch(_CASES):
            known = dict(row)
            case_id = known.pop("case_id")
            files = await connection.fetch(_EVIDENCE, case_id)
            pictures = sum([await _is_picture(storage, file["digest"], file["media_type"]) for file in files])
            found.append(Case(**known, pictures=pictures))
    finally:
        await connection.close()
    return found


async def _is_picture(storage: EvidenceStore, digest: str, media_type: str) -> bool:
    try:
        return (await storage.get(digest, media_type=media_type)).startswith(_JPEG)
    except EvidenceError:
        return False
