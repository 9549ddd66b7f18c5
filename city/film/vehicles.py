"""Cars, vans and buses as bodies with a side profile, bicycles with riders, and their lamps at night."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from city.film import people
from city.film.canvas import Canvas, Colour
from city.film.people import Looks, Pose
from city.film.view import Points

_GLASS: Final[Colour] = (78, 66, 52)
_TYRE: Final[Colour] = (34, 33, 33)
_HUB: Final[Colour] = (150, 150, 152)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The shape of a kind of vehicle.

    Attributes:
        profile: corners (forward, up) in metres of its outline from the side, from the rear bottom over the
            roof.
        glass: which faces between corners of the profile are glass.
        windows: corners (forward, up) of the windows in its side.
        half_width_m: half its width.
        wheels: axle positions, metres forward of the centre.
    """

    profile: tuple[tuple[float, float], ...]
    glass: tuple[int, ...]
    windows: tuple[tuple[tuple[float, float], ...], ...]
    half_width_m: float
    wheels: tuple[float, ...] = (-1.35, 1.35)


CAR: Final = Body(
    profile=(
        (-2.2, 0.3), (-2.28, 0.72), (-2.1, 0.98), (-1.55, 1.02), (-0.95, 1.42), (0.35, 1.44), (1.1, 0.98),
        (2.05, 0.82), (2.28, 0.6), (2.22, 0.3),
    ),
    glass=(3, 5),
    windows=(
        ((-1.3, 1.02), (-0.85, 1.34), (-0.3, 1.36), (-0.3, 1.0)),
        ((-0.22, 1.0), (-0.22, 1.36), (0.32, 1.36), (0.92, 0.98)),
    ),
    half_width_m=0.88,
)  # fmt: skip
SUV: Final = Body(
    profile=(
        (-2.2, 0.35), (-2.25, 0.9), (-2.15, 1.1), (-1.9, 1.62), (0.35, 1.66), (1.05, 1.12), (2.05, 0.98),
        (2.25, 0.7), (2.2, 0.35),
    ),
    glass=(2, 4),
    windows=(
        ((-1.8, 1.12), (-1.65, 1.52), (-0.5, 1.56), (-0.5, 1.1)),
        ((-0.4, 1.1), (-0.4, 1.56), (0.3, 1.56), (0.88, 1.12)),
    ),
    half_width_m=0.93,
)  # fmt: skip
VAN: Final = Body(
    profile=(
        (-2.4, 0.35), (-2.42, 1.1), (-2.38, 1.9), (1.3, 1.92), (2.0, 1.15), (2.4, 0.95), (2.42, 0.35),
    ),
    glass=(3,),
    windows=(((0.5, 1.15), (0.5, 1.75), (1.22, 1.75), (1.8, 1.15)),),
    half_width_m=0.9,
    wheels=(-1.5, 1.55),
)  # fmt: skip
BUS: Final = Body(
    profile=((-5.4, 0.4), (-5.45, 1.3), (-5.35, 2.95), (5.2, 2.95), (5.4, 1.2), (5.4, 0.4)),
    glass=(3,),
    windows=tuple(
        ((x, 1.3), (x, 2.4), (x + 1.5, 2.4), (x + 1.5, 1.3)) for x in (-5.0, -3.3, -1.6, 0.1, 1.8, 3.5)
    ),
    half_width_m=1.2,
    wheels=(-3.0, 3.4),
)  # fmt: skip


