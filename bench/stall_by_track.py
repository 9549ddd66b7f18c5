"""A reference for ingest's rule `stall`, on recorded track points: does a vehicle stand in a zone?

No program runs it. It has a tolerance in metres where the rule goes by speed; `bench.pictures` draws it.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from geo.distance import distance_m


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackPoint:
    """A fix of one vehicle.

    Attributes:
        at_s: seconds; points come in the order of time, older ones are left out.
        lat: degrees, WGS-84.
        lon: degrees, WGS-84.
        accuracy_m: how far off it may be; None when the device does not say.
    """

    at_s: float
    lat: float
    lon: float
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A vehicle began or ceased to stand in the zone.

    Attributes:
        phase: which of the two.
        at_s: time of the point that decided it.
        since_s: when it came to stand, or when it left.
        lat: middle of where it stood, degrees.
        lon: likewise.
    """

    phase: Literal["begun", "ended"]
    at_s: float
    since_s: float
    lat: float
    lon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StallByTrackSettings:
    """Limits.

    Attributes:
        dwell_s: how long it must have stood.
        radius_m: all points of a stand lie within this of their middle; GPS wanders by 2 to 10 m.
        leave_m: it has left once points lie farther than this from the middle.
        leave_points: and so many in a row do.
        accuracy_most_m: points worse than this are left out.
        gap_most_s: after a longer silence nothing is known about a stand that had not been confirmed.
    """

    dwell_s: float = 300.0
    radius_m: float = 18.0
    leave_m: float = 35.0
    leave_points: int = 2
    accuracy_most_m: float = 50.0
    gap_most_s: float = 180.0


@dataclass(slots=True)
class StallByTrack:
    """Follows one vehicle in one zone.

    Attributes:
        zone: corners (lat, lon) of the zone, degrees.
    """

    zone: tuple[tuple[float, float], ...]
    settings: StallByTrackSettings = field(default_factory=StallByTrackSettings)
    _points: deque[TrackPoint] = field(default_factory=deque)
    _stood: tuple[float, float] | None = None
    _away: list[TrackPoint] = field(default_factory=list)
    _last_s: float = -math.inf

    def take(self, point: TrackPoint) -> Standing | None:
        """Take the next point; answer what it settles. Late and poor points change nothing."""
        poor = point.accuracy_m is not None and point.accuracy_m > self.settings.accuracy_most_m
        real = math.isfinite(point.at_s) and math.isfinite(point.lat) and math.isfinite(point.lon)
        if poor or not real or point.at_s <= self._last_s:
            return None
        silent_s, self._last_s = point.at_s - self._last_s, point.at_s
        if self._stood is not None:
            return self._stay(point, self._stood)
        if silent_s > self.settings.gap_most_s:
            self._points.clear()
        self._points.append(point)
        middle = self._middle()
        while distance_m(self._points[0].lat, self._points[0].lon, *middle) > self.settings.radius_m or (
            distance_m(point.lat, point.lon, *middle) > self.settings.radius_m
        ):
            self._points.popleft()
            middle = self._middle()
        since_s = self._points[0].at_s
        if point.at_s - since_s < self.settings.dwell_s or not inside(self.zone, middle):
            return None
        self._stood = middle
        self._points.clear()
        return Standing(phase="begun", at_s=point.at_s, since_s=since_s, lat=middle[0], lon=middle[1])

    def _stay(self, point: TrackPoint, stood: tuple[float, float]) -> Standing | None:
        if distance_m(point.lat, point.lon, *stood) <= self.settings.leave_m:
            self._away.clear()
            return None
        self._away.append(point)
        if len(self._away) < self.settings.leave_points:
            return None
        left_s = self._away[0].at_s
        self._points.extend(self._away)
        self._away.clear()
        self._stood = None
        return Standing(phase="ended", at_s=point.at_s, since_s=left_s, lat=stood[0], lon=stood[1])

    def _middle(self) -> tuple[float, float]:
        lats, lons = sorted(p.lat for p in self._points), sorted(p.lon for p in self._points)
        return lats[len(lats) // 2], lons[len(lons) // 2]


def inside(zone: tuple[tuple[float, float], ...], place: tuple[float, float]) -> bool:
    """Whether a (lat, lon) lies inside a polygon, by counting crossings."""
    lat, lon = place
    within = False
    for (lat1, lon1), (lat2, lon2) in zip(zone, (*zone[1:], zone[0]), strict=True):
        if (lat1 > lat) is not (lat2 > lat) and lon < (lon2 - lon1) * (lat - lat1) / (lat2 - lat1) + lon1:
            within = not within
    return within
