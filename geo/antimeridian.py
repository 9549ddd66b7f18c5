"""Lines and polygons that cross the 180th meridian, cut there as RFC 7946 (3.1.9) asks.

Coordinates jump by nearly 360 degrees where a line crosses. A step of more than 180 degrees is taken for such
a crossing, since the other way round the earth is shorter. In a polygon, one of exactly 360 degrees is the
whole of a parallel.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

_TURN: Final = 360.0
_HALF: Final = 180.0
_ON_MERIDIAN: Final = 1e-9
"""Degrees, a tenth of a millimetre: what is nearer counts as on the meridian, for adding a turn rounds it."""


class PoleError(ValueError):
    """A ring goes once around the earth: which side of it is meant cannot be told."""


def unwrapped(lon: Floats) -> Floats:
    """Longitudes along a line without jumps: beyond 180 or -180 where the line has crossed the meridian."""
    step = np.diff(lon)
    return _added(lon, np.abs(step) > _HALF, step)


def cut_polygon(polygon: shapely.Polygon) -> shapely.Polygon | shapely.MultiPolygon:
    """A polygon as it is, or its parts on both sides of the 180th meridian.

    Raises:
        PoleError: a ring goes around a pole.
        shapely.GEOSException: it is not valid, such as crossing itself.
    """
    shell = _unwrapped_ring(polygon.exterior)
    holes = [_beside(shell, _unwrapped_ring(ring)) for ring in polygon.interiors]
    west, east = shell[:, 0].min(), shell[:, 0].max()
    if west >= -_HALF and east <= _HALF:
        return polygon
    whole = shapely.Polygon(shell, holes)
    if not shapely.is_valid(whole):
        raise shapely.GEOSException(shapely.is_valid_reason(whole))
    parts = []
    for turn in range(int((west + _HALF) // _TURN), int((east + _HALF) // _TURN) + 1):
        window = shapely.box(turn * _TURN - _HALF, -90, turn * _TURN + _HALF, 90)
        part = shapely.transform(shapely.intersection(whole, window), partial(_moved, degrees=-turn * _TURN))
        parts += [each for each in shapely.get_parts(part) if each.geom_type == "Polygon"]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """Where a line crosses the 180th meridian.

    Attributes:
        row: the position before it; the next one lies on the other side.
        share: of the way to the next position; 0 where `row` itself lies on the meridian, always less than 1.
        lat: where, in degrees.
        lon: 180 or -180, as the part that ends there has it; the part that begins there has the other.
    """

    row: int
    share: float
    lat: float
    lon: float


def crossings(lat: Floats, lon: Floats) -> tuple[Floats, list[Crossing]]:
    """Where a line crosses the 180th meridian.

    Args:
        lat: of its positions, in degrees;
        lon: likewise.

    Returns:
        The longitudes, where those on the meridian itself have the sign of the part that they belong to; and
        the crossings in order. Each part has at least two positions.
    """
    if not len(lon) or np.abs(np.diff(lon)).max(initial=0) <= _HALF:
        return lon, []
    lon = np.where(np.abs(lon) > _HALF - _ON_MERIDIAN, np.copysign(_HALF, lon), lon)
    path = unwrapped(lon)
    side = _sides(path, on_meridian=np.abs(lon) == _HALF)
    found = []
    for row in np.flatnonzero(np.diff(side)).tolist():
        edge = max(side[row], side[row + 1]) * _TURN - _HALF
        share = float((edge - path[row]) / (path[row + 1] - path[row]))
        where = float(lat[row] + (lat[row + 1] - lat[row]) * share)
        found.append(
            Crossing(row=row, share=share, lat=where, lon=_HALF if side[row + 1] > side[row] else -_HALF)
        )
    return path - side * _TURN, found


def _sides(path: Floats, *, on_meridian: NDArray[np.bool_]) -> Floats:
    """The turn of the earth of each position; one on the meridian goes with the one before it."""
    side = np.floor((path + _HALF) / _TURN)
    (off,) = np.nonzero(~on_meridian)
    if on_meridian[0] and len(off):
        side[0] = side[off[0]]
    for row in np.flatnonzero(on_meridian[1:]) + 1:
        side[row] = side[row - 1]
    return side


def _unwrapped_ring(ring: shapely.LinearRing) -> Floats:
    places = shapely.get_coordinates(ring)
    step = np.diff(places[:, 0])
    places[:, 0] = _added(places[:, 0], (np.abs(step) > _HALF) & (np.abs(step) < _TURN), step)
    if places[0, 0] != places[-1, 0]:
        raise PoleError("a ring goes around a pole; draw it along the 180th meridian up to the pole")
    return places


def _added(lon: Floats, crosses: NDArray[np.bool_], step: Floats) -> Floats:
    """Longitudes, from each crossing on a turn more or less."""
    turns = np.concatenate([[0.0], np.cumsum(np.where(crosses, -np.sign(step), 0.0))])
    found: Floats = lon + turns * _TURN
    return found


def _beside(shell: Floats, hole: Floats) -> Floats:
    """A hole on the turn of the earth on which its shell lies."""
    apart = (shell[:, 0].min() + shell[:, 0].max() - hole[:, 0].min() - hole[:, 0].max()) / 2
    return _moved(hole, round(apart / _TURN) * _TURN)


def _moved(places: Floats, degrees: float) -> Floats:
    """Places (lon, lat), so many degrees to the east."""
    found: Floats = places + np.array([degrees, 0.0])
    return found
