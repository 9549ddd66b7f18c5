"""The ground calibration of a camera, from its settings."""

from __future__ import annotations

from detectors.errors import DetectorError
from detectors.ground import Ground
from edge.camera_settings import Camera
from edge.errors import LayoutError


def ground_of(camera: Camera) -> Ground | None:
    """The camera's calibration; None if the settings have none.

    Raises:
        LayoutError: a point has no place, or the points are degenerate.
    """
    if not camera.ground:
        return None
    pixels = [point.px for point in camera.ground]
    degrees = [(p.lat, p.lon) for p in camera.ground if p.lat is not None and p.lon is not None]
    metres = [point.m for point in camera.ground if point.m is not None]
    try:
        if len(degrees) == len(pixels) and not metres:
            return Ground.of_degrees(pixels, degrees)
        if len(metres) == len(pixels) and not any(
            p.lat is not None or p.lon is not None for p in camera.ground
        ):
            return Ground.of_metres(pixels, metres)
    except DetectorError as error:
        raise LayoutError(f"ground: {error}") from None
    raise LayoutError("ground: give every point lat and lon, or give every point m, not both")
