"""Checks that a file is a JPEG picture or an MP4 clip, from its structure, without decoding it.

JPEG (ITU-T T.81, annex B): reads the markers from the start of the image to the first scan; the frame header
gives width and height. MP4 (ISO/IEC 14496-12, 4.2): reads the top-level boxes. The time depends mainly on the
number of segments or boxes, which is bounded, and hardly on the size of the file.
"""

from __future__ import annotations

import re
from typing import Final

LARGEST_SIDE_PX: Final = 16_384
MAX_PIXELS: Final = 100_000_000
"""Largest picture that is accepted: decoded, at 4 bytes a pixel, it already takes 400 MB of memory."""

_START: Final = b"\xff\xd8"
_END: Final = b"\xff\xd9"
_FRAME_HEADERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0 … SOF15
_ALONE: Final = frozenset((0x01, *range(0xD0, 0xD8)))  # TEM and RSTn have no length
_SCAN: Final = 0xDA
_FILL: Final = re.compile(rb"\xff*(?=\xff)")
"""Fill bytes that may precede a marker; the pattern skips a megabyte of them in one step."""
_MAX_SEGMENTS: Final = 1000
_MAX_BOXES: Final = 10_000


class NotMediaError(ValueError):
    """The bytes are not a valid file of their media type; the text says why."""


def check_media(data: bytes, media_type: str) -> None:
    """Check that a file is of its media type.

    Args:
        data: the whole file.
        media_type: `image/jpeg` or `video/mp4`.

    Raises:
        NotMediaError: it is not, is cut off, or is too large.
    """
    if media_type == "image/jpeg":
        jpeg_size(data)
    else:
        _check_mp4(data)


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels of a JPEG file.

    Raises:
        NotMediaError: the file is not a JPEG file, is cut off, or its picture is too large.
    """
    if not data.startswith(_START):
        raise NotMediaError(f"not a JPEG file: it begins with {data[:8]!r}")
    size = None
    offset = 2
    for _ in range(_MAX_SEGMENTS):
        fill = _FILL.match(data, offset)
        offset += len(fill[0]) if fill is not None else 0
        if len(data) < offset + 4 or data[offset] != 0xFF:  # noqa: PLR2004 a marker must stand here
            break
        marker = data[offset + 1]
        if marker in _ALONE:
            offset += 2
            continue
        length = int.from_bytes(data[offset + 2 : offset + 4])
        if marker in _FRAME_HEADERS:
            size = _size_in_header(data[offset + 4 : offset + 2 + length])
        if marker == _SCAN:
            if size is None or data.rfind(_END) <= offset:
                break
            return size
        offset += 2 + length
    raise NotMediaError("not a whole JPEG file: it has no frame header, no scan or no end")


def _size_in_header(header: bytes) -> tuple[int, int]:
    """Width and height in pixels.

    Args:
        header: of the frame, after its length: precision (1 byte), height (2), width (2), components (1) …
    """
    height, width = int.from_bytes(header[1:3]), int.from_bytes(header[3:5])
    if len(header) < 6 or not width or not height:  # noqa: PLR2004 the bytes up to the number of components
        raise NotMediaError("a JPEG file without a size")
    if max(width, height) > LARGEST_SIDE_PX or width * height > MAX_PIXELS:
        raise NotMediaError(f"a picture of {width} x {height} pixels is larger than the limit")
    return width, height


def _check_mp4(data: bytes) -> None:
    box_types: list[bytes] = []
    offset = 0
    while offset < len(data) and len(box_types) < _MAX_BOXES:
        size, box_type = int.from_bytes(data[offset : offset + 4]), data[offset + 4 : offset + 8]
        if size == 1:  # a size of 64 bits follows the type
            size = int.from_bytes(data[offset + 8 : offset + 16])
        elif size == 0:  # the last box, up to the end of the file
            size = len(data) - offset
        if not box_types and box_type != b"ftyp":
            raise NotMediaError(f"not an MP4 file: it begins with {data[:12]!r}")
        if size < 8 or offset + size > len(data):  # noqa: PLR2004 the bytes of size and type themselves
            raise NotMediaError("not a whole MP4 file: a box extends beyond its end")
        box_types.append(box_type)
        offset += size
    if b"moov" not in box_types or b"mdat" not in box_types:
        raise NotMediaError("an MP4 file without a movie")
