"""The binary side of JT/T 808: frames, location reports and batches, of 2011, 2013 and 2019.

Sources: JT/T 808-2013 and 808-2019 (header, tables 23 to 27: report, status, alarms, additional items),
JT/T 1078-2016 (items 0x14 to 0x18). Items from 0x56 on belong to vendors; those that several vendors share
are read. An unknown item, or one of a wrong length, is kept as hexadecimal text, and so are bytes after the
last item. An item that extends beyond the end of its report is left out and named.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Any, Final

from wire.errors import PayloadError
from wire.partial import LEFT_OUT

LOCATION: Final = 0x0200
LOCATION_ANSWER: Final = 0x0201  # reply to a query: a sequence number precedes the report
CONTROL_ANSWER: Final = 0x0500  # reply to a vehicle control command: likewise
BATCH: Final = 0x0704

ACC_ON, POSITIONED, SOUTH, WEST = 1 << 0, 1 << 1, 1 << 2, 1 << 3
"""Bits of the status word."""

ALARMS: Final = (
    "sos", "overspeed", "fatigue_driving", "dangerous_driving", "gnss_fault", "gnss_antenna_open",
    "gnss_antenna_short", "power_undervoltage", "power_off", "display_fault", "tts_fault", "camera_fault",
    "ic_card_fault", "overspeed_warning", "fatigue_warning", "irregular_driving", "tyre_pressure",
    "right_turn_blind_spot", "daily_driving_time", "overtime_parking", "area", "route", "route_time",
    "off_route", "vss_fault", "fuel_abnormal", "theft", "illegal_ignition", "illegal_movement", "collision",
    "rollover", "illegal_door",
)  # fmt: skip
"""Names of the alarm word's bits, from bit 0 on; 15 to 17 as 808-2019 has them."""

