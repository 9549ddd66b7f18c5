"""One half-real scene: photographs laid on the ground of a video, in a made weather, through a made lens."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.photographed.footage import Footage
from bench.photographed.photographs import DISC_PX, Photograph
from bench.scenes.ground import HEIGHT, WIDTH, Generator, Surface
from bench.scenes.lens import Flaw, Lens
from bench.scenes.weather import DARK, Sky, Weather
from detectors.look import Image
from detectors.places import Polygon, polygon

_CLEAR_S: Final = 60.0
_STEEPNESS_DEG: Final = (25.0, 60.0)
_FOCAL_PX: Final = 600.0
_FINER: Final = 4
_SOFT_PX: Final = 0.6
_TONES: Final = (0.4, 2.5)
_BRIGHTEST: Final = 225.0
_MIDDLE_TONE: Final = 140.0
"""A camera out of doors would not expose the ground brighter than this."""
_RIM: Final = 48
_DRAGGED: Final = (0.35, 0.75)
"""How far a dragged cover lies from its place, in its widths."""


class PhotographedScene:
    """A cover in the ground of a video: clear for a minute, then the weather sets in.

    Args:
        seed: chooses angle, place and what the weather and the lens do.
        cover_px: width of the cover.
        weather: that sets in.
        flaw: of the camera.
        footage: the ground.
        intact: the cover.
        other: the photograph that takes its place.
        dragged: whether the cover then lies beside its place, turned by a quarter of a circle at most.
    """

    def __init__(
        self,
        *,
        seed: int,
        cover_px: float,
        weather: Weather,
        flaw: Flaw,
        footage: Footage,
        intact: Photograph,
        other: Photograph,
        dragged: bool = False,
    ) -> None:
        source = np.random.default_rng(seed)
        laid = _Laid.in_view(source, cover_px)
        self.outline: Polygon = laid.outline
        self.beside: Polygon | None = None
        """The outline of the dragged cover; None if it is not dragged."""
        self._footage = footage
        self._intact = laid.over(footage.empty, intact)
        self._other = laid.over(footage.empty, other)
        self._no_shaft = np.zeros_like(laid.share)
        self._shaft = laid.share if other.hollow else self._no_shaft
        if dragged:
            away = laid.dragged(
                np.random.default_rng([seed, 1])
            )  # leaves the draws of other scenes as they are
            self._other = away.with_shadow(self._other, intact)
            self._shaft = np.asarray(self._shaft * (1 - away.share), np.float32)
            self.beside = away.outline
        self._exposure = min(1.0, _MIDDLE_TONE / float(np.median(footage.empty)))
        self._sky = Sky(weather, source)
        self._clear = Sky("night" if weather in DARK else "clear", source)
        self._lens = Lens(flaw, source)

    def picture(self, at_s: float, *, changed: bool) -> Image:
        """(208, 352, 3) at a moment; moments must not go back."""
        surface = self._footage.with_ground(self._other if changed else self._intact, at_s)
        sky = self._sky if at_s >= _CLEAR_S else self._clear
        shaft = self._shaft if changed else self._no_shaft
        return self._lens.take(sky.over(surface * self._exposure, at_s - _CLEAR_S, shaft), at_s)


class _Laid:
    """Where a disc lies on the ground, and how a camera at a slant sees it.

    `share` is (208, 352, 1): how much of each pixel the disc takes.

    Args:
        seen: (3, 3), from a point (u to the right, v away from the camera, 1) of the ground, in widths of the
            cover, to the picture.
        middle: (u, v) of the disc.
        turn: of the disc, radians.
    """

    def __init__(
        self, seen: NDArray[np.float64], middle: tuple[float, float] = (0.0, 0.0), turn: float = 0.0
    ) -> None:
        half, cos, sin = DISC_PX / 2, np.cos(turn), np.sin(turn)
        level = np.array([[1 / DISC_PX, 0, -half / DISC_PX], [0, -1 / DISC_PX, half / DISC_PX], [0, 0, 1]])
        placed = np.array([[cos, -sin, middle[0]], [sin, cos, middle[1]], [0, 0, 1]])
        self._seen_from_ground = seen
        self._matrix: NDArray[np.float64] = seen @ placed @ level
        turns = np.linspace(0, 2 * np.pi, _RIM, endpoint=False)
        rim = np.stack([half + half * np.cos(turns), half + half * np.sin(turns), np.ones(_RIM)])
        columns, rows, scale = self._matrix @ rim
        self.outline = polygon(np.stack([columns / scale, rows / scale], axis=1).tolist())
        self._whole = np.zeros((DISC_PX, DISC_PX), np.uint8)
        cv2.circle(self._whole, (DISC_PX // 2, DISC_PX // 2), DISC_PX // 2, 255, -1)
        self.share: Surface = self._seen(self._whole).astype(np.float32)[:, :, None] / 255.0

    @classmethod
    def in_view(cls, source: Generator, cover_px: float) -> _Laid:
        """A disc `cover_px` wide near the middle of the picture, before a camera at a random slant."""
        slant = np.radians(source.uniform(*_STEEPNESS_DEG))
        x = WIDTH / 2 + float(source.uniform(-12, 12))
        y = HEIGHT / 2 + float(source.uniform(-8, 8))
        away = _FOCAL_PX / cover_px  # in widths of the cover
        # A point (u to the right, v away from the camera) of the ground is seen at
        # x + f u / (away + v cos), y - f v sin / (away + v cos).
        depth = np.array([0, np.cos(slant), away])
        seen = np.stack(
            [
                np.array([_FOCAL_PX, 0, 0]) + x * depth,
                np.array([0, -_FOCAL_PX * np.sin(slant), 0]) + y * depth,
                depth,
            ]
        )
        return cls(seen)

    def dragged(self, source: Generator) -> _Laid:
        """The same disc dragged aside by a third to three quarters of its width, in any direction."""
        far, towards = source.uniform(*_DRAGGED), source.uniform(0, 2 * np.pi)
        middle = (float(far * np.cos(towards)), float(far * np.sin(towards)))
        return _Laid(self._seen_from_ground, middle, float(source.uniform(-np.pi / 2, np.pi / 2)))

    def with_shadow(self, ground: Surface, photograph: Photograph) -> Surface:
        """As `over`; the disc lies on the ground and not in it, and has a shadow along its lower edge."""
        below = np.asarray(cv2.GaussianBlur(np.roll(self.share, 2, axis=0), (0, 0), 1.0), np.float32)
        return self.over(ground * (1 - 0.6 * below[:, :, None]), photograph)

    def over(self, ground: Surface, photograph: Photograph) -> Surface:
        """The ground with the photograph's disc in it, in the tone of the ground around."""
        share, inside = self.share, (self._whole > 0)[:, :, None]
        disc = self._seen(np.asarray(photograph.disc * inside, np.uint8)).astype(np.float32)
        around = (cv2.dilate(share, np.ones((25, 25), np.uint8)) > 0) & (share[:, :, 0] == 0)
        disc *= _tone(photograph, float(np.median(ground[around])))
        return np.asarray(ground * (1 - share) + np.minimum(disc, 255 * share), np.float32)

    def _seen(self, image: Image) -> Image:
        """A disc as the camera sees it, in an otherwise black picture; drawn finer and shrunk, softened."""
        finer = np.diag([_FINER, _FINER, 1.0])
        size = (WIDTH * _FINER, HEIGHT * _FINER)
        drawn = cv2.warpPerspective(image, finer @ self._matrix, size, borderMode=cv2.BORDER_CONSTANT)
        shrunk = cv2.resize(drawn, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.GaussianBlur(shrunk, (0, 0), _SOFT_PX), np.uint8)


def _tone(photograph: Photograph, ground: float) -> float:
    """The factor that gives a photograph the tone of the ground, without blowing it out."""
    if photograph.pavement is None:
        return 1.0
    wanted = ground / max(1.0, float(photograph.pavement.mean()))
    return min(max(wanted, _TONES[0]), _TONES[1], _BRIGHTEST / float(np.percentile(photograph.disc, 95)))
