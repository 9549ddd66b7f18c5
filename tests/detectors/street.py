"""A small drawn street for the tests: pavement, a cover, things and people; quick and repeatable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.look import Image, Look
from detectors.places import CoverPlace, Purpose, Zone, ellipse, polygon

WIDTH: Final = 480
HEIGHT: Final = 272
CENTRE: Final = (140.0, 170.0)
COVER_PX: Final = 64.0
TALL: Final = 0.7
ZONE: Final = ((240.0, 110.0), (450.0, 110.0), (450.0, 250.0), (240.0, 250.0))

Surface = NDArray[np.float32]
Draw = Callable[[Surface], None]


def cover() -> CoverPlace:
    """The cover's outline as an installer draws it."""
    return CoverPlace(id="cover-1", outline=ellipse(*CENTRE, COVER_PX, COVER_PX * TALL))


def zone(dwell_s: float = 10.0, purpose: Purpose = Purpose.GOODS) -> Zone:
    """The piece of pavement that must stay free."""
    return Zone(id="zone-1", outline=polygon(ZONE), purpose=purpose, dwell_s=dwell_s)


@dataclass(slots=True)
class Street:
    """What the camera sees, before anything passes."""

    seed: int = 0
    night: bool = False
    studded: bool = True
    _lying: Surface = field(init=False)
    _open: Surface = field(init=False)
    _noise: list[Surface] = field(init=False)
    _taken: int = 0

    def __post_init__(self) -> None:
        source = np.random.default_rng(self.seed)
        coarse = cv2.resize(source.normal(0, 9, (34, 60)).astype(np.float32), (WIDTH, HEIGHT))
        fine = cv2.GaussianBlur(source.normal(0, 16, (HEIGHT, WIDTH)).astype(np.float32), (0, 0), 0.9)
        grey = (128 + coarse + fine)[:, :, None]
        ground: Surface = grey * np.array([0.94, 1.0, 1.03], np.float32)
        for row in range(0, HEIGHT, 34):
            ground[row : row + 2] *= 0.72
        for column in range(0, WIDTH, 60):
            ground[:, column : column + 2] *= 0.72
        _disc(ground, COVER_PX * 1.14, 84.0)
        self._lying, self._open = ground.copy(), ground
        _disc(self._open, COVER_PX, 14.0)
        _disc(self._lying, COVER_PX, 96.0)
        if self.studded:
            _studs(self._lying)
        self._noise = [source.normal(0, 2.2, (HEIGHT, WIDTH, 1)).astype(np.float32) for _ in range(7)]

    def picture(
        self,
        *things: Draw,
        covered: bool = True,
        light: float | Surface = 1.0,
        shift: tuple[int, int] = (0, 0),
    ) -> Image:
        """The picture at one moment.

        Args:
            things: what stands there, drawn one after the other.
            covered: whether the cover lies in its frame.
            light: brightness, one figure or (rows, columns, 1).
            shift: by how many pixels the camera has turned, right and down.
        """
        surface = (self._lying if covered else self._open).copy()
        for thing in things:
            thing(surface)
        surface = np.asarray(surface * light, np.float32)
        if self.night:
            grey = surface.mean(axis=2, keepdims=True, dtype=np.float32) * np.float32(0.7)
            surface = np.asarray(np.repeat(grey, 3, axis=2), np.float32)
        if shift != (0, 0):
            surface = np.roll(surface, (shift[1], shift[0]), axis=(0, 1))
        self._taken += 1
        noisy = surface + self._noise[self._taken * 3 % len(self._noise)]
        return np.asarray(cv2.convertScaleAbs(np.maximum(noisy, 0)), np.uint8)


def box(x: float, y: float, width: int = 44, height: int = 38, tone: float = 60.0) -> Draw:
    """A carton that stands on the ground at (x, y), its lower middle."""

    def draw(surface: Surface) -> None:
        left, top = int(x - width / 2), int(y - height)
        surface[top : int(y), left : left + width] = np.array([tone * 0.7, tone * 0.9, tone], np.float32)
        surface[top : top + 3, left : left + width] += 40
        surface[top + height // 2 : top + height // 2 + 2, left : left + width] -= 25

    return draw


def person(x: float, y: float, at_s: float) -> Draw:
    """Somebody who stands at (x, y), and shifts and gestures as people do."""

    def draw(surface: Surface) -> None:
        sway = 5.0 * np.sin(at_s * 0.9) + 3.0 * np.sin(at_s * 2.3 + 1)
        reach = 16.0 * np.sin(at_s * 1.3)
        hip, neck = (int(x + sway * 0.4), int(y - 38)), (int(x + sway), int(y - 72))
        for foot in (-6, 6):
            cv2.line(surface, hip, (int(x + foot + sway * 0.3), int(y)), (52.0, 48.0, 60.0), 8)
        cv2.line(surface, hip, neck, (40.0, 60.0, 190.0), 17)
        cv2.line(surface, neck, (int(neck[0] + 14 + reach), int(neck[1] + 26)), (40.0, 60.0, 190.0), 6)
        cv2.circle(surface, (neck[0] + int(sway * 0.5), neck[1] - 9), 8, (110.0, 140.0, 190.0), -1)

    return draw


def shade(left: float, depth: float = 0.55, width: float = 1e6) -> Surface:
    """The light where a shadow begins at column `left` and is `width` wide."""
    columns = np.arange(WIDTH, dtype=np.float32)
    inside = (columns >= left) & (columns < left + width)
    row = cv2.GaussianBlur(np.where(inside, depth, 1.0).astype(np.float32)[None], (0, 0), 2.0)
    return np.repeat(np.asarray(row, np.float32), HEIGHT, axis=0)[:, :, None]


def moments(begins_s: float, ends_s: float, gap_s: float) -> Iterator[float]:
    """Times of looks."""
    for index in range(round((ends_s - begins_s) / gap_s)):
        yield begins_s + index * gap_s


def look(image: Image, at_s: float) -> Look:
    """A look as the box makes it."""
    return Look.of(image, at_s)


def dragged(right: float) -> Draw:
    """The cover, dragged to the right by a part of its width; its shaft must be drawn open."""

    def draw(surface: Surface) -> None:
        x = CENTRE[0] + right * COVER_PX
        _disc(surface, COVER_PX, 96.0, x)
        _studs(surface, x)

    return draw


def lit_wall(share: float, lit_from: str) -> Draw:
    """The wall of an open shaft, lit down to a share of the opening, from `above` or the `left`."""

    def draw(surface: Surface) -> None:
        shaft = surface.max(axis=2) < 30
        rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
        x, y = (columns - CENTRE[0]) / COVER_PX, (rows - CENTRE[1]) / (COVER_PX * TALL)
        away = np.hypot(x - (share if lit_from == "left" else 0), y - (share if lit_from == "above" else 0))
        surface[shaft & (away > 0.5)] = (74.0, 80.0, 84.0)

    return draw


def _disc(surface: Surface, width: float, tone: float, x: float = CENTRE[0]) -> None:
    axes = (round(width / 2), round(width * TALL / 2))
    cv2.ellipse(surface, (round(x), round(CENTRE[1])), axes, 0, 0, 360, (tone, tone, tone), -1)


def _studs(surface: Surface, middle: float = CENTRE[0]) -> None:
    for across in range(-3, 4):
        for along in range(-3, 4):
            if across**2 + along**2 <= 10:
                x, y = middle + across * 8.5, CENTRE[1] + along * 8.5 * TALL
                cv2.ellipse(surface, (round(x), round(y)), (3, 2), 0, 0, 360, (138.0, 138.0, 138.0), -1)
