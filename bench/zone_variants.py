"""Changes of a zone and its dwell that may not change what is found: for metamorphic tests and benchmarks.

An installer draws by hand: a zone a tenth larger, smaller or aside is the same order to the box. An object
well inside all of them, for long enough, must be reported in all.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from detectors.places import Polygon, Zone, polygon

SHARE: Final = 0.1
"""By how much of its size a zone is moved, grown or shrunk."""
DWELLS_S: Final = (6.0, 10.0, 20.0, 30.0, 60.0)
AS_DRAWN: Final = "as drawn"


def zone_variants(zone: Zone, frame_px: tuple[int, int], *, share: float = SHARE) -> dict[str, Zone]:
    """The zone as drawn, moved four ways, grown and shrunk, within the picture; by the change's name.

    Args:
        zone: as drawn.
        frame_px: columns and rows of the picture.
        share: of the zone's width and height, 0 to 1.
    """
    corners = np.asarray(zone.outline, np.float32)
    minimum, maximum = corners.min(axis=0), corners.max(axis=0)
    aside, down = (maximum - minimum) * share * np.eye(2, dtype=np.float32)
    middle = (minimum + maximum) / 2
    made = {
        AS_DRAWN: corners,
        "moved left": corners - aside,
        "moved right": corners + aside,
        "moved up": corners - down,
        "moved down": corners + down,
        "grown": middle + (corners - middle) * (1 + share),
        "shrunk": middle + (corners - middle) * (1 - share),
    }
    return {name: replace(zone, outline=_within(points, frame_px)) for name, points in made.items()}


def dwell_variants(zone: Zone, dwells_s: tuple[float, ...] = DWELLS_S) -> dict[float, Zone]:
    """The zone with each dwell, by the dwell in seconds."""
    return {dwell_s: replace(zone, dwell_s=dwell_s) for dwell_s in dwells_s}


def _within(points: Polygon, frame_px: tuple[int, int]) -> Polygon:
    return polygon(np.clip(points, 0, frame_px).tolist())
