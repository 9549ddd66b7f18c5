"""A piece of pavement seen at an angle, with a cover that can be gone, displaced or obstructed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from city.film import texture

Surface = NDArray[np.float32]
Generator = np.random.Generator
CoverState = Literal["ok", "missing", "displaced", "obstructed"]

WIDTH: Final = 352
HEIGHT: Final = 208
_CANVAS: Final = 256


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Ground:
    """The ground in each of the cover's states, float BGR as under an even sky.

    Attributes:
        surfaces: state → (208, 352, 3).
        shaft: state → (208, 352, 1), the share of each pixel that is an open shaft, where nothing can lie.
        centre: of the cover, pixels.
        cover_px: its width.
        tall: its height over its width: how steeply the camera looks down.
    """

    surfaces: dict[CoverState, Surface]
    shaft: dict[CoverState, Surface]
    centre: tuple[float, float]
    cover_px: float
    tall: float


def ground(source: Generator, cover_px: float) -> Ground:
    """Draw a place at random, its cover `cover_px` wide."""
    metre_px = cover_px / 0.7
    tall = float(source.uniform(0.5, 0.85))
    kind = source.choice(["asphalt", "paving"])
    paint = texture.asphalt if kind == "asphalt" else texture.paving
    flat = paint(source, int(HEIGHT / tall) + 2, WIDTH, max(30.0, metre_px))
    base = np.asarray(cv2.resize(flat, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.float32)
    base = base * float(source.uniform(0.8, 1.15))
    centre = (WIDTH / 2 + float(source.uniform(-20, 20)), HEIGHT / 2 + float(source.uniform(-12, 12)))
    iron = _iron(source)
    _disc(base, np.full((8, 8, 3), float(source.uniform(45, 95)), np.float32), centre, cover_px * 1.16, tall)
    hole = base.copy()
    _disc(hole, _shaft(source), centre, cover_px, tall)
    intact = base.copy()
    _disc(intact, iron, centre, cover_px, tall)
    turn, far = source.uniform(0, 2 * np.pi), source.uniform(0.35, 0.7) * cover_px
    askew = (centre[0] + float(far * np.cos(turn)), centre[1] + float(far * tall * np.sin(turn)))
    displaced = hole.copy()
    _disc(displaced, displaced[:1, :1] * 0.0 + 30.0, (askew[0] + 2, askew[1] + 2), cover_px * 1.03, tall)
    _disc(displaced, np.rot90(iron).copy(), askew, cover_px, tall)
    gap = _share(centre, cover_px, tall)
    left = gap * (1 - _share(askew, cover_px, tall))
    obstructed = intact.copy()
    _heap(obstructed, source, centre, cover_px, tall)
    return Ground(
        surfaces={"ok": intact, "missing": hole, "displaced": displaced, "obstructed": obstructed},
        shaft={"ok": gap * 0, "missing": gap, "displaced": left, "obstructed": gap * 0},
        centre=centre,
        cover_px=cover_px,
        tall=tall,
    )


def _iron(source: Generator) -> Surface:
    """A cover's pattern: studs as the made city's, or bars, or rings, or a grid."""
    kind = int(source.integers(0, 4))
    if kind == 0:
        iron = texture.cover(source, _CANVAS)
    else:
        axis = np.linspace(-1, 1, _CANVAS, dtype=np.float32)
        x, y = np.meshgrid(axis, axis)
        fine = float(source.uniform(9, 20))
        raised = {
            1: np.sin(x * fine) > 0,
            2: np.sin(np.hypot(x, y) * fine) > 0,
            3: (np.sin((x + y) * fine) > 0) ^ (np.sin((x - y) * fine) > 0),
        }[kind]
        tone = float(source.uniform(58, 88))
        grain = texture.speckle(source, _CANVAS, _CANVAS, ((2, 4.0), (30, 5.0)))
        iron = np.repeat((tone + 26.0 * raised + grain)[:, :, None], 3, axis=2).astype(np.float32)
    middle = (_CANVAS / 2, _CANVAS / 2)
    matrix = cv2.getRotationMatrix2D(middle, float(source.uniform(0, 360)), 1.0)
    return np.asarray(
        cv2.warpAffine(iron, matrix, (_CANVAS, _CANVAS), borderMode=cv2.BORDER_REFLECT), np.float32
    )


def _shaft(source: Generator) -> Surface:
    """An open shaft: its far wall in falling light, sometimes a ladder or water below."""
    down = np.linspace(0, 1, _CANVAS, dtype=np.float32)[:, None]
    tone = 6 + float(source.uniform(25, 60)) * np.exp(-down * float(source.uniform(5, 11)))
    tone = np.repeat(tone, _CANVAS, axis=1) + texture.speckle(source, _CANVAS, _CANVAS, ((3, 2.0), (20, 2.0)))
    if source.random() < 0.25:  # sky in the water at the bottom
        cv2.ellipse(
            tone, (_CANVAS // 2, int(_CANVAS * 0.68)), (_CANVAS // 7, _CANVAS // 11), 0, 0, 360,
            float(source.uniform(25, 50)), -1,
        )  # fmt: skip
    return np.repeat(np.clip(tone, 2, 255)[:, :, None], 3, axis=2).astype(np.float32)


def _heap(
    surface: Surface, source: Generator, centre: tuple[float, float], cover_px: float, tall: float
) -> None:
    """Something that lies on the cover: a sack, a board, leaves."""
    colour = source.uniform(50, 200, 3)
    size = cover_px * float(source.uniform(0.9, 1.3))
    patch = np.full((_CANVAS, _CANVAS, 3), colour, np.float32)
    patch += texture.speckle(source, _CANVAS, _CANVAS, ((4, 8.0), (30, 22.0)))[:, :, None]
    _disc(surface, patch, centre, size, tall * float(source.uniform(0.8, 1.1)))


def _disc(surface: Surface, image: Surface, centre: tuple[float, float], width: float, tall: float) -> None:
    """Lay a square image's inner disc on the ground at a slant, `width` pixels wide."""
    rows, columns = image.shape[:2]
    sx, sy = width / columns, width * tall / rows
    matrix = np.array([[sx, 0, centre[0] - sx * columns / 2], [0, sy, centre[1] - sy * rows / 2]], np.float32)
    size = (surface.shape[1], surface.shape[0])
    shrunk = image
    if sx < 0.5:  # shrink first: an affine warp alone would alias the pattern
        shrunk = np.asarray(
            cv2.resize(
                image, (max(8, round(width)), max(8, round(width * tall))), interpolation=cv2.INTER_AREA
            ),
            np.float32,
        )
        matrix = np.array(
            [[1, 0, centre[0] - shrunk.shape[1] / 2], [0, 1, centre[1] - shrunk.shape[0] / 2]], np.float32
        )
    laid = cv2.warpAffine(shrunk, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    share = _share(centre, width, tall)
    surface[:] = surface * (1 - share) + np.asarray(laid, np.float32) * share


def _share(centre: tuple[float, float], width: float, tall: float) -> Surface:
    """How much of each pixel a disc on the ground takes, (208, 352, 1), 0 to 1."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.ellipse(
        mask, (round(centre[0] * 16), round(centre[1] * 16)), (round(width * 8), round(width * tall * 8)),
        0, 0, 360, 255, -1, cv2.LINE_AA, 4,
    )  # fmt: skip
    return (mask / 255.0).astype(np.float32)[:, :, None]
