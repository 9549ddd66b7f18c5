"""The scene of one camera: the street, those who pass, and its events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from city.film.backdrop import COVER_RADIUS_M, Street
from city.film.canvas import Light
from city.film.cast import LeftObject, Member
from city.film.left_objects import GOODS_SOLID, STALL_SOLID
from city.film.view import Points, View, circle

CLIP_S: Final = 300.0
FRAMES_PER_S: Final = 8
KEYFRAME_S: Final = 2.0
_SURVEYED: Final = ((0.1, 0.95), (0.9, 0.95), (0.8, 0.4), (0.2, 0.4))
"""The four points that an installer measures, as shares of the picture's width and height."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A piece of pavement that must stay free: corners (x, y) in scene metres."""

    id: str
    detects: Literal["stall", "goods"]
    corners: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something wrong in the scene.

    Attributes:
        type: cover_missing, stall or goods.
        where: the id of the cover or of the zone.
        begins_s: when it becomes visible, seconds into the clip.
        ends_s: when the place is restored, seconds into the clip.
        x: scene metres.
        y: scene metres.
    """

    type: Literal["cover_missing", "stall", "goods"]
    where: str
    begins_s: float
    ends_s: float
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything that one camera films.

    Attributes:
        camera: its id.
        view: the camera.
        light: the light.
        street: the static part.
        cast: everything that moves.
        zones: places that must stay free.
        events: what goes wrong; covers without an event stay in place.
        seed: of the surfaces.
    """

    camera: str
    view: View
    light: Light
    street: Street
    cast: tuple[Member, ...]
    zones: tuple[Zone, ...] = ()
    events: tuple[Event, ...] = ()
    seed: int = 0
    covers: tuple[str, ...] = field(default=("cover-1",))

    def missing(self, cover: str, at_s: float) -> bool:
        """Whether a cover is missing at this time."""
        return any(
            event.type == "cover_missing" and event.where == cover and event.begins_s <= at_s < event.ends_s
            for event in self.events
        )

    def cover_outline(self, index: int) -> Points:
        """Pixels (n, 2) of a cover's edge."""
        x, y = self.street.covers[index]
        return self.view.project(circle(x, y, COVER_RADIUS_M, corners=24))[0]

    def zone_outline(self, zone: Zone) -> Points:
        """Pixels (n, 2) of a zone's edge on the ground."""
        corners = np.array([(x, y, 0.0) for x, y in zone.corners])
        return self.view.project(corners)[0]

    def ground_marks(self) -> list[tuple[tuple[float, float], tuple[float, float]]]:
        """Four points of the ground as an installer measures them: pixel (x, y), place in scene metres."""
        marks = []
        to_ground = np.linalg.inv(self.view.ground())
        for across, down in _SURVEYED:
            pixel = (across * self.view.width_px, down * self.view.height_px)
            x, y, scale = (to_ground @ np.array([*pixel, 1.0])).tolist()
            marks.append((pixel, (x / scale, y / scale)))
        return marks

    def box_px(self, event: Event) -> tuple[float, float, float, float]:
        """The box around an event: left, top, right, bottom, pixels of the picture."""
        if event.type == "cover_missing":
            pixels = self.cover_outline(self.covers.index(event.where))
        else:
            (x0, y0, z0), (x1, y1, z1) = STALL_SOLID if event.type == "stall" else GOODS_SOLID
            corners = [(event.x + a, event.y + b, c) for a in (x0, x1) for b in (y0, y1) for c in (z0, z1)]
            pixels, _ = self.view.project(np.array(corners))
        limit = (self.view.width_px, self.view.height_px)
        low, high = np.clip(pixels.min(axis=0), 0, limit), np.clip(pixels.max(axis=0), 0, limit)
        return (
            round(float(low[0]), 1),
            round(float(low[1]), 1),
            round(float(high[0]), 1),
            round(float(high[1]), 1),
        )


def left_objects_of(scene: Scene) -> list[LeftObject]:
    """The stalls and goods that are left in a scene."""
    return [member for member in scene.cast if isinstance(member, LeftObject)]
