"""A GNSS receiver with typical faults: drifting errors, gaps, late fixes, reports without a fix."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Final, Literal

from city.fleet.travel import TruePosition
from city.town.plane import HOME
from wire import Position

_WANDER_S: Final = 40.0
_LONGEST_OUTAGE_S: Final = 45.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """The accuracy of a receiver, and how often it fails.

    Attributes:
        error_m: standard deviation of its error in each direction; the error drifts over some 40 s.
        outage_every_s: mean time between losses of the network or of the satellites.
        late_share: share of the outages in which fixes are still taken, and sent afterwards.
        no_fix_every_s: mean time between reports without a fix.
    """

    error_m: float
    outage_every_s: float = 1500.0
    late_share: float = 0.6
    no_fix_every_s: float = 1500.0


VEHICLE: Final = Faults(error_m=2.2)
PHONE: Final = Faults(error_m=4.0, outage_every_s=900.0)


class Receiver:
    """Turns a true position into the device's report.

    Args:
        faults: its accuracy and faults.
        random_source: the receiver's own.
        ignition: whether the report contains the ignition.
    """

    def __init__(self, faults: Faults, random_source: random.Random, *, ignition: bool) -> None:
        self._faults = faults
        self._random = random_source
        self._ignition = ignition
        self._error = [random_source.gauss(0.0, faults.error_m), random_source.gauss(0.0, faults.error_m)]
        self._outage: Literal["none", "late", "gap"] = "none"
        self._outage_left_s = 0.0
        self._kept: list[Position] = []
        self._last = (0.0, 0.0)

    def report(self, truth: TruePosition, *, now: float, after_s: float) -> list[Position]:
        """The fixes to send now: none in an outage, one, or all stored ones, oldest first.

        Args:
            truth: the true position.
            now: epoch seconds, for the fix.
            after_s: seconds since the last report.
        """
        self._wander(after_s)
        fix = self._fix(truth, now)
        if self._outage == "none":
            if self._random.random() < after_s / self._faults.outage_every_s:
                self._outage = "late" if self._random.random() < self._faults.late_share else "gap"
                self._outage_left_s = self._random.uniform(10.0, _LONGEST_OUTAGE_S)
            elif self._random.random() < after_s / self._faults.no_fix_every_s:
                return [self._no_fix(now)]
        if self._outage == "none":
            self._last = (fix.lat, fix.lon)
            return [fix]
        if self._outage == "late":
            self._kept.append(fix)
        self._outage_left_s -= after_s
        if self._outage_left_s > 0.0:
            return []
        self._outage = "none"
        sent, self._kept = self._kept, []
        return sent

    def _wander(self, seconds: float) -> None:
        """First-order Gauss-Markov process, the usual model of a receiver's slowly changing error."""
        keep = math.exp(-seconds / _WANDER_S)
        fresh = math.sqrt(1.0 - keep * keep) * self._faults.error_m
        self._error = [keep * part + fresh * self._random.gauss(0.0, 1.0) for part in self._error]

    def _fix(self, truth: TruePosition, now: float) -> Position:
        lat, lon = HOME.degrees(
            truth.x + self._error[0] + self._random.gauss(0.0, 0.2),
            truth.y + self._error[1] + self._random.gauss(0.0, 0.2),
        )
        moving = truth.speed_mps > 0.5
        speed = max(0.0, truth.speed_mps + self._random.gauss(0.0, 0.15)) if moving else 0.0
        course = (truth.heading_deg + self._random.gauss(0.0, 2.0)) % 360.0
        return Position(
            time=round(now, 3),
            lat=round(lat, 7),
            lon=round(lon, 7),
            speed_mps=round(speed, 2),
            heading_deg=round(course, 1) % 360.0 if moving else None,
            accuracy_m=round(self._faults.error_m * self._random.uniform(1.2, 2.2), 1),
            ignition=not truth.parked if self._ignition else None,
        )

    def _no_fix(self, now: float) -> Position:
        """A receiver without satellites repeats its last place, or sends (0, 0)."""
        lat, lon = self._last if self._random.random() < 0.5 else (0.0, 0.0)
        return Position(time=round(now, 3), lat=lat, lon=lon, fix=False)
