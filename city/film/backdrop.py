"""The static background of a scene, drawn once: ground, kerbs, covers, fronts, trees, shade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from city.film import texture
from city.film.canvas import Image, Light
from city.film.texture import Generator, Surface
from city.film.view import View, circle

COVER_RADIUS_M: Final = 0.40
_FRAME_RADIUS_M: Final = 0.47
_SHAFT_M: Final = 0.75
_GROUND_PPM: Final = 72
_FRONT_PPM: Final = 56
_LEFT_M: Final = -23.0
_RIGHT_M: Final = 23.0
_OVERSAMPLE: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """The layout of one street in scene metres.

    Attributes:
        near_kerb_y: where the near pavement ends and the road begins.
        far_kerb_y: where the road ends.
        front_y: where the building fronts stand.
        covers: centres (x, y) of manhole covers.
        trees: bases (x, y) of trees.
        crossing: x range of a zebra crossing; None without one.
    """

    near_kerb_y: float
    far_kerb_y: float
    front_y: float
    covers: tuple[tuple[float, float], ...]
    trees: tuple[tuple[float, float], ...] = ()
    crossing: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A piece of picture to paste over the backdrop: its left and top pixel, and (rows, columns, 3) BGR."""

    left: int
    top: int
    image: Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Backdrop:
    """The static picture, and for each cover a patch that shows its place without it."""

    image: Image
    holes: tuple[Patch, ...]


