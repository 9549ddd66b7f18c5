"""Puts the packets of one picture together again.

Some cameras send a picture in slices and repeat the parameter sets before each. FFmpeg's parser takes a
parameter set for the beginning of the next picture, and hands on each slice as a packet of its own. None of
these packets can be decoded to a whole picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import av
from av.video.stream import VideoStream

_START: Final = b"\x00\x00\x01"
_H264_SLICES: Final = frozenset({1, 5})
_H265_SLICES: Final = range(32)
"""Types of NAL units that hold a slice (table 7-1 of either)."""
_LENGTH_PREFIXED: Final = 1
"""First byte of the decoder configuration of MP4 and Matroska, whose packets are whole pictures."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AccessUnit:
    """The packet of one whole picture.

    Attributes:
        packet: what the decoder gets.
        is_keyframe: whether it says that it needs no other picture.
        shown_s: its stamp of showing (PTS), seconds; None without one.
        decoded_s: its stamp of decoding (DTS), likewise.
        arrived_s: when it was read, on the caller's clock.
    """

    packet: av.Packet[VideoStream]
    is_keyframe: bool
    shown_s: float | None
    decoded_s: float | None
    arrived_s: float


class AccessUnits:
    """Whole pictures out of packets.

    A picture is handed on at once, until the stream sends the first one in parts; from then on a picture is
    handed on when the next one begins.

    Args:
        codec: FFmpeg's name of it.
        configuration: the decoder configuration (extradata), or None.
    """

    def __init__(self, codec: str, configuration: bytes | None) -> None:
        annex_b = not configuration or configuration[0] != _LENGTH_PREFIXED
        self._codec = codec if annex_b else ""
        self._in_parts = False
        self._last: AccessUnit | None = None

    def take(self, unit: AccessUnit) -> Iterator[AccessUnit]:
        """Take the next packet; yields what is whole by now."""
        last = self._last
        if last is not None and _may_continue(last, unit) and continues(unit.packet, self._codec):
            if self._in_parts:
                self._last = _joined(last, unit)
                return
            self._in_parts = True  # the first part has gone already: this picture is lost, and no other
        if self._in_parts and last is not None:
            yield last
        self._last = unit
        if not self._in_parts:
            yield unit

    def rest(self) -> Iterator[AccessUnit]:
        """What waits still, at the end of the stream."""
        if self._in_parts and self._last is not None:
            yield self._last
        self._last = None


def continues(packet: av.Packet[VideoStream], codec: str) -> bool:
    """Whether a packet begins with a slice that is not the first one of its picture.

    ITU-T H.264, 7.3.3: a slice header begins with `first_mb_in_slice`, whose code for 0 is a single set bit.
    ITU-T H.265, 7.3.6.1: it begins with `first_slice_segment_in_pic_flag`.
    """
    if codec not in {"h264", "hevc"}:
        return False
    data = bytes(packet)
    at = data.find(_START)
    while 0 <= at < len(data) - 6:
        head = at + len(_START)
        if codec == "h264" and data[head] & 0x1F in _H264_SLICES:
            return not data[head + 1] & 0x80
        if codec == "hevc" and data[head] >> 1 & 0x3F in _H265_SLICES:
            return not data[head + 2] & 0x80
        at = data.find(_START, head)
    return False


def _may_continue(last: AccessUnit, unit: AccessUnit) -> bool:
    """Whether the stamps allow that both are one picture; asked first, for the answer is nearly always no."""
    return unit.decoded_s in {None, last.decoded_s} and unit.shown_s in {None, last.shown_s}


def _joined(last: AccessUnit, unit: AccessUnit) -> AccessUnit:
    return AccessUnit(
        packet=av.Packet(bytes(last.packet) + bytes(unit.packet)),  # type: ignore[arg-type]  # of no stream yet
        is_keyframe=last.is_keyframe,
        shown_s=last.shown_s,
        decoded_s=last.decoded_s,
        arrived_s=last.arrived_s,
    )
