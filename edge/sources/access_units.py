"""Joins the packets of pictures that arrive in several packets.

Some cameras send a picture in slices and repeat the parameter sets before each slice. FFmpeg's parser takes a
parameter set for the beginning of the next picture, and returns each slice as a packet of its own. None of
these packets can be decoded to a whole picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final, cast

import av
from av.video.stream import VideoStream

_START: Final = b"\x00\x00\x01"
_LENGTH_PREFIXED: Final = 1
"""First byte of the decoder configuration of MP4 and Matroska, whose packets are always whole pictures."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AccessUnit:
    """The packet of one whole picture.

    Attributes:
        packet: for the decoder.
        is_keyframe: whether it is flagged as independent of other pictures.
        pts_s: its presentation timestamp, seconds; None without one.
        dts_s: its decoding timestamp, seconds; None without one.
        arrived_s: when it was read, on the caller's clock.
    """

    packet: av.Packet[VideoStream]
    is_keyframe: bool
    pts_s: float | None
    dts_s: float | None
    arrived_s: float


@dataclass(slots=True, eq=False)
class _Collected:
    """A picture that may still be incomplete, and its NAL units."""

    first: AccessUnit
    is_keyframe: bool
    units: list[bytes] = field(default_factory=list)


class AccessUnits:
    """Makes whole pictures from packets.

    The first packet waits for the second. While packets contain whole pictures, they are passed on unchanged.
    After the first partial one, every packet is split into NAL units, and a picture is passed on when the
    next one begins.

    Args:
        codec: FFmpeg's name of the codec.
        configuration: the decoder configuration (extradata), or None.
    """

    def __init__(self, codec: str, configuration: bytes | None) -> None:
        annex_b = not configuration or configuration[0] != _LENGTH_PREFIXED
        self._syntax = _SYNTAXES.get(codec) if annex_b else None
        self._last: AccessUnit | None = None
        self._waiting: AccessUnit | None = None
        self._collected: _Collected | None = None
        self._in_parts = False

    def take(self, unit: AccessUnit) -> Iterator[AccessUnit]:
        """Take the next packet; yields pictures that are now whole."""
        if self._syntax is None:
            yield unit
            return
        last, self._last = self._last, unit
        waiting, self._waiting = self._waiting, None
        if last is None:
            self._waiting = unit
            return
        if not self._in_parts and _may_continue(last, unit):
            self._in_parts = self._syntax.continues(bytes(unit.packet))
        for each in (waiting, unit):
            if each is not None and self._in_parts:
                yield from self._regroup(each, self._syntax)
            elif each is not None:
                yield each

    def rest(self) -> Iterator[AccessUnit]:
        """The last picture, at the end of the stream."""
        if self._waiting is not None:
            yield self._waiting
            self._waiting = None
        if self._collected is not None:
            yield _joined(self._collected)
            self._collected = None

    def _regroup(self, unit: AccessUnit, syntax: _Syntax) -> Iterator[AccessUnit]:
        """Split a packet at the beginnings of pictures only."""
        before: list[bytes] = []
        is_its_own = True  # timestamps and flag of a packet belong to the picture that it begins with
        for nal in _nal_units(bytes(unit.packet)):
            before.append(nal)
            if not syntax.is_slice(nal):
                continue
            if syntax.is_first(nal):
                yield from self.rest()
                is_keyframe = unit.is_keyframe if is_its_own else syntax.is_intra(nal)
                first = unit if is_its_own else replace(unit, pts_s=None, dts_s=None)
                self._collected = _Collected(first=first, is_keyframe=is_keyframe)
            is_its_own = False
            if self._collected is not None:
                self._collected.units += before
            before = []
        if self._collected is not None:
            self._collected.units += before


class _Syntax:
    """How a codec marks slices; ITU-T H.264 and H.265, table 7-1 and the first bit of a slice header.

    Args:
        header: bytes of a NAL unit's header.
        shift: right shift of the first byte that gives the type.
        mask: bits of the type, after the shift.
        slices: types that contain a slice.
        intra: types of slices that need no other picture.
    """

    def __init__(self, *, header: int, shift: int, mask: int, slices: range, intra: range) -> None:
        self._header, self._shift, self._mask = header, shift, mask
        self._slices, self._intra = slices, intra

    def is_slice(self, nal: bytes) -> bool:
        """Whether a NAL unit holds a slice."""
        return len(nal) > self._header and self._type(nal) in self._slices

    def is_first(self, nal: bytes) -> bool:
        """Whether a slice is the first of its picture.

        `first_slice_segment_in_pic_flag` is one bit; the code of `first_mb_in_slice` = 0 is a single set bit.
        """
        return bool(nal[self._header] & 0x80)

    def is_intra(self, nal: bytes) -> bool:
        """Whether a slice needs no other picture."""
        return self._type(nal) in self._intra

    def continues(self, data: bytes) -> bool:
        """Whether a packet begins with a slice that is not the first of its picture."""
        for nal in _nal_units(data):
            if self.is_slice(nal):
                return not self.is_first(nal)
        return False

    def _type(self, nal: bytes) -> int:
        return nal[0] >> self._shift & self._mask


_SYNTAXES: Final = {
    "h264": _Syntax(header=1, shift=0, mask=0x1F, slices=range(1, 6), intra=range(5, 6)),
    "hevc": _Syntax(header=2, shift=1, mask=0x3F, slices=range(32), intra=range(16, 22)),
}


def _nal_units(data: bytes) -> Iterator[bytes]:
    """The NAL units of a byte stream (Annex B), without their start codes."""
    begin = data.find(_START)
    while begin >= 0:
        begin += len(_START)
        end = data.find(_START, begin)
        yield data[begin:] if end < 0 else data[begin:end].rstrip(b"\x00")
        begin = end


def _may_continue(last: AccessUnit, unit: AccessUnit) -> bool:
    """Whether the timestamps allow both to be one picture; tested first, because it nearly always decides."""
    return (unit.pts_s is None or last.pts_s is None or unit.pts_s == last.pts_s) and (
        unit.dts_s is None or last.dts_s is None or unit.dts_s == last.dts_s
    )


def _joined(collected: _Collected) -> AccessUnit:
    data = b"".join(b"\x00" + _START + nal for nal in collected.units)
    packet = cast("av.Packet[VideoStream]", av.Packet(data))  # a packet without a stream, as PyAV sees it
    return replace(collected.first, packet=packet, is_keyframe=collected.is_keyframe)
