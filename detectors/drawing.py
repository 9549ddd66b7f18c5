"""Draws boxes and text into pictures, for the evidence and for replays."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from detectors.ground import Box
from detectors.look import Image

_RED: Final = (48, 48, 230)
_YELLOW: Final = (40, 210, 250)
_WHITE: Final = (255, 255, 255)
_BLACK: Final = (0, 0, 0)


def with_box(image: Image, box_px: Box, label: str, lies_px: Box | None = None) -> Image:
    """A copy with a box (left, top, right, bottom, pixels) and an ASCII label on it.

    `lies_px` is a second, yellow box: where a displaced cover lies.
    """
    drawn = image.copy()
    rows, columns = drawn.shape[:2]
    if lies_px is not None:
        _draw_frame(drawn, lies_px, _YELLOW)
    left, top, bottom = _draw_frame(drawn, box_px, _RED)
    if label:
        size = max(0.45, columns / 1600)
        (width, height), base = cv2.getTextSize(label, cv2.FONT_HERSHEY_SIMPLEX, size, 1)
        line = top - 4 if top > height + base + 4 else min(rows - base, bottom + height + base)
        cv2.rectangle(drawn, (left, line - height - base), (left + width + 8, line + base), _RED, cv2.FILLED)
        cv2.putText(drawn, label, (left + 4, line), cv2.FONT_HERSHEY_SIMPLEX, size, _WHITE, 1, cv2.LINE_AA)
    return np.asarray(drawn, np.uint8)


def _draw_frame(drawn: Image, box_px: Box, colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """Draw a frame around a box, edged in white; its left, top and bottom in the picture."""
    rows, columns = drawn.shape[:2]
    thick = max(2, columns // 400)
    margin = 2 * thick
    left, top = max(0, int(box_px[0]) - margin), max(0, int(box_px[1]) - margin)
    right, bottom = min(columns - 1, int(box_px[2]) + margin), min(rows - 1, int(box_px[3]) + margin)
    cv2.rectangle(drawn, (left, top), (right, bottom), _WHITE, thick + 2, cv2.LINE_AA)
    cv2.rectangle(drawn, (left, top), (right, bottom), colour, thick, cv2.LINE_AA)
    return left, top, bottom


def draw_text(image: Image, text: str, where: tuple[int, int], size: float) -> None:
    """Write a line of ASCII with a dark outline into a picture; `where` is the left end of its baseline."""
    around = [(right, down) for right in (-1, 0, 1) for down in (-1, 0, 1)]
    for (right, down), colour in [*((offset, _BLACK) for offset in around), ((0, 0), _WHITE)]:
        place = (where[0] + right, where[1] + down)  # a thicker line would make the letters wider
        cv2.putText(image, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, colour, 1, cv2.LINE_AA)