def paint(street: Street, view: View, light: Light, random_source: Generator) -> Backdrop:
    """Paint the backdrop of a scene."""
    large = view.enlarged(_OVERSAMPLE)
    ground = _ground(street, light, random_source)
    size = (large.width_px, large.height_px)
    to_pixels = large.ground() @ np.array(
        [[1 / _GROUND_PPM, 0, _LEFT_M], [0, 1 / _GROUND_PPM, 0], [0, 0, 1.0]]
    )
    picture = np.asarray(
        cv2.warpPerspective(ground, to_pixels, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
        np.float32,
    )
    _fronts(picture, street, large, random_source)
    _trees(picture, street, large, random_source)
    covers = [texture.cover(random_source, 320) for _ in street.covers]
    for (x, y), iron in zip(street.covers, covers, strict=True):
        _frame(picture, large, x, y)
        _lay(picture, iron, large, x, y)
    holes = [_hole(picture.copy(), large, x, y, random_source) for x, y in street.covers]
    gain = _gain(street, large, light)
    finished = _finish(picture, gain, light)
    patches = []
    for (x, y), hole in zip(street.covers, holes, strict=True):
        pixels, _ = view.project(circle(x, y, _FRAME_RADIUS_M * 1.3))
        left, top = np.floor(pixels.min(axis=0)).astype(int)
        right, bottom = np.ceil(pixels.max(axis=0)).astype(int)
        changed = _finish(hole, gain, light)
        patches.append(Patch(left=int(left), top=int(top), image=changed[top:bottom, left:right].copy()))
    return Backdrop(image=finished, holes=tuple(patches))


def _ground(street: Street, light: Light, random_source: Generator) -> Surface:
    columns = int((_RIGHT_M - _LEFT_M) * _GROUND_PPM)
    near, far, front = (
        int(y * _GROUND_PPM) for y in (street.near_kerb_y, street.far_kerb_y, street.front_y + 0.5)
    )
    ground = np.zeros((front, columns, 3), np.float32)
    ground[:near] = texture.paving(random_source, near, columns, _GROUND_PPM)
    ground[near:far] = texture.asphalt(random_source, far - near, columns, _GROUND_PPM)
    ground[far:] = texture.paving(random_source, front - far, columns, _GROUND_PPM)
    texture.tactile(ground, near - int(1.7 * _GROUND_PPM), _GROUND_PPM)
    _lane_marks(ground, street, random_source)
    for kerb, inward in ((near, -1), (far, 1)):
        stone = int(0.2 * _GROUND_PPM)
        band = slice(kerb - stone, kerb) if inward < 0 else slice(kerb, kerb + stone)
        ground[band] = 168 + texture.speckle(random_source, stone, columns, ((1, 6.0), (3, 4.0)))[:, :, None]
        ground[band, :: int(1.0 * _GROUND_PPM)] = 110
        gutter = slice(kerb, kerb + stone) if inward < 0 else slice(kerb - stone, kerb)
        ground[gutter] *= 0.72
    _shade(ground, street, light, random_source)
    return np.clip(ground, 0, 255)


def _lane_marks(ground: Surface, street: Street, random_source: Generator) -> None:
    middle = int((street.near_kerb_y + street.far_kerb_y) / 2 * _GROUND_PPM)
    line = int(0.12 * _GROUND_PPM)
    rows, columns = ground.shape[:2]
    wear = 0.78 + 0.1 * texture.speckle(random_source, rows, columns, ((2, 1.0), (30, 0.7)))
    marks = np.zeros((rows, columns), np.float32)
    if street.crossing is None:
        yellow = slice(None)
    else:
        start, end = (int((x - _LEFT_M) * _GROUND_PPM) for x in street.crossing)
        bar = int(0.45 * _GROUND_PPM)
        top, bottom = (
            int((street.near_kerb_y + 0.5) * _GROUND_PPM),
            int((street.far_kerb_y - 0.5) * _GROUND_PPM),
        )
        for y in range(top, bottom, 2 * bar):
            marks[y : y + bar, start:end] = 1.0
        stop = int((street.crossing[0] - 1.2 - _LEFT_M) * _GROUND_PPM)
        marks[top:middle, stop - int(0.35 * _GROUND_PPM) : stop] = 1.0
        yellow = slice(0, stop)
    for offset in (-int(0.2 * _GROUND_PPM), int(0.2 * _GROUND_PPM)):
        strip = ground[middle + offset : middle + offset + line, yellow]
        worn = wear[middle + offset : middle + offset + line, yellow, None]
        strip[:] = strip * (1 - worn) + worn * np.array([60, 165, 205], np.float32)
    for edge_y in (street.near_kerb_y + 0.45, street.far_kerb_y - 0.45):
        row = int(edge_y * _GROUND_PPM)
        marks[row : row + line] = 1.0
    strength = (marks * wear)[:, :, None]
    ground[:] = ground * (1 - strength) + strength * 205


def _shade(ground: Surface, street: Street, light: Light, random_source: Generator) -> None:
    """Shade of trees, in the direction of the sunlight."""
    if light.night:
        return
    for x, y in street.trees:
        size = int(5.5 * _GROUND_PPM)
        crown = texture.leaves(random_source, size)
        left = int((x + 4.2 * light.shadow[0] - _LEFT_M) * _GROUND_PPM) - size // 2
        top = int((y + 4.2 * light.shadow[1]) * _GROUND_PPM) - size // 2
        x0, y0 = max(left, 0), max(top, 0)
        x1, y1 = min(left + size, ground.shape[1]), min(top + size, ground.shape[0])
        if x1 > x0 and y1 > y0:
            part = crown[y0 - top : y1 - top, x0 - left : x1 - left, None]
            ground[y0:y1, x0:x1] *= 1 - 0.9 * light.shadow_depth * part
        foot, tip = (
            (int((px - _LEFT_M) * _GROUND_PPM), int(py * _GROUND_PPM))
            for px, py in ((x, y), (x + 2.8 * light.shadow[0], y + 2.8 * light.shadow[1]))
        )
        mask = np.zeros(ground.shape[:2], np.uint8)
        cv2.line(mask, foot, tip, 255, int(0.24 * _GROUND_PPM), cv2.LINE_AA)
        ground *= 1 - light.shadow_depth * (mask[:, :, None] / 255.0).astype(np.float32)


def _fronts(picture: Surface, street: Street, large: View, random_source: Generator) -> None:
    high = 6.2
    surface = texture.shop_fronts(
        random_source, int(high * _FRONT_PPM), int((_RIGHT_M - _LEFT_M) * _FRONT_PPM), _FRONT_PPM
    )
    origin = np.array([_LEFT_M, street.front_y, high])
    plane = large.plane(origin, np.array([1.0, 0, 0]), np.array([0, 0, -1.0]))
    to_pixels = plane @ np.diag([1 / _FRONT_PPM, 1 / _FRONT_PPM, 1.0])
    cv2.warpPerspective(
        surface, to_pixels, (picture.shape[1], picture.shape[0]), dst=picture, flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_TRANSPARENT,
    )  # fmt: skip


def _trees(picture: Surface, street: Street, large: View, random_source: Generator) -> None:
    """Trunks, and the part of the crowns that is in the picture."""
    for x, y in street.trees:
        pixels, depth = large.project(np.array([[x, y, 0.0], [x + 0.06, y, 2.0], [x - 0.05, y, 4.5]]))
        scale = large.focal_px / depth[0]
        for part, tone in ((1.0, 52.0), (0.62, 78.0), (0.3, 92.0)):
            shift = (1 - part) * 0.05 * scale
            points = (pixels - (shift, 0)).astype(np.int32)
            cv2.polylines(
                picture, [points], isClosed=False, color=(tone * 0.8, tone * 0.95, tone * 1.05),
                thickness=max(2, int(0.26 * part * scale)), lineType=cv2.LINE_AA,
            )  # fmt: skip
        pit, _ = large.project(circle(x, y, 0.55))
        cv2.polylines(
            picture, [pit.astype(np.int32)], isClosed=True, color=(95, 100, 102),
            thickness=max(2, int(0.06 * scale)), lineType=cv2.LINE_AA,
        )  # fmt: skip
        for _ in range(1500):
            spread = random_source.normal(0, 1.0, 3) * (1.25, 1.0, 0.65)
            centre, leaf_depth = large.project(np.array([[x, y, 4.3]]) + spread)
            radius = random_source.uniform(0.035, 0.085) * large.focal_px / leaf_depth[0]
            lit = 0.55 + 0.3 * spread[2] + random_source.normal(0, 0.16)
            colour = np.clip(np.array([44, 104, 78]) * np.clip(lit, 0.4, 1.5), 0, 255)
            if -40 < centre[0, 0] < picture.shape[1] + 40 and -40 < centre[0, 1] < picture.shape[0]:
                axes = (max(1, int(radius)), max(1, int(radius * 0.55)))
                cv2.ellipse(
                    picture, centre[0].astype(int).tolist(), axes, random_source.uniform(0, 180), 0, 360,
                    colour.tolist(), -1, cv2.LINE_AA,
                )  # fmt: skip


def _frame(picture: Surface, large: View, x: float, y: float) -> None:
    """The iron frame in the ground around a cover, which stays when the cover is gone."""
    for radius, tone in (
        (_FRAME_RADIUS_M, 62.0),
        (_FRAME_RADIUS_M - 0.012, 104.0),
        (COVER_RADIUS_M + 0.012, 40.0),
    ):
        pixels, _ = large.project(circle(x, y, radius, corners=96))
        cv2.fillPoly(
            picture, [(pixels * 16).astype(np.int32)], (tone, tone * 1.02, tone * 1.06), cv2.LINE_AA, 4
        )


def _lay(picture: Surface, surface: Surface, large: View, x: float, y: float) -> None:
    size = surface.shape[0]
    metre = 2 * COVER_RADIUS_M / size
    local = np.array([[metre, 0, x - COVER_RADIUS_M], [0, metre, y - COVER_RADIUS_M], [0, 0, 1.0]])
    frame = (picture.shape[1], picture.shape[0])
    turned = large.ground() @ local
    laid = cv2.warpPerspective(surface[::-1], turned, frame, flags=cv2.INTER_AREA)
    shape = cv2.warpPerspective(texture.disc(size, 0.985), turned, frame, flags=cv2.INTER_AREA)[:, :, None]
    picture[:] = picture * (1 - shape) + laid * shape


def _hole(picture: Surface, large: View, x: float, y: float, random_source: Generator) -> Surface:
    """The open shaft: the far side of its wall, darker with depth, and black below."""
    rim, _ = large.project(circle(x, y, COVER_RADIUS_M, corners=96))
    inside = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(inside, [(rim * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    shaft = np.zeros_like(picture)
    for down in np.linspace(0.0, _SHAFT_M, 48):
        ring, _ = large.project(circle(x, y, COVER_RADIUS_M * (1 - 0.04 * down), z=-down, corners=96))
        course = 0.8 if int(down / 0.12) % 2 else 1.0
        tone = (9 + 46 * course * np.exp(-5.5 * down)) if down < _SHAFT_M - 0.02 else 8.0
        cv2.fillPoly(shaft, [(ring * 16).astype(np.int32)], (tone * 0.95, tone, tone * 1.03), cv2.LINE_AA, 4)
    shaft += texture.speckle(random_source, picture.shape[0], picture.shape[1], ((3, 1.5),))[:, :, None]
    cover = (inside[:, :, None] / 255.0).astype(np.float32)
    return np.asarray(picture * (1 - cover) + np.clip(shaft, 0, 255) * cover, np.float32)


def _gain(street: Street, large: View, light: Light) -> Surface:
    """The light on each pixel of the large picture, as a factor, (rows, columns)."""
    rows, columns = large.height_px, large.width_px
    to_ground = np.linalg.inv(large.ground())
    u, v = np.meshgrid(np.arange(0, columns, 4), np.arange(0, rows, 4))
    homogeneous = np.stack([u, v, np.ones_like(u)], axis=-1) @ to_ground.T
    behind = homogeneous[..., 2] <= 1e-6
    scale = np.where(behind, 1.0, homogeneous[..., 2])
    x, y = homogeneous[..., 0] / scale, homogeneous[..., 1] / scale
    wall = behind | (y > street.front_y)
    direction = u - columns / 2
    x = np.where(wall, direction / large.focal_px * street.front_y, x)
    y = np.where(wall, street.front_y - 0.5, y)
    gain = light.gain(x, y) * np.where(wall, 0.85, 1.0)
    return np.asarray(cv2.resize(gain.astype(np.float32), (columns, rows), interpolation=cv2.INTER_LINEAR))


def _finish(picture: Surface, gain: Surface, light: Light) -> Image:
    """Apply the light, remove colour at night, and scale to the final size."""
    lit = picture * gain[:, :, None]
    if light.night:
        grey = np.asarray(cv2.cvtColor(np.clip(picture, 0, 255), cv2.COLOR_BGR2GRAY)) * gain
        lit = np.repeat(grey[:, :, None], 3, axis=2)
    small = cv2.resize(
        lit, (picture.shape[1] // _OVERSAMPLE, picture.shape[0] // _OVERSAMPLE), interpolation=cv2.INTER_AREA
    )
    return np.clip(small, 0, 255).astype(np.uint8)
