"""Stores what the detectors learned of each camera's covers and zones, for the next start."""

from __future__ import annotations

import io
import logging
import sqlite3
import zipfile
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detectors.watch import ZONES
from edge.boot_clock import BootClock
from edge.errors import StorageError
from edge.storage import Storage

log = logging.getLogger(__name__)

ZONES_HOLD_S: Final = 1800.0
"""Seconds for which the appearance of an empty zone stays valid: after that the light has changed."""

_READ_S: Final = 5.0
_PUT: Final = (
    "INSERT OR REPLACE INTO memory (camera, saved_at, learned, boot_id, boot_s) VALUES (?, ?, ?, ?, ?)"
)


class LearnedPictures:
    """What was learned, in the box's file. Safe for all threads.

    Args:
        storage: the box's file.
        clock: tells the age of what was saved.
    """

    def __init__(self, storage: Storage, clock: BootClock) -> None:
        self._storage = storage
        self._clock = clock

    def save(self, camera: str, learned: Mapping[str, NDArray[np.uint8]]) -> None:
        """Replace what is stored of a camera.

        While the disk accepts no writes, nothing is stored: the data are large and can be learned again.
        """
        if not learned or self._storage.fault() is not None:
            return
        packed = io.BytesIO()
        np.savez(packed, allow_pickle=False, **learned)
        now = self._clock.now()
        values = (camera, now.wall_s, packed.getvalue(), now.boot_id, now.boot_s)
        self._storage.put({("memory", camera): lambda connection: connection.execute(_PUT, values)})

    def load(self, camera: str) -> dict[str, NDArray[np.uint8]]:
        """What is stored, without zones whose light may have changed; nothing if it cannot be read."""

        def ask(connection: sqlite3.Connection) -> Any:
            return connection.execute(
                "SELECT saved_at, learned, boot_id, boot_s FROM memory WHERE camera = ?", (camera,)
            ).fetchone()

        try:
            row = self._storage.read(ask, timeout_s=_READ_S)
        except StorageError as error:
            log.warning("camera %s: what was learned of it cannot be read (%s)", camera, error)
            return {}
        if row is None:
            return {}
        saved_at, packed, boot_id, boot_s = row
        try:
            with np.load(io.BytesIO(packed), allow_pickle=False) as pictures:
                learned = {name: np.asarray(pictures[name], np.uint8) for name in pictures.files}
        except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile):
            log.warning("camera %s: what was learned of it cannot be read, so it is learned again", camera)
            return {}
        age_s = self._clock.age_s(wall_s=saved_at, boot_id=boot_id, boot_s=boot_s)
        fresh = age_s is not None and 0 <= age_s <= ZONES_HOLD_S
        return {
            name: picture for name, picture in learned.items() if fresh or not name.startswith(f"{ZONES}/")
        }
