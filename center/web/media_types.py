"""The media type of a file by its first bytes; the sender's statement is ignored. Pure."""

from __future__ import annotations

from typing import Final

_AUDIO_BRANDS: Final = frozenset({b"M4A ", b"M4B "})
_VIDEO_BRANDS: Final = frozenset(
    {
        b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"dash",
        b"3gp4", b"3gp5", b"3gp6",
    }
)  # fmt: skip

HEAD_BYTES: Final = 16
"""Bytes at the beginning of a file that identify it."""

PICTURES: Final = ("image/jpeg", "image/png", "image/webp")
TAKEN: Final = (*PICTURES, "video/mp4", "audio/mp4", "audio/mpeg")
"""The media types of files that people may send."""


def media_type_of(head: bytes) -> str | None:
    """The media type of a file that is accepted; None for any other.

    Args:
        head: its first `HEAD_BYTES` bytes, fewer if it is shorter.
    """
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return "audio/mp4" if brand in _AUDIO_BRANDS else "video/mp4" if brand in _VIDEO_BRANDS else None
    if head.startswith(b"ID3") or (head[:1] == b"\xff" and head[1:2] in {b"\xfb", b"\xf3", b"\xf2"}):
        return "audio/mpeg"
    return None
