"""Objects that get left on the ground: bags, cartons, heaps, stalls under a canopy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.scenes.ground import HEIGHT, WIDTH, Generator, Surface

ObjectKind = Literal["bag", "cartons", "heap", "stall"]
OBJECT_KINDS: Final[tuple[ObjectKind, ...]] = ("bag", "cartons", "heap", "stall")
Box = tuple[float, float, float, float]
Lay = Callable[[Surface], None]
Tone = NDArray[np.float64]

_SIZES: Final[dict[ObjectKind, tuple[tuple[float, float], tuple[float, float]]]] = {
    "bag": ((16, 26), (16, 26)),
    "cartons": ((36, 60), (26, 44)),
    "heap": ((50, 90), (18, 34)),
    "stall": ((70, 100), (60, 84)),
}
_SHADE: Final = 0.4
"""Share of the light that a shadow takes."""
_SHADE_ASIDE: Final = 0.12
_SHADE_REACH: Final = 0.55
_SHADE_DEPTH: Final = 0.07
"""Its offset, half its length and half its depth, in widths of the object."""
_PLAIN: Final = 16.0
_HALF: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """Place and looks of an object: lower middle and size in pixels, two colours, a seed."""

    x: float
    y: float
    wide: float
    high: float
    one: Tone
    other: Tone
    seed: int


def left_object(source: Generator, kind: ObjectKind) -> tuple[Lay, Box]:
    """Choose an object at random; return the function that draws it, and its box in pixels."""
    wide, high = (float(source.uniform(*limits)) for limits in _SIZES[kind])
    item = Appearance(
        x=float(source.uniform(0.3, 0.7)) * WIDTH,
        y=float(source.uniform(0.62, 0.9)) * HEIGHT,
        wide=wide,
        high=high,
        one=source.uniform(15, 220, 3),
        other=source.uniform(15, 220, 3),
        seed=int(source.integers(0, 2**31)),
    )
    paint = {"bag": _bag, "cartons": _cartons, "heap": _heap, "stall": _stall}[kind]

    def lay(surface: Surface) -> None:
        _shadow(surface, item)
        paint(surface, item, np.random.default_rng(item.seed))

    return lay, (item.x - wide / 2, item.y - high, item.x + wide / 2, item.y)


def shadow(box: Box) -> Box:
    """The box of the shadow of an object with this box."""
    left, _, right, foot = box
    middle, wide = (left + right) / 2 + _SHADE_ASIDE * (right - left), right - left
    reach, deep = _SHADE_REACH * wide, _SHADE_DEPTH * wide
    return middle - reach, foot - deep, middle + reach, foot + deep


def is_plain(bare: Surface, laid: Surface, box: Box) -> bool:
    """Whether at least half of an object's pixels differ from the bare ground by 16 levels in some colour.

    After noise and strong compression a person could hardly see an object with less contrast.
    """
    change = np.abs(laid - bare).max(axis=2)
    left, top, right, bottom = (round(edge) for edge in box)
    inside = change[max(0, top) : bottom, max(0, left) : right]
    covered = inside[inside > 0]
    return covered.size > 0 and float((covered >= _PLAIN).mean()) >= _HALF


def _bag(surface: Surface, item: Appearance, patch: Generator) -> None:
    tone = np.full(3, patch.uniform(15, 70))  # dark, as most are
    middle = (int(item.x), int(item.y - item.high / 2))
    cv2.ellipse(
        surface, middle, (int(item.wide / 2), int(item.high / 2)), 0, 0, 360, _tone(tone), -1, cv2.LINE_AA
    )
    _fill(
        surface,
        (item.x - item.wide / 4, item.y - item.high * 0.8, item.wide / 2, item.high * 0.25),
        tone + 28,
    )


def _cartons(surface: Surface, item: Appearance, patch: Generator) -> None:
    board = np.array([95.0, 130.0, 165.0]) * patch.uniform(0.6, 1.2)
    wide, high = item.wide / 3, item.high / 2
    for row in range(2):
        for column in range(3 - row):
            left = item.x - item.wide / 2 + (column + row * 0.5) * wide
            top = item.y - high * (row + 1)
            tone = board * patch.uniform(0.8, 1.15)
            _fill(surface, (left, top, wide - 1, high - 1), tone)
            _fill(surface, (left, top, wide - 1, 2), tone + 30)


def _heap(surface: Surface, item: Appearance, patch: Generator) -> None:
    for _ in range(26):
        across, up = patch.uniform(-0.5, 0.5), patch.uniform(0, 1)
        lump = (
            int(item.x + across * item.wide),
            int(item.y - up * item.high * (1 - abs(2 * across) * 0.7)),
        )
        size = (int(patch.uniform(4, 9)), int(patch.uniform(3, 6)))
        tone = (item.one if patch.random() < 0.6 else item.other) * patch.uniform(0.7, 1.2)
        cv2.ellipse(surface, lump, size, float(patch.uniform(0, 180)), 0, 360, _tone(tone), -1)


def _stall(surface: Surface, item: Appearance, patch: Generator) -> None:
    wide, high = item.wide, item.high
    for side in (-0.46, 0.46):
        foot, top = (int(item.x + side * wide), int(item.y)), (int(item.x + side * wide), int(item.y - high))
        cv2.line(surface, foot, top, (70.0, 70.0, 74.0), 2)
    _fill(surface, (item.x - wide * 0.48, item.y - high * 0.42, wide * 0.96, high * 0.34), item.one)
    for index in range(6):
        fruit = (int(item.x + (index - 2.5) * wide / 7), int(item.y - high * 0.46))
        cv2.circle(surface, fruit, 5, _tone(patch.uniform(20, 230, 3)), -1, cv2.LINE_AA)
    _fill(surface, (item.x - wide / 2, item.y - high, wide, high * 0.2), item.other)


def _fill(surface: Surface, box: Box, tone: Tone) -> None:
    """Fill a box given as left, top, width, height."""
    left, top, wide, high = box
    cv2.rectangle(surface, (int(left), int(top)), (int(left + wide), int(top + high)), _tone(tone), -1)


def _tone(tone: Tone) -> tuple[float, float, float]:
    return float(tone[0]), float(tone[1]), float(tone[2])


def _shadow(surface: Surface, item: Appearance) -> None:
    mask = np.zeros(surface.shape[:2], np.uint8)
    middle = (int(item.x + item.wide * _SHADE_ASIDE), int(item.y))
    axes = (int(item.wide * _SHADE_REACH), max(2, int(item.wide * _SHADE_DEPTH)))
    cv2.ellipse(mask, middle, axes, 0, 0, 360, 255, -1, cv2.LINE_AA)
    surface *= 1 - _SHADE * (mask.astype(np.float32) / 255.0)[:, :, None]
