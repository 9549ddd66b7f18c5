"""Decodes pictures from outside: few at once, in threads, and with limits of size."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, ParamSpec, TypeVar

from PIL import Image, UnidentifiedImageError

from center.errors import CenterError

P = ParamSpec("P")
T = TypeVar("T")

MAX_PIXELS: Final = 64_000_000
"""Pixels of a JPEG, by its header. Decoded at an eighth of its size it then takes 3 MB."""

MAX_PIXELS_WHOLE: Final = 16_000_000
"""Pixels of other formats, which can only be decoded whole: 64 MB with four bytes a pixel."""

_AT_ONCE: Final = 2
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_UNREADABLE: Final = (UnidentifiedImageError, OSError, ValueError, SyntaxError)
"""Pillow's errors for a file that is damaged, cut off or not a picture."""


class PictureError(CenterError):
    """This file is not a picture that can be decoded, or it is too large."""


class Decoder:
    """Limits how many pictures are decoded at once."""

    def __init__(self) -> None:
        self.slots = asyncio.Semaphore(_AT_ONCE)

    async def run(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """Run work on a picture, in a thread, once there is room.

        Raises:
            PictureError: by `work`.
        """
        async with self.slots:
            return await asyncio.to_thread(work, *given, **named)


@contextmanager
def opened(data: bytes, *, side_px: int) -> Iterator[Image.Image]:
    """A picture, decoded no larger than needed.

    Args:
        data: a JPEG, PNG or WebP file.
        side_px: the longest side that is needed; a JPEG is decoded at the next larger eighth.

    Raises:
        PictureError: it is none of these, damaged, or has too many pixels.
    """
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            maximum = MAX_PIXELS if picture.format == "JPEG" else MAX_PIXELS_WHOLE
            if picture.width * picture.height > maximum:
                raise PictureError(
                    f"the picture has {picture.width} x {picture.height} pixels, more than the limit"
                )
            picture.draft("RGB", (side_px, side_px))
            picture.load()
            yield picture
    except (*_UNREADABLE, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureError("the file is not a picture that can be read, or too large") from None


def check(data: bytes) -> None:
    """Decode a picture, to check that it can be decoded.

    Raises:
        PictureError: it cannot.
    """
    with opened(data, side_px=320):
        pass
