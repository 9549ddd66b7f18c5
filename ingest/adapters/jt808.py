"""JT/T 808 positions as a gateway bridges them: location report 0x0200 and batch upload 0x0704.

A gateway that speaks the binary protocol to the terminals publishes JSON. No standard says how it names the
fields, so that the usual spellings are known here and others can be added under `fields`. Two encodings are
common and told apart by `raw`: the protocol's own integers (millionths of a degree, tenths of km/h), or
degrees and km/h. Where the gateway passes the body on as hexadecimal text, that is read instead, as
JT/T 808-2019 table 23 lays it out. Times are `yyMMddHHmmss` in UTC+8 there, or RFC 3339.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from ingest.adapters.adapter import KMH_MPS, Adapter, Told, read_json, readings, seconds, told
from wire.errors import PayloadError
from wire.messages import MAX_BATCH, Position, Telemetry
from wire.topics import Stream

LOCATION: Final = 0x0200
BATCH: Final = 0x0704

_BEIJING: Final = timezone(timedelta(hours=8))
_ACC_ON, _POSITIONED, _SOUTH, _WEST = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_FIXED_PART: Final = struct.Struct(">IIIIHHH6s")
_MILEAGE, _FUEL = 0x01, 0x02

_SPELLINGS: Final[dict[str, tuple[str, ...]]] = {
    "message": ("msgId", "messageId", "msg_id", "MsgId", "id"),
    "terminal": ("phone", "terminalId", "terminalPhoneNo", "simNo", "sim", "mobileNo", "clientId"),
    "body": ("body", "data", "Bodies", "content"),
    "items": ("items", "positions", "locations", "Positions"),
    "alarm": ("alarm", "warnBit", "alarmFlag", "AlarmFlag", "warningMark"),
    "status": ("status", "statusBit", "statusFlag", "StatusFlag"),
    "lat": ("lat", "latitude", "Lat"),
    "lon": ("lon", "lng", "longitude", "Lng"),
    "altitude": ("altitude", "elevation", "Altitude"),
    "speed": ("speed", "Speed"),
    "direction": ("direction", "Direction", "course"),
    "time": ("time", "deviceTime", "gpsTime", "GPSTime", "dateTime"),
    "mileage": ("mileage", "Mileage"),
}


class Jt808(Adapter, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="jt808"):
    """A JT/T 808 gateway that publishes JSON."""

    raw: Annotated[
        bool,
        Meta(description="Whether numbers are the protocol's integers (1e-6 degrees, 0.1 km/h)."),
    ] = False
    fields: Annotated[
        dict[str, str],
        Meta(description="The gateway's own names: ours (terminal, lat, speed …) = theirs."),
    ] = msgspec.field(default_factory=dict)

    def read(self, topic: str, payload: bytes) -> Told:
        """Read one report or a batch; other messages of the protocol say nothing that we keep."""
        whole = read_json(payload, dict[str, Any], "jt808")
        body = self._find(whole, "body")
        terminal = self._find(whole, "terminal")
        if terminal is None and isinstance(body, dict):
            terminal = self._find(body, "terminal")
        called = None if terminal is None else str(terminal)
        message = _message(self._find(whole, "message"))
        if message == LOCATION:
            reports = [whole if body is None else body]
        elif message == BATCH:
            reports = self._items(whole if body is None else body)
        else:
            return []
        found: Told = []
        for report in reports:
            found += self._report(topic, called, report)
        return found

    def _find(self, values: dict[str, Any], name: str) -> Any:
        for spelling in (self.fields.get(name), *_SPELLINGS[name]):
            if spelling is not None and values.get(spelling) is not None:
                return values[spelling]
        return None

    def _items(self, body: Any) -> list[Any]:
        if isinstance(body, str):
            return _split_batch(_bytes(body))
        items = self._find(body, "items") if isinstance(body, dict) else body
        if not isinstance(items, list) or not 1 <= len(items) <= MAX_BATCH:
            raise PayloadError(f"jt808: a batch holds 1 to {MAX_BATCH} reports under `items`")
        return items

    def _report(self, topic: str, called: str | None, report: Any) -> Told:
        if isinstance(report, str | bytes):
            values, raw = _binary(_bytes(report) if isinstance(report, str) else report), True
        elif isinstance(report, dict):
            values, raw = {name: self._find(report, name) for name in _SPELLINGS}, self.raw
        else:
            raise PayloadError("jt808: a report is an object or hexadecimal text")
        status = _whole(values["status"], "status")
        scale = 1e-6 if raw else 1.0
        lat, lon = _number(values["lat"], "lat") * scale, _number(values["lon"], "lon") * scale
        if raw and status is not None:
            lat, lon = (-lat if status & _SOUTH else lat), (-lon if status & _WEST else lon)
        speed, direction, altitude = values["speed"], values["direction"], values["altitude"]
        position = told(
            Position,
            time=_time(values["time"]),
            lat=lat,
            lon=lon,
            speed_mps=None if speed is None else _number(speed, "speed") * KMH_MPS * (0.1 if raw else 1),
            heading_deg=None if direction is None else _number(direction, "direction") % 360,
            altitude_m=None if altitude is None else _number(altitude, "altitude"),
            ignition=None if status is None else bool(status & _ACC_ON),
            fix=status is None or bool(status & _POSITIONED),
            coord=self.datum,
        )
        found: Told = [(self.where(topic, Stream.POSITION, called=called), position)]
        alarm, mileage = _whole(values["alarm"], "alarm"), values["mileage"]
        kept = readings(
            {
                "alarm_bits": alarm or None,
                "mileage_km": None if mileage is None else _number(mileage, "mileage") * (0.1 if raw else 1),
                "fuel_l": values.get("fuel"),
            }
        )
        if kept:
            telemetry = told(Telemetry, time=position.time, values=kept)
            found.append((self.where(topic, Stream.TELEMETRY, called=called), telemetry))
        return found


def _message(value: Any) -> int:
    """A message id, as a number or as text such as `0x0200` or `0200`."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        return int(value, 16)
    except (TypeError, ValueError):
        raise PayloadError("jt808: the message has no id such as 0x0200") from None


