"""Checks that a file is a JPEG picture or an MP4 clip, from its structure, without decoding it.

JPEG (ITU-T T.81, annex B): reads the markers from the start of the image to the first scan; the frame header
gives width and height. MP4 (ISO/IEC 14496-12, 4.2): reads the top-level boxes. Both take microseconds.
"""

from __future__ import annotations

import re
from typing import Final

LARGEST_SIDE_PX: Final = 16_384
MOST_PIXELS: Final = 100_000_000
"""Largest picture that is accepted: a larger one would cost its viewers gigabytes of memory."""

_START: Final = b"\xff\xd8"
_END: Final = b"\xff\xd9"
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0 … SOF15
_ALONE: Final = frozenset((0x01, *range(0xD0, 0xD8)))  # TEM and RSTn have no length
_SCAN: Final = 0xDA
_FILL: Final = re.compile(rb"\xff*(?=\xff)")
"""Fill bytes that may precede a marker; the pattern skips a megabyte of them in one step."""
_MOST_SEGMENTS: Final = 1000
_MOST_BOXES: Final = 10_000


class NotAPictureError(ValueError):
    """The bytes are not of their media type; the text says why."""


def check_media(data: bytes, media_type: str) -> None:
    """Check that a file is of its media type.

    Args:
        data: the whole file.
        media_type: `image/jpeg` or `video/mp4`.

    Raises:
        NotAPictureError: it is not.
    """
    if media_type == "image/jpeg":
        jpeg_size(data)
    else:
        _check_mp4(data)


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels of a JPEG file.

    Raises:
        NotAPictureError: it is not a JPEG file, is cut off, or is too large.
    """
    if not data.startswith(_START):
        raise NotAPictureError(f"not a JPEG file: it begins with {data[:8]!r}")
    size = None
    at = 2
    for _ in range(_MOST_SEGMENTS):
        fill = _FILL.match(data, at)
        at += len(fill[0]) if fill is not None else 0
        if len(data) < at + 4 or data[at] != 0xFF:  # noqa: PLR2004 where a marker must stand
            break
        marker = data[at + 1]
        if marker in _ALONE:
            at += 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4])
        if marker in _FRAMES:
            size = _frame_size(data[at + 4 : at + 2 + length])
        if marker == _SCAN:
            if size is None or data.rfind(_END) <= at:
                break
            return size
        at += 2 + length
    raise NotAPictureError("not a whole JPEG file: it has no frame header, no scan or no end")


def _frame_size(header: bytes) -> tuple[int, int]:
    height, width = int.from_bytes(header[1:3]), int.from_bytes(header[3:5])
    if len(header) < 6 or not width or not height:  # noqa: PLR2004 precision, height, width, components
        raise NotAPictureError("a JPEG file without a size")
    if max(width, height) > LARGEST_SIDE_PX or width * height > MOST_PIXELS:
        raise NotAPictureError(f"a picture of {width} x {height} pixels is larger than the limit")
    return width, height


def _check_mp4(data: bytes) -> None:
    kinds: list[bytes] = []
    at = 0
    while at < len(data) and len(kinds) < _MOST_BOXES:
        size, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        if size == 1:  # a length of 64 bits follows
            size = int.from_bytes(data[at + 8 : at + 16])
        elif size == 0:  # the last box, up to the end of the file
            size = len(data) - at
        if not kinds and kind != b"ftyp":
            raise NotAPictureError(f"not an MP4 file: it begins with {data[:12]!r}")
        if size < 8 or at + size > len(data):  # noqa: PLR2004 of length and kind themselves
            raise NotAPictureError("not a whole MP4 file: a box extends beyond its end")
        kinds.append(kind)
        at += size
    if b"moov" not in kinds or b"mdat" not in kinds:
        raise NotAPictureError("an MP4 file without a movie")
