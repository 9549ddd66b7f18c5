"""Draws solids into one frame, in the light of the scene, with their shadows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from city.film.view import Points, View, project

Image = NDArray[np.uint8]
Colour = tuple[float, float, float]
"""Blue, green, red, 0 to 255."""

DAYLIGHT: Final = 1.22
"""Factor by which a surface in the sun is brighter than its own colour."""

_SUBPIXEL_BITS = 4
_GREY = np.array([0.114, 0.587, 0.299])


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """The light of a scene.

    Attributes:
        shadow: metres that a shadow's tip moves in x and y for each metre of height; the sun's direction.
        shadow_depth: share of the light that a shadow removes, 0 to 1.
        night: whether the camera sees in infrared: grey, and bright only near its own lamp and street lamps.
        lamps: places (x, y) of street lamps.
    """

    shadow: tuple[float, float]
    shadow_depth: float
    night: bool = False
    lamps: tuple[tuple[float, float], ...] = ()

    def gain(self, x: NDArray[np.float64] | float, y: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """The brightness of the ground at a place, as a factor of its own colour."""
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        if not self.night:
            return np.full(np.broadcast(x, y).shape, DAYLIGHT)
        own = 0.62 / (1.0 + ((np.hypot(x - 0.8, y - 7.0)) / 6.5) ** 2)
        result = 0.10 + own
        for lamp_x, lamp_y in self.lamps:
            result = result + 0.75 / (1.0 + (np.hypot(x - lamp_x, y - lamp_y) / 3.2) ** 2)
        return np.asarray(result)


@dataclass(slots=True, kw_only=True)
class Canvas:
    """One frame that is being drawn.

    Attributes:
        image: (height, width, 3) blue, green, red; drawn on.
        view: the camera.
        light: the scene's light.
        sparkles: pixels and radius of lamps to be lit after everything is drawn.
    """

    image: Image
    view: View
    light: Light
    matrix: Points = field(init=False)
    sparkles: list[tuple[float, float, float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.matrix = self.view.matrix

    def tone(self, colour: Colour, x: float, y: float, shade: float = 1.0) -> Colour:
        """A colour in the light at a place."""
        if not self.light.night:
            shade *= DAYLIGHT
            return (colour[0] * shade, colour[1] * shade, colour[2] * shade)
        grey = (20.0 + 0.85 * float(np.dot(colour, _GREY))) * shade * min(1.5, float(self.light.gain(x, y)))
        return (grey, grey, grey)

    def polygon(self, points: Points, colour: Colour) -> None:
        """Fill a flat polygon (n, 3) with a colour that `tone` made."""
        pixels, depth = project(self.matrix, points)
        if depth.min() <= 0.5:
            return
        cv2.fillPoly(self.image, [_fixed(pixels)], colour, cv2.LINE_AA, _SUBPIXEL_BITS)

    def strokes(self, points: Points, links: Sequence[tuple[int, int, float, Colour]]) -> None:
        """Draw round bars between points (n, 3): from, to, radius in metres, colour; farthest first."""
        pixels, depth = project(self.matrix, points)
        fixed = _fixed(pixels)
        for start, end, radius, colour in links:
            width = max(1, round(2 * radius * self.view.focal_px / depth[start]))
            cv2.line(
                self.image,
                fixed[start].tolist(),
                fixed[end].tolist(),
                colour,
                width,
                cv2.LINE_AA,
                _SUBPIXEL_BITS,
            )

    def ball(self, point: Points, radius_m: float, colour: Colour, *, squeeze: float = 1.0) -> None:
        """Draw a ball, or with `squeeze` an ellipsoid that is higher than wide."""
        pixels, depth = project(self.matrix, point[None, :])
        radius = radius_m * self.view.focal_px / depth[0] * 16
        centre = _fixed(pixels)[0]
        axes = (max(8, round(radius)), max(8, round(radius * squeeze)))
        cv2.ellipse(self.image, centre.tolist(), axes, 0, 0, 360, colour, -1, cv2.LINE_AA, _SUBPIXEL_BITS)

    def shadow(
        self,
        *,
        bars: tuple[Points, Sequence[tuple[int, int, float]]] | None = None,
        faces: Sequence[Points] = (),
    ) -> None:
        """Draw the shadows of solids on the ground: bars as in `strokes`, faces as in `polygon`."""
        depth_of_shadow = self.light.shadow_depth
        outlines = [self._cast(face) for face in faces]
        bar_pixels: NDArray[np.int32] | None = None
        corners = [outline for outline, _ in outlines]
        scale = float(outlines[0][1]) if outlines else 0.0
        if bars is not None:
            pixels, scale = self._cast(bars[0])
            corners.append(pixels)
            bar_pixels = _fixed(pixels)
        everything = np.concatenate(corners)
        margin = 6 + int(0.22 * scale)
        left, top = np.maximum(np.floor(everything.min(axis=0)).astype(int) - margin, 0)
        right, bottom = np.minimum(
            np.ceil(everything.max(axis=0)).astype(int) + margin, (self.view.width_px, self.view.height_px)
        )
        if right - left < 3 or bottom - top < 3:
            return
        mask = np.zeros((bottom - top, right - left), np.uint8)
        offset = np.array([left, top]) * 16
        for outline, _ in outlines:
            cv2.fillPoly(mask, [_fixed(outline) - offset.astype(np.int32)], 255, cv2.LINE_8, _SUBPIXEL_BITS)
        if bars is not None and bar_pixels is not None:
            moved = bar_pixels - offset.astype(np.int32)
            for start, end, radius in bars[1]:
                width = max(1, round(2 * radius * scale))
                cv2.line(
                    mask, moved[start].tolist(), moved[end].tolist(), 255, width, cv2.LINE_8, _SUBPIXEL_BITS
                )
        darken(
            self.image[top:bottom, left:right], np.asarray(cv2.blur(mask, (5, 3)), np.uint8), depth_of_shadow
        )

    def _cast(self, points: Points) -> tuple[Points, float]:
        """Pixels of points' shadows, and the pixels for each metre there."""
        flat = points.copy()
        flat[:, 0] += points[:, 2] * self.light.shadow[0]
        flat[:, 1] += points[:, 2] * self.light.shadow[1]
        flat[:, 2] = 0.0
        pixels, depth = project(self.matrix, flat)
        return pixels, self.view.focal_px / float(depth.mean())


def darken(region: Image, mask: Image, depth: float) -> None:
    """Remove up to `depth` of the light, scaled by the mask (0 to 255), in place."""
    left = cv2.cvtColor(cv2.convertScaleAbs(mask, alpha=-depth, beta=0), cv2.COLOR_GRAY2BGR)
    cv2.bitwise_not(left, dst=left)
    cv2.multiply(region, left, dst=region, scale=1 / 255)


def _fixed(pixels: Points) -> NDArray[np.int32]:
    """Pixels as OpenCV's fixed-point numbers, clipped to their range."""
    return np.clip(pixels * 16 - 8, -400_000, 400_000).astype(np.int32)
