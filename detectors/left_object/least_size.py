"""The smallest object that can be found in a zone, in pixels and, with a calibration, in metres."""

from __future__ import annotations

from typing import Final

import numpy as np

from detectors.ground import Ground
from detectors.left_object.settings import LeftObjectSettings
from detectors.left_object.zone_crop import ZoneCrop
from detectors.places import Purpose, Zone

WANTED_M: Final = {Purpose.GOODS: 0.4, Purpose.STALL: 0.8, Purpose.VEHICLE: 1.2}
"""The side of the smallest object that a zone is meant to find, metres, unless its `size_m` says it."""


def min_side_px(zone: Zone, frame_px: tuple[int, int], settings: LeftObjectSettings) -> float:
    """The side of the smallest square that can be found in a zone, pixels of the full picture.

    Args:
        zone: the zone.
        frame_px: columns and rows of the full picture.
        settings: the thresholds.
    """
    crop = ZoneCrop.around(zone, frame_px, settings)
    return 2 * float(np.sqrt(settings.least_blob_px(crop.half_ground.size))) / crop.scale


def far_side_px(zone: Zone, ground: Ground, side_m: float) -> float:
    """The width in pixels that an object of so many metres has at the far end of a zone."""
    corners = zone.outline.tolist()
    a_pixel_m = [ground.width_m((x - 0.5, y, x + 0.5, y)) for x, y in corners]
    return side_m / max(a_pixel_m)


def too_small(
    zone: Zone, frame_px: tuple[int, int], ground: Ground | None, settings: LeftObjectSettings
) -> str | None:
    """What cannot be seen at the far end of a zone, as a sentence; None if all can, or nothing is known.

    Args:
        zone: the zone; all of it lies below the horizon of the calibration.
        frame_px: columns and rows of the full picture.
        ground: the calibration of the camera; without one nothing is known of sizes.
        settings: the thresholds.
    """
    if ground is None:
        return None
    side_m = zone.size.min_m if zone.size is not None else WANTED_M[zone.purpose]
    side_px, min_px = far_side_px(zone, ground, side_m), min_side_px(zone, frame_px, settings)
    if side_px >= min_px:
        return None
    return (
        f"zone {zone.id!r}: at its far end a thing of {side_m:g} m is {side_px:.0f} px wide, and what is "
        f"smaller than {min_px:.0f} px can't be seen; end the zone nearer to the camera, divide it, or "
        "zoom in"
    )