def _number(value: Any, name: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise PayloadError(f"jt808: {name} is no number") from None


def _whole(value: Any, name: str) -> int | None:
    if value is None:
        return None
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise PayloadError(f"jt808: {name} is no whole number") from None


def _time(value: Any) -> float:
    """Epoch seconds of `yyMMddHHmmss` or `yyyy-MM-dd HH:mm:ss` in UTC+8, of RFC 3339, or of a number."""
    if isinstance(value, str):
        for form in ("%y%m%d%H%M%S", "%Y-%m-%d %H:%M:%S"):
            try:
                return datetime.strptime(value, form).replace(tzinfo=_BEIJING).astimezone(UTC).timestamp()
            except ValueError:
                continue
    elif not isinstance(value, int | float):
        raise PayloadError("jt808: the report has no time")
    return seconds(value)


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise PayloadError("jt808: the body is not hexadecimal text") from None


def _binary(data: bytes) -> dict[str, Any]:
    """The body of 0x0200: 28 fixed bytes, then items of id, length and value."""
    if len(data) < _FIXED_PART.size:
        raise PayloadError(f"jt808: a report of {len(data)} bytes is shorter than {_FIXED_PART.size}")
    alarm, status, lat, lon, altitude, speed, direction, time = _FIXED_PART.unpack_from(data)
    items: dict[int, int] = {}
    at = _FIXED_PART.size
    while at + 2 <= len(data):
        name, length = data[at], data[at + 1]
        items[name] = int.from_bytes(data[at + 2 : at + 2 + length])
        at += 2 + length
    fuel = items.get(_FUEL)
    return {
        "alarm": alarm,
        "status": status,
        "lat": lat,
        "lon": lon,
        "altitude": altitude,
        "speed": speed,
        "direction": direction,
        "time": time.hex(),
        "mileage": items.get(_MILEAGE),
        "fuel": None if fuel is None else fuel / 10,
    }


def _split_batch(data: bytes) -> list[bytes]:
    """The body of 0x0704: count (2 bytes), kind (1), then each report behind its length (2)."""
    reports: list[bytes] = []
    at = 3
    while at + 2 <= len(data):
        length = int.from_bytes(data[at : at + 2])
        reports.append(data[at + 2 : at + 2 + length])
        at += 2 + length
    if not reports or len(reports) != int.from_bytes(data[:2]) or at != len(data):
        raise PayloadError("jt808: the batch does not hold as many reports as it says")
    return reports
