"""Draws objects that are left in the street: a vendor's stall, a heap of goods."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from city.film.canvas import Canvas, Colour
from city.film.view import Points

_WOOD: Final[Colour] = (70, 105, 150)
_METAL: Final[Colour] = (165, 165, 160)
_CANOPY: Final[tuple[Colour, Colour]] = ((50, 60, 205), (210, 215, 225))
_CARTON: Final[Colour] = (95, 135, 175)
_FRUIT: Final[tuple[Colour, ...]] = ((30, 130, 235), (40, 40, 200), (60, 190, 120), (50, 200, 235))


def box(
    canvas: Canvas, low: tuple[float, float, float], high: tuple[float, float, float], colour: Colour
) -> None:
    """Draw an upright box between two corners; its front, a side and its top are visible."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    side_x = x0 if x0 > 0 else x1
    if x0 > 0 or x1 < 0:
        canvas.polygon(
            np.array([[side_x, y0, z0], [side_x, y1, z0], [side_x, y1, z1], [side_x, y0, z1]]),
            canvas.tone(colour, x, y, 0.62),
        )
    canvas.polygon(
        np.array([[x0, y0, z0], [x1, y0, z0], [x1, y0, z1], [x0, y0, z1]]), canvas.tone(colour, x, y, 0.82)
    )
    canvas.polygon(
        np.array([[x0, y0, z1], [x1, y0, z1], [x1, y1, z1], [x0, y1, z1]]), canvas.tone(colour, x, y, 1.15)
    )


def _box_shadow(canvas: Canvas, low: tuple[float, float, float], high: tuple[float, float, float]) -> None:
    (x0, y0, z0), (x1, y1, z1) = low, high
    faces = [np.array([[x0, y0, z], [x1, y0, z], [x1, y1, z], [x0, y1, z]]) for z in (z0, z1)]
    sides = [
        np.array([[a, b, z0], [c, d, z0], [c, d, z1], [a, b, z1]])
        for (a, b), (c, d) in (
            ((x0, y0), (x1, y0)),
            ((x1, y0), (x1, y1)),
            ((x1, y1), (x0, y1)),
            ((x0, y1), (x0, y0)),
        )
    ]
    canvas.shadow(faces=[*faces, *sides])


def stall(canvas: Canvas, x: float, y: float, *, canopy: float = 1.0) -> None:
    """Draw a vendor's cart, its umbrella open by a share of 0 to 1; (x, y) is its centre on the ground."""
    low, high = (x - 0.85, y - 0.45, 0.28), (x + 0.85, y + 0.45, 0.82)
    rim = _rim(x, y, canopy)
    if canvas.light.shadow_depth > 0:
        _box_shadow(canvas, (low[0], low[1], 0.0), high)
        if canopy > 0.2:
            canvas.shadow(faces=[rim])
    pole = np.array([[x, y + 0.3, 0.5], [x, y + 0.3, 2.55]])
    canvas.strokes(pole, [(0, 1, 0.03, canvas.tone(_METAL, x, y))])
    box(canvas, low, high, _WOOD)
    for axle in (-0.5, 0.5):
        angles = np.linspace(0, math.tau, 20, endpoint=False)
        wheel = np.column_stack(
            [x + axle + 0.26 * np.cos(angles), np.full(20, y - 0.48), 0.26 + 0.26 * np.sin(angles)]
        )
        canvas.polygon(wheel, canvas.tone((40, 40, 42), x, y))
        canvas.polygon((wheel - wheel.mean(axis=0)) * 0.5 + wheel.mean(axis=0), canvas.tone(_METAL, x, y))
    for row in (0.3, 0.0, -0.3):
        for index in range(10):
            colour = _FRUIT[(index // 3) % len(_FRUIT)]
            place = np.array([x - 0.72 + index * 0.16, y + row, 0.86 + 0.05 * ((index * 7) % 3 == 0)])
            canvas.ball(place, 0.085, canvas.tone(colour, x, y, 0.8 + 0.12 * ((index + int(10 * row)) % 3)))
    if canopy > 0.05:
        _canopy(canvas, rim, x, y)


def _rim(x: float, y: float, canopy: float) -> Points:
    angles = np.linspace(0, math.tau, 8, endpoint=False) + 0.2
    radius = 0.15 + 1.0 * canopy
    return np.column_stack(
        [x + radius * np.cos(angles), y + 0.3 + radius * np.sin(angles), np.full(8, 2.5 - 0.42 * canopy)]
    )


def _canopy(canvas: Canvas, rim: Points, x: float, y: float) -> None:
    top = np.array([x, y + 0.3, 2.62])
    order = sorted(range(8), key=lambda index: -(rim[index, 1] + rim[(index + 1) % 8, 1]))
    for index in order:
        a, b = rim[index], rim[(index + 1) % 8]
        shade = 0.82 + 0.22 * math.cos(math.atan2(*(((a + b) / 2 - top)[1::-1])) - 2.2)
        canvas.polygon(np.array([top, a, b]), canvas.tone(_CANOPY[index % 2], x, y, shade))
        if a[1] + b[1] < 2 * (y + 0.3):
            drop = np.array([0, 0, 0.14])
            canvas.polygon(np.array([a, b, b - drop, a - drop]), canvas.tone(_CANOPY[index % 2], x, y, 0.7))


_HEAP: Final = (
    ((-0.75, 0.1, 0.0), (-0.1, 0.62, 0.5), _CARTON),
    ((-0.02, 0.08, 0.0), (0.62, 0.6, 0.42), (85, 120, 165)),
    ((-0.6, 0.15, 0.5), (0.02, 0.6, 0.92), (105, 150, 190)),
    ((-0.55, -0.42, 0.0), (0.1, 0.02, 0.36), (110, 140, 150)),
    ((0.18, -0.36, 0.0), (0.78, 0.0, 0.3), (150, 110, 70)),
)


def goods(canvas: Canvas, x: float, y: float) -> None:
    """Draw a heap of cartons and a crate; (x, y) is its centre on the ground."""
    boxes = [
        ((x + low[0], y + low[1], low[2]), (x + high[0], y + high[1], high[2]), colour)
        for low, high, colour in _HEAP
    ]
    if canvas.light.shadow_depth > 0:
        for low, high, _ in boxes:
            _box_shadow(canvas, low, high)
    for low, high, colour in boxes:
        box(canvas, low, high, colour)
        if low[2] == 0.0 and colour == _CARTON:
            middle = (low[0] + high[0]) / 2
            tape = np.array(
                [[middle - 0.04, low[1], high[2]], [middle + 0.04, low[1], high[2]],
                 [middle + 0.04, high[1], high[2]], [middle - 0.04, high[1], high[2]]]
            )  # fmt: skip
            canvas.polygon(tape, canvas.tone((150, 190, 215), x, y))


STALL_SOLID: Final = ((-1.2, -0.85, 0.0), (1.2, 1.45, 2.65))
"""Corners of a stall's space, relative to its place."""
GOODS_SOLID: Final = ((-0.78, -0.45, 0.0), (0.8, 0.64, 0.94))
"""Corners of the space of a heap of goods, relative to its place."""