FLAG: Final = 0x7E
_ESCAPE: Final = 0x7D
_FIXED_PART: Final = struct.Struct(">IIIIhHH6s")
_NEWER: Final = (
    1 << 14
)  # bit of the message attributes: 2019, with a version and a terminal number of ten bytes
_SPLIT: Final = 1 << 13
_ENCRYPTED: Final = 0b111 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One message between terminal and gateway, without delimiters and escapes.

    Attributes:
        message: message id, such as 0x0200.
        terminal: terminal number, 12 or 20 digits.
        body: the bytes after the header.
    """

    message: int
    terminal: str
    body: bytes


def frame(data: bytes) -> Frame:
    """Parse a frame: 0x7e, header, body, checksum, 0x7e.

    Raises:
        PayloadError: the frame is not whole, or its checksum is wrong.
    """
    if len(data) < 2 or data[0] != FLAG or data[-1] != FLAG:  # noqa: PLR2004 both flags
        raise PayloadError("jt808: a frame begins and ends with 0x7e")
    inner = data[1:-1].replace(b"\x7d\x02", b"\x7e").replace(b"\x7d\x01", b"\x7d")
    if len(inner) < 13 or reduce(xor, inner):  # noqa: PLR2004 header and checksum
        raise PayloadError("jt808: the frame is cut or its checksum is wrong")
    message, attributes = struct.unpack_from(">HH", inner)
    newer = bool(attributes & _NEWER)
    start, digits = (5, 10) if newer else (4, 6)
    end = start + digits + 2 + (4 if attributes & _SPLIT else 0)
    if len(inner) <= end:
        raise PayloadError("jt808: the frame is cut")
    if attributes & _ENCRYPTED:
        raise PayloadError("jt808: the body is encrypted; let the gateway decrypt it")
    if attributes & _SPLIT and message in {LOCATION, BATCH}:
        raise PayloadError("jt808: a part of a split message; let the gateway join the parts")
    return Frame(message=message, terminal=inner[start : start + digits].hex(), body=inner[end:-1])


def location(data: bytes) -> dict[str, Any]:
    """The fields of a location report: 28 fixed bytes, then items of id, length and value.

    Returns:
        `alarm`, `status`, `lat`, `lon`, `altitude` (signed), `speed` and `direction` as the protocol's
        integers, `time` as twelve digits, and `items`, the readings of the additional items.

    Raises:
        PayloadError: the report is shorter than its fixed part.
    """
    if len(data) < _FIXED_PART.size:
        raise PayloadError(f"jt808: a report of {len(data)} bytes is shorter than {_FIXED_PART.size}")
    alarm, status, lat, lon, altitude, speed, direction, time = _FIXED_PART.unpack_from(data)
    return {
        "alarm": alarm,
        "status": status,
        "lat": lat,
        "lon": lon,
        "altitude": altitude,
        "speed": speed,
        "direction": direction,
        "time": time.hex(),
        "items": _items(data[_FIXED_PART.size :]),
    }


def batch(data: bytes) -> tuple[list[bytes], int]:
    """The reports of 0x0704: count (2 bytes), kind (1), then each report after its length (2).

    Returns:
        The whole reports, and the number that the message states.

    Raises:
        PayloadError: no report is whole.
    """
    reports: list[bytes] = []
    at = 3
    while at + 2 <= len(data):
        length = int.from_bytes(data[at : at + 2])
        if at + 2 + length > len(data):
            break
        reports.append(data[at + 2 : at + 2 + length])
        at += 2 + length
    if not reports:
        raise PayloadError("jt808: the batch holds no whole report")
    return reports, int.from_bytes(data[:2])


def alarm_names(bits: int) -> str:
    """The alarms that are on, or `none`."""
    return ", ".join(name for bit, name in enumerate(ALARMS) if bits >> bit & 1) or "none"


def item(number: int, value: int) -> dict[str, bool | float | str]:
    """The readings of an item that a gateway passes on as one integer; none if the item is unknown."""
    known = _ITEMS.get(number)
    if known is None:
        return {}
    length, read = known
    return read(value.to_bytes(length)) if 0 <= value < 1 << 8 * length else {}


def _items(data: bytes) -> dict[str, bool | float | str]:
    found: dict[str, bool | float | str] = {}
    at = 0
    while at + 2 <= len(data):
        number, length = data[at], data[at + 1]
        if number == 0:  # not an item number: padding, or a vendor's structure
            found["trailing_bytes"] = data[at:].hex()
            break
        value = data[at + 2 : at + 2 + length]
        at += 2 + length
        if len(value) < length:
            found[LEFT_OUT] = f"item 0x{number:02x}, which is cut"
            break
        known = _ITEMS.get(number)
        if known is not None and known[0] == length:
            found |= known[1](value)
        elif number in _VARIABLE:
            found |= _VARIABLE[number](value)
        else:
            found[f"item_{number:02x}"] = value.hex()
    return found


_Readings = dict[str, bool | float | str]


def _scaled(name: str, factor: float = 1.0, offset: float = 0.0) -> Callable[[bytes], _Readings]:
    def read(value: bytes) -> _Readings:
        whole = int.from_bytes(value)
        return {name: whole if factor == 1.0 and not offset else round(whole * factor + offset, 3)}

    return read


def _area_alarm(value: bytes) -> _Readings:
    """Entering (0) or leaving (1) an area or route."""
    kind, area, direction = struct.unpack(">BIB", value)
    return {"area_kind": kind, "area_id": area, "area_left": bool(direction)}


def _route_time(value: bytes) -> _Readings:
    segment, seconds, long = struct.unpack(">IHB", value)
    return {"route_segment_id": segment, "route_segment_s": seconds, "route_segment_too_long": bool(long)}


def _analog(value: bytes) -> _Readings:
    high, low = struct.unpack(">HH", value)
    return {"analog_0": low, "analog_1": high}


def _signed(name: str) -> Callable[[bytes], _Readings]:
    return lambda value: {name: int.from_bytes(value, signed=True)}


def _overspeed(value: bytes) -> _Readings:
    """The kind of place of the overspeed and its id; the kind 0 has no id."""
    found: _Readings = {"overspeed_area_kind": value[0]} if value else {}
    if len(value) == 5:  # noqa: PLR2004 a kind and an id
        found["overspeed_area_id"] = int.from_bytes(value[1:])
    return found


def _driving_behaviour(value: bytes) -> _Readings:
    """Bits of fatigue (0), telephone (1) and smoking (2); some terminals add a fatigue degree or padding."""
    found: _Readings = {"abnormal_driving_bits": int.from_bytes(value[:2])} if len(value) >= 2 else {}  # noqa: PLR2004
    if len(value) >= 3:  # noqa: PLR2004
        found["fatigue_degree"] = value[2]
    return found


def _internal_battery(value: bytes) -> _Readings:
    """Tenths of a volt; some terminals add the percentage."""
    if len(value) == 2 and 1 <= value[1] <= 100:  # noqa: PLR2004
        return {"battery_percent": value[1]}
    return {"battery_percent": value[0] * 10} if value and value[0] <= 10 else {}  # noqa: PLR2004


_ITEMS: Final[dict[int, tuple[int, Callable[[bytes], _Readings]]]] = {
    0x01: (4, _scaled("mileage_km", 0.1)),
    0x02: (2, _scaled("fuel_l", 0.1)),
    0x03: (2, _scaled("tachograph_speed_kmh", 0.1)),
    0x04: (2, _scaled("alarm_event_id")),
    0x06: (2, _signed("carriage_temperature_c")),
    0x12: (6, _area_alarm),
    0x13: (7, _route_time),
    0x14: (4, _scaled("video_alarm_bits")),
    0x15: (4, _scaled("video_loss_channels")),
    0x16: (4, _scaled("video_covered_channels")),
    0x17: (2, _scaled("storage_fault_bits")),
    0x25: (4, _scaled("signal_bits")),
    0x2A: (2, _scaled("io_bits")),
    0x2B: (4, _analog),
    0x30: (1, _scaled("signal_strength")),
    0x31: (1, _scaled("satellites")),
    0x61: (2, _scaled("power_v", 0.01)),
    0xD3: (2, _scaled("power_v", 0.1)),
    0xD4: (1, _scaled("battery_percent")),
    0xD5: (2, _scaled("battery_v", 0.01)),
    0xFE: (1, _scaled("battery_percent")),
}
_VARIABLE: Final[dict[int, Callable[[bytes], _Readings]]] = {
    0x11: _overspeed,
    0x18: _driving_behaviour,
    0x56: _internal_battery,
}
"""Items of variable length."""
