"""What the detectors learned of each camera's places, kept so that a restart need not learn it again."""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.watch import ZONES
from edge.box_file import BoxFile

log = logging.getLogger(__name__)

ZONES_HOLD_S: Final = 1800.0
"""An empty zone looks the same for as long as the light does."""


class LearnedPictures:
    """The pictures in the box's file. Safe for all threads."""

    def __init__(self, file: BoxFile) -> None:
        self._file = file

    def save(self, camera: str, learned: Mapping[str, NDArray[np.uint8]], now: float) -> None:
        """Keep what is known of a camera now, instead of what was known before."""
        if not learned:
            return
        packed = io.BytesIO()
        np.savez(packed, allow_pickle=False, **learned)
        with self._file.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO memory (camera, saved_at, learned) VALUES (?, ?, ?)",
                (camera, now, packed.getvalue()),
            )

    def load(self, camera: str, now: float) -> dict[str, NDArray[np.uint8]]:
        """What was known, but for zones whose light may be another by now."""
        with self._file.reading() as connection:
            row = connection.execute(
                "SELECT saved_at, learned FROM memory WHERE camera = ?", (camera,)
            ).fetchone()
        if row is None:
            return {}
        saved_at, packed = row
        try:
            with np.load(io.BytesIO(packed), allow_pickle=False) as pictures:
                learned = {name: np.asarray(pictures[name], np.uint8) for name in pictures.files}
        except (ValueError, OSError):
            log.warning("camera %s: what was learned of it cannot be read, so it is learned again", camera)
            return {}
        fresh = 0 <= now - saved_at <= ZONES_HOLD_S
        return {
            name: picture for name, picture in learned.items() if fresh or not name.startswith(f"{ZONES}/")
        }
