"""Traccar and OsmAnd: what the Traccar server forwards, and what the phone apps send.

Three shapes are told apart by their fields: `{"position": …, "device": …}` as the server's position
forwarding sends it, `{"location": {"coords": …}, "device_id": …}` as Traccar Client sends it since
version 9, and the flat OsmAnd fields, as JSON or as a query string (https://www.traccar.org/osmand/).
Speed is in knots in the first and the last, in m/s in the second. Attributes become telemetry.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl

import msgspec
from msgspec import Meta, Struct, field

from ingest.adapters.adapter import (
    KMH_MPS,
    KNOT_MPS,
    Adapter,
    Told,
    heading,
    not_negative,
    read_json,
    readings,
    seconds,
    told,
)
from wire.errors import PayloadError
from wire.messages import Position, Telemetry
from wire.topics import Stream

Moment = str | float
_FACTORS = {"knots": KNOT_MPS, "kmh": KMH_MPS, "mps": 1.0}


class _Forwarded(Struct, frozen=True, rename="camel"):
    latitude: float
    longitude: float
    fix_time: Moment
    valid: bool = True
    speed: float | None = None
    course: float | None = None
    altitude: float | None = None
    accuracy: float | None = None
    attributes: dict[str, Any] = field(default_factory=dict)


class _Device(Struct, frozen=True, rename="camel"):
    unique_id: str


class _Coordinates(Struct, frozen=True):
    latitude: float
    longitude: float
    speed: float | None = None
    heading: float | None = None
    altitude: float | None = None
    accuracy: float | None = None


class _Battery(Struct, frozen=True):
    level: float | None = None
    is_charging: bool | None = None


class _Location(Struct, frozen=True):
    timestamp: Moment
    coords: _Coordinates
    odometer: float | None = None
    battery: _Battery = _Battery()


class _Flat(Struct, frozen=True):
    id: str | None = None
    deviceid: str | None = None
    lat: float | None = None
    lon: float | None = None
    location: str | None = None  # "lat,lon"
    timestamp: Moment | None = None
    valid: bool = True
    speed: float | None = None
    bearing: float | None = None
    heading: float | None = None
    altitude: float | None = None
    accuracy: float | None = None
    batt: float | None = None
    charge: bool | None = None
    hdop: float | None = None
    ignition: bool | None = None


class Traccar(Adapter, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="traccar"):
    """A Traccar server's forwarding, Traccar Client, or OsmAnd."""

    speed: Annotated[
        Literal["knots", "kmh", "mps"],
        Meta(description="The unit of speed in the forwarded and the flat shape."),
    ] = "knots"

    def read(self, topic: str, payload: bytes) -> Told:
        """Read one fix, of whichever shape."""
        if payload[:1] != b"{":
            return self._flat(topic, _form(payload))
        parts = read_json(payload, dict[str, msgspec.Raw], "traccar")
        if "position" in parts:
            return self._forwarded(topic, parts)
        if "location" in parts and bytes(parts["location"])[:1] == b"{":
            return self._client(topic, parts)
        return self._flat(topic, read_json(payload, _Flat, "osmand"))

    def _forwarded(self, topic: str, parts: dict[str, msgspec.Raw]) -> Told:
        said = read_json(parts["position"], _Forwarded, "traccar position")
        called = None
        if "device" in parts:
            called = read_json(parts["device"], _Device, "traccar device").unique_id
        ignition = said.attributes.get("ignition")
        position = told(
            Position,
            time=seconds(said.fix_time),
            lat=said.latitude,
            lon=said.longitude,
            speed_mps=not_negative(said.speed, _FACTORS[self.speed]),
            heading_deg=heading(said.course),
            altitude_m=said.altitude,
            accuracy_m=said.accuracy or None,  # 0 is how the server says "unknown"
            ignition=ignition if isinstance(ignition, bool) else None,
            fix=said.valid,
            coord=self.datum,
        )
        return self._with_readings(topic, called, position, said.attributes)

    def _client(self, topic: str, parts: dict[str, msgspec.Raw]) -> Told:
        said = read_json(parts["location"], _Location, "traccar client")
        called = read_json(parts["device_id"], str, "traccar client") if "device_id" in parts else None
        position = told(
            Position,
            time=seconds(said.timestamp),
            lat=said.coords.latitude,
            lon=said.coords.longitude,
            speed_mps=not_negative(said.coords.speed),
            heading_deg=heading(said.coords.heading),
            altitude_m=said.coords.altitude,
            accuracy_m=not_negative(said.coords.accuracy),
            coord=self.datum,
        )
        values = {
            "battery_percent": not_negative(said.battery.level, 100.0),
            "charging": said.battery.is_charging,
            "odometer_m": said.odometer,
        }
        return self._with_readings(topic, called, position, values)

    def _flat(self, topic: str, said: _Flat) -> Told:
        lat, lon = (said.lat, said.lon) if said.location is None else _pair(said.location)
        if said.timestamp is None:
            raise PayloadError("osmand: the message has no timestamp")
        position = told(
            Position,
            time=seconds(said.timestamp),
            lat=lat,
            lon=lon,
            speed_mps=not_negative(said.speed, _FACTORS[self.speed]),
            heading_deg=heading(said.bearing if said.bearing is not None else said.heading),
            altitude_m=said.altitude,
            accuracy_m=not_negative(said.accuracy),
            ignition=said.ignition,
            fix=said.valid,
            coord=self.datum,
        )
        values = {"battery_percent": not_negative(said.batt), "charging": said.charge, "hdop": said.hdop}
        return self._with_readings(topic, said.deviceid or said.id, position, values)

    def _with_readings(
        self, topic: str, called: str | None, position: Position, values: dict[str, Any]
    ) -> Told:
        found: Told = [(self.where(topic, Stream.POSITION, called=called), position)]
        kept = readings(values)
        if kept:
            telemetry = told(Telemetry, time=position.time, values=kept)
            found.append((self.where(topic, Stream.TELEMETRY, called=called), telemetry))
        return found


def _form(payload: bytes) -> _Flat:
    """The flat fields from a query string, with or without what stands before its question mark."""
    try:
        text = payload.decode().rpartition("?")[2]
        pairs = dict(parse_qsl(text, strict_parsing=True, max_num_fields=64))
        return msgspec.convert(pairs, _Flat, strict=False)
    except (ValueError, msgspec.ValidationError) as error:
        raise PayloadError(f"osmand: neither JSON nor a query string ({error})") from None


def _pair(text: str) -> tuple[float, float]:
    lat, _, lon = text.partition(",")
    try:
        return float(lat), float(lon)
    except ValueError:
        raise PayloadError(f"osmand: location {text[:60]!r} is not lat,lon") from None
