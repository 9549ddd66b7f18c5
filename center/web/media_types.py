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

_VIDEO_CODECS: Final = (b"V_VP8", b"V_VP9", b"V_AV1", b"V_MPEG4")
_AUDIO_CODECS: Final = (b"A_OPUS", b"A_VORBIS")

HEAD_BYTES: Final = 4096
"""Bytes at the beginning of a file that identify it."""

PICTURES: Final = ("image/jpeg", "image/png", "image/webp")
TAKEN: Final = (
    *PICTURES, "video/mp4", "video/quicktime", "video/webm",
    "audio/mp4", "audio/mpeg", "audio/ogg", "audio/webm",
)  # fmt: skip
"""The media types of files that people may send."""


def media_type_of(head: bytes) -> str | None:
    """The media type of a file that is accepted; None for any other.

    Args:
        head: its first `HEAD_BYTES` bytes, fewer if it is shorter.
    """
    return _picture(head) or _film_or_sound(head)


def _picture(head: bytes) -> str | None:
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    return "image/webp" if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else None


def _film_or_sound(head: bytes) -> str | None:
    if head[4:8] == b"ftyp":
        return _of_mp4(head)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return _of_matroska(head)
    if head.startswith(b"OggS"):
        return "audio/ogg" if b"OpusHead" in head or b"\x01vorbis" in head else None
    is_mp3 = head.startswith(b"ID3") or (head[:1] == b"\xff" and head[1:2] in {b"\xfb", b"\xf3", b"\xf2"})
    return "audio/mpeg" if is_mp3 else None


def _of_mp4(head: bytes) -> str | None:
    """By its brand; browsers write sound with the brands of video, and say in front what its tracks are."""
    brand = head[8:12]
    if brand in _AUDIO_BRANDS:
        return "audio/mp4"
    if brand == b"qt  ":
        return "video/quicktime"
    if brand not in _VIDEO_BRANDS:
        return None
    return "audio/mp4" if b"soun" in head and b"vide" not in head else "video/mp4"


def _of_matroska(head: bytes) -> str | None:
    """WebM only, by the codecs of its tracks."""
    if b"webm" not in head[:64]:
        return None
    if any(codec in head for codec in _VIDEO_CODECS):
        return "video/webm"
    return "audio/webm" if any(codec in head for codec in _AUDIO_CODECS) else None
