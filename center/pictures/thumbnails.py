"""Thumbnails of pictures for lists: made when first needed, cached in memory up to a limit."""

from __future__ import annotations

import asyncio
import io
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

from PIL import ImageOps

from center.pictures.decoder import Decoder, opened

SIDE_PX: Final = 320
"""Longest side of a thumbnail, pixels: what a list shows on a screen with a device pixel ratio of 2."""

_QUALITY: Final = 74
_MAX_BYTES: Final = 24 * 1024 * 1024


def thumbnail(data: bytes, side_px: int = SIDE_PX) -> bytes:
    """A JPEG of at most `side_px` pixels a side, without the picture's metadata.

    Raises:
        PictureError: it is not a picture that can be read, or has too many pixels.
    """
    with opened(data, side_px=side_px) as picture:
        picture.thumbnail((side_px, side_px))
        upright = ImageOps.exif_transpose(picture)  # phones store their orientation
        out = io.BytesIO()
        upright.convert("RGB").save(out, "JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue()


class Thumbnails:
    """Makes thumbnails, a few at once, and caches those that were used last.

    Args:
        decoder: limits the number of pictures.
        max_bytes: maximum size of the cached thumbnails.
        side_px: their longest side, pixels.
    """

    def __init__(self, decoder: Decoder, *, max_bytes: int = _MAX_BYTES, side_px: int = SIDE_PX) -> None:
        self._decoder = decoder
        self._max_bytes = max_bytes
        self._side_px = side_px
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._kept_bytes = 0

    async def get(self, key: str, read: Callable[[], Awaitable[bytes]]) -> bytes:
        """The thumbnail of a picture that never changes under its key.

        Args:
            key: of the picture.
            read: reads the whole picture; called only if its thumbnail is not cached, and by so few requests
                at once that their pictures fit into memory.

        Raises:
            PictureError: the picture cannot be read.
        """
        if key not in self._kept:
            async with self._decoder.slots:
                if key not in self._kept:
                    self._keep(key, await asyncio.to_thread(thumbnail, await read(), self._side_px))
        self._kept.move_to_end(key)
        return self._kept[key]

    def _keep(self, key: str, made: bytes) -> None:
        if key in self._kept:  # another request has made the thumbnail meanwhile
            return
        self._kept[key] = made
        self._kept_bytes += len(made)
        while self._kept_bytes > self._max_bytes and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= len(oldest)
