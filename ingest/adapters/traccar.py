"""Traccar and OsmAnd: messages that the Traccar server forwards, and messages of the phone apps.

The fields tell the forms apart: `{"position": …, "device": …}` of the server's position forwarding, the same
with an `event` of its event forwarding, a position alone, `{"location": {"coords": …}, "device_id": …}` of
Traccar Client since version 9, and the flat OsmAnd fields, as JSON or as a query string
(https://www.traccar.org/osmand/). Speed is in knots, in the client's form in m/s.

A forwarded position has two times: the fix is stored at `fixTime`, the attributes at `deviceTime`. A position
marked `outdated` repeats an earlier fix, so only its attributes are stored.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal
from urllib.parse import parse_qsl

from msgspec import Meta

from ingest.adapters.adapter import KMH_MPS, KNOT_MPS, Adapter, Translated, wire_message
from ingest.adapters.reports import items_of, not_negative, or_as_it_stands, parts_of
from ingest.adapters.text_forms import identity, is_absent, read_json, readings, truth
from ingest.adapters.text_times import first_moment, moment, moment_if_set, zone_of
from wire.errors import PayloadError
from wire.messages import MAX_BATCH, Status, Telemetry
from wire.topics import Stream

_SPEEDS: Final = {"knots": KNOT_MPS, "kmh": KMH_MPS, "mps": 1.0}
_MAX_FIELDS: Final = 256
_ONLINE: Final = {"deviceOnline": True, "deviceOffline": False}
"""Events that tell whether a device is online; after `deviceUnknown` the server does not know."""

_OSMAND_FIX: Final = frozenset(
    {"id", "deviceid", "lat", "lon", "location", "timestamp", "valid", "speed", "bearing", "heading",
     "altitude", "accuracy", "batt", "charge"}
)  # fmt: skip
_CLIENT_KNOWN: Final = frozenset(
    {"timestamp", "coords", "odometer", "battery", "activity", "extras", "uuid", "age", "recorded_at"}
)
_PLUS_AS_SPACE: Final = re.compile(r"(T\d{2}:\d{2}\S*) (\d{2}:?\d{2})$", re.ASCII)


class Traccar(Adapter, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="traccar"):
    """A Traccar server's forwarding, Traccar Client, or OsmAnd."""

    speed: Annotated[
        Literal["knots", "kmh", "mps"],
        Meta(description="The unit of speed in the forwarded and the flat shape."),
    ] = "knots"
    time_zone: Annotated[
        str, Meta(description="The zone of times without one: an IANA name, or an offset such as +08:00.")
    ] = "UTC"

    def __post_init__(self) -> None:
        zone_of(self.time_zone)

    def read(self, topic: str, payload: bytes) -> Translated:
        """Read a forwarded message, or one or several fixes of an app."""
        return self.read_received(topic, payload, received_at=None)

    def read_received(self, topic: str, payload: bytes, *, received_at: float | None) -> Translated:
        """As `read`; flat fields without a timestamp get the time of receipt, as on the Traccar server."""
        if payload.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] != b"{":
            return self._flat(topic, _form(payload), received_at, is_text=True)
        whole = read_json(payload, "traccar")
        if isinstance(whole.get("position"), dict) or isinstance(whole.get("event"), dict):
            return self._forwarded(topic, whole)
        if not is_absent(whole.get("fixTime")) or not is_absent(whole.get("deviceTime")):
            return self._position(topic, identity(whole.get("deviceId")), whole)
        location = whole.get("location")
        if isinstance(location, dict | list):
            return self._client(topic, location, whole.get("device_id"))
        return self._flat(topic, whole, received_at, is_text=False)

    def _forwarded(self, topic: str, whole: dict[str, Any]) -> Translated:
        device = whole.get("device")
        device_id = identity(device.get("uniqueId")) if isinstance(device, dict) else None
        parts = [(name, whole[name]) for name in ("position", "event") if isinstance(whole.get(name), dict)]

        def read(name: str, part: dict[str, Any]) -> Translated:
            if name == "position":
                return self._position(topic, device_id, part)
            return self._event(topic, device_id, part, whole)

        return items_of(parts, read)

    def _position(self, topic: str, device_id: str | None, report: dict[str, Any]) -> Translated:
        attributes = report.get("attributes")
        attributes = attributes if isinstance(attributes, dict) else {}
        zone = zone_of(self.time_zone)
        time = first_moment((report.get(name) for name in ("deviceTime", "fixTime", "serverTime")), zone=zone)
        if time is None:
            raise PayloadError("traccar: the position has no deviceTime, fixTime or serverTime")
        values = readings({**attributes, "geofenceIds": report.get("geofenceIds") or None})
        fix: dict[str, Any] | PayloadError | None
        try:
            fix = self._fix(report, attributes)
        except PayloadError as error:
            fix = error
        return parts_of(self, topic, time=time, fix=fix, readings=values, report=report, device_id=device_id)

    def _fix(self, report: dict[str, Any], attributes: dict[str, Any]) -> dict[str, Any] | None:
        """The fix of a forwarded position; None if it has no new one."""
        time = moment_if_set(report.get("fixTime"), zone=zone_of(self.time_zone))
        valid = truth(report.get("valid"), "valid") is not False
        repeated = truth(report.get("outdated"), "outdated") is True
        if time is None or repeated or (not valid and _is_null_island(report)):
            return None
        accuracy = report.get("accuracy")
        return {
            "time": time,
            "lat": report.get("latitude"),
            "lon": report.get("longitude"),
            "speed": report.get("speed"),
            "speed_mps": _SPEEDS[self.speed],
            "heading": report.get("course"),
            "altitude": report.get("altitude"),
            "accuracy": None if accuracy == 0 else accuracy,  # the server's value for "unknown"
            "ignition": attributes.get("ignition"),
            "fix": valid,
        }

    def _event(
        self, topic: str, device_id: str | None, event: dict[str, Any], whole: dict[str, Any]
    ) -> Translated:
        time = moment(event.get("eventTime") or event.get("serverTime"), zone=zone_of(self.time_zone))
        name = event.get("type")
        if not isinstance(name, str):
            raise PayloadError("traccar: the event has no type")
        if name in _ONLINE:
            where = self.sender_topic(topic, Stream.STATUS, device_id=device_id)
            return [(where, wire_message(Status, online=_ONLINE[name], time=time))]
        attributes = event.get("attributes")
        fence, maintenance = whole.get("geofence"), whole.get("maintenance")
        values = {
            **(attributes if isinstance(attributes, dict) else {}),
            "event": name,
            "geofence": fence.get("name") if isinstance(fence, dict) else None,
            "maintenance": maintenance.get("name") if isinstance(maintenance, dict) else None,
        }
        where = self.sender_topic(topic, Stream.TELEMETRY, device_id=device_id)
        return [(where, wire_message(Telemetry, time=time, values=readings(values)))]

    def _client(self, topic: str, location: dict[str, Any] | list[Any], device: Any) -> Translated:
        """One record, or several if the app sends stored ones together."""
        device_id = identity(device)
        if isinstance(location, dict):
            return self._record(topic, device_id, location)
        if not 1 <= len(location) <= MAX_BATCH:
            raise PayloadError(f"traccar client: `location` holds 1 to {MAX_BATCH} records")
        named = [(f"location[{index}]", record) for index, record in enumerate(location)]
        return items_of(named, lambda _, record: self._record(topic, device_id, record))

    def _record(self, topic: str, device_id: str | None, report: Any) -> Translated:
        if not isinstance(report, dict):
            raise PayloadError("traccar client: a record must be an object")
        time = moment(report.get("timestamp"), zone=zone_of(self.time_zone))
        coordinates, battery, activity, extras = (
            each if isinstance(each := report.get(name), dict) else {}
            for name in ("coords", "battery", "activity", "extras")
        )
        fix = None
        if coordinates:
            fix = {
                "time": time,
                "lat": coordinates.get("latitude"),
                "lon": coordinates.get("longitude"),
                "speed": coordinates.get("speed"),
                "heading": coordinates.get("heading"),
                "altitude": coordinates.get("altitude"),
                "accuracy": coordinates.get("accuracy"),
            }
        values = {
            "battery_percent": not_negative(battery.get("level"), 100.0),
            "charging": _boolean(battery.get("is_charging")),
            "odometer_m": report.get("odometer"),
            "activity": activity.get("type"),
            "activity_confidence": activity.get("confidence"),
            **extras,
            **{name: value for name, value in report.items() if name not in _CLIENT_KNOWN},
        }
        return parts_of(
            self, topic, time=time, fix=fix, readings=readings(values), report=report, device_id=device_id
        )

    def _flat(
        self, topic: str, report: dict[str, Any], received_at: float | None, *, is_text: bool
    ) -> Translated:
        lat, lon, bearing = report.get("lat"), report.get("lon"), report.get("bearing")
        if not is_absent(report.get("location")):
            lat, lon = _pair(report["location"])
        stamp = report.get("timestamp")
        time = received_at if is_absent(stamp) else moment(stamp, zone=zone_of(self.time_zone))
        if time is None:
            raise PayloadError("osmand: the message has no timestamp")
        device_id = identity(report.get("deviceid")) or identity(report.get("id"))
        fix = None
        if not (is_absent(lat) and is_absent(lon)):
            fix = {
                "time": time,
                "lat": lat,
                "lon": lon,
                "speed": report.get("speed"),
                "speed_mps": _SPEEDS[self.speed],
                "heading": report.get("heading") if is_absent(bearing) else bearing,
                "altitude": report.get("altitude"),
                "accuracy": report.get("accuracy"),
                "ignition": report.get("ignition"),
                "fix": report.get("valid"),
            }
        values = readings(
            {name: value for name, value in report.items() if name not in _OSMAND_FIX}, parse=is_text
        ) | readings(
            {"battery_percent": not_negative(report.get("batt")), "charging": _boolean(report.get("charge"))}
        )
        return parts_of(self, topic, time=time, fix=fix, readings=values, report=report, device_id=device_id)


