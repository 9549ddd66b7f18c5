"""The movement of a vehicle or a person through the streets: trips, stops at junctions, and rests."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Final

from city.fleet.graph import Edge, StreetGraph
from city.town.plane import heading

_ACCELERATION_MPS2: Final = 1.4
_TURN_MPS: Final = 4.0
_PARKED_AFTER_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneySettings:
    """How one type of vehicle or staff moves.

    Attributes:
        speed: its speed as a factor of the traffic speed, at most `top_mps`.
        top_mps: top speed.
        rest_s: shortest and longest rest at the end of a trip.
        red_light: share of junctions that stop it, 0 to 1.
        beside_kerb: whether it walks on the pavement rather than drives in the lane.
    """

    speed: float
    top_mps: float
    rest_s: tuple[float, float]
    red_light: float = 0.3
    beside_kerb: bool = False


JOURNEYS: Final = {
    "sanitation": JourneySettings(speed=0.5, top_mps=5.0, rest_s=(15, 90)),
    "waste": JourneySettings(speed=0.8, top_mps=11.0, rest_s=(30, 120)),
    "patrol": JourneySettings(speed=0.8, top_mps=11.0, rest_s=(20, 150)),
    "bus": JourneySettings(speed=0.9, top_mps=12.0, rest_s=(20, 60)),
    "taxi": JourneySettings(speed=1.0, top_mps=15.0, rest_s=(5, 60)),
    "works": JourneySettings(speed=0.7, top_mps=10.0, rest_s=(120, 600)),
}
ON_FOOT: Final = JourneySettings(speed=1.0, top_mps=1.35, rest_s=(20, 120), red_light=0.1, beside_kerb=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class TruePosition:
    """The true position of a vehicle or person.

    Attributes:
        x: metres east.
        y: metres north.
        speed_mps: over ground.
        heading_deg: clockwise from north.
        parked: whether it has rested for so long that an engine would be off.
    """

    x: float
    y: float
    speed_mps: float
    heading_deg: float
    parked: bool


class Traveller:
    """A vehicle or person that travels from one place to the next without end.

    Args:
        graph: the streets.
        settings: how it moves.
        random_source: decides the destinations; the traveller's own.
    """

    def __init__(self, graph: StreetGraph, settings: JourneySettings, random_source: random.Random) -> None:
        self._graph = graph
        self._settings = settings
        self._random = random_source
        self._junction = random_source.randrange(len(graph.junctions))
        self._way: list[Edge] = []
        self._along_m = 0.0
        self._speed_mps = 0.0
        self._waits_s = 0.0
        self._rested_s = 0.0
        self._set_out()
        self._along_m = random_source.uniform(0.0, self._way[0].length_m)

    def step(self, seconds: float) -> TruePosition:
        """Let time pass, and return the new position."""
        left = seconds
        while left > 1e-9:
            tick = min(1.0, left)
            left -= tick
            self._tick(tick)
        return self._position()

    def _tick(self, seconds: float) -> None:
        if self._waits_s > 0.0:
            self._waits_s -= seconds
            self._rested_s += seconds
            self._speed_mps = 0.0
            return
        self._rested_s = 0.0
        edge = self._way[0]
        ahead = edge.length_m - self._along_m
        flow = min(self._settings.top_mps, self._settings.speed * edge.speed_mps)
        brakes = math.sqrt(_TURN_MPS**2 + 2 * _ACCELERATION_MPS2 * max(0.0, ahead))
        goal = min(flow, brakes)
        gain = _ACCELERATION_MPS2 * seconds
        self._speed_mps = min(goal, self._speed_mps + gain)
        self._along_m += self._speed_mps * seconds
        while self._along_m >= self._way[0].length_m:
            self._along_m -= self._way[0].length_m
            if not self._cross():
                return

    def _cross(self) -> bool:
        """Arrive at a junction; False if the trip pauses or ends there."""
        done = self._way.pop(0)
        self._junction = done.end
        if not self._way:
            self._waits_s = self._random.uniform(*self._settings.rest_s)
            self._set_out()
            self._along_m = 0.0
            return False
        if len(self._graph.leaving[self._junction]) > 2 and self._random.random() < self._settings.red_light:
            wide = self._way[0].width_m > 12
            self._waits_s = self._random.uniform(5.0, 30.0) if wide else self._random.uniform(1.0, 5.0)
            self._along_m = 0.0
            return False
        return True

    def _set_out(self) -> None:
        while not self._way:
            goal = self._random.randrange(len(self._graph.junctions))
            self._way = self._graph.route(self._junction, goal)
            if self._settings.beside_kerb:
                self._way = self._way[:6]  # a patrol on foot does not cross the whole town

    def _position(self) -> TruePosition:
        edge = self._way[0]
        x, y, dx, dy = edge.at(self._along_m)
        beside = edge.width_m / 2 + 1.5 if self._settings.beside_kerb else edge.width_m / 4
        return TruePosition(
            x=x + dy * beside,
            y=y - dx * beside,
            speed_mps=self._speed_mps,
            heading_deg=heading(dx, dy),
            parked=self._rested_s > _PARKED_AFTER_S,
        )
