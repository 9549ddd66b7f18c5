"""JPEG files from outside: the size is checked before anything is decoded."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from detectors.look import Image
from edge.errors import SourceError

_MAX_PIXELS: Final = 40_000_000
_MARKER: Final = 0xFF
_MIN_QUALITY: Final = 40
_FRAME_MARKERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE_MARKERS: Final = frozenset({0x01, *range(0xD0, 0xD8)})


def size_px(jpeg: bytes) -> tuple[int, int] | None:
    """Columns and rows, from the frame header; None without one (ITU-T T.81, annex B)."""
    if jpeg[:2] != b"\xff\xd8":
        return None
    position = 2
    while position + 9 <= len(jpeg):
        if jpeg[position] != _MARKER:
            return None
        marker = jpeg[position + 1]
        if marker == _MARKER:
            position += 1
        elif marker in _BARE_MARKERS:
            position += 2
        elif marker in _FRAME_MARKERS:
            return int.from_bytes(jpeg[position + 7 : position + 9]), int.from_bytes(
                jpeg[position + 5 : position + 7]
            )
        else:
            position += 2 + int.from_bytes(jpeg[position + 2 : position + 4])
    return None


def decode(jpeg: bytes) -> Image:
    """The picture, (rows, columns, 3) BGR.

    Raises:
        SourceError: not a JPEG file, damaged, or of a size that no camera has.
    """
    size = size_px(jpeg)
    if size is None or not 0 < size[0] * size[1] <= _MAX_PIXELS:
        raise SourceError("it is not a JPEG file of a size that a camera has")
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise SourceError("the JPEG file cannot be decoded")
    return np.asarray(image, np.uint8)


def encode(image: Image, *, quality: int, max_bytes: int) -> bytes:
    """A JPEG file of at most `max_bytes`; quality is reduced first, then size, if necessary."""
    while True:
        _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if encoded.nbytes <= max_bytes:
            return encoded.tobytes()
        if quality > _MIN_QUALITY:
            quality -= 15
        else:
            image = narrowed(image, image.shape[1] * 3 // 4)


def narrowed(image: Image, width_px: int) -> Image:
    """The picture with at most `width_px` columns."""
    rows, columns = image.shape[:2]
    if columns <= width_px:
        return image
    size = (width_px, max(1, round(rows * width_px / columns)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
