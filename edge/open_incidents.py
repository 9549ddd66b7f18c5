"""Incidents that have begun and not ended, kept so that a restart neither repeats nor forgets them."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from uuid import UUID

from edge.box_file import BoxFile

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of the full picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIncident:
    """One of them.

    Attributes:
        incident_id: its id for its whole life.
        camera: who sees it.
        kind: `cover_missing`, `cover_displaced`, `stall`, `goods` or `vehicle`.
        place: the cover or zone.
        revision: of the last message about it.
        began_at: seconds since the epoch.
        box_px: where it is in the picture.
    """

    incident_id: UUID
    camera: str
    kind: str
    place: str
    revision: int
    began_at: float
    box_px: Box


class OpenIncidents:
    """Those in the box's file. Safe for all threads."""

    def __init__(self, file: BoxFile) -> None:
        self._file = file

    def of(self, camera: str) -> list[OpenIncident]:
        """A camera's open incidents, the oldest first."""
        with self._file.reading() as connection:
            rows = connection.execute(
                "SELECT incident_id, camera, kind, place, revision, began_at, box FROM open_incident "
                "WHERE camera = ? ORDER BY began_at",
                (camera,),
            ).fetchall()
        return [
            OpenIncident(
                incident_id=UUID(identity),
                camera=camera,
                kind=kind,
                place=place,
                revision=revision,
                began_at=began_at,
                box_px=tuple(json.loads(box)),
            )
            for identity, camera, kind, place, revision, began_at, box in rows
        ]

    def count(self) -> int:
        """How many are open."""
        with self._file.reading() as connection:
            (count,) = connection.execute("SELECT count(*) FROM open_incident").fetchone()
        return int(count)

    def put(self, connection: sqlite3.Connection, incident: OpenIncident) -> None:
        """Keep one, as part of the caller's transaction."""
        connection.execute(
            "INSERT OR REPLACE INTO open_incident "
            "(incident_id, camera, kind, place, revision, began_at, box) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                str(incident.incident_id),
                incident.camera,
                incident.kind,
                incident.place,
                incident.revision,
                incident.began_at,
                json.dumps(incident.box_px),
            ),
        )

    def remove(self, connection: sqlite3.Connection, incident_id: UUID) -> None:
        """Forget one that has ended, as part of the caller's transaction."""
        connection.execute("DELETE FROM open_incident WHERE incident_id = ?", (str(incident_id),))


def overlap(one: Box, other: Box) -> float:
    """Share of the smaller box that lies in the other, 0 to 1."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return width * height / smaller if smaller > 0 else 0.0