def draw(
    canvas: Canvas, body: Body, colour: Colour, *, x: float, y: float, direction: float, braking: bool
) -> None:
    """Draw a vehicle on the street, driving to +x (direction 1) or -x (-1), with its shadow and lamps."""
    profile = np.array(body.profile)
    near_y, far_y = y - body.half_width_m, y + body.half_width_m

    def side(points: Points, at_y: float, inset: float = 0.0) -> Points:
        roof = np.clip((points[:, 1] - 1.0) * 0.28, 0, 0.25) + inset
        toward = 1.0 if at_y < y else -1.0
        return np.column_stack([x + direction * points[:, 0], at_y + toward * roof, points[:, 1]])

    near, far = side(profile, near_y), side(profile, far_y)
    if canvas.light.shadow_depth > 0:
        foot = np.array([[-2.2, 0.0], [2.2, 0.0]]) * (profile[:, 0].max() / 2.2, 1)
        under = np.concatenate([side(foot, near_y - 0.05), side(foot, far_y + 0.05)[::-1]])
        canvas.shadow(faces=[near, far, under])
    for index in _hidden_last(canvas, near, far):
        face = np.array([near[index], near[index + 1], far[index + 1], far[index]])
        steep = abs(profile[index + 1, 1] - profile[index, 1]) / math.dist(profile[index], profile[index + 1])
        if index in body.glass:
            canvas.polygon(face, canvas.tone(_GLASS, x, y, 1.25))
        else:
            canvas.polygon(face, canvas.tone(colour, x, y, 1.12 - 0.42 * steep))
    canvas.polygon(near, canvas.tone(colour, x, y, 0.78))
    sill = np.array(
        [(profile[0, 0], 0.3), (profile[0, 0], 0.5), (profile[-1, 0], 0.5), (profile[-1, 0], 0.3)]
    )
    canvas.polygon(side(sill, near_y), canvas.tone(colour, x, y, 0.5))
    for window in body.windows:
        canvas.polygon(side(np.array(window), near_y - 0.01), canvas.tone(_GLASS, x, y))
        shine = np.array([window[0], window[1], ((window[1][0] + window[2][0]) / 2, window[1][1])])
        canvas.polygon(side(shine, near_y - 0.012), canvas.tone(_GLASS, x, y, 1.45))
    for axle in body.wheels:
        _wheel(canvas, x + direction * axle, near_y - 0.02, x, y)
    _lamps(canvas, body, x, y, direction, braking=braking)


def _hidden_last(canvas: Canvas, near: Points, far: Points) -> list[int]:
    """Faces across the body, back faces first, so that the visible ones are painted over them."""
    order = []
    for index in range(len(near) - 1):
        corners = np.array([near[index], near[index + 1], far[index + 1]])
        normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
        outward = corners.mean(axis=0) - near.mean(axis=0)
        if np.dot(normal, outward) < 0:
            normal = -normal
        seen = np.dot(normal, np.array([0, 0, canvas.view.height_m]) - corners[0])
        order.append((seen > 0, index))
    return [index for _, index in sorted(order)]


def _wheel(canvas: Canvas, x: float, at_y: float, body_x: float, body_y: float) -> None:
    angles = np.linspace(0, math.tau, 18, endpoint=False)
    for radius, colour in ((0.34, _TYRE), (0.21, _HUB), (0.07, _TYRE)):
        rim = np.column_stack(
            [x + radius * np.cos(angles), np.full(18, at_y), 0.34 + radius * np.sin(angles)]
        )
        canvas.polygon(rim, canvas.tone(colour, body_x, body_y))


def _lamps(canvas: Canvas, body: Body, x: float, y: float, direction: float, *, braking: bool) -> None:
    nose, tail = max(p[0] for p in body.profile), min(p[0] for p in body.profile)
    for side in (-0.75, 0.75):
        front = np.array([x + direction * (nose - 0.06), y + side * body.half_width_m, 0.68])
        back = np.array([x + direction * (tail + 0.05), y + side * body.half_width_m, 0.8])
        if canvas.light.night:
            pixels, depth = canvas.view.project(front[None, :])
            canvas.sparkles.append(
                (pixels[0, 0], pixels[0, 1], 0.55 * canvas.view.focal_px / depth[0], 255.0)
            )
            pixels, depth = canvas.view.project(back[None, :])
            strength = 170.0 if braking else 90.0
            canvas.sparkles.append(
                (pixels[0, 0], pixels[0, 1], 0.22 * canvas.view.focal_px / depth[0], strength)
            )
        else:
            canvas.ball(front, 0.09, (225, 232, 235))
            canvas.ball(back, 0.08, (60, 60, 235) if braking else (40, 40, 150))