def _form(payload: bytes) -> dict[str, Any]:
    """The fields of a query string, with or without the part before its question mark."""
    try:
        text = payload.rstrip(b"\0").decode().strip()
        before, mark, after = text.partition("?")
        pairs = parse_qsl(
            after if mark and "=" not in before else text, keep_blank_values=True, max_num_fields=_MAX_FIELDS
        )
    except ValueError as error:
        raise PayloadError(f"osmand: neither JSON nor a query string ({error})") from None
    if not any(value for _, value in pairs):
        raise PayloadError("osmand: neither JSON nor a query string")
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if value:
            fields[name] = f"{fields[name]}; {value}" if name in {"cell", "wifi"} & fields.keys() else value
    if "timestamp" in fields:
        fields["timestamp"] = _PLUS_AS_SPACE.sub(r"\1+\2", fields["timestamp"])
    return fields


def _pair(text: Any) -> tuple[str, str]:
    lat, comma, lon = text.partition(",") if isinstance(text, str) else ("", "", "")
    if not comma:
        raise PayloadError(f"osmand: location {str(text)[:60]!r} is not lat,lon")
    return lat, lon


def _is_null_island(report: dict[str, Any]) -> bool:
    return all(or_as_it_stands(report.get(name)) == 0 for name in ("latitude", "longitude"))


def _boolean(value: Any) -> Any:
    try:
        return truth(value, "charge")
    except PayloadError:
        return value
