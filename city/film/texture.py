"""Textures in top or front view, (rows, columns, 3) BGR: asphalt, paving, a manhole cover, shop fronts."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Surface = NDArray[np.float32]
Generator = np.random.Generator


def speckle(
    random_source: Generator, rows: int, columns: int, octaves: tuple[tuple[int, float], ...]
) -> Surface:
    """Noise around 0: each octave is (cell in pixels, strength)."""
    result = np.zeros((rows, columns), np.float32)
    for cell, strength in octaves:
        small = random_source.standard_normal((rows // cell + 2, columns // cell + 2)).astype(np.float32)
        large = cv2.resize(small, (columns + cell, rows + cell), interpolation=cv2.INTER_CUBIC)
        result += strength * large[:rows, :columns]
    return result


def asphalt(random_source: Generator, rows: int, columns: int, pixels_per_m: float) -> Surface:
    """A worn road: grit, stains, a few repaired patches and cracks."""
    tone = 88 + speckle(random_source, rows, columns, ((1, 7.0), (3, 5.0), (40, 4.0), (160, 5.0)))
    for _ in range(5):
        x, y = random_source.integers(0, columns), random_source.integers(0, rows)
        w, h = (random_source.uniform(0.8, 3.0, 2) * pixels_per_m).astype(int)
        tone[y : y + h // 2, x : x + w] -= random_source.uniform(6, 16)
    for _ in range(7):
        steps = random_source.normal(0, 0.25 * pixels_per_m, (14, 2)).cumsum(axis=0)
        start = np.array([random_source.integers(0, columns), random_source.integers(0, rows)])
        points = (start + steps * (1.0, 0.4)).astype(np.int32)
        width = max(1, int(0.015 * pixels_per_m))
        cv2.polylines(tone, [points], isClosed=False, color=52.0, thickness=width, lineType=cv2.LINE_AA)
    return _coloured(tone, (1.02, 1.0, 0.97))


def paving(random_source: Generator, rows: int, columns: int, pixels_per_m: float) -> Surface:
    """Granite slabs in running bond, each with its own tone."""
    tone = 138 + speckle(random_source, rows, columns, ((1, 5.0), (4, 3.0), (120, 5.0)))
    high, wide = int(0.4 * pixels_per_m), int(0.8 * pixels_per_m)
    joint = max(1, int(0.012 * pixels_per_m))
    for row, y in enumerate(range(0, rows, high)):
        for x in range(-(row % 2) * wide // 2, columns, wide):
            left = max(0, x)
            tone[y : y + high, left : x + wide] += random_source.normal(0, 7.0)
            tone[y : y + high, left : left + joint] = 96
        tone[y : y + joint, :] = 92
    return _coloured(tone, (0.95, 0.99, 1.02))


def tactile(surface: Surface, top: int, pixels_per_m: float) -> None:
    """Add the yellow tactile paving strip, in place."""
    rows = int(0.6 * pixels_per_m)
    strip = surface[top : top + rows]
    strip *= np.array([0.55, 0.95, 1.18], np.float32)
    bar = int(0.15 * pixels_per_m)
    for y in range(0, rows, bar):
        strip[y + bar // 3 : y + bar // 3 + max(2, bar // 3)] *= 1.13
        strip[y : y + max(1, bar // 8)] *= 0.75
    slab = int(0.6 * pixels_per_m)
    for x in range(0, surface.shape[1], slab):
        strip[:, x : x + 2] *= 0.7


def cover(random_source: Generator, size: int) -> Surface:
    """A cast iron cover that fills the square: raised studs, a ring, a plate with letters."""
    axis = np.linspace(-1, 1, size, dtype=np.float32)
    x, y = np.meshgrid(axis, axis)
    radius = np.hypot(x, y)
    raised = ((np.sin(x * 21) * np.sin(y * 21)) > 0.05).astype(np.float32)
    raised[(radius > 0.74) & (radius < 0.80)] = 1.0
    raised[(radius > 0.80) & (radius < 0.84)] = 0.0
    spokes = np.cos(np.arctan2(y, x) * 24) > 0
    raised[(radius > 0.84) & (radius < 0.95)] = spokes[(radius > 0.84) & (radius < 0.95)]
    plate = (np.abs(x) < 0.42) & (np.abs(y) < 0.15)
    raised[plate] = 0.0
    letters = (np.sin(x * 46) > 0.1) & (np.abs(y) < 0.09) & (np.sin(y * 60 + 7 * np.floor(x * 7.3)) > -0.3)
    raised[plate & letters] = 1.0
    relief = cv2.GaussianBlur(raised, (0, 0), size / 260)
    slope = cv2.Sobel(relief, cv2.CV_32F, 1, 0) * 0.7 + cv2.Sobel(relief, cv2.CV_32F, 0, 1)
    tone = 84 + 36 * relief - 26 * slope + speckle(random_source, size, size, ((1, 4.0), (size // 12, 5.0)))
    return _coloured(tone, (0.95, 0.98, 1.05))


def shop_fronts(random_source: Generator, rows: int, columns: int, pixels_per_m: float) -> Surface:
    """A row of shops, the pavement at the bottom row: glass, shutters, signs, windows, air conditioners."""
    wall = np.full((rows, columns, 3), 0, np.float32)
    x = 0
    palette = ((40, 40, 170), (150, 80, 30), (50, 120, 40), (30, 110, 190), (120, 40, 110), (160, 120, 20))
    while x < columns:
        width = int(random_source.uniform(3.2, 5.2) * pixels_per_m)
        bay = wall[:, x : x + width]
        tone = random_source.uniform(120, 185)
        tint = np.array([1.0, 1.0, 1.0]) + random_source.uniform(-0.07, 0.07, 3)
        bay[:] = tone * tint
        _tiles(bay, pixels_per_m)
        _ground_floor(random_source, bay, pixels_per_m)
        _sign(random_source, bay, pixels_per_m, palette[random_source.integers(len(palette))])
        _upper_floor(random_source, bay, pixels_per_m)
        wall[:, x : x + max(2, int(0.12 * pixels_per_m))] *= 0.6
        x += width
    wall += speckle(random_source, rows, columns, ((2, 2.0), (60, 5.0)))[:, :, None]
    wall[rows - int(0.15 * pixels_per_m) :] *= 0.6
    return np.clip(wall, 0, 255)


def _row(bay: Surface, z_m: float, pixels_per_m: float) -> int:
    rows: int = bay.shape[0]
    return max(0, rows - int(z_m * pixels_per_m))


def _tiles(bay: Surface, pixels_per_m: float) -> None:
    for y in range(0, bay.shape[0], max(2, int(0.3 * pixels_per_m))):
        bay[y : y + 1] *= 0.9
    for x in range(0, bay.shape[1], max(2, int(0.3 * pixels_per_m))):
        bay[:, x : x + 1] *= 0.93


def _ground_floor(random_source: Generator, bay: Surface, pixels_per_m: float) -> None:
    left, right = int(0.35 * pixels_per_m), bay.shape[1] - int(0.25 * pixels_per_m)
    top, bottom = _row(bay, 2.6, pixels_per_m), _row(bay, 0.0, pixels_per_m)
    inside = bay[top:bottom, left:right]
    if inside.size == 0:
        return
    if random_source.random() < 0.28:
        inside[:] = (150, 152, 150)
        inside[:: max(3, int(0.1 * pixels_per_m))] *= 0.72
        return
    down = np.linspace(0, 1, inside.shape[0], dtype=np.float32)[:, None, None]
    inside[:] = np.array([66, 62, 56]) * (0.8 + 0.5 * down) + random_source.uniform(0, 25)
    for _ in range(16):  # goods in the window
        w, h = (random_source.uniform(0.12, 0.5, 2) * pixels_per_m).astype(int)
        x = int(random_source.integers(0, max(1, inside.shape[1] - w)))
        y = int(
            random_source.integers(inside.shape[0] // 3, max(inside.shape[0] // 3 + 1, inside.shape[0] - h))
        )
        inside[y : y + h, x : x + w] = inside[y : y + h, x : x + w] * 0.55 + random_source.uniform(
            15, 75
        ) * random_source.uniform(0.75, 1.2, 3)
    for part in (0.0, 0.33, 0.66, 1.0):
        x = min(int(part * inside.shape[1]), inside.shape[1] - 3)
        inside[:, x : x + max(2, int(0.05 * pixels_per_m))] = (165, 168, 170)
    shine = np.linspace(-1, 1, inside.shape[1], dtype=np.float32)[None, :, None] + down
    inside += 26 * np.exp(-((shine - 0.4) ** 2) * 14)


def _sign(random_source: Generator, bay: Surface, pixels_per_m: float, colour: tuple[int, int, int]) -> None:
    top, bottom = _row(bay, 3.5, pixels_per_m), _row(bay, 2.75, pixels_per_m)
    left, right = int(0.2 * pixels_per_m), bay.shape[1] - int(0.12 * pixels_per_m)
    sign = bay[top:bottom, left:right]
    if sign.shape[0] < 6 or sign.shape[1] < 10:
        return
    sign[:] = colour
    sign[:2] *= 1.5
    sign[-2:] *= 0.5
    glyph = int(sign.shape[0] * 0.66)
    count = min(5, sign.shape[1] // int(glyph * 1.3))
    start = (sign.shape[1] - int(count * glyph * 1.3)) // 2
    for index in range(count):
        x = start + int(index * glyph * 1.3)
        y = (sign.shape[0] - glyph) // 2
        box = sign[y : y + glyph, x : x + glyph]
        ink = np.zeros(box.shape[:2], np.uint8)
        for _ in range(6):  # strokes like those of characters, without meaning
            a, b = random_source.integers(0, glyph, 2), random_source.integers(0, glyph, 2)
            if random_source.random() < 0.6:
                b[1] = a[1]
            elif random_source.random() < 0.6:
                b[0] = a[0]
            cv2.line(ink, a.tolist(), b.tolist(), 255, max(1, glyph // 9), cv2.LINE_AA)
        light = (ink[:, :, None] / 255.0).astype(np.float32)
        box[:] = box * (1 - light) + light * np.array([225, 240, 245], np.float32)


def _upper_floor(random_source: Generator, bay: Surface, pixels_per_m: float) -> None:
    top, bottom = _row(bay, 5.9, pixels_per_m), _row(bay, 4.3, pixels_per_m)
    for part in (0.12, 0.58):
        left = int(part * bay.shape[1])
        right = left + int(0.3 * bay.shape[1])
        glass = bay[top:bottom, left:right]
        if glass.size:
            glass[:] = np.array([95, 85, 72]) + random_source.uniform(-15, 25)
            glass[:, glass.shape[1] // 2 : glass.shape[1] // 2 + 2] = 180
            glass[-2:] = 190
    if random_source.random() < 0.6:
        y, x = _row(bay, 4.2, pixels_per_m), int(0.45 * bay.shape[1])
        box = bay[y : y + int(0.55 * pixels_per_m), x : x + int(0.8 * pixels_per_m)]
        if box.size:
            box[:] = 195
            box[:: max(2, int(0.07 * pixels_per_m))] *= 0.8
            centre = (box.shape[1] // 3, box.shape[0] // 2)
            fan = np.ascontiguousarray(box)
            cv2.circle(fan, centre, max(2, int(0.2 * pixels_per_m)), (90, 90, 90), -1, cv2.LINE_AA)
            box[:] = fan


def leaves(random_source: Generator, size: int) -> NDArray[np.float32]:
    """The soft, dappled shade of a tree crown: (size, size) 0 to 1."""
    axis = np.linspace(-1, 1, size, dtype=np.float32)
    x, y = np.meshgrid(axis, axis)
    ragged = np.hypot(x, y) + 0.16 * speckle(
        random_source, size, size, ((size // 10, 1.0), (size // 24, 0.7))
    )
    crown = np.clip((0.8 - ragged) * 6, 0, 1)
    gaps = np.clip(speckle(random_source, size, size, ((max(2, size // 30), 1.0),)) - 0.9, 0, 1)
    return np.asarray(cv2.GaussianBlur(crown * (1 - 0.8 * gaps), (0, 0), size / 110), np.float32)


def _coloured(tone: NDArray[np.float32], tint: tuple[float, float, float]) -> Surface:
    return np.clip(tone[:, :, None] * np.array(tint, np.float32), 0, 255).astype(np.float32)


def disc(size: int, radius: float) -> NDArray[np.float32]:
    """A filled circle, (size, size) 0 to 1, with a soft edge; `radius` as a part of half the size."""
    axis = np.linspace(-1, 1, size, dtype=np.float32)
    x, y = np.meshgrid(axis, axis)
    return np.asarray(np.clip((radius - np.hypot(x, y)) * size / 4 + 0.5, 0, 1), np.float32)
