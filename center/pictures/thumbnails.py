"""Small copies of pictures for lists: made when first asked for, kept in memory up to a bound."""

from __future__ import annotations

import asyncio
import io
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

from PIL import Image, UnidentifiedImageError

from center.errors import CenterError

SIDE_PX: Final = 320
"""Longest side of a thumbnail: what a list shows on a screen with two pixels for each of the page's."""

MOST_PIXELS: Final = 64_000_000
"""Of the whole picture, by its header. Decoded at an eighth of its size it then takes 3 MB."""

_UNREADABLE: Final = (UnidentifiedImageError, OSError, ValueError, SyntaxError)
"""What Pillow raises for a file that is damaged, cut off or something else."""

_QUALITY: Final = 74
_AT_ONCE: Final = 2
_MOST_BYTES: Final = 24 * 1024 * 1024


class ThumbnailError(CenterError):
    """No thumbnail can be made of this file; ask for the whole one."""


def thumbnail(jpeg: bytes) -> bytes:
    """A JPEG of at most `SIDE_PX` pixels a side.

    Raises:
        ThumbnailError: it is not a JPEG file that can be read, or has more than `MOST_PIXELS`.
    """
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise ThumbnailError(f"the picture has {picture.width} x {picture.height} pixels; too many")
            picture.draft("RGB", (SIDE_PX, SIDE_PX))
            picture.thumbnail((SIDE_PX, SIDE_PX))
            out = io.BytesIO()
            picture.convert("RGB").save(out, "JPEG", quality=_QUALITY, optimize=True)
    except (*_UNREADABLE, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ThumbnailError("the file is no JPEG picture that can be read, or a very large one") from None
    return out.getvalue()


class Thumbnails:
    """Makes thumbnails, a few at once, and keeps those that were asked for last.

    Args:
        most_bytes: of the thumbnails that are kept.
    """

    def __init__(self, *, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._kept_bytes = 0
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def get(self, key: str, read: Callable[[], Awaitable[bytes]]) -> bytes:
        """The thumbnail of a picture that never changes under its key.

        Args:
            key: of the picture.
            read: reads the whole picture; called only when its thumbnail is not kept, and by so few requests
                at once that their pictures fit into memory.

        Raises:
            ThumbnailError: none can be made of it.
        """
        if key not in self._kept:
            async with self._slots:
                if key not in self._kept:
                    self._keep(key, await asyncio.to_thread(thumbnail, await read()))
        self._kept.move_to_end(key)
        return self._kept[key]

    def _keep(self, key: str, made: bytes) -> None:
        if key in self._kept:  # another request has made it meanwhile
            return
        self._kept[key] = made
        self._kept_bytes += len(made)
        while self._kept_bytes > self._most_bytes and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= len(oldest)
