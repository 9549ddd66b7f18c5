"""What moves in a scene: people, vehicles and objects that can be drawn at any time of the clip."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from city.film import left_objects, people, vehicles
from city.film.canvas import Canvas, Colour
from city.film.people import Looks, Pose
from city.film.vehicles import Body

_OPEN_CANOPY_S: Final = 3.0
"""Seconds in which a stall's canopy opens, or closes."""
_BRAKE_LIGHTS_M_S: Final = 0.3
"""Metres per second. A slower vehicle shows its brake lights."""
_STANDING_M_S: Final = 0.05
"""Metres per second. A slower pedestrian counts as standing."""


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

    def depth(self, at_s: float) -> float:
        """Its distance from the camera along y, metres; members with a larger depth are drawn first."""
        ...

    def draw(self, canvas: Canvas, at_s: float) -> None:
        """Draw it as it is at this time of the clip."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A path through time, straight and steady from point to point.

    Attributes:
        points: (time, x, y), at least two: seconds into the clip, and metres on the ground. x points to the
            right along the street, y across it away from the camera; the camera's pole stands at (0, 0).
    """

    points: tuple[tuple[float, float, float], ...]

    def at(self, at_s: float) -> tuple[float, float, float, float, float]:
        """The place (x, y), m; the velocity along x and y, m/s; the distance so far, m.

        Before the first point and after the last one, the place is that point, and the velocity is that of
        the nearest part of the path.
        """
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
        path: their path; they stand while their place on it does not change.
        looks: their appearance.
        facing: heading while standing, radians, 0 towards +x, counter-clockwise.
        bends: periods (begin, end) in which they bend to the ground, seconds into the clip.
        talks: whether they gesture with their hands while standing.
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

    def depth(self, at_s: float) -> float:
        """Their distance from the camera along y, metres."""
        return self.path.at(at_s)[1]

    def draw(self, canvas: Canvas, at_s: float) -> None:
        """Draw them."""
        x, y, velocity_x, velocity_y, travelled_m = self.path.at(at_s)
        speed = math.hypot(velocity_x, velocity_y)
        standing = speed < _STANDING_M_S
        bend = max((_ease(at_s, start, end) for start, end in self.bends), default=0.0)
        sway = 0.015 * math.sin(at_s * 1.7) if standing else 0.0
        pose = Pose(
            x=x + sway,
            y=y,
            heading=self.facing if standing else math.atan2(velocity_y, velocity_x),
            travelled_m=travelled_m,
            pace=0.0 if standing else min(1.0, 0.4 + 0.5 * speed),
            bend=bend,
            gesture=at_s if standing and self.talks else 0.0,
        )
        people.draw(canvas, self.looks, pose)


@dataclass(frozen=True, slots=True, kw_only=True)
class MovingVehicle:
    """A vehicle on the road; its path leads along x only."""

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

    def depth(self, at_s: float) -> float:
        """The distance of its near side from the camera along y, metres."""
        return self.path.at(at_s)[1] - self.body.half_width_m

    @property
    def direction(self) -> float:
        """1 if it drives to the right (+x), -1 to the left."""
        return 1.0 if self.path.points[-1][1] > self.path.points[0][1] else -1.0

    def light(self, canvas: Canvas, at_s: float) -> None:
        """Light the road in front of it."""
        x, y, *_ = self.path.at(at_s)
        vehicles.headlights(canvas, x, y, self.direction)

    def draw(self, canvas: Canvas, at_s: float) -> None:
        """Draw it."""
        x, y, velocity_x, _, _ = self.path.at(at_s)
        vehicles.draw(
            canvas,
            self.body,
            self.colour,
            x=x,
            y=y,
            direction=self.direction,
            braking=abs(velocity_x) < _BRAKE_LIGHTS_M_S,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cyclist:
    """A cyclist; their path leads along x only."""

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

    def depth(self, at_s: float) -> float:
        """Their distance from the camera along y, metres."""
        return self.path.at(at_s)[1]

    def draw(self, canvas: Canvas, at_s: float) -> None:
        """Draw them."""
        x, y, velocity_x, _, travelled_m = self.path.at(at_s)
        direction = 1.0 if velocity_x >= 0 else -1.0
        vehicles.ride(canvas, self.looks, x=x, y=y, direction=direction, travelled_m=travelled_m)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftObject:
    """A stall that rolls in, stands, and rolls out; or goods that lie for a period.

    Attributes:
        kind: stall or goods.
        path: its path. That of a stall has at least four points: it enters, arrives, leaves and is gone.
    """

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

    def depth(self, at_s: float) -> float:
        """Its distance from the camera along y, metres."""
        return self.path.at(at_s)[1]

    def draw(self, canvas: Canvas, at_s: float) -> None:
        """Draw it."""
        x, y, *_ = self.path.at(at_s)
        if self.kind == "goods":
            left_objects.goods(canvas, x, y)
            return
        arrives_s = self.path.points[1][0]
        leaves_s = self.path.points[-2][0]
        opened_share = min(1.0, max(0.0, (at_s - arrives_s) / _OPEN_CANOPY_S))
        still_open_share = min(1.0, max(0.0, (leaves_s - at_s) / _OPEN_CANOPY_S))
        left_objects.stall(canvas, x, y, canopy=opened_share * still_open_share)


def _ease(at_s: float, start: float, end: float) -> float:
    """0 outside the period, 1 inside; it rises during the first second, and falls during the last one."""
    return max(0.0, min(1.0, (at_s - start), (end - at_s)))
