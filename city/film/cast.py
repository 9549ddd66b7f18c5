"""The moving parts of a scene: paths through time that can be drawn at any time."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from city.film import left_objects, people, vehicles
from city.film.canvas import Canvas, Colour
from city.film.people import Looks, Pose
from city.film.vehicles import Body

_RAISE_CANOPY_S: Final = 3.0


class Member(Protocol):
    """Something that is in the scene between two times of the clip."""

    @property
    def begins_s(self) -> float:
        """When it enters, seconds into the clip."""
        ...

    @property
    def ends_s(self) -> float:
        """When it has left, seconds into the clip."""
        ...

    def distance(self, at_s: float) -> float:
        """Its distance from the camera, metres; farther ones are drawn first."""
        ...

    def draw(self, canvas: Canvas, at_s: float) -> None:
        """Draw it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A path through time: points (seconds, x, y), with straight and steady motion in between."""

    points: tuple[tuple[float, float, float], ...]

    def at(self, at_s: float) -> tuple[float, float, float, float, float]:
        """Place, velocity and distance covered so far: x, y, x/s, y/s, metres."""
        times = [point[0] for point in self.points]
        index = min(max(bisect_right(times, at_s) - 1, 0), len(times) - 2)
        covered = sum(
            math.dist(a[1:], b[1:])
            for a, b in zip(self.points[: index + 1], self.points[1 : index + 1], strict=False)
        )
        (t0, x0, y0), (t1, x1, y1) = self.points[index], self.points[index + 1]
        part = min(1.0, max(0.0, (at_s - t0) / (t1 - t0)))
        x, y = x0 + part * (x1 - x0), y0 + part * (y1 - y0)
        return (
            x,
            y,
            (x1 - x0) / (t1 - t0),
            (y1 - y0) / (t1 - t0),
            covered + part * math.dist((x0, y0), (x1, y1)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Walker:
    """A pedestrian.

    Attributes:
        path: their path; they stand where it does not move.
        looks: their appearance.
        facing: heading while standing, radians.
        bends: periods in which they bend to the ground, seconds.
        talks: whether they use their hands while standing.
    """

    path: Path
    looks: Looks
    facing: float = 0.0
    bends: tuple[tuple[float, float], ...] = ()
    talks: bool = False

    @property
    def begins_s(self) -> float:
        """When they enter, seconds into the clip."""
        return self.path.points[0][0]

    @property
    def ends_s(self) -> float:
        """When they have left, seconds into the clip."""
        return self.path.points[-1][0]

    def distance(self, at_s: float) -> float:
        """Their distance from the camera, metres."""
        return self.path.at(at_s)[1]

    def draw(self, canvas: Canvas, at_s: float) -> None:
        """Draw them."""
        x, y, dx, dy, covered = self.path.at(at_s)
        speed = math.hypot(dx, dy)
        standing = speed < 0.05
        bend = max((_ease(at_s, start, end) for start, end in self.bends), default=0.0)
        sway = 0.015 * math.sin(at_s * 1.7) if standing else 0.0
        pose = Pose(
            x=x + sway,
            y=y,
            heading=self.facing if standing else math.atan2(dy, dx),
            travelled_m=covered,
            pace=0.0 if standing else min(1.0, 0.4 + 0.5 * speed),
            bend=bend,
            gesture=at_s if standing and self.talks else 0.0,
        )
        people.draw(canvas, self.looks, pose)


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """A vehicle on the road, along x only."""

    path: Path
    body: Body
    colour: Colour

    @property
    def begins_s(self) -> float:
        """When it enters, seconds into the clip."""
        return self.path.points[0][0]

    @property
    def ends_s(self) -> float:
        """When it has left, seconds into the clip."""
        return self.path.points[-1][0]

    def distance(self, at_s: float) -> float:
        """Its distance from the camera, metres."""
        return self.path.at(at_s)[1] - self.body.half_width_m

    @property
    def direction(self) -> float:
        """1 to the right, -1 to the left."""
        return 1.0 if self.path.points[-1][1] > self.path.points[0][1] else -1.0

    def light(self, canvas: Canvas, at_s: float) -> None:
        """Light the road in front of it."""
        x, y, *_ = self.path.at(at_s)
        vehicles.headlights(canvas, x, y, self.direction)

    def draw(self, canvas: Canvas, at_s: float) -> None:
        """Draw it."""
        x, y, dx, _, _ = self.path.at(at_s)
        vehicles.draw(
            canvas, self.body, self.colour, x=x, y=y, direction=self.direction, braking=abs(dx) < 0.3
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rider:
    """A cyclist, along x only."""

    path: Path
    looks: Looks

    @property
    def begins_s(self) -> float:
        """When they enter, seconds into the clip."""
        return self.path.points[0][0]

    @property
    def ends_s(self) -> float:
        """When they have left, seconds into the clip."""
        return self.path.points[-1][0]

    def distance(self, at_s: float) -> float:
        """Their distance from the camera, metres."""
        return self.path.at(at_s)[1]

    def draw(self, canvas: Canvas, at_s: float) -> None:
        """Draw them."""
        x, y, dx, _, covered = self.path.at(at_s)
        direction = 1.0 if dx >= 0 else -1.0
        vehicles.ride(canvas, self.looks, x=x, y=y, direction=direction, travelled_m=covered)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftObject:
    """A stall that rolls in, stands, and rolls out; or goods that lie for a period."""

    kind: Literal["stall", "goods"]
    path: Path

    @property
    def begins_s(self) -> float:
        """When it enters, seconds into the clip."""
        return self.path.points[0][0]

    @property
    def ends_s(self) -> float:
        """When it has left, seconds into the clip."""
        return self.path.points[-1][0]

    def distance(self, at_s: float) -> float:
        """Its distance from the camera, metres."""
        return self.path.at(at_s)[1]

    def draw(self, canvas: Canvas, at_s: float) -> None:
        """Draw it."""
        x, y, *_ = self.path.at(at_s)
        if self.kind == "goods":
            left_objects.goods(canvas, x, y)
            return
        up = self.path.points[1][0]
        down = self.path.points[-2][0]
        opened = min(1.0, max(0.0, (at_s - up) / _RAISE_CANOPY_S)) * min(
            1.0, max(0.0, (down - at_s) / _RAISE_CANOPY_S)
        )
        left_objects.stall(canvas, x, y, canopy=opened)


def _ease(at_s: float, start: float, end: float) -> float:
    """0 outside the period, 1 inside, with a second of transition at each end."""
    return max(0.0, min(1.0, (at_s - start), (end - at_s)))