def headlights(canvas: Canvas, x: float, y: float, direction: float) -> None:
    """Light the road in front of a vehicle at night; call it before anything on the road is drawn."""
    reach = np.array([[2.2, -0.7], [14.0, -3.0], [16.0, 0.0], [14.0, 3.0], [2.2, 0.7]])
    cone = np.column_stack([x + direction * reach[:, 0], y + reach[:, 1], np.zeros(5)])
    cone[:, 1] = np.maximum(cone[:, 1], 4.0)
    pixels, _ = canvas.view.project(cone)
    rows, columns = canvas.image.shape[:2]
    left, top = np.clip(np.floor(pixels.min(axis=0)).astype(int) - 40, 0, (columns, rows))
    right, bottom = np.clip(np.ceil(pixels.max(axis=0)).astype(int) + 40, 0, (columns, rows))
    if right - left < 8 or bottom - top < 8:
        return
    shrink = 4
    mask = np.zeros(((bottom - top) // shrink + 1, (right - left) // shrink + 1), np.uint8)
    small = (pixels - (left, top)) / shrink
    cv2.fillPoly(mask, [(small * 16).astype(np.int32)], 150, cv2.LINE_AA, 4)
    core = small[[0, 1, 3, 4]].mean(axis=0) + (small - small[[0, 1, 3, 4]].mean(axis=0)) * 0.55
    cv2.fillPoly(mask, [(core * 16).astype(np.int32)], 235, cv2.LINE_AA, 4)
    mask = cv2.resize(cv2.blur(cv2.blur(mask, (15, 9)), (9, 7)), (right - left, bottom - top))
    region = canvas.image[top:bottom, left:right]
    glow = cv2.multiply(region, cv2.cvtColor(mask, cv2.COLOR_GRAY2BGR), scale=1.2 / 255)
    cv2.add(region, glow, dst=region)


def ride(canvas: Canvas, looks: Looks, *, x: float, y: float, direction: float, travelled_m: float) -> None:
    """Draw a cyclist riding to +x (direction 1) or -x (-1)."""
    wheels = np.array([[x - 0.5 * direction, y, 0.33], [x + 0.55 * direction, y, 0.33]])
    frame = np.array(
        [
            [x - 0.5 * direction, y, 0.33], [x, y, 0.32], [x - 0.18 * direction, y, 0.82],
            [x + 0.42 * direction, y, 0.86], [x + 0.55 * direction, y, 0.33], [x + 0.38 * direction, y, 1.02],
        ]
    )  # fmt: skip
    angles = np.linspace(0, math.tau, 24)
    steel = canvas.tone((90, 60, 40), x, y)
    rims = [
        np.column_stack([hub[0] + 0.32 * np.cos(angles), np.full(24, y), hub[2] + 0.32 * np.sin(angles)])
        for hub in wheels
    ]
    if canvas.light.shadow_depth > 0:
        canvas.shadow(bars=(frame, [(0, 2, 0.04), (1, 3, 0.04), (3, 4, 0.04), (2, 3, 0.04)]))
    for rim in rims:
        canvas.strokes(rim, [(i, i + 1, 0.02, canvas.tone(_TYRE, x, y)) for i in range(23)])
    links = ((0, 1), (1, 2), (2, 3), (1, 3), (0, 2), (3, 4), (3, 5))
    canvas.strokes(frame, [(a, b, 0.022, steel) for a, b in links])
    heading = 0.0 if direction > 0 else math.pi
    people.draw(
        canvas,
        looks,
        Pose(
            x=x - 0.12 * direction, y=y, heading=heading, travelled_m=travelled_m * 0.4, pace=0.75, bend=0.22
        ),
    )
    if canvas.light.night:
        pixels, depth = canvas.view.project(frame[5:6])
        canvas.sparkles.append((pixels[0, 0], pixels[0, 1], 0.25 * canvas.view.focal_px / depth[0], 220.0))
