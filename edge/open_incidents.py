"""Incidents that have begun and not ended, stored so that a restart neither repeats nor forgets them."""

from __future__ import annotations

import json
import sqlite3
import threading
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from edge.box_file import Change
from edge.storage import RowKey, Storage

_PUT: Final = (
    "INSERT OR REPLACE INTO open_incident (incident_id, camera, kind, place, revision, began_at, box) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_REMOVE: Final = "DELETE FROM open_incident WHERE incident_id = ?"

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of the full picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIncident:
    """One open incident.

    Attributes:
        incident_id: the same for all its revisions.
        camera: id of the camera that sees it.
        kind: `cover_missing`, `cover_displaced`, `stall`, `goods` or `vehicle`.
        place: the cover or zone.
        revision: of the last message about it.
        began_at: seconds since the epoch.
        box_px: its box in the picture.
    """

    incident_id: UUID
    camera: str
    kind: str
    place: str
    revision: int
    began_at: float
    box_px: Box


class OpenIncidents:
    """The open incidents of all cameras, in memory and in the box's file. Safe for all threads."""

    def __init__(self, storage: Storage) -> None:
        self._lock = threading.Lock()
        self._storage = storage
        self._incidents: dict[str, OpenIncident] = {}
        self.loads = 0
        """How often the file was read; a file that cannot be opened at the start is read later."""
        storage.on_open(self._load)

    def of(self, camera: str) -> list[OpenIncident]:
        """A camera's open incidents, oldest first."""
        with self._lock:
            return [incident for incident in self._incidents.values() if incident.camera == camera]

    def count(self) -> int:
        """The number of open incidents. Does not read the disk."""
        with self._lock:
            return len(self._incidents)

    def put(self, incident: OpenIncident) -> dict[RowKey, Change]:
        """Add one; returns the change that stores it in the file."""
        with self._lock:
            self._incidents[str(incident.incident_id)] = incident
        values = (
            str(incident.incident_id),
            incident.camera,
            incident.kind,
            incident.place,
            incident.revision,
            incident.began_at,
            json.dumps(incident.box_px),
        )
        return {_row(incident.incident_id): lambda connection: connection.execute(_PUT, values)}

    def remove(self, incident_id: UUID) -> dict[RowKey, Change]:
        """Remove one that has ended; returns the change that removes it from the file."""
        with self._lock:
            self._incidents.pop(str(incident_id), None)
        return {_row(incident_id): lambda connection: connection.execute(_REMOVE, (str(incident_id),))}

    def _load(self, connection: sqlite3.Connection) -> None:
        """Take over the rows of the file; runs in the storage's thread, before anything is written."""
        rows = connection.execute(
            "SELECT incident_id, camera, kind, place, revision, began_at, box FROM open_incident "
            "ORDER BY began_at"
        ).fetchall()
        with self._lock:
            for identity, camera, kind, place, revision, began_at, box in rows:
                if identity in self._incidents or self._storage.is_pending(_row(UUID(identity))):
                    continue
                self._incidents[identity] = OpenIncident(
                    incident_id=UUID(identity),
                    camera=camera,
                    kind=kind,
                    place=place,
                    revision=revision,
                    began_at=began_at,
                    box_px=tuple(json.loads(box)),
                )
            self.loads += 1


def _row(incident_id: UUID) -> RowKey:
    return "open_incident", str(incident_id)


def overlap(one: Box, other: Box) -> float:
    """Intersection over the smaller box's area, 0 to 1."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return width * height / smaller if smaller > 0 else 0.0
